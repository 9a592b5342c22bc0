//! What is recorded in different ways agrees: coverage and edges are counted block by block, steps one by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::world::{
    ALICE, World, n,
    programs::{CONTRACTS, assemble, contract, piece},
};
use ingot_engine::{
    executor::Mode,
    hardfork::Hardfork,
    record::{Frame, FrameKind, Record, Recording},
};
use proptest::prelude::*;
use revm::{
    bytecode::opcode as op,
    context::TxEnv,
    primitives::{B256, TxKind, U256, keccak256},
};

type Coverage = BTreeMap<B256, BTreeSet<u32>>;
type Edges = BTreeMap<(B256, u32, u32), u32>;

fn frame(recording: &Recording, step: usize) -> &Frame {
    &recording.frames[recording.steps.frame[step] as usize]
}

/// `codes`: those that were there before; others are initcodes.
fn stepped_coverage(recording: &Recording, codes: &[Vec<u8>]) -> Coverage {
    let made = recording.frames.iter().map(|frame| frame.input.to_vec());
    let known = codes.iter().cloned().chain(made).chain([vec![op::STOP]]);
    let lengths: BTreeMap<_, _> = known.map(|code| (keccak256(&code), code.len())).collect();
    let mut coverage = Coverage::new();
    for (step, pc) in recording.steps.pc.iter().enumerate() {
        let code = frame(recording, step).code_hash;
        // The STOP that follows all code has no place in a bitmap.
        if (*pc as usize) < lengths[&code] {
            coverage.entry(code).or_default().insert(*pc);
        }
    }
    coverage
}

fn recorded_coverage(recording: &Recording) -> Coverage {
    let set = |bitmap: &Vec<u8>| {
        let pcs = 0..u32::try_from(bitmap.len() * 8).unwrap();
        pcs.filter(|pc| bitmap[*pc as usize >> 3] >> (pc & 7) & 1 == 1)
            .collect()
    };
    recording
        .coverage
        .iter()
        .map(|(hash, bitmap)| (*hash, set(bitmap)))
        .collect()
}

fn stepped_edges(recording: &Recording) -> Edges {
    let steps = &recording.steps;
    let mut edges = Edges::new();
    for step in (0..steps.len()).filter(|step| steps.op[*step] == op::JUMPI) {
        // A jump makes no frame: the next step is the frame's own, unless the frame ended.
        let next = step + 1;
        if next < steps.len() && steps.frame[next] == steps.frame[step] {
            let code = frame(recording, step).code_hash;
            *edges
                .entry((code, steps.pc[step], steps.pc[next]))
                .or_default() += 1;
        }
    }
    edges
}

fn recorded_edges(recording: &Recording) -> Edges {
    let all = recording.edges.iter();
    all.flat_map(|(hash, edges)| {
        edges
            .iter()
            .map(|edge| ((*hash, edge.from, edge.to), edge.hits))
    })
    .collect()
}

/// Frame, whether it writes, slot and what is written: of the steps that did not fail.
fn stepped_storage(recording: &Recording) -> Vec<(u32, bool, U256, Option<U256>)> {
    let steps = &recording.steps;
    let accesses =
        (0..steps.len()).filter(|step| matches!(steps.op[*step], op::SLOAD | op::SSTORE));
    let done = accesses.filter(|step| {
        let next = step + 1;
        next < steps.len() && steps.frame[next] == steps.frame[*step]
    });
    done.map(|step| {
        let stack = steps.stack(step).unwrap();
        let is_write = steps.op[step] == op::SSTORE;
        let word = is_write.then(|| stack[stack.len() - 2]);
        (steps.frame[step], is_write, stack[stack.len() - 1], word)
    })
    .collect()
}

fn recorded_storage(recording: &Recording) -> Vec<(u32, bool, U256, Option<U256>)> {
    let all = recording.storage.iter();
    all.map(|access| {
        (
            access.frame,
            access.is_write,
            access.slot,
            access.is_write.then_some(access.after),
        )
    })
    .collect()
}

fn check_frames(recording: &Recording) -> Result<(), TestCaseError> {
    for (index, frame) in (0..).zip(&recording.frames) {
        let parent = frame
            .parent
            .map(|parent| &recording.frames[parent as usize]);
        prop_assert_eq!(frame.depth, parent.map_or(0, |parent| parent.depth + 1));
        prop_assert!(frame.parent.is_none_or(|parent| parent < index));
        prop_assert!(frame.gas_used <= frame.gas);
        let steps = recording.steps.frame.iter().zip(&recording.steps.gas);
        if let Some((_, gas)) = steps.into_iter().find(|(found, _)| **found == index) {
            prop_assert_eq!(*gas, frame.gas);
        }
        if frame.kind == FrameKind::SelfDestruct {
            prop_assert_eq!(frame.gas, 0);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn blocks_and_steps_agree(
        hardfork in prop::sample::select(vec![Hardfork::Homestead, Hardfork::Berlin, Hardfork::Bpo2]),
        programs in prop::collection::vec(prop::collection::vec(piece(), 1..8), usize::from(CONTRACTS)),
        gas_limit in prop_oneof![Just(2_000_000_u64), 21_000..150_000_u64],
    ) {
        let mut world = World::new(hardfork);
        let codes: Vec<_> = programs.iter().map(|program| assemble(program)).collect();
        for (index, code) in (0..).zip(&codes) {
            world.put(contract(index), code);
            world.state.set_balance(contract(index), n(10)).unwrap();
        }
        let tx = TxEnv { gas_limit, ..world.tx(TxKind::Call(contract(0))) };
        let start = world.state.checkpoint();
        let plain = world.execute(tx.clone(), Mode::TRANSACTION).unwrap();
        world.state.revert(start).unwrap();
        let mode = Mode { record: Record::ALL, ..Mode::TRANSACTION };
        let outcome = world.execute(tx, mode).unwrap();
        prop_assert_eq!(&outcome.status, &plain.status);
        prop_assert_eq!(outcome.gas_used, plain.gas_used);
        prop_assert_eq!(&outcome.logs, &plain.logs);
        prop_assert!(world.state.nonce(ALICE).unwrap() == 1);

        let recording = outcome.recording.unwrap();
        prop_assume!(!recording.steps.is_truncated);
        prop_assert_eq!(&recording.frames[0].status, &outcome.status);
        prop_assert_eq!(recorded_coverage(&recording), stepped_coverage(&recording, &codes));
        prop_assert_eq!(recorded_edges(&recording), stepped_edges(&recording));
        prop_assert_eq!(recorded_storage(&recording), stepped_storage(&recording));
        check_frames(&recording)?;
    }
}
