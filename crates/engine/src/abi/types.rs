//! The types of an ABI as one tree; names of tuple fields are part of it.

use super::names::unique_keys;
use std::fmt;

/// Types nested deeper than this are refused, so that recursion over a type is bounded.
pub const MAX_DEPTH: usize = 32;

/// A type that describes more values than this is refused: nothing real comes near, and sizes cannot overflow.
const MAX_NODES: usize = 1 << 24;

/// A type of the ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `uintN`; bits: 8, 16, ... 256.
    Uint(usize),
    /// `intN`.
    Int(usize),
    /// `bool`.
    Bool,
    /// `address`.
    Address,
    /// `function`: an address and a selector, 24 bytes.
    Function,
    /// `bytesN`; 1 to 32.
    FixedBytes(usize),
    /// `bytes`.
    Bytes,
    /// `string`.
    String,
    /// `T[]`.
    Array(Box<Type>),
    /// `T[n]`.
    FixedArray(Box<Type>, usize),
    /// `(T1,T2,...)`: a struct.
    Tuple(Shape),
}

/// One member of a tuple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As in the ABI; may be empty, or the same as another's.
    pub name: String,
    /// Unique in its tuple: the name, or what stands for it (see `unique_keys`).
    pub key: String,
    /// Its type.
    pub ty: Type,
}

/// The members of a tuple, of a function's parameters, of an event...
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of the struct, the function, the event; may be empty.
    pub name: String,
    /// In order.
    pub fields: Vec<Field>,
    /// Position among the tuples under one root, from outside in; the root's is 0. A place for caches.
    pub id: usize,
    /// Whether the ABI named the members at all; types that were given as text alone are not.
    pub named: bool,
    words: usize,
    dynamic: bool,
}

/// A type that does not exist, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError(pub String);

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TypeError {}

impl TypeError {
    /// Beyond `MAX_DEPTH`.
    pub(super) fn too_deep() -> Self {
        Self(format!(
            "a type nested deeper than {MAX_DEPTH} levels is not supported"
        ))
    }
}

impl Shape {
    /// The shape of `members` (name, type). Ids are given by `Shape::number`.
    #[must_use]
    pub fn new(name: &str, members: Vec<(String, Type)>, is_named: bool) -> Self {
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        let keys = unique_keys(&names);
        let words = members.iter().fold(0, |words: usize, (_, ty)| {
            words.saturating_add(ty.head_words())
        });
        let dynamic = members.iter().any(|(_, ty)| ty.is_dynamic());
        let fields = members
            .into_iter()
            .zip(keys)
            .map(|((name, ty), key)| Field { name, key, ty })
            .collect();
        Self {
            name: name.to_owned(),
            fields,
            id: 0,
            named: is_named,
            words,
            dynamic,
        }
    }

    /// The fields whose position is `wanted`, keys kept.
    #[must_use]
    pub fn subset(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let fields = self.fields.iter().enumerate();
        let fields: Vec<Field> = fields
            .filter(|(position, _)| wanted(*position))
            .map(|(_, field)| field.clone())
            .collect();
        Self {
            name: self.name.clone(),
            words: fields.iter().map(|field| field.ty.head_words()).sum(),
            dynamic: fields.iter().any(|field| field.ty.is_dynamic()),
            fields,
            id: 0,
            named: self.named,
        }
    }

    /// Give every tuple under this root its id. Returns: how many there are, the root included.
    pub fn number(&mut self) -> usize {
        let mut next = 0;
        self.number_from(&mut next);
        next
    }

    fn number_from(&mut self, next: &mut usize) {
        self.id = *next;
        *next += 1;
        for field in &mut self.fields {
            let mut ty = &mut field.ty;
            while let Type::Array(item) | Type::FixedArray(item, _) = ty {
                ty = item;
            }
            if let Type::Tuple(shape) = ty {
                shape.number_from(next);
            }
        }
    }

    /// Words of the members' heads.
    #[must_use]
    pub fn head_words(&self) -> usize {
        self.words
    }

    /// Whether any member is dynamic.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        self.dynamic
    }

    /// `(address,uint256)`.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write_shape(&mut text, self, false);
        text
    }

    /// `(to: address, value: uint256)`.
    #[must_use]
    pub fn described(&self) -> String {
        let mut text = String::new();
        let _ = write_shape(&mut text, self, true);
        text
    }

    /// Refuse shapes that are too deep or too large to handle.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn check_bounds(&self) -> Result<(), TypeError> {
        for field in &self.fields {
            field.ty.check_bounds()?;
        }
        Ok(())
    }
}

impl Type {
    /// Words in the head of the tuple or array that holds it: 1 for dynamic types.
    #[must_use]
    pub fn head_words(&self) -> usize {
        match self {
            Self::Tuple(shape) if !shape.dynamic => shape.words,
            Self::FixedArray(item, length) if !item.is_dynamic() => {
                item.head_words().saturating_mul(*length)
            }
            _ => 1,
        }
    }

    /// Whether the value lies in the tail, behind an offset.
    #[must_use]
    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => true,
            Self::FixedArray(item, _) => item.is_dynamic(),
            Self::Tuple(shape) => shape.dynamic,
            _ => false,
        }
    }

    /// Whether one word holds the whole value.
    #[must_use]
    pub fn is_word(&self) -> bool {
        !matches!(
            self,
            Self::Bytes | Self::String | Self::Array(_) | Self::FixedArray(..) | Self::Tuple(_)
        )
    }

    /// `uint256`, `(address,uint256)[]`.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.to_string()
    }

    /// Refuse types that are too deep or too large to handle.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn check_bounds(&self) -> Result<(), TypeError> {
        let (depth, nodes) = self.extent();
        if depth > MAX_DEPTH {
            return Err(TypeError::too_deep());
        }
        if nodes > MAX_NODES {
            return Err(TypeError(format!(
                "a type of more than {MAX_NODES} values is not supported"
            )));
        }
        Ok(())
    }

    /// (levels of nesting, values that one value of the type holds when its dynamic arrays hold one item)
    fn extent(&self) -> (usize, usize) {
        let (depth, nodes) = match self {
            Self::Array(item) => item.extent(),
            Self::FixedArray(item, length) => {
                let (depth, nodes) = item.extent();
                (depth, nodes.saturating_mul(*length))
            }
            Self::Tuple(shape) => shape
                .fields
                .iter()
                .map(|field| field.ty.extent())
                .fold((0, 0), |(depth, nodes), (d, n)| {
                    (depth.max(d), n.saturating_add(nodes))
                }),
            _ => (0, 0),
        };
        (depth + 1, nodes.saturating_add(1))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type(f, self)
    }
}

fn write_type(out: &mut impl fmt::Write, ty: &Type) -> fmt::Result {
    match ty {
        Type::Uint(bits) => write!(out, "uint{bits}"),
        Type::Int(bits) => write!(out, "int{bits}"),
        Type::Bool => out.write_str("bool"),
        Type::Address => out.write_str("address"),
        Type::Function => out.write_str("function"),
        Type::FixedBytes(size) => write!(out, "bytes{size}"),
        Type::Bytes => out.write_str("bytes"),
        Type::String => out.write_str("string"),
        Type::Array(item) => {
            write_type(out, item)?;
            out.write_str("[]")
        }
        Type::FixedArray(item, length) => {
            write_type(out, item)?;
            write!(out, "[{length}]")
        }
        // Inside a description structs stay short: their members appear where an error needs them.
        Type::Tuple(shape) => write_shape(out, shape, false),
    }
}

fn write_shape(out: &mut impl fmt::Write, shape: &Shape, named: bool) -> fmt::Result {
    out.write_char('(')?;
    for (position, field) in shape.fields.iter().enumerate() {
        if position > 0 {
            out.write_str(if named { ", " } else { "," })?;
        }
        if named && !field.name.is_empty() {
            write!(out, "{}: ", field.name)?;
        }
        write_type(out, &field.ty)?;
    }
    out.write_char(')')
}
