//! Functions, events and errors as an ABI lists them: JSON entries, or one line of Solidity.

use super::types::{Shape, Type, TypeError};
use alloy_json_abi::AbiItem;
use revm::primitives::{B256, keccak256};
use serde_json::Value;
use std::fmt;

/// An entry of an ABI that cannot be understood, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError(String);

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ItemError {}

/// A function or the constructor.
#[derive(Clone, Debug)]
pub struct Function {
    /// Empty for the constructor.
    pub name: String,
    /// `transfer(address,uint256)`; the constructor's is `constructor(...)`.
    pub signature: String,
    /// First four bytes of the signature's hash; none for the constructor.
    pub selector: Option<[u8; 4]>,
    /// Parameters.
    pub inputs: Shape,
    /// Results.
    pub outputs: Shape,
    /// `pure` or `view`.
    pub is_view: bool,
    /// `payable`.
    pub is_payable: bool,
    /// Tuples among parameters (the root included), and among results.
    pub tuples: (usize, usize),
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// As in the source.
    pub name: String,
    /// `Transfer(address,address,uint256)`.
    pub signature: String,
    /// Hash of the signature; none for an anonymous event.
    pub topic: Option<B256>,
    /// All parameters in the order of the ABI.
    pub inputs: Shape,
    /// Which of them are indexed.
    pub indexed: Vec<bool>,
    /// Those that are not indexed: what the log's data holds.
    pub data: Shape,
    /// Tuples among `data`, the root included.
    pub tuples: usize,
}

/// A custom error.
#[derive(Clone, Debug)]
pub struct Error {
    /// As in the source.
    pub name: String,
    /// `InsufficientBalance(uint256,uint256)`.
    pub signature: String,
    /// First four bytes of the signature's hash.
    pub selector: [u8; 4],
    /// Parameters.
    pub inputs: Shape,
    /// Tuples among them, the root included.
    pub tuples: usize,
}

impl Function {
    /// The function or constructor that `text` describes.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        let entry = entry(text)?;
        let kind = kind(&entry)?;
        let name = match kind {
            "constructor" => "",
            "function" => name(&entry)?,
            _ => {
                return Err(ItemError(format!(
                    "an entry of type {kind:?} is not a function"
                )));
            }
        };
        let shown = if name.is_empty() { "constructor" } else { name };
        let place = |error: TypeError| ItemError(format!("{shown}: {error}"));
        let mut inputs = shape(shown, &entry["inputs"]).map_err(place)?;
        let mut outputs = shape(shown, &entry["outputs"]).map_err(place)?;
        let tuples = (inputs.number(), outputs.number());
        let signature = format!("{shown}{}", inputs.canonical());
        let mutability = entry["stateMutability"].as_str().unwrap_or("");
        Ok(Self {
            selector: (kind == "function").then(|| selector(&signature)),
            name: name.to_owned(),
            signature,
            inputs,
            outputs,
            // Before solc 0.5 two flags stood for the mutability.
            is_view: matches!(mutability, "view" | "pure") || entry["constant"] == true,
            is_payable: mutability == "payable" || entry["payable"] == true,
            tuples,
        })
    }

    /// `transfer(to: address, value: uint256)`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{}{}", self.inputs.name, self.inputs.described())
    }
}

impl Event {
    /// The event that `text` describes.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        let entry = typed_entry(text, "event")?;
        let name = name(&entry)?;
        let mut inputs =
            shape(name, &entry["inputs"]).map_err(|error| ItemError(format!("{name}: {error}")))?;
        inputs.number();
        let indexed: Vec<bool> = array(&entry["inputs"])
            .iter()
            .map(|parameter| parameter["indexed"] == true)
            .collect();
        let anonymous = entry["anonymous"] == true;
        let topics = indexed.iter().filter(|is_indexed| **is_indexed).count();
        if topics + usize::from(!anonymous) > 4 {
            return Err(ItemError(format!(
                "{name}: {topics} indexed parameters do not fit a log"
            )));
        }
        let signature = format!("{name}{}", inputs.canonical());
        let mut data = inputs.subset(|position| !indexed[position]);
        let tuples = data.number();
        Ok(Self {
            name: name.to_owned(),
            topic: (!anonymous).then(|| keccak256(&signature)),
            signature,
            inputs,
            indexed,
            data,
            tuples,
        })
    }

    /// `Transfer(from: address, to: address, value: uint256)`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{}{}", self.name, self.inputs.described())
    }
}

impl Error {
    /// The error that `text` describes.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        let entry = typed_entry(text, "error")?;
        let name = name(&entry)?;
        let mut inputs =
            shape(name, &entry["inputs"]).map_err(|error| ItemError(format!("{name}: {error}")))?;
        let tuples = inputs.number();
        let signature = format!("{name}{}", inputs.canonical());
        Ok(Self {
            name: name.to_owned(),
            selector: selector(&signature),
            signature,
            inputs,
            tuples,
        })
    }

    /// `InsufficientBalance(available: uint256, required: uint256)`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{}{}", self.name, self.inputs.described())
    }
}

fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The entry as JSON; a line of Solidity (`function f(uint256 x) view returns (bool)`) is turned into it.
fn entry(text: &str) -> Result<Value, ItemError> {
    let text = text.trim();
    let json = if text.starts_with('{') {
        serde_json::from_str(text)
    } else {
        serde_json::to_value(line(text)?)
    };
    json.map_err(|error| ItemError(format!("not an entry of an ABI: {error}")))
}

fn line(text: &str) -> Result<AbiItem<'_>, ItemError> {
    // The parser recurses over brackets; nothing that deep is a type.
    if text.matches('(').count() > 4 * super::MAX_DEPTH {
        return Err(ItemError(
            "not an entry of an ABI: too many brackets".to_owned(),
        ));
    }
    AbiItem::parse(text.trim_end_matches(';')).map_err(|error| {
        ItemError(format!(
            "not an entry of an ABI: {error}; give its JSON, or a line such as `function f(uint256 x)`"
        ))
    })
}

fn typed_entry(text: &str, expected: &str) -> Result<Value, ItemError> {
    let entry = entry(text)?;
    match kind(&entry)? {
        kind if kind == expected => Ok(entry),
        kind => Err(ItemError(format!(
            "an entry of type {kind:?} is not an {expected}"
        ))),
    }
}

/// Old ABIs leave the type of functions out.
fn kind(entry: &Value) -> Result<&str, ItemError> {
    match &entry["type"] {
        Value::Null => Ok("function"),
        Value::String(kind) => Ok(kind),
        other => Err(ItemError(format!(
            "{other} is not a type of entry of an ABI"
        ))),
    }
}

fn name(entry: &Value) -> Result<&str, ItemError> {
    entry["name"]
        .as_str()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| ItemError("an entry of the ABI has no name".to_owned()))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn shape(name: &str, parameters: &Value) -> Result<Shape, TypeError> {
    let members = members(parameters, 0)?;
    let shape = Shape::new(name, members, true);
    shape.check_bounds()?;
    Ok(shape)
}

fn members(parameters: &Value, depth: usize) -> Result<Vec<(String, Type)>, TypeError> {
    if depth > super::MAX_DEPTH {
        return Err(TypeError::too_deep());
    }
    array(parameters)
        .iter()
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or("");
            let ty = parameter_type(parameter, depth).map_err(|error| match name {
                "" => error,
                _ => TypeError(format!("{name}: {error}")),
            })?;
            Ok((name.to_owned(), ty))
        })
        .collect()
}

fn parameter_type(parameter: &Value, depth: usize) -> Result<Type, TypeError> {
    let Some(text) = parameter["type"].as_str() else {
        return Err(TypeError("a parameter without a type".to_owned()));
    };
    let (stem, suffix) = text.split_at(text.find('[').unwrap_or(text.len()));
    let ty = if stem == "tuple" {
        let name = struct_name(parameter["internalType"].as_str().unwrap_or(""));
        Type::Tuple(Shape::new(
            name,
            members(&parameter["components"], depth + 1)?,
            true,
        ))
    } else if stem.contains(['.', ' ']) {
        return Err(TypeError(format!(
            "{text:?} is a type of a library, which only Solidity can pass"
        )));
    } else {
        Type::elementary(stem)?
    };
    ty.with_suffix(suffix, text)
}

/// `Order` of `struct Market.Order[]`.
fn struct_name(internal: &str) -> &str {
    let path = internal.strip_prefix("struct ").unwrap_or("");
    let path = path.split('[').next().unwrap_or("");
    path.rsplit('.').next().unwrap_or("")
}
