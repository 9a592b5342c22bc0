//! What the engine costs in Rust: ERC-20 transfers, view calls, snapshots and recording, on a bare state and on a chain.
//!
//!     cargo run --release --example transfers [-- [--json] [--items=N] [ROW]]
//!
//! Prints the least and the median time of a work item over several rounds, which alternate between the rows so that
//! a noisy machine disturbs all of them alike.

use std::time::Instant;

use ingot_engine::{
    chain::{Call, Chain, Genesis, Request},
    executor::{BackendResolver, Config, Executor, Mode, Outcome},
    record::Record,
    state::State,
};
use revm::{
    context::{BlockEnv, TxEnv},
    context_interface::transaction::AccessList,
    primitives::{Address, Bytes, TxKind, U256, hex},
};

/// Runtime and constructor of contracts/Token.sol, solc 0.8.37, optimizer at 200 runs.
const TOKEN: &str = include_str!("token.hex");
const ROUNDS: usize = 9;
const ITEMS: u32 = 20_000;

const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const BALANCE_OF: [u8; 4] = [0x70, 0xa0, 0x82, 0x31];

struct Bench {
    chain: Chain,
    executor: Executor,
    state: State,
    token: Address,
    alice: Address,
    nonce: u64,
    transfer: Bytes,
    balance_of: Bytes,
}

impl Bench {
    fn new() -> Self {
        let alice = Address::repeat_byte(0xa1);
        let bob = Address::repeat_byte(0xb0);
        let mut executor = Executor::new(Config::default());
        executor.set_block(BlockEnv {
            number: U256::from(1),
            timestamp: U256::from(1_700_000_000),
            gas_limit: 30_000_000,
            basefee: 1_000_000_000,
            beneficiary: Address::repeat_byte(0xc0),
            ..BlockEnv::default()
        });
        let mut state = State::new();
        state
            .set_balance(alice, U256::MAX >> 8)
            .expect("no backend");
        let supply = U256::MAX.to_be_bytes::<32>();
        let code: String = TOKEN.split_whitespace().collect();
        let initcode = [hex::decode(code).expect("hex"), supply.to_vec()].concat();
        let word = bob.into_word();
        let mut chain = Chain::new(Genesis::local(Config::default())).expect("a chain");
        chain
            .set_balance(alice, U256::MAX >> 8)
            .expect("no backend");
        let create = Request {
            sender: alice,
            data: initcode.clone().into(),
            ..Request::default()
        };
        let token = chain
            .send(create)
            .expect("valid")
            .transaction
            .sender()
            .create(0);
        let mut bench = Self {
            chain,
            executor,
            state,
            token,
            alice,
            nonce: 0,
            transfer: [&TRANSFER[..], &word[..], &U256::from(5).to_be_bytes::<32>()]
                .concat()
                .into(),
            balance_of: [&BALANCE_OF[..], &word[..]].concat().into(),
        };
        let deployed = bench.send(TxKind::Create, initcode.into(), Record::OFF);
        assert_eq!(deployed.created, Some(bench.token));
        bench
    }

    fn tx(&self, kind: TxKind, data: Bytes) -> TxEnv {
        TxEnv {
            tx_type: 2,
            caller: self.alice,
            kind,
            data,
            nonce: self.nonce,
            chain_id: Some(31_337),
            gas_limit: 10_000_000,
            gas_price: 2_000_000_000,
            gas_priority_fee: Some(0),
            value: U256::ZERO,
            access_list: AccessList::default(),
            blob_hashes: Vec::new(),
            max_fee_per_blob_gas: 0,
            authorization_list: Vec::new(),
        }
    }

    fn send(&mut self, kind: TxKind, data: Bytes, record: Record) -> Outcome {
        let tx = self.tx(kind, data);
        let mode = Mode {
            record,
            ..Mode::TRANSACTION
        };
        let outcome = self
            .executor
            .execute(&mut self.state, &mut BackendResolver, tx, mode)
            .expect("valid");
        assert!(outcome.succeeded(), "{:?}", outcome.status);
        self.nonce += 1;
        outcome
    }

    fn transfer(&mut self, record: Record) -> Outcome {
        self.send(TxKind::Call(self.token), self.transfer.clone(), record)
    }

    fn chain_send(&mut self) {
        let to = Some(self.token);
        let data = self.transfer.clone();
        let request = Request {
            sender: self.alice,
            to,
            data,
            ..Request::default()
        };
        let accepted = self.chain.send(request).expect("valid");
        assert!(
            accepted
                .mined()
                .is_some_and(|mined| mined.outcome.succeeded())
        );
    }

    fn chain_view(&mut self) {
        let to = Some(self.token);
        let call = Call {
            to,
            data: self.balance_of.clone(),
            ..Call::default()
        };
        assert!(self.chain.call(&call).expect("valid").succeeded());
    }

    fn chain_snapshot(&mut self) {
        let snapshot = self.chain.snapshot();
        self.chain_view();
        self.chain_view();
        self.chain_send();
        self.chain.revert(snapshot).expect("just made");
    }

    fn run(&mut self, work: Work) {
        match work {
            Work::ChainSend => self.chain_send(),
            Work::ChainView => self.chain_view(),
            Work::ChainSnapshot => self.chain_snapshot(),
            Work::Transfer(record) => {
                self.transfer(record);
            }
            Work::View => {
                self.view();
            }
            Work::Snapshot => self.snapshot(),
        }
    }

    fn view(&mut self) -> Outcome {
        let tx = TxEnv {
            gas_price: 0,
            ..self.tx(TxKind::Call(self.token), self.balance_of.clone())
        };
        self.executor
            .execute(&mut self.state, &mut BackendResolver, tx, Mode::CALL)
            .expect("valid")
    }

    fn snapshot(&mut self) {
        let (checkpoint, nonce) = (self.state.checkpoint(), self.nonce);
        self.view();
        self.view();
        self.transfer(Record::OFF);
        self.state.revert(checkpoint).expect("just made");
        self.nonce = nonce;
    }
}

#[derive(Clone, Copy)]
enum Work {
    Transfer(Record),
    View,
    Snapshot,
    ChainSend,
    ChainView,
    ChainSnapshot,
}

const WORK: [(&str, Work); 12] = [
    ("transfer", Work::Transfer(Record::OFF)),
    ("transfer, edges", Work::Transfer(Record::EDGES)),
    ("transfer, coverage", Work::Transfer(Record::COVERAGE)),
    ("transfer, frames", Work::Transfer(Record::FRAMES)),
    ("transfer, storage", Work::Transfer(Record::STORAGE)),
    ("transfer, steps", Work::Transfer(Record::STEPS)),
    ("transfer, everything", Work::Transfer(Record::ALL)),
    ("view", Work::View),
    ("snapshot, 2 views, transfer, revert", Work::Snapshot),
    ("chain: transfer, a block each", Work::ChainSend),
    ("chain: view", Work::ChainView),
    ("chain: snapshot, ..., revert", Work::ChainSnapshot),
];

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let items =
        std::env::args().find_map(|argument| argument.strip_prefix("--items=")?.parse().ok());
    let items: u32 = items.unwrap_or(ITEMS);
    let only = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let mut bench = Bench::new();
    let gas = bench.transfer(Record::OFF).gas_used;
    let mut times = vec![Vec::new(); WORK.len()];
    for _ in 0..ROUNDS {
        for ((name, work), times) in WORK.iter().zip(&mut times) {
            if only.as_ref().is_some_and(|only| only != name) {
                continue;
            }
            let start = Instant::now();
            for _ in 0..items {
                bench.run(*work);
            }
            times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(items));
            let now = bench.state.checkpoint();
            bench.state.prune(now).expect("the present");
        }
    }
    if !json {
        println!(
            "{:<38}{:>9}{:>11}{:>8}   (transfer: {gas} gas)",
            "", "min us", "median us", "ratio"
        );
    }
    let first = times[0].iter().copied().fold(f64::INFINITY, f64::min);
    for ((name, _), times) in WORK
        .iter()
        .zip(&mut times)
        .filter(|(_, times)| !times.is_empty())
    {
        times.sort_by(f64::total_cmp);
        let (min, median) = (times[0], times[times.len() / 2]);
        if json {
            println!(
                r#"{{"work": "{name}", "min_us": {min:.3}, "median_us": {median:.3}, "gas": {gas}}}"#
            );
        } else {
            println!("{name:<38}{min:>9.2}{median:>11.2}{:>8.2}", min / first);
        }
    }
}
