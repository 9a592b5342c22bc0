//! Integers on their way into a word.

use super::types::Type;
use revm::primitives::U256;

/// An integer of any size, as far as a word can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// 0 and above.
    Positive(U256),
    /// Below 0; its magnitude.
    Negative(U256),
    /// Of more than 256 bits.
    Huge {
        /// Below 0.
        negative: bool,
    },
}

impl Integer {
    /// The word that holds it as `uint{bits}`.
    ///
    /// # Errors
    /// Which bound it breaks, in words.
    pub fn as_uint(self, bits: usize) -> Result<U256, String> {
        let greatest = U256::MAX >> (256 - bits);
        match self {
            Self::Positive(value) if value <= greatest => Ok(value),
            Self::Negative(magnitude) => Err(format!("{} is below 0", in_error("-", magnitude))),
            Self::Huge { negative: true } => Err("the number is below 0".to_owned()),
            Self::Positive(value) => Err(above(&in_error("", value), greatest, &Type::Uint(bits))),
            Self::Huge { negative: false } => Err(above("the number", greatest, &Type::Uint(bits))),
        }
    }

    /// The word (two's complement) that holds it as `int{bits}`.
    ///
    /// # Errors
    /// Which bound it breaks, in words.
    pub fn as_int(self, bits: usize) -> Result<U256, String> {
        let limit = U256::ONE << (bits - 1);
        let greatest = limit - U256::ONE;
        match self {
            Self::Positive(value) if value <= greatest => Ok(value),
            Self::Negative(magnitude) if magnitude <= limit => Ok(magnitude.wrapping_neg()),
            Self::Positive(value) => Err(above(&in_error("", value), greatest, &Type::Int(bits))),
            Self::Huge { negative: false } => Err(above("the number", greatest, &Type::Int(bits))),
            Self::Negative(magnitude) => Err(below(&in_error("-", magnitude), limit, bits)),
            Self::Huge { negative: true } => Err(below("the number", limit, bits)),
        }
    }
}

/// What an error calls a number: itself, unless it is so large that it may be a private key.
#[must_use]
pub fn in_error(sign: &str, magnitude: U256) -> String {
    if magnitude.bit_len() > 160 {
        "the number".to_owned()
    } else {
        format!("{sign}{magnitude}")
    }
}

fn above(value: &str, greatest: U256, ty: &Type) -> String {
    format!(
        "{value} is above {}, the greatest {ty}",
        in_words(greatest, false)
    )
}

fn below(value: &str, limit: U256, bits: usize) -> String {
    format!(
        "{value} is below -{}, the least int{bits}",
        in_words(limit, true)
    )
}

/// Bounds up to 64 bits in digits, wider ones as powers of two.
fn in_words(bound: U256, is_power: bool) -> String {
    if bound.bit_len() <= 64 {
        bound.to_string()
    } else if is_power {
        format!("2**{}", bound.bit_len() - 1)
    } else {
        format!("2**{} - 1", bound.bit_len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(value: u64) -> Integer {
        Integer::Positive(U256::from(value))
    }

    fn negative(magnitude: u64) -> Integer {
        Integer::Negative(U256::from(magnitude))
    }

    #[test]
    fn bounds_are_exact() {
        assert_eq!(positive(255).as_uint(8), Ok(U256::from(255)));
        assert_eq!(
            positive(256).as_uint(8).unwrap_err(),
            "256 is above 255, the greatest uint8"
        );
        assert_eq!(negative(1).as_uint(256).unwrap_err(), "-1 is below 0");
        assert_eq!(positive(127).as_int(8), Ok(U256::from(127)));
        assert_eq!(
            positive(128).as_int(8).unwrap_err(),
            "128 is above 127, the greatest int8"
        );
        assert_eq!(negative(128).as_int(8), Ok(U256::from(128).wrapping_neg()));
        assert_eq!(
            negative(129).as_int(8).unwrap_err(),
            "-129 is below -128, the least int8"
        );
        assert_eq!(Integer::Positive(U256::MAX).as_uint(256), Ok(U256::MAX));
        assert!(
            Integer::Positive(U256::MAX)
                .as_int(256)
                .unwrap_err()
                .contains("2**255 - 1")
        );
        let key = U256::from(7) << 250;
        assert_eq!(
            Integer::Positive(key).as_uint(8).unwrap_err(),
            "the number is above 255, the greatest uint8"
        );
        assert_eq!(
            Integer::Negative(key).as_uint(8).unwrap_err(),
            "the number is below 0"
        );
        let huge = Integer::Huge { negative: false };
        assert!(huge.as_uint(256).unwrap_err().contains("2**256 - 1"));
    }
}
