//! A chain of one block, and programs for it.

pub(crate) mod programs;

use ingot_engine::{
    executor::{BackendResolver, Config, Error, Executor, Mode, Outcome},
    hardfork::Hardfork,
    record::{Record, Recording},
    state::State,
};
use revm::{
    bytecode::opcode as op,
    context::{BlockEnv, TxEnv},
    primitives::{Address, Bytes, TxKind, U256},
    state::Bytecode,
};

pub(crate) const ALICE: Address = Address::repeat_byte(0xa1);
pub(crate) const COINBASE: Address = Address::repeat_byte(0xc0);

/// A state with the executor that works on it.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) executor: Executor,
}

pub(crate) fn block() -> BlockEnv {
    BlockEnv {
        number: U256::from(1000),
        timestamp: U256::from(1_700_000_000),
        beneficiary: COINBASE,
        gas_limit: 60_000_000,
        ..BlockEnv::default()
    }
}

impl World {
    /// Alice has 10**24 wei.
    pub(crate) fn new(hardfork: Hardfork) -> Self {
        Self::with_config(Config {
            hardfork,
            ..Config::default()
        })
    }

    pub(crate) fn with_config(config: Config) -> Self {
        let mut state = State::new();
        state
            .set_balance(ALICE, U256::from(10).pow(U256::from(24)))
            .unwrap();
        let mut executor = Executor::new(config);
        executor.set_block(block());
        Self { state, executor }
    }

    pub(crate) fn put(&mut self, address: Address, code: &[u8]) {
        self.state
            .set_code(address, Bytecode::new_legacy(code.to_vec().into()))
            .unwrap();
    }

    /// A transaction of Alice's with the right nonce.
    pub(crate) fn tx(&self, kind: TxKind) -> TxEnv {
        let nonce = self.state.nonce(ALICE).unwrap();
        TxEnv {
            caller: ALICE,
            kind,
            nonce,
            gas_limit: 1_000_000,
            chain_id: Some(31_337),
            ..TxEnv::default()
        }
    }

    pub(crate) fn execute(&mut self, tx: TxEnv, mode: Mode) -> Result<Outcome, Error> {
        self.executor
            .execute(&mut self.state, &mut BackendResolver, tx, mode)
    }

    /// Send a transaction to `to`.
    pub(crate) fn send(&mut self, to: Address) -> Outcome {
        self.execute(self.tx(TxKind::Call(to)), Mode::TRANSACTION)
            .unwrap()
    }

    pub(crate) fn create(&mut self, initcode: &[u8]) -> Outcome {
        let tx = TxEnv {
            data: Bytes::copy_from_slice(initcode),
            ..self.tx(TxKind::Create)
        };
        self.execute(tx, Mode::TRANSACTION).unwrap()
    }

    pub(crate) fn record(&mut self, to: Address, record: Record) -> (Outcome, Recording) {
        let mode = Mode {
            record,
            ..Mode::TRANSACTION
        };
        let mut outcome = self.execute(self.tx(TxKind::Call(to)), mode).unwrap();
        let recording = outcome.recording.take().expect("recording was on");
        (outcome, *recording)
    }

    pub(crate) fn word(&self, address: Address, slot: u64) -> U256 {
        self.state.storage(address, U256::from(slot)).unwrap()
    }
}

/// The program that pushes `operands`, the last one first, and then does `opcode`.
pub(crate) fn with(opcode: u8, operands: &[U256]) -> Vec<u8> {
    let pushed = operands.iter().rev().flat_map(|operand| {
        let word = operand.to_be_bytes::<32>();
        [vec![op::PUSH32], word.to_vec()].concat()
    });
    pushed.chain([opcode]).collect()
}

pub(crate) fn n(number: u64) -> U256 {
    U256::from(number)
}

pub(crate) fn word(address: Address) -> U256 {
    address.into_word().into()
}

pub(crate) fn sstore(slot: u64, value: u64) -> Vec<u8> {
    with(op::SSTORE, &[n(slot), n(value)])
}

/// CALL with all gas and no data; its result stays on the stack.
pub(crate) fn call(to: Address, value: u64) -> Vec<u8> {
    let all = U256::MAX;
    with(op::CALL, &[all, word(to), n(value), n(0), n(0), n(0), n(0)])
}

/// Initcode that returns `runtime`.
pub(crate) fn initcode(runtime: &[u8]) -> Vec<u8> {
    let len = u8::try_from(runtime.len()).expect("short");
    // PUSH1 len PUSH1 12 PUSH1 0 CODECOPY PUSH1 len PUSH1 0 RETURN
    let head = [0x60, len, 0x60, 12, 0x60, 0, 0x39, 0x60, len, 0x60, 0, 0xf3];
    [&head[..], runtime].concat()
}
