//! What a chain adds to the executor: transfers under automine, calls, snapshots, and how much memory many blocks take.
//!
//!     cargo run --release --example chain [-- bare | chain | hash [COUNT]]
//!
//! Prints the least and the median time of an item over several rounds, which alternate between the rows. With
//! an argument it only sends transfers, on a chain or on the bare executor, and hashes their blocks, for a profiler to
//! look at.

use std::{fs, mem, time::Instant};

use ingot_engine::{
    chain::{Call, Chain, Genesis, Request},
    executor::{BackendResolver, Config, Executor, Mode},
    state::State,
    transaction::PrivateKey,
};
use revm::{
    context::{BlockEnv, TxEnv},
    primitives::{Address, B256, Bytes, TxKind, U256, hex},
};

/// Runtime and constructor of contracts/Token.sol, solc 0.8.37, optimizer at 200 runs.
const TOKEN: &str = include_str!("token.hex");
const ROUNDS: usize = 15;
const ITEMS: u32 = 20_000;

const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

fn initcode() -> Bytes {
    let code: String = TOKEN.split_whitespace().collect();
    let supply = U256::MAX.to_be_bytes::<32>();
    [hex::decode(code).expect("hex"), supply.to_vec()]
        .concat()
        .into()
}

fn calldata() -> Bytes {
    let bob = Address::repeat_byte(0xb0).into_word();
    [&TRANSFER[..], &bob[..], &U256::from(5).to_be_bytes::<32>()]
        .concat()
        .into()
}

/// The executor alone.
struct Bare {
    executor: Executor,
    state: State,
    alice: Address,
    nonce: u64,
    calldata: Bytes,
}

impl Bare {
    fn new(alice: Address) -> Self {
        let mut executor = Executor::new(Config::default());
        executor.set_block(BlockEnv {
            gas_limit: 30_000_000,
            ..BlockEnv::default()
        });
        let mut state = State::new();
        state
            .set_balance(alice, U256::MAX >> 8)
            .expect("no backend");
        let mut bare = Self {
            executor,
            state,
            alice,
            nonce: 0,
            calldata: calldata(),
        };
        bare.send(TxKind::Create, initcode());
        bare
    }

    fn send(&mut self, kind: TxKind, data: Bytes) {
        let tx = TxEnv {
            tx_type: 2,
            caller: self.alice,
            kind,
            data,
            nonce: self.nonce,
            chain_id: Some(31_337),
            gas_limit: 10_000_000,
            gas_price: 2_000_000_000,
            gas_priority_fee: Some(0),
            ..TxEnv::default()
        };
        let mode = Mode::TRANSACTION;
        let outcome = self
            .executor
            .execute(&mut self.state, &mut BackendResolver, tx, mode);
        assert!(outcome.expect("valid").succeeded());
        self.nonce += 1;
    }

    fn transfer(&mut self) {
        let token = self.alice.create(0);
        self.send(TxKind::Call(token), self.calldata.clone());
    }
}

fn chain(alice: PrivateKey) -> (Chain, Request) {
    let mut chain = Chain::new(Genesis::local(Config::default())).expect("a chain");
    let sender = alice.address();
    chain.add_key(alice);
    chain
        .set_balance(sender, U256::MAX >> 8)
        .expect("no backend");
    let deploy = Request {
        sender,
        data: initcode(),
        ..Request::default()
    };
    chain.send(deploy).expect("a valid transaction");
    let transfer = Request {
        sender,
        to: Some(sender.create(0)),
        data: calldata(),
        ..Request::default()
    };
    (chain, transfer)
}

fn key() -> PrivateKey {
    PrivateKey::new(B256::repeat_byte(0x11)).expect("a key")
}

/// Resident memory, in bytes.
fn memory() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|text| text.parse().ok());
    pages.unwrap_or(0_u64) * 4096
}

type Row<'a> = (&'a str, Box<dyn FnMut() + 'a>);

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let Some(name) = arguments.next() {
        let count = arguments.next().and_then(|text| text.parse().ok());
        profile(&name, count.unwrap_or(ITEMS));
        return;
    }
    let mut bare = Bare::new(key().address());
    let (mut sending, request) = chain(key());
    let (mut isolated, isolated_request) = chain(key());
    let (mut calling, called) = chain(key());
    let call = Call {
        sender: Some(called.sender),
        to: called.to,
        data: called.data,
        ..Call::default()
    };
    let (mut snapping, _) = chain(key());
    let mut rows: Vec<Row<'_>> = vec![
        ("executor: transfer", Box::new(|| bare.transfer())),
        (
            "chain: transfer, its block",
            Box::new(|| {
                let sent = sending.send(request.clone());
                assert!(sent.expect("valid").mined().is_some());
            }),
        ),
        (
            "chain: call of transfer",
            Box::new(|| {
                calling.call(&call).expect("valid");
            }),
        ),
        (
            "chain: snapshot, revert",
            Box::new(|| {
                let id = snapping.snapshot();
                snapping.revert(id).expect("a snapshot");
            }),
        ),
        (
            "chain: snapshot, transfer, revert",
            Box::new(|| {
                let id = isolated.snapshot();
                isolated.send(isolated_request.clone()).expect("valid");
                isolated.revert(id).expect("a snapshot");
            }),
        ),
    ];
    let mut times = vec![Vec::new(); rows.len()];
    for _ in 0..ROUNDS {
        for ((_, work), times) in rows.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..ITEMS {
                work();
            }
            times.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(ITEMS));
        }
    }
    println!("{:36} {:>9} {:>9}", "us", "least", "median");
    for ((name, _), times) in rows.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("{name:36} {:9.3} {:9.3}", times[0], times[ROUNDS / 2]);
    }
    drop(rows);
    many_blocks();
}

/// Nothing but transfers, for a profiler to look at.
fn profile(name: &str, count: u32) {
    if name == "bare" {
        let mut bare = Bare::new(key().address());
        (0..count).for_each(|_| bare.transfer());
        mem::forget(bare);
        return;
    }
    let (mut chain, request) = chain(key());
    for _ in 0..count {
        chain.send(request.clone()).expect("valid");
    }
    if name == "hash" {
        chain.block_hash(u64::from(count)).expect("a hash");
    }
    mem::forget(chain);
}

fn many_blocks() {
    let (mut chain, request) = chain(key());
    let before = memory();
    for _ in 0..100_000 {
        chain.send(request.clone()).expect("valid");
    }
    println!("100,000 transfers take {} MB", (memory() - before) >> 20);
    let start = Instant::now();
    chain.mine(1_000_000, None, None).expect("blocks");
    println!("1,000,000 empty blocks take {:?}", start.elapsed());
    let start = Instant::now();
    let hash = chain.block_hash(100_000).expect("a hash");
    println!("hashing 100,000 blocks takes {:?}: {hash}", start.elapsed());
    println!("and then {} MB", (memory() - before) >> 20);
    let start = Instant::now();
    let balance = chain.balance(request.sender, Some(1)).expect("a balance");
    println!(
        "a balance 100,000 blocks ago takes {:?}: {balance}",
        start.elapsed()
    );
    let start = Instant::now();
    chain.block_hash(chain.block_number()).expect("a hash");
    println!("hashing the empty blocks takes {:?}", start.elapsed());
}
