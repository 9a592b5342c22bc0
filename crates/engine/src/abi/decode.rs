//! Data to values, for any kind of value: whatever a `Sink` builds.
//!
//! As strict as solc's decoder and stricter where solc is silent: padding must be zero and present, a bool is 0 or 1, text
//! is UTF-8. Data may be longer than needed and values may share their tails, as solc allows; how often the same
//! bytes may be read is bounded, so that small data never decodes to something huge.

use super::fault::Fault;
use super::types::{Shape, Type};
use revm::primitives::{Address, U256};

/// Builds values from decoded parts.
pub trait Sink {
    /// What it builds.
    type Value;
    /// Errors of its own.
    type Foreign;

    /// # Errors
    /// Its own.
    fn boolean(&mut self, value: bool) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn unsigned(&mut self, value: U256) -> Result<Self::Value, Self::Foreign>;
    /// value: two's complement.
    ///
    /// # Errors
    /// Its own.
    fn signed(&mut self, value: U256) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn address(&mut self, value: Address) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn bytes(&mut self, value: &[u8]) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn text(&mut self, value: &str) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn array(&mut self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Foreign>;
    /// # Errors
    /// Its own.
    fn tuple(
        &mut self,
        shape: &Shape,
        members: Vec<Self::Value>,
    ) -> Result<Self::Value, Self::Foreign>;
}

/// How many times the data may be read over before it is taken for an attack (values that share tails).
const READS_OF_THE_DATA: usize = 16;
/// Reads that are free, for short data.
const FREE_READS: usize = 1024;

/// The members of `shape` in `data`, in order.
///
/// # Errors
/// The data is malformed; where, and how.
pub fn decode<K: Sink>(
    shape: &Shape,
    data: &[u8],
    sink: &mut K,
) -> Result<Vec<K::Value>, Fault<K::Foreign>> {
    let budget = FREE_READS + READS_OF_THE_DATA * data.len().div_ceil(32);
    Decoder { data, budget, sink }.members(shape, 0)
}

/// The value of type `ty` in one topic of a log; `ty` fits a word.
///
/// # Errors
/// The word is no such value.
pub fn decode_topic<K: Sink>(
    ty: &Type,
    topic: &[u8; 32],
    sink: &mut K,
) -> Result<K::Value, Fault<K::Foreign>> {
    Decoder {
        data: topic,
        budget: 1,
        sink,
    }
    .word(ty, 0)
}

/// Where a tuple or array begins, from where the offsets in it count, and how many bytes its heads take.
#[derive(Clone, Copy)]
struct Frame {
    base: usize,
    head: usize,
}

struct Decoder<'d, 'k, K: Sink> {
    data: &'d [u8],
    /// Words that may still be read.
    budget: usize,
    sink: &'k mut K,
}

impl<'d, K: Sink> Decoder<'d, '_, K> {
    fn members(&mut self, shape: &Shape, base: usize) -> Result<Vec<K::Value>, Fault<K::Foreign>> {
        let mut members = Vec::with_capacity(shape.fields.len());
        let frame = Frame {
            base,
            head: shape.head_words() * 32,
        };
        let mut at = base;
        for field in &shape.fields {
            let member = self
                .member(&field.ty, frame, at)
                .map_err(|fault| fault.in_field(&field.key))?;
            members.push(member);
            at += field.ty.head_words() * 32;
        }
        Ok(members)
    }

    /// The value of `frame` whose head is at `at`.
    fn member(
        &mut self,
        ty: &Type,
        frame: Frame,
        at: usize,
    ) -> Result<K::Value, Fault<K::Foreign>> {
        if ty.is_word() {
            return self.word(ty, at);
        }
        let start = if ty.is_dynamic() {
            self.follow(frame, at)?
        } else {
            at
        };
        let built = match ty {
            Type::Bytes => {
                let bytes = self.blob(start)?;
                self.sink.bytes(bytes)
            }
            Type::String => {
                let text = std::str::from_utf8(self.blob(start)?).map_err(|error| {
                    Fault::mismatch(format!(
                        "not valid UTF-8 from byte {} of the string on; declare it as bytes to read it raw",
                        error.valid_up_to()
                    ))
                })?;
                self.sink.text(text)
            }
            Type::Array(item) => {
                let length = self.length(start)?;
                let items = self.items(item, length, start + 32)?;
                self.sink.array(items)
            }
            Type::FixedArray(item, length) => {
                let items = self.items(item, *length, start)?;
                self.sink.array(items)
            }
            Type::Tuple(shape) => {
                let members = self.members(shape, start)?;
                self.sink.tuple(shape, members)
            }
            _ => return self.word(ty, start),
        };
        built.map_err(Fault::foreign)
    }

    fn items(
        &mut self,
        item: &Type,
        length: usize,
        base: usize,
    ) -> Result<Vec<K::Value>, Fault<K::Foreign>> {
        let stride = item.head_words() * 32;
        let room = self.data.len().saturating_sub(base);
        let fits = length.checked_mul(stride).is_some_and(|size| size <= room);
        if !fits {
            return Err(Fault::mismatch(format!(
                "{length} items of {item} need more than the {room} bytes that are left"
            )));
        }
        self.spend(length)?;
        let frame = Frame {
            base,
            head: length * stride,
        };
        let mut items = Vec::with_capacity(length);
        for index in 0..length {
            let value = self
                .member(item, frame, base + index * stride)
                .map_err(|fault| fault.at_index(index))?;
            items.push(value);
        }
        Ok(items)
    }

    /// Count `words` reads.
    fn spend(&mut self, words: usize) -> Result<(), Fault<K::Foreign>> {
        match self.budget.checked_sub(words) {
            Some(budget) => {
                self.budget = budget;
                Ok(())
            }
            None => Err(Fault::mismatch(format!(
                "the data refers to itself too often: it would decode to more than {READS_OF_THE_DATA} times its size"
            ))),
        }
    }

    fn read(&mut self, at: usize) -> Result<&'d [u8; 32], Fault<K::Foreign>> {
        self.spend(1)?;
        at.checked_add(32)
            .and_then(|end| self.data.get(at..end))
            .and_then(|word| word.first_chunk())
            .ok_or_else(|| {
                Fault::mismatch(format!(
                    "the data ends after {} bytes, a word was expected at byte {at}",
                    self.data.len()
                ))
            })
    }

    /// A word that must be a small number: an offset or a length.
    fn small(&mut self, at: usize, what: &str) -> Result<usize, Fault<K::Foreign>> {
        let size = self.data.len();
        let word = U256::from_be_bytes(*self.read(at)?);
        usize::try_from(word)
            .ok()
            .filter(|small| *small <= size)
            .ok_or_else(|| {
                Fault::mismatch(format!(
                    "the {what} at byte {at} is {word:#x}, beyond the {size} bytes of data"
                ))
            })
    }

    /// Where the value stands whose offset is at `at`.
    fn follow(&mut self, frame: Frame, at: usize) -> Result<usize, Fault<K::Foreign>> {
        let offset = self.small(at, "offset")?;
        if offset < frame.head {
            return Err(Fault::mismatch(format!(
                "the offset at byte {at} is {offset:#x}, which points back among the offsets"
            )));
        }
        Ok(frame.base + offset)
    }

    fn length(&mut self, at: usize) -> Result<usize, Fault<K::Foreign>> {
        self.small(at, "length")
    }

    /// The bytes of a `bytes` or `string` at `start`.
    fn blob(&mut self, start: usize) -> Result<&'d [u8], Fault<K::Foreign>> {
        let length = self.length(start)?;
        self.spend(length.div_ceil(32))?;
        let padded = start
            .checked_add(32)
            .and_then(|begin| Some((begin, begin.checked_add(length.next_multiple_of(32))?)))
            .and_then(|(begin, end)| self.data.get(begin..end))
            .ok_or_else(|| {
                Fault::mismatch(format!(
                    "{length} bytes at byte {start}, padded to words, reach beyond the {} bytes of data",
                    self.data.len()
                ))
            })?;
        let (bytes, padding) = padded.split_at(length);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Fault::mismatch(
                "the padding after the last byte is not zero",
            ));
        }
        Ok(bytes)
    }

    fn word(&mut self, ty: &Type, at: usize) -> Result<K::Value, Fault<K::Foreign>> {
        let word = *self.read(at)?;
        let built = match ty {
            Type::Uint(bits) => {
                check_zero(&word[..32 - bits / 8], ty, &word)?;
                self.sink.unsigned(U256::from_be_bytes(word))
            }
            Type::Int(bits) => {
                let first = 32 - bits / 8;
                let sign = if word[first] >= 0x80 { 0xff } else { 0 };
                if word[..first].iter().any(|byte| *byte != sign) {
                    return Err(out_of_range(ty, &word));
                }
                self.sink.signed(U256::from_be_bytes(word))
            }
            Type::Bool => {
                check_zero(&word[..31], ty, &word)?;
                if word[31] > 1 {
                    return Err(out_of_range(ty, &word));
                }
                self.sink.boolean(word[31] == 1)
            }
            Type::Address => {
                check_zero(&word[..12], ty, &word)?;
                self.sink.address(Address::from_slice(&word[12..]))
            }
            Type::FixedBytes(size) => {
                check_zero(&word[*size..], ty, &word)?;
                self.sink.bytes(&word[..*size])
            }
            _ => {
                check_zero(&word[24..], ty, &word)?;
                self.sink.bytes(&word[..24])
            }
        };
        built.map_err(Fault::foreign)
    }
}

fn check_zero<E>(padding: &[u8], ty: &Type, word: &[u8; 32]) -> Result<(), Fault<E>> {
    if padding.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(out_of_range(ty, word))
    }
}

#[cold]
fn out_of_range<E>(ty: &Type, word: &[u8; 32]) -> Fault<E> {
    Fault::mismatch(format!("{:#066x} is no {ty}", U256::from_be_bytes(*word)))
}
