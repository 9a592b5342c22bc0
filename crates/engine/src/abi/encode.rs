//! Values to data, for any kind of value: whatever is a `Source`.

use super::fault::Fault;
use super::integer::Integer;
use super::types::{Shape, Type};
use revm::primitives::{B256, keccak256};
use std::borrow::Cow;

/// A value that can be encoded; what is asked of it depends on the type.
///
/// Each method fails with a `Fault` that says what was expected; the encoder adds where.
pub trait Source: Sized {
    /// Errors of its own.
    type Foreign;

    /// # Errors
    /// It is no bool.
    fn boolean(&self) -> Result<bool, Fault<Self::Foreign>>;
    /// An integer, wanted for `ty`.
    ///
    /// # Errors
    /// It is no integer.
    fn integer(&self, ty: &Type) -> Result<Integer, Fault<Self::Foreign>>;
    /// # Errors
    /// It is no address.
    fn address(&self) -> Result<[u8; 20], Fault<Self::Foreign>>;
    /// Bytes, wanted for `ty`.
    ///
    /// # Errors
    /// It is not bytes.
    fn bytes(&self, ty: &Type) -> Result<Cow<'_, [u8]>, Fault<Self::Foreign>>;
    /// # Errors
    /// It is no text.
    fn text(&self) -> Result<Cow<'_, str>, Fault<Self::Foreign>>;
    /// The items of an array, wanted for `ty`.
    ///
    /// # Errors
    /// It is no sequence.
    fn items(&self, ty: &Type) -> Result<Vec<Self>, Fault<Self::Foreign>>;
    /// The members of a tuple, in the shape's order and as many as it has.
    ///
    /// # Errors
    /// It is no sequence or mapping, or members are missing or unknown.
    fn members(&self, shape: &Shape) -> Result<Vec<Self>, Fault<Self::Foreign>>;
}

/// Append the encoding of `values` as the arguments of `shape` (one value for each field) to `out`.
///
/// # Errors
/// A value does not fit its type.
pub fn encode<S: Source>(
    shape: &Shape,
    values: &[S],
    out: &mut Vec<u8>,
) -> Result<(), Fault<S::Foreign>> {
    let base = out.len();
    let heads = shape.head_words() * 32;
    out.resize(base + heads, 0);
    let mut at = base;
    for (field, value) in shape.fields.iter().zip(values) {
        at = encode_member(&field.ty, value, base, at, out)
            .map_err(|fault| fault.in_field(&field.key))?;
    }
    Ok(())
}

/// Write one value: its head at `at`, its tail (if any) at the end, its offset counted from `base`. Returns: the next head.
fn encode_member<S: Source>(
    ty: &Type,
    value: &S,
    base: usize,
    at: usize,
    out: &mut Vec<u8>,
) -> Result<usize, Fault<S::Foreign>> {
    if ty.is_word() {
        let word = encode_word(ty, value)?;
        out[at..at + 32].copy_from_slice(&word);
        return Ok(at + 32);
    }
    if ty.is_dynamic() {
        let offset = (out.len() - base) as u64;
        out[at + 24..at + 32].copy_from_slice(&offset.to_be_bytes());
        encode_tail(ty, value, out)?;
        return Ok(at + 32);
    }
    match ty {
        Type::Tuple(shape) => {
            let members = value.members(shape)?;
            let mut next = at;
            for (field, member) in shape.fields.iter().zip(&members) {
                next = encode_member(&field.ty, member, base, next, out)
                    .map_err(|fault| fault.in_field(&field.key))?;
            }
            Ok(next)
        }
        Type::FixedArray(item, length) => {
            let items = exact_items(ty, value, *length)?;
            let mut next = at;
            for (index, member) in items.iter().enumerate() {
                next = encode_member(item, member, base, next, out)
                    .map_err(|fault| fault.at_index(index))?;
            }
            Ok(next)
        }
        _ => Ok(at),
    }
}

/// Append what stands behind the offset of a dynamic value.
fn encode_tail<S: Source>(
    ty: &Type,
    value: &S,
    out: &mut Vec<u8>,
) -> Result<(), Fault<S::Foreign>> {
    match ty {
        Type::Bytes => append_bytes(&value.bytes(ty)?, out),
        Type::String => append_bytes(value.text()?.as_bytes(), out),
        Type::Array(item) => {
            let items = value.items(ty)?;
            append_length(items.len(), out);
            encode_items(item, &items, out)?;
        }
        Type::FixedArray(item, length) => {
            encode_items(item, &exact_items(ty, value, *length)?, out)?;
        }
        Type::Tuple(shape) => encode(shape, &value.members(shape)?, out)?,
        _ => {}
    }
    Ok(())
}

fn encode_items<S: Source>(
    item: &Type,
    items: &[S],
    out: &mut Vec<u8>,
) -> Result<(), Fault<S::Foreign>> {
    let base = out.len();
    out.resize(base + items.len() * item.head_words() * 32, 0);
    let mut at = base;
    for (index, value) in items.iter().enumerate() {
        at = encode_member(item, value, base, at, out).map_err(|fault| fault.at_index(index))?;
    }
    Ok(())
}

fn exact_items<S: Source>(
    ty: &Type,
    value: &S,
    length: usize,
) -> Result<Vec<S>, Fault<S::Foreign>> {
    let items = value.items(ty)?;
    if items.len() == length {
        Ok(items)
    } else {
        Err(Fault::mismatch(format!(
            "{ty} takes {length} items, {} were given",
            items.len()
        )))
    }
}

fn append_length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0; 24]);
    out.extend_from_slice(&(length as u64).to_be_bytes());
}

fn append_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    append_length(bytes.len(), out);
    append_padded(bytes, out);
}

fn append_padded(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(bytes);
    out.resize(
        out.len() + bytes.len().next_multiple_of(32) - bytes.len(),
        0,
    );
}

/// The 32 bytes of a value that fits one word.
fn encode_word<S: Source>(ty: &Type, value: &S) -> Result<[u8; 32], Fault<S::Foreign>> {
    let mut word = [0; 32];
    match ty {
        Type::Uint(bits) => {
            let number = value.integer(ty)?.as_uint(*bits).map_err(Fault::mismatch)?;
            word = number.to_be_bytes();
        }
        Type::Int(bits) => {
            let number = value.integer(ty)?.as_int(*bits).map_err(Fault::mismatch)?;
            word = number.to_be_bytes();
        }
        Type::Bool => word[31] = u8::from(value.boolean()?),
        Type::Address => word[12..].copy_from_slice(&value.address()?),
        Type::FixedBytes(size) => exact_bytes(ty, value, &mut word[..*size])?,
        Type::Function => exact_bytes(ty, value, &mut word[..24])?,
        _ => {}
    }
    Ok(word)
}

fn exact_bytes<S: Source>(ty: &Type, value: &S, out: &mut [u8]) -> Result<(), Fault<S::Foreign>> {
    let bytes = value.bytes(ty)?;
    if bytes.len() != out.len() {
        return Err(Fault::mismatch(format!(
            "{ty} takes exactly {} bytes, {} were given",
            out.len(),
            bytes.len()
        )));
    }
    out.copy_from_slice(&bytes);
    Ok(())
}

/// The topic that an indexed parameter must have to equal `value`.
///
/// Values that do not fit a word are hashed. Source: solc docs, "Encoding of Indexed Event Parameters".
///
/// # Errors
/// The value does not fit its type.
pub fn encode_topic<S: Source>(ty: &Type, value: &S) -> Result<B256, Fault<S::Foreign>> {
    if ty.is_word() {
        return encode_word(ty, value).map(B256::from);
    }
    let mut preimage = Vec::new();
    match ty {
        Type::Bytes => preimage.extend_from_slice(&value.bytes(ty)?),
        Type::String => preimage.extend_from_slice(value.text()?.as_bytes()),
        _ => append_in_place(ty, value, &mut preimage)?,
    }
    Ok(keccak256(preimage))
}

/// Members one after the other, padded to words, without lengths or offsets.
fn append_in_place<S: Source>(
    ty: &Type,
    value: &S,
    out: &mut Vec<u8>,
) -> Result<(), Fault<S::Foreign>> {
    match ty {
        Type::Bytes => append_padded(&value.bytes(ty)?, out),
        Type::String => append_padded(value.text()?.as_bytes(), out),
        Type::Array(_) | Type::FixedArray(..) => {
            let (item, items) = array_items(ty, value)?;
            for (index, member) in items.iter().enumerate() {
                append_in_place(item, member, out).map_err(|fault| fault.at_index(index))?;
            }
        }
        Type::Tuple(shape) => {
            for (field, member) in shape.fields.iter().zip(&value.members(shape)?) {
                append_in_place(&field.ty, member, out)
                    .map_err(|fault| fault.in_field(&field.key))?;
            }
        }
        _ => out.extend_from_slice(&encode_word(ty, value)?),
    }
    Ok(())
}

fn array_items<'t, S: Source>(
    ty: &'t Type,
    value: &S,
) -> Result<(&'t Type, Vec<S>), Fault<S::Foreign>> {
    match ty {
        Type::FixedArray(item, length) => Ok((item, exact_items(ty, value, *length)?)),
        Type::Array(item) => Ok((item, value.items(ty)?)),
        _ => Ok((ty, Vec::new())),
    }
}

/// Append the packed encoding of `value`, as `abi.encodePacked` has it.
///
/// # Errors
/// The value does not fit, or the type has no packed encoding in Solidity (structs, nested arrays, arrays of bytes).
pub fn encode_packed<S: Source>(
    ty: &Type,
    value: &S,
    out: &mut Vec<u8>,
) -> Result<(), Fault<S::Foreign>> {
    match ty {
        Type::Bytes => out.extend_from_slice(&value.bytes(ty)?),
        Type::String => out.extend_from_slice(value.text()?.as_bytes()),
        Type::Array(item) | Type::FixedArray(item, _) if item.is_word() => {
            let (item, items) = array_items(ty, value)?;
            for (index, member) in items.iter().enumerate() {
                let word = encode_word(item, member).map_err(|fault| fault.at_index(index))?;
                out.extend_from_slice(&word);
            }
        }
        Type::Array(_) | Type::FixedArray(..) | Type::Tuple(_) => {
            return Err(Fault::mismatch(format!(
                "{ty} has no packed encoding: Solidity packs neither structs nor nested or dynamic items"
            )));
        }
        Type::Uint(bits) | Type::Int(bits) => {
            let word = encode_word(ty, value)?;
            out.extend_from_slice(&word[32 - bits / 8..]);
        }
        Type::Bool => out.push(u8::from(value.boolean()?)),
        Type::Address => out.extend_from_slice(&value.address()?),
        Type::FixedBytes(size) => out.extend_from_slice(&encode_word(ty, value)?[..*size]),
        Type::Function => out.extend_from_slice(&encode_word(ty, value)?[..24]),
    }
    Ok(())
}
