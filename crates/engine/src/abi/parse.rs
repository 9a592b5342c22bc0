//! Types from text.

use super::types::{MAX_DEPTH, Shape, Type, TypeError};

impl Type {
    /// The type that `text` names, `uint` and `int` included; tuples as `(T1,T2)`.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn parse(text: &str) -> Result<Self, TypeError> {
        let ty = Parser { text, rest: text }.whole()?;
        ty.check_bounds()?;
        Ok(ty)
    }

    /// The elementary type `name`.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn elementary(name: &str) -> Result<Self, TypeError> {
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(plain_number);
        Ok(match name {
            "bool" => Self::Bool,
            "address" => Self::Address,
            "function" => Self::Function,
            "bytes" => Self::Bytes,
            "string" => Self::String,
            "uint" => Self::Uint(256),
            "int" => Self::Int(256),
            _ if name.starts_with("fixed") || name.starts_with("ufixed") => {
                return Err(TypeError(format!(
                    "fixed-point type {name:?} is not supported: solc cannot compile values of it either"
                )));
            }
            _ => match (number("uint"), number("int"), number("bytes")) {
                (Some(bits @ 8..=256), _, _) if bits % 8 == 0 => Self::Uint(bits),
                (_, Some(bits @ 8..=256), _) if bits % 8 == 0 => Self::Int(bits),
                (_, _, Some(size @ 1..=32)) => Self::FixedBytes(size),
                _ => return Err(TypeError(format!("{name:?} is not a type of the ABI"))),
            },
        })
    }

    /// Wrap `item` in the array suffix `[]`, `[3]`, `[3][]`, ... of an ABI type.
    ///
    /// # Errors
    /// The reason, in words; `whole` is the type it is part of.
    pub fn with_suffix(self, suffix: &str, whole: &str) -> Result<Self, TypeError> {
        let mut ty = self;
        let mut rest = suffix;
        let mut depth = 0;
        while !rest.is_empty() {
            let (size, after) = rest
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
                .ok_or_else(|| malformed(whole))?;
            depth += 1;
            if depth > MAX_DEPTH {
                return Err(TypeError::too_deep());
            }
            ty = if size.is_empty() {
                Self::Array(Box::new(ty))
            } else {
                let length = plain_number(size).ok_or_else(|| malformed(whole))?;
                Self::FixedArray(Box::new(ty), length)
            };
            rest = after;
        }
        Ok(ty)
    }
}

/// Digits without a sign or a leading zero, as solc writes them.
fn plain_number(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}

fn malformed(text: &str) -> TypeError {
    TypeError(format!("{text:?} is not a type of the ABI"))
}

/// A type in text, with tuples written out.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn whole(mut self) -> Result<Type, TypeError> {
        let ty = self.one(0)?;
        if self.rest.is_empty() {
            Ok(ty)
        } else {
            Err(malformed(self.text))
        }
    }

    fn one(&mut self, depth: usize) -> Result<Type, TypeError> {
        if depth > MAX_DEPTH {
            return Err(TypeError::too_deep());
        }
        let stem = if self.eat('(') {
            self.members(depth)?
        } else {
            let name = self.take(|c| c.is_ascii_alphanumeric());
            if name.is_empty() {
                return Err(malformed(self.text));
            }
            Type::elementary(name)?
        };
        let suffix = self.take(|c| matches!(c, '[' | ']' | '0'..='9'));
        stem.with_suffix(suffix, self.text)
    }

    fn members(&mut self, depth: usize) -> Result<Type, TypeError> {
        let mut members = Vec::new();
        if !self.eat(')') {
            loop {
                self.eat(' ');
                members.push((String::new(), self.one(depth + 1)?));
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(malformed(self.text));
                }
            }
        }
        Ok(Type::Tuple(Shape::new("", members, false)))
    }

    fn eat(&mut self, expected: char) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_and_print_are_inverse() {
        for text in [
            "uint256",
            "int8",
            "bytes32",
            "bytes",
            "string",
            "function",
            "(address,uint256)[]",
            "((bool)[2][],(string,bytes4)[3])",
            "()",
            "uint8[0]",
        ] {
            assert_eq!(Type::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Type::parse("uint").unwrap(), Type::Uint(256));
        assert_eq!(
            Type::parse("(int, bool)").unwrap().to_string(),
            "(int256,bool)"
        );
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "uint7",
            "uint0",
            "uint264",
            "uint08",
            "int-8",
            "bytes0",
            "bytes33",
            "bytes032",
            "Address",
            "uint256[",
            "uint256]",
            "uint256[-1]",
            "uint256[1",
            "(uint256",
            "uint256)",
            "(,)",
            "(uint256,)",
            "[]",
            "uint256 ",
            "tuple",
            "uint256[][01]",
            "uint256[99999999999999999999999]",
        ] {
            assert!(Type::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fixed_point_is_refused_by_name() {
        for text in ["fixed", "ufixed128x18", "fixed128x18[]"] {
            assert!(
                Type::parse(text).unwrap_err().0.contains("fixed-point"),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_and_extent_are_bounded() {
        let deep = format!("{}bool{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(Type::parse(&deep).unwrap_err().0.contains("deeper"));
        let wide = format!("bool{}", "[]".repeat(100_000));
        assert!(Type::parse(&wide).unwrap_err().0.contains("deeper"));
        assert!(Type::parse("uint8[99999999][99999999][99999999]").is_err());
        assert!(Type::parse("()[99999999999]").is_err());
        assert!(Type::parse(&format!("bool{}", "[]".repeat(31))).is_ok());
    }

    #[test]
    fn heads_count_words() {
        let words = |text: &str| Type::parse(text).unwrap().head_words();
        assert_eq!(words("(uint8,bool[3])"), 4);
        assert_eq!(words("(uint8,bool[])"), 1);
        assert_eq!(words("(uint8,bool)[2][3]"), 12);
        assert_eq!(words("string[7]"), 1);
        assert_eq!(words("uint8[0]"), 0);
    }
}
