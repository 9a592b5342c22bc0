//! The codec against alloy's, over values of many types, and the decoder against malformed data.

use super::{
    Cause, Error, Event, Fault, Function, Integer, Shape, Sink, Source, Type, decode, encode,
};
use alloy_dyn_abi::{DynSolType, DynSolValue};
use revm::primitives::{Address, B256, I256, U256, hex};
use std::borrow::Cow;
use std::convert::Infallible;

type Failure = Fault<Infallible>;

impl Source for DynSolValue {
    type Foreign = Infallible;

    fn boolean(&self) -> Result<bool, Failure> {
        self.as_bool().ok_or_else(|| Fault::mismatch("no bool"))
    }

    fn integer(&self, _: &Type) -> Result<Integer, Failure> {
        match self {
            Self::Uint(value, _) => Ok(Integer::Positive(*value)),
            Self::Int(value, _) if value.is_negative() => {
                Ok(Integer::Negative(value.unsigned_abs()))
            }
            Self::Int(value, _) => Ok(Integer::Positive(value.into_raw())),
            _ => Err(Fault::mismatch("no integer")),
        }
    }

    fn address(&self) -> Result<[u8; 20], Failure> {
        self.as_address()
            .map(Address::into_array)
            .ok_or_else(|| Fault::mismatch("no address"))
    }

    fn bytes(&self, _: &Type) -> Result<Cow<'_, [u8]>, Failure> {
        match self {
            Self::FixedBytes(word, size) => Ok(Cow::Borrowed(&word[..*size])),
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Function(function) => Ok(Cow::Borrowed(function.as_slice())),
            _ => Err(Fault::mismatch("no bytes")),
        }
    }

    fn text(&self) -> Result<Cow<'_, str>, Failure> {
        self.as_str()
            .map(Cow::Borrowed)
            .ok_or_else(|| Fault::mismatch("no text"))
    }

    fn items(&self, _: &Type) -> Result<Vec<Self>, Failure> {
        self.as_array()
            .or_else(|| self.as_fixed_array())
            .map(<[Self]>::to_vec)
            .ok_or_else(|| Fault::mismatch("no array"))
    }

    fn members(&self, shape: &Shape) -> Result<Vec<Self>, Failure> {
        match self.as_tuple() {
            Some(members) if members.len() == shape.fields.len() => Ok(members.to_vec()),
            _ => Err(Fault::mismatch("no such tuple")),
        }
    }
}

/// Prints values, so that they can be compared without their types.
struct Print;

impl Sink for Print {
    type Value = String;
    type Foreign = Infallible;

    fn boolean(&mut self, value: bool) -> Result<String, Infallible> {
        Ok(value.to_string())
    }
    fn unsigned(&mut self, value: U256) -> Result<String, Infallible> {
        Ok(value.to_string())
    }
    fn signed(&mut self, value: U256) -> Result<String, Infallible> {
        Ok(I256::from_raw(value).to_string())
    }
    fn address(&mut self, value: Address) -> Result<String, Infallible> {
        Ok(hex::encode(value))
    }
    fn bytes(&mut self, value: &[u8]) -> Result<String, Infallible> {
        Ok(hex::encode(value))
    }
    fn text(&mut self, value: &str) -> Result<String, Infallible> {
        Ok(format!("{value:?}"))
    }
    fn array(&mut self, items: Vec<String>) -> Result<String, Infallible> {
        Ok(format!("[{}]", items.join(",")))
    }
    fn tuple(&mut self, _: &Shape, members: Vec<String>) -> Result<String, Infallible> {
        Ok(format!("({})", members.join(",")))
    }
}

fn printed(value: &DynSolValue) -> String {
    let all = |values: &[DynSolValue]| values.iter().map(printed).collect::<Vec<_>>().join(",");
    match value {
        DynSolValue::Bool(value) => value.to_string(),
        DynSolValue::Uint(value, _) => value.to_string(),
        DynSolValue::Int(value, _) => value.to_string(),
        DynSolValue::Address(value) => hex::encode(value),
        DynSolValue::Function(value) => hex::encode(value),
        DynSolValue::FixedBytes(word, size) => hex::encode(&word[..*size]),
        DynSolValue::Bytes(value) => hex::encode(value),
        DynSolValue::String(value) => format!("{value:?}"),
        DynSolValue::Array(items) | DynSolValue::FixedArray(items) => format!("[{}]", all(items)),
        DynSolValue::Tuple(members) => format!("({})", all(members)),
    }
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn word(&mut self) -> B256 {
        let mut word = B256::ZERO;
        for byte in &mut word.0 {
            *byte = [0, 1, 0x7f, 0x80, 0xff, 0x5a][self.below(6)];
        }
        word
    }

    fn ty(&mut self, depth: usize) -> DynSolType {
        match self.below(if depth == 0 { 8 } else { 11 }) {
            0 => DynSolType::Bool,
            1 => DynSolType::Uint(8 + 8 * self.below(32)),
            2 => DynSolType::Int(8 + 8 * self.below(32)),
            3 => DynSolType::Address,
            4 => DynSolType::FixedBytes(1 + self.below(32)),
            5 => DynSolType::Bytes,
            6 => DynSolType::String,
            7 => DynSolType::Function,
            8 => DynSolType::Array(Box::new(self.ty(depth - 1))),
            9 => DynSolType::FixedArray(Box::new(self.ty(depth - 1)), 1 + self.below(3)),
            _ => {
                let members = 1 + self.below(3);
                DynSolType::Tuple((0..members).map(|_| self.ty(depth - 1)).collect())
            }
        }
    }

    fn value(&mut self, ty: &DynSolType) -> DynSolValue {
        let word = self.word();
        match ty {
            DynSolType::Bool => DynSolValue::Bool(self.below(2) == 1),
            DynSolType::Uint(bits) => {
                DynSolValue::Uint(U256::from_be_bytes(word.0) >> (256 - bits), *bits)
            }
            DynSolType::Int(bits) => {
                DynSolValue::Int(I256::from_raw(word.into()).asr(256 - bits), *bits)
            }
            DynSolType::Address => DynSolValue::Address(Address::from_word(word)),
            DynSolType::FixedBytes(size) => {
                let mut fixed = B256::ZERO;
                fixed[..*size].copy_from_slice(&word[..*size]);
                DynSolValue::FixedBytes(fixed, *size)
            }
            DynSolType::Function => DynSolValue::Function(word[..24].try_into().unwrap()),
            DynSolType::Bytes => {
                let size = self.below(70);
                DynSolValue::Bytes((0..size).map(|i| word[i % 32]).collect())
            }
            DynSolType::String => DynSolValue::String("ünï".repeat(self.below(12))),
            DynSolType::Array(item) => {
                let length = self.below(4);
                DynSolValue::Array((0..length).map(|_| self.value(item)).collect())
            }
            DynSolType::FixedArray(item, length) => {
                DynSolValue::FixedArray((0..*length).map(|_| self.value(item)).collect())
            }
            DynSolType::Tuple(members) => {
                DynSolValue::Tuple(members.iter().map(|member| self.value(member)).collect())
            }
        }
    }
}

fn shape_of(types: &[DynSolType]) -> Shape {
    let members = types
        .iter()
        .map(|ty| {
            (
                String::new(),
                Type::parse(&ty.sol_type_name().replace(",)", ")")).unwrap(),
            )
        })
        .collect();
    Shape::new("", members, false)
}

#[test]
fn agrees_with_alloy_in_both_directions() {
    let mut dice = Dice(7);
    for _ in 0..3_000 {
        let count = 1 + dice.below(4);
        let types: Vec<DynSolType> = (0..count).map(|_| dice.ty(3)).collect();
        let values: Vec<DynSolValue> = types.iter().map(|ty| dice.value(ty)).collect();
        let shape = shape_of(&types);
        let mut data = Vec::new();
        encode(&shape, &values, &mut data).unwrap();
        assert_eq!(
            hex::encode(&data),
            hex::encode(DynSolValue::Tuple(values.clone()).abi_encode_params()),
            "{types:?}"
        );
        let decoded = decode(&shape, &data, &mut Print).unwrap();
        let expected: Vec<String> = values.iter().map(printed).collect();
        assert_eq!(decoded, expected, "{types:?}");
    }
}

#[test]
fn mutated_data_is_refused_or_decoded_but_never_panics() {
    let mut dice = Dice(11);
    let mut refused = 0;
    for _ in 0..5_000 {
        let ty = dice.ty(3);
        let value = dice.value(&ty);
        let shape = shape_of(std::slice::from_ref(&ty));
        let mut data = Vec::new();
        encode(&shape, std::slice::from_ref(&value), &mut data).unwrap();
        let length = data.len();
        for _ in 0..=dice.below(3) {
            data[dice.below(length)] ^= 1 << dice.below(8);
        }
        data.truncate(length - dice.below(length));
        refused += usize::from(decode(&shape, &data, &mut Print).is_err());
    }
    assert!(refused > 2_000, "{refused}");
}

fn failure(types: &str, data: &str) -> String {
    let Type::Tuple(shape) = Type::parse(types).unwrap() else {
        panic!("{types} is no tuple")
    };
    decode(&shape, &hex::decode(data).unwrap(), &mut Print)
        .unwrap_err()
        .to_string()
}

fn words(words: &[u64]) -> String {
    words
        .iter()
        .map(|word| hex::encode(U256::from(*word).to_be_bytes::<32>()))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn malformed_data_is_explained() {
    assert!(failure("(uint256)", "00").contains("ends after 1 bytes"));
    assert!(failure("(bool)", &words(&[2])).contains("is no bool"));
    assert!(failure("(uint8)", &words(&[256])).contains("is no uint8"));
    assert!(failure("(int8)", &words(&[128])).contains("is no int8"));
    assert!(failure("(address)", &"ff".repeat(32)).contains("is no address"));
    assert!(failure("(bytes4)", &"ff".repeat(32)).contains("is no bytes4"));
    assert!(failure("(string)", &words(&[96])).contains("offset"));
    assert!(failure("(string)", &words(&[32, 1 << 40])).contains("length"));
    assert!(failure("(uint8[])", &words(&[32, 3, 1, 2])).contains("3 items"));
    assert!(failure("(bytes)", &words(&[32, 1, 1])).contains("padding"));
    assert!(failure("(bytes)", &format!("{}aa", words(&[32, 1]))).contains("beyond"));
    let invalid = format!("{}ff{}", words(&[32, 1]), "00".repeat(31));
    assert!(failure("(string)", &invalid).contains("UTF-8"));
}

#[test]
fn small_data_never_decodes_to_something_huge() {
    // Each level holds 32 offsets to the same next level: 32**4 values without a bound.
    let level = words(&[&[32u64][..], &[32 * 32; 32]].concat());
    let data = format!("{}{}{}{}{}", words(&[32]), level, level, level, words(&[0]));
    assert!(failure("(uint8[][][][])", &data).contains("too often"));
    // Items without a size: the length alone is bounded by the data.
    assert!(failure("(()[])", &words(&[32, 65])).contains("beyond"));
}

#[test]
fn faults_carry_their_path() {
    let function = Function::parse(
        r#"{"type":"function","name":"f","inputs":[{"name":"orders","type":"tuple[]","internalType":"struct M.Order[]",
        "components":[{"name":"maker","type":"address"},{"name":"amounts","type":"uint8[2]"}]}]}"#,
    )
    .unwrap();
    assert_eq!(function.signature, "f((address,uint8[2])[])");
    assert_eq!(function.described(), "f(orders: (address,uint8[2])[])");
    let order = |amount: u64| {
        DynSolValue::Tuple(vec![
            DynSolValue::Address(Address::ZERO),
            DynSolValue::FixedArray(vec![
                DynSolValue::Uint(U256::ZERO, 256),
                DynSolValue::Uint(U256::from(amount), 256),
            ]),
        ])
    };
    let orders = DynSolValue::Array(vec![order(1), order(300)]);
    let fault = encode(&function.inputs, &[orders], &mut Vec::new()).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "orders[1].amounts[1]: 300 is above 255, the greatest uint8"
    );
    assert!(matches!(fault.into_cause(), Cause::Mismatch(_)));
}

#[test]
fn entries_of_an_abi_are_understood() {
    let transfer =
        Function::parse("function transfer(address to, uint256 value) returns (bool)").unwrap();
    assert_eq!(transfer.signature, "transfer(address,uint256)");
    assert_eq!(transfer.selector, Some([0xa9, 0x05, 0x9c, 0xbb]));
    assert!(!transfer.is_view && !transfer.is_payable);
    let old =
        Function::parse(r#"{"name":"f","constant":true,"payable":false,"inputs":[],"outputs":[]}"#)
            .unwrap();
    assert!(old.is_view);
    let constructor =
        Function::parse(r#"{"type":"constructor","inputs":[{"name":"x","type":"uint256"}]}"#)
            .unwrap();
    assert_eq!(
        (constructor.signature.as_str(), constructor.selector),
        ("constructor(uint256)", None)
    );
    let event = Event::parse(
        r#"{"type":"event","name":"E","inputs":[{"name":"a","type":"uint256","indexed":true},{"name":"b","type":"bool"}]}"#,
    )
    .unwrap();
    assert_eq!(
        (event.indexed.as_slice(), event.data.fields.len()),
        (&[true, false][..], 1)
    );
    let error = Error::parse("error Bad(uint256 code)").unwrap();
    assert_eq!(error.signature, "Bad(uint256)");
}

#[test]
fn entries_that_are_none_are_refused() {
    for text in [
        "",
        "{",
        "[]",
        "{}",
        "transfer",
        r#"{"type":"fallback"}"#,
        r#"{"type":"function","name":"f","inputs":[{"name":"x"}]}"#,
    ] {
        assert!(Function::parse(text).is_err(), "{text}");
    }
    let library = r#"{"type":"function","name":"f","inputs":[{"name":"s","type":"L.S storage"}]}"#;
    assert!(
        Function::parse(library)
            .unwrap_err()
            .to_string()
            .contains("library")
    );
    let fixed = r#"{"type":"function","name":"f","inputs":[{"name":"s","type":"fixed128x18"}]}"#;
    assert!(
        Function::parse(fixed)
            .unwrap_err()
            .to_string()
            .contains("s: fixed-point")
    );
    let crowded = "event E(uint indexed a, uint indexed b, uint indexed c, uint indexed d)";
    assert!(
        Event::parse(crowded)
            .unwrap_err()
            .to_string()
            .contains("4 indexed")
    );
    assert!(
        Error::parse("event E()")
            .unwrap_err()
            .to_string()
            .contains("not an error")
    );
}
