//! Random programs that call, create, destroy, store, revert and fail.

use proptest::prelude::*;
use revm::{
    bytecode::opcode as op,
    primitives::{Address, U256},
};

use super::{call, initcode, n, sstore, with, word};

pub(crate) const CONTRACTS: u8 = 4;

pub(crate) fn contract(index: u8) -> Address {
    Address::repeat_byte(0x10 + index)
}

/// One of the things that a contract may do.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Store(u64, u64),
    /// Store the sum of two slots in the first.
    Add(u64, u64),
    Call(u8, u64),
    CallPrecompile,
    DelegateCall(u8),
    /// CREATE2 a contract that stores and, if so, destroys itself.
    Create(bool),
    SelfDestruct(u8),
    Revert,
    Fail,
    Log,
    Transient(u64),
    /// Count down from so many.
    Loop(u8),
}

pub(crate) fn piece() -> impl Strategy<Value = Piece> {
    let slot = || 0..3_u64;
    prop_oneof![
        3 => (slot(), 0..3_u64).prop_map(|(slot, value)| Piece::Store(slot, value)),
        3 => (slot(), slot()).prop_map(|(to, from)| Piece::Add(to, from)),
        4 => (0..CONTRACTS, 0..2_u64).prop_map(|(to, value)| Piece::Call(to, value)),
        1 => Just(Piece::CallPrecompile),
        1 => (0..CONTRACTS).prop_map(Piece::DelegateCall),
        2 => any::<bool>().prop_map(Piece::Create),
        1 => (0..CONTRACTS).prop_map(Piece::SelfDestruct),
        1 => Just(Piece::Revert),
        1 => Just(Piece::Fail),
        1 => Just(Piece::Log),
        1 => slot().prop_map(Piece::Transient),
        2 => (0..5_u8).prop_map(Piece::Loop),
    ]
}

pub(crate) fn assemble(pieces: &[Piece]) -> Vec<u8> {
    pieces.iter().fold(Vec::new(), |mut code, piece| {
        let at = code.len();
        code.extend(assemble_piece(piece, at));
        code
    })
}

fn assemble_piece(piece: &Piece, at: usize) -> Vec<u8> {
    match *piece {
        Piece::Store(slot, value) => sstore(slot, value),
        Piece::Add(to, from) => [
            with(op::SLOAD, &[n(from)]),
            with(op::SLOAD, &[n(to)]),
            vec![op::ADD],
            vec![op::PUSH1, u8::try_from(to).unwrap(), op::SSTORE],
        ]
        .concat(),
        Piece::Call(to, value) => call(contract(to), value),
        Piece::CallPrecompile => with(op::CALL, &[n(100), n(3), n(0), n(0), n(0), n(0), n(0)]),
        Piece::DelegateCall(to) => with(
            op::DELEGATECALL,
            &[n(50_000), word(contract(to)), n(0), n(0), n(0), n(0)],
        ),
        Piece::Create(is_destroyed) => {
            let end = if is_destroyed {
                with(op::SELFDESTRUCT, &[word(contract(0))])
            } else {
                vec![]
            };
            let code = [
                vec![op::PUSH1, 7, op::PUSH1, 1, op::SSTORE],
                end,
                initcode(&[op::STOP]),
            ]
            .concat();
            // Put the code into memory word by word.
            let words = code.chunks(32).enumerate().flat_map(|(index, chunk)| {
                let mut word = [0; 32];
                word[..chunk.len()].copy_from_slice(chunk);
                with(
                    op::MSTORE,
                    &[n(32 * index as u64), U256::from_be_bytes(word)],
                )
            });
            let create = with(op::CREATE2, &[n(1), n(0), n(code.len() as u64), n(5)]);
            words.chain(create).collect()
        }
        Piece::SelfDestruct(to) => with(op::SELFDESTRUCT, &[word(contract(to))]),
        Piece::Revert => with(op::REVERT, &[n(0), n(0)]),
        Piece::Fail => vec![op::INVALID],
        Piece::Log => with(op::LOG1, &[n(0), n(32), n(9)]),
        Piece::Transient(slot) => [
            with(op::TLOAD, &[n(slot)]),
            with(op::ADD, &[n(1)]),
            with(op::TSTORE, &[n(slot)]),
        ]
        .concat(),
        Piece::Loop(count) => {
            let [high, low] = u16::try_from(at + 2).unwrap().to_be_bytes();
            let start = [
                op::PUSH1,
                count + 1,
                op::JUMPDEST,
                op::PUSH1,
                1,
                op::SWAP1,
                op::SUB,
            ];
            let jump = [op::DUP1, op::PUSH2, high, low, op::JUMPI, op::POP];
            [&start[..], &jump].concat()
        }
    }
}
