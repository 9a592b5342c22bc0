//! The contract ABI: types, functions, events and errors; encoding and decoding of any kind of value.
//!
//! One type tree (`Type`, with the names of struct members in `Shape`) serves everything; a value is whatever implements
//! `Source` and comes back as whatever a `Sink` builds, so that no intermediate tree of values is made.
//! Source: Solidity documentation, "Contract ABI Specification".

mod decode;
mod encode;
mod fault;
mod integer;
mod item;
mod names;
mod parse;
mod types;

#[cfg(test)]
mod tests;

pub use decode::{Sink, decode, decode_topic};
pub use encode::{Source, encode, encode_packed, encode_topic};
pub use fault::{Cause, Fault};
pub use integer::{Integer, in_error};
pub use item::{Error, Event, Function, ItemError};
pub use names::{nearest, unique_keys};
pub use types::{Field, MAX_DEPTH, Shape, Type, TypeError};
