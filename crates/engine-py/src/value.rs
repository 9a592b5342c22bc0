//! Python values as sources of the ABI encoder.

use crate::address;
use crate::errors::{PyFault, abi_error, value_error};
use crate::number;
use ingot_engine::abi::{Fault, Field, Integer, Shape, Source, Type, nearest};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyByteArrayMethods, PyBytes, PyDict, PyInt, PyList, PyMapping, PySequence,
    PyString, PyTuple,
};
use revm::primitives::hex;
use std::borrow::Cow;

/// A Python object on its way into calldata.
pub(crate) struct Value<'py>(pub(crate) Bound<'py, PyAny>);

/// What an error calls the object: its repr, shortened, after its type where that helps. What may be a private key, given
/// in the wrong place, is not quoted.
#[cold]
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    let kind = value
        .get_type()
        .name()
        .map_or_else(|_| "object".to_owned(), |name| name.to_string());
    if value.is_none() {
        return "None".to_owned();
    }
    if let Some(length) = byte_count(value).filter(|length| *length >= KEY_BYTES) {
        return format!("{length} bytes ({kind}, not shown)");
    }
    if is_wide(value) {
        return format!("a number above 2**160 ({kind}, not shown)");
    }
    match value.repr() {
        Ok(repr) => format!("{} ({kind})", shortened(&repr.to_string_lossy())),
        Err(_) => format!("an object of type {kind}"),
    }
}

/// At most 60 characters of `text`, without what may be a private key.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    if may_be_key(text) {
        let digits = longest_digits(text);
        return Cow::Owned(format!("text with {digits} hex digits (not shown)"));
    }
    match text.char_indices().nth(60) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
    }
}

/// `text` in quotation marks, shortened; what may be a private key is described instead.
pub(crate) fn quoted(text: &str) -> String {
    match shortened(text) {
        Cow::Owned(described) if may_be_key(text) => described,
        shown => format!("{shown:?}"),
    }
}

/// Whether a text holds what may be a private key, or most of one.
fn may_be_key(text: &str) -> bool {
    longest_digits(text) >= KEY_DIGITS
}

/// Bytes of a private key.
const KEY_BYTES: usize = 32;

/// Hex digits from which on a text may be a private key, or most of one.
pub(crate) const KEY_DIGITS: usize = 56;

fn byte_count(value: &Bound<'_, PyAny>) -> Option<usize> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Some(bytes.as_bytes().len());
    }
    value
        .cast::<PyByteArray>()
        .ok()
        .map(PyByteArrayMethods::len)
}

/// Whether it is an int of more bits than an address has.
pub(crate) fn is_wide(value: &Bound<'_, PyAny>) -> bool {
    let Ok(int) = value.cast::<PyInt>() else {
        return false;
    };
    match number::integer(int) {
        Ok(Integer::Positive(word) | Integer::Negative(word)) => word.bit_len() > 160,
        Ok(Integer::Huge { .. }) | Err(_) => true,
    }
}

/// The length of the longest run of hex digits.
pub(crate) fn longest_digits(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_ascii_hexdigit());
    runs.map(str::len).max().unwrap_or_default()
}

#[cold]
fn unfit(value: &Bound<'_, PyAny>, wanted: &str) -> PyFault {
    Fault::mismatch(format!("{} is not {wanted}", shown(value)))
}

impl Source for Value<'_> {
    type Foreign = PyErr;

    fn boolean(&self) -> Result<bool, PyFault> {
        match self.0.cast::<PyBool>() {
            Ok(value) => Ok(value.is_true()),
            Err(_) => Err(unfit(&self.0, "a bool: give True or False")),
        }
    }

    fn integer(&self, ty: &Type) -> Result<Integer, PyFault> {
        if let Ok(int) = self.0.cast_exact::<PyInt>() {
            return number::integer(int).map_err(Fault::foreign);
        }
        match number::as_int(&self.0).map_err(Fault::foreign)? {
            Some(int) => number::integer(&int).map_err(Fault::foreign),
            None => Err(unfit(&self.0, &format!("an int, which {ty} takes"))),
        }
    }

    fn address(&self) -> Result<[u8; 20], PyFault> {
        address::address(&self.0).map(Into::into)
    }

    fn bytes(&self, ty: &Type) -> Result<Cow<'_, [u8]>, PyFault> {
        bytes(&self.0)?.ok_or_else(|| {
            unfit(
                &self.0,
                &format!("bytes or 0x-prefixed hex text, which {ty} takes"),
            )
        })
    }

    fn text(&self) -> Result<Cow<'_, str>, PyFault> {
        let Ok(text) = self.0.cast::<PyString>() else {
            return Err(unfit(&self.0, "a str"));
        };
        match text.to_str() {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => Err(unfit(
                &self.0,
                "valid Unicode: it holds surrogates, which UTF-8 cannot encode",
            )),
        }
    }

    fn items(&self, ty: &Type) -> Result<Vec<Self>, PyFault> {
        sequence(&self.0)?
            .ok_or_else(|| unfit(&self.0, &format!("a list or tuple, which {ty} takes")))
    }

    fn members(&self, shape: &Shape) -> Result<Vec<Self>, PyFault> {
        let Some(members) = sequence(&self.0)? else {
            return match self.0.cast::<PyMapping>() {
                Ok(mapping) => by_name(mapping, shape),
                Err(_) => by_attribute(&self.0, shape),
            };
        };
        if members.len() == shape.fields.len() {
            return Ok(members);
        }
        Err(Fault::mismatch(format!(
            "{} takes {}, {} {} given",
            tuple_in_words(shape),
            counted(shape.fields.len(), "member"),
            members.len(),
            if members.len() == 1 { "was" } else { "were" }
        )))
    }
}

/// `2 members`, `1 member`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn tuple_in_words(shape: &Shape) -> String {
    format!("{}{}", shape.name, shape.described())
}

/// The bytes of a bytes-like object or of hex text; None for anything else.
pub(crate) fn bytes<'a>(value: &'a Bound<'_, PyAny>) -> Result<Option<Cow<'a, [u8]>>, PyFault> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Some(Cow::Borrowed(bytes.as_bytes())));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(Cow::Owned(bytes.to_vec())));
    }
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_string_lossy();
        let Some(digits) = text.strip_prefix("0x") else {
            return Err(Fault::mismatch(format!(
                "{} is text: bytes are given as bytes or as hex text that starts with 0x",
                quoted(&text)
            )));
        };
        return match hex::decode(digits) {
            Ok(bytes) => Ok(Some(Cow::Owned(bytes))),
            Err(_) if digits.len() % 2 == 1 => Err(Fault::mismatch(format!(
                "{} has an odd number of hex digits",
                quoted(&text)
            ))),
            Err(_) => Err(Fault::mismatch(format!("{} is not hex", quoted(&text)))),
        };
    }
    if value
        .get_type()
        .name()
        .is_ok_and(|name| name == "memoryview")
    {
        let copy = value.call_method0("tobytes").map_err(Fault::foreign)?;
        return Ok(copy
            .cast::<PyBytes>()
            .ok()
            .map(|bytes| Cow::Owned(bytes.as_bytes().to_vec())));
    }
    Ok(None)
}

/// An argument of bytes: bytes-like, or hex text.
pub(crate) struct Data(pub(crate) Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Data {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match bytes(&value).map_err(value_error)? {
            Some(bytes) => Ok(Self(bytes.into_owned())),
            None => Err(abi_error(format!(
                "{} is neither bytes nor 0x-prefixed hex text",
                shown(&value)
            ))),
        }
    }
}

/// The items of a list, tuple or other sequence; None for anything else, text and bytes included.
pub(crate) fn sequence<'py>(value: &Bound<'py, PyAny>) -> Result<Option<Vec<Value<'py>>>, PyFault> {
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return Ok(Some(
            tuple
                .iter_borrowed()
                .map(|item| Value(item.to_owned()))
                .collect(),
        ));
    }
    if let Ok(list) = value.cast::<PyList>() {
        return Ok(Some(list.iter().map(Value).collect()));
    }
    if value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
    {
        return Ok(None);
    }
    let Ok(sequence) = value.cast::<PySequence>() else {
        return Ok(None);
    };
    let tuple = sequence.to_tuple().map_err(Fault::foreign)?;
    Ok(Some(tuple.iter().map(Value).collect()))
}

/// Members from a mapping by their names.
fn by_name<'py>(
    mapping: &Bound<'py, PyMapping>,
    shape: &Shape,
) -> Result<Vec<Value<'py>>, PyFault> {
    let given = PyDict::new(mapping.py());
    given.update(mapping).map_err(Fault::foreign)?;
    let mut members = Vec::with_capacity(shape.fields.len());
    for field in &shape.fields {
        let member = take(&given, &field.key).map_err(Fault::foreign)?;
        members.push(member.ok_or_else(|| {
            Fault::mismatch(format!("{} lacks {:?}", tuple_in_words(shape), field.key))
        })?);
    }
    match given.keys().iter().next() {
        None => Ok(members),
        Some(unknown) => Err(Fault::mismatch(unknown_name(shape, &unknown, "member"))),
    }
}

/// Take `key` out of `given`, or its alias `key_`.
pub(crate) fn take<'py>(given: &Bound<'py, PyDict>, key: &str) -> PyResult<Option<Value<'py>>> {
    if let Some(value) = given.get_item(key)? {
        given.del_item(key)?;
        return Ok(Some(Value(value)));
    }
    let alias = format!("{key}_");
    match given.get_item(&alias)? {
        Some(value) => {
            given.del_item(&alias)?;
            Ok(Some(Value(value)))
        }
        None => Ok(None),
    }
}

/// `Order(maker: address) has no member 'mkaer'; did you mean 'maker'?`
#[cold]
pub(crate) fn unknown_name(shape: &Shape, name: &Bound<'_, PyAny>, noun: &str) -> String {
    let text = name.to_string();
    let keys = shape.fields.iter().map(|field| field.key.as_str());
    let hint =
        nearest(&text, keys).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
    format!("{} has no {noun} '{text}'{hint}", tuple_in_words(shape))
}

/// Members from the attributes of an object such as a dataclass.
fn by_attribute<'py>(value: &Bound<'py, PyAny>, shape: &Shape) -> Result<Vec<Value<'py>>, PyFault> {
    let wanted = || {
        unfit(
            value,
            &format!(
                "a tuple, a dict or an object with the members of {}",
                tuple_in_words(shape)
            ),
        )
    };
    let is_data = value
        .hasattr("__dataclass_fields__")
        .map_err(Fault::foreign)?;
    if !is_data {
        return Err(wanted());
    }
    let mut members = Vec::with_capacity(shape.fields.len());
    for field in &shape.fields {
        let found = match value
            .getattr_opt(field.key.as_str())
            .map_err(Fault::foreign)?
        {
            Some(found) => Some(found),
            None => value
                .getattr_opt(format!("{}_", field.key))
                .map_err(Fault::foreign)?,
        };
        members.push(Value(found.ok_or_else(|| {
            Fault::mismatch(format!("{} lacks {:?}", shown(value), field.key))
        })?));
    }
    Ok(members)
}

/// Arguments by position and by name, in the order of `shape`. `AbiError` if they are not as many as it takes.
pub(crate) fn arguments<'py>(
    shape: &Shape,
    args: &Bound<'py, PyAny>,
    kwargs: Option<&Bound<'py, PyAny>>,
) -> PyResult<Vec<Value<'py>>> {
    let Some(mut values) = sequence(args).map_err(value_error)? else {
        return Err(abi_error(format!(
            "the arguments of {} must be a sequence, not {}",
            tuple_in_words(shape),
            shown(args)
        )));
    };
    let mut missing = shape.fields.get(values.len());
    if let Some(kwargs) = kwargs.filter(|kwargs| !kwargs.is_none()) {
        let given = PyDict::new(args.py());
        given.update(kwargs.cast::<PyMapping>()?)?;
        missing = add_named(shape, &mut values, &given)?;
    }
    if values.len() == shape.fields.len() {
        return Ok(values);
    }
    Err(wrong_count(shape, values.len(), missing))
}

/// Append the arguments in `given`. Returns: the first parameter without one.
fn add_named<'py, 's>(
    shape: &'s Shape,
    values: &mut Vec<Value<'py>>,
    given: &Bound<'py, PyDict>,
) -> PyResult<Option<&'s Field>> {
    let positional = values.len();
    let mut missing = None;
    for field in shape.fields.iter().skip(positional) {
        match take(given, &field.key)? {
            Some(value) => values.push(value),
            None => missing = missing.or(Some(field)),
        }
    }
    let Some(left) = given.keys().iter().next() else {
        return Ok(missing);
    };
    let text = left.to_string();
    let taken = shape.fields.iter().take(positional);
    if taken.into_iter().any(|field| field.key == text) {
        return Err(abi_error(format!(
            "{} got '{text}' twice, by position and by name",
            tuple_in_words(shape)
        )));
    }
    Err(abi_error(unknown_name(shape, &left, "parameter")))
}

#[cold]
fn wrong_count(shape: &Shape, given: usize, missing: Option<&Field>) -> PyErr {
    let hint = missing.map_or_else(String::new, |field| format!(": '{}' is missing", field.key));
    abi_error(format!(
        "{} takes {}, {given} {} given{hint}",
        tuple_in_words(shape),
        counted(shape.fields.len(), "argument"),
        if given == 1 { "was" } else { "were" }
    ))
}
