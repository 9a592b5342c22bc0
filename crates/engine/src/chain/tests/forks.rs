use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    state::{AccountRead, Backend, BackendError},
    system::{BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS},
};

/// Reads another chain as it is now.
struct Below {
    chain: Mutex<Chain>,
    reads: AtomicUsize,
    /// The read with this number fails.
    failing: AtomicUsize,
}

impl Below {
    fn new(chain: Chain) -> Arc<Self> {
        Arc::new(Self {
            chain: Mutex::new(chain),
            reads: AtomicUsize::new(0),
            failing: AtomicUsize::new(usize::MAX),
        })
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&mut Chain) -> Result<T, ChainError>,
    ) -> Result<T, BackendError> {
        let count = self.reads.fetch_add(1, Ordering::Relaxed);
        if count == self.failing.load(Ordering::Relaxed) {
            return Err(BackendError::Unavailable("planted".into()));
        }
        let mut chain = self.chain.lock().unwrap();
        work(&mut chain).map_err(|error| BackendError::Unavailable(error.to_string()))
    }

    /// A fork on top of the latest block.
    fn fork(self: &Arc<Self>) -> Chain {
        let mut chain = self.chain.lock().unwrap();
        let number = chain.block_number();
        let hash = chain.block_hash(number).unwrap();
        let latest = chain.latest().clone();
        let head = &latest.head;
        let block = ForkBlock {
            number: head.number,
            hash,
            timestamp: head.timestamp,
            gas_limit: head.gas_limit,
            gas_used: latest.gas_used,
            base_fee: head.base_fee,
            coinbase: head.coinbase,
            prev_randao: head.prev_randao,
            difficulty: head.difficulty,
            excess_blob_gas: head.excess_blob_gas,
            blob_gas_used: latest.blob_gas_used,
        };
        let mut fork = Chain::fork(*chain.config(), &block, self.clone());
        fork.add_key(alices_key());
        fork
    }
}

impl Backend for Below {
    fn account(&self, address: Address) -> Result<Option<AccountRead>, BackendError> {
        self.read(|chain| {
            let read = AccountRead {
                balance: chain.balance(address, None)?,
                nonce: chain.nonce(address, None)?,
                code: chain.code(address, None)?,
            };
            Ok((read != AccountRead::default()).then_some(read))
        })
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, BackendError> {
        self.read(|chain| chain.storage(address, slot, None))
    }

    fn block_hash(&self, number: u64) -> Result<B256, BackendError> {
        self.read(|chain| chain.block_hash(number))
    }
}

/// A chain with a past: always the same one.
fn lived(hardfork: Hardfork) -> Chain {
    let mut chain = chain_of(hardfork);
    chain.mine(20, None, None).unwrap();
    for _ in 0..3 {
        chain.send(to(COUNTER)).unwrap();
    }
    chain.set_base_fee(Some(5_000_000_000));
    chain.send(to(LOGGER)).unwrap();
    chain
}

fn with(request: Request, word: u64) -> Request {
    Request {
        data: data(word),
        ..request
    }
}

/// What is sent next: state read and written, logs, hashes of blocks on both sides, a creation, a failure.
fn requests() -> Vec<Request> {
    let create = Request {
        sender: ALICE,
        data: hex!("60015f55 6001 5f f3").into(),
        ..Request::default()
    };
    let poor = Request {
        gas_limit: Some(22_000),
        ..to(COUNTER)
    };
    let pays = Request {
        value: U256::from(5),
        ..to(Address::repeat_byte(0x77))
    };
    vec![
        to(COUNTER),
        with(to(LOGGER), 9),
        with(to(HASHER), 3),
        with(to(HASHER), 24),
        with(to(HASHER), 26),
        with(to(HISTORY_STORAGE_ADDRESS), 24),
        with(to(HISTORY_STORAGE_ADDRESS), 7),
        with(to(BEACON_ROOTS_ADDRESS), 1_700_000_003),
        to(ENVIRONMENT),
        create,
        poor,
        pays,
        to(COUNTER),
    ]
}

#[test]
fn a_fork_goes_on_as_the_chain_itself_would() {
    for hardfork in [Hardfork::Berlin, Hardfork::Shanghai, Hardfork::Bpo2] {
        let mut fork = Below::new(lived(hardfork)).fork();
        let mut same = lived(hardfork);
        if hardfork < Hardfork::London {
            // A price of the chain, in no block.
            fork.set_base_fee(Some(5_000_000_000));
        }
        for request in requests() {
            // The hash of a fork's own block is not the real one.
            let asks_for_own = request.data == data(26);
            let (ours, theirs) = (fork.send(request.clone()), same.send(request));
            let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
            assert_eq!(fork.latest().head, same.latest().head);
            let (ours, theirs) = (mined(&ours), mined(&theirs));
            if !asks_for_own {
                assert_eq!(ours.outcome.output, theirs.outcome.output);
            }
            assert_eq!(ours.outcome.status, theirs.outcome.status);
            assert_eq!(ours.outcome.gas_used, theirs.outcome.gas_used);
            assert_eq!(ours.outcome.logs, theirs.outcome.logs);
            assert_eq!(ours.outcome.created, theirs.outcome.created);
        }
        for address in [ALICE, BOB, COUNTER, Address::repeat_byte(0x77)] {
            for number in [24, 25, 30, 37] {
                let at = Some(number);
                assert_eq!(fork.balance(address, at), same.balance(address, at));
                assert_eq!(fork.nonce(address, at), same.nonce(address, at));
            }
        }
        for number in [24, 25, 36, 37] {
            let word = |chain: &mut Chain| chain.storage(COUNTER, U256::ONE, Some(number));
            assert_eq!(word(&mut fork), word(&mut same));
        }
    }
}

#[test]
fn a_fork_starts_at_its_block_and_links_to_the_chain_below() {
    let below = Below::new(lived(Hardfork::Bpo2));
    let mut fork = below.fork();
    assert_eq!((fork.first_block_number(), fork.block_number()), (24, 24));
    let first = fork.block(24).unwrap();
    let real = |number| below.chain.lock().unwrap().block_hash(number).unwrap();
    assert_eq!(fork.hash_of(&first), Ok(real(24)));
    assert_eq!(fork.parent_hash(&first), Ok(real(23)));
    assert_eq!(fork.header(&first).unwrap_err(), ChainError::Foreign(24));
    fork.send(to(COUNTER)).unwrap();
    let next = fork.latest().clone();
    assert_eq!(fork.parent_hash(&next), Ok(real(24)));
    assert_eq!(next.head.timestamp, first.head.timestamp + 1);
    let found = fork.block_by_hash(real(24)).unwrap().unwrap();
    assert_eq!(found.head.number, 24);
    let own = fork.hash_of(&next).unwrap();
    assert_eq!(
        fork.block_by_hash(own).unwrap().unwrap().head.number,
        next.head.number
    );
    assert!(matches!(
        fork.block(23),
        Err(ChainError::UnknownBlock {
            first: 24,
            latest: 25,
            ..
        })
    ));
}

#[test]
fn a_fork_has_no_roots_no_proofs_and_no_file() {
    let mut fork = Below::new(lived(Hardfork::Bpo2)).fork();
    fork.send(to(COUNTER)).unwrap();
    let latest = fork.latest().clone();
    assert!(fork.header(&latest).is_ok());
    for error in [
        fork.state_root().unwrap_err(),
        fork.rooted_header(&latest).unwrap_err(),
        fork.proof(ALICE, &[], None).unwrap_err(),
        fork.dump().unwrap_err(),
    ] {
        assert!(error.to_string().starts_with("a fork has no "), "{error}");
    }
    let file = chain().dump().unwrap();
    assert!(matches!(fork.load(&file), Err(ChainError::Request(_))));
    assert_eq!(fork.block_number(), 25);
}

#[test]
fn nothing_is_put_into_the_state_below_and_little_is_read_of_it() {
    let below = Below::new(
        Chain::new(Genesis {
            accounts: vec![(
                BOB,
                GenesisAccount {
                    balance: ether(1),
                    ..GenesisAccount::default()
                },
            )],
            ..genesis(Hardfork::Bpo2)
        })
        .unwrap(),
    );
    let mut fork = below.fork();
    assert_eq!(below.reads.load(Ordering::Relaxed), 0);
    fork.send(Request {
        value: U256::from(1),
        ..to(ALICE)
    })
    .unwrap();
    // Two contracts that blocks begin with, sender, receiver, coinbase; each account again by the checks of the chain.
    let reads = below.reads.load(Ordering::Relaxed);
    assert!(reads <= 12, "{reads} reads");
    for predeploy in crate::system::predeploys(Hardfork::Bpo2) {
        assert!(fork.code(predeploy.address, None).unwrap().is_empty());
    }
    assert_eq!(fork.balance(ALICE, None), Ok(U256::from(1)));
    fork.mine(3, None, None).unwrap();
    assert_eq!(fork.block_number(), 4);
}

#[test]
fn snapshots_of_a_fork_restore_what_it_changed() {
    let mut fork = Below::new(lived(Hardfork::Bpo2)).fork();
    let counter = |chain: &mut Chain| chain.storage(COUNTER, U256::ONE, None).unwrap();
    assert_eq!(counter(&mut fork), U256::from(3));
    let snapshot = fork.snapshot();
    fork.send(to(COUNTER)).unwrap();
    fork.set_storage(COUNTER, U256::ONE, U256::ZERO).unwrap();
    fork.set_balance(ALICE, U256::ZERO).unwrap();
    assert_eq!(counter(&mut fork), U256::ZERO);
    fork.revert(snapshot).unwrap();
    assert_eq!(counter(&mut fork), U256::from(3));
    assert_eq!(fork.block_number(), 24);
    assert!(!fork.balance(ALICE, None).unwrap().is_zero());
    let again = fork.send(to(COUNTER)).unwrap();
    assert_eq!(mined(&again).outcome.output, data(4));
    let replayed = fork.replay(&again, Record::FRAMES).unwrap();
    assert_eq!(replayed.output, data(4));
}

#[test]
fn whichever_read_fails_nothing_has_changed_and_the_fork_goes_on() {
    let failures = (0..40).filter(|failing| {
        let below = Below::new(lived(Hardfork::Bpo2));
        let mut fork = below.fork();
        below.reads.store(0, Ordering::Relaxed);
        below.failing.store(*failing, Ordering::Relaxed);
        let sent = fork.send(with(to(HASHER), 3));
        if let Err(error) = &sent {
            assert!(error.to_string().contains("planted"), "{error}");
            assert_eq!(fork.block_number(), 24);
            let sent = fork.send(with(to(HASHER), 3)).unwrap();
            let hash = below.chain.lock().unwrap().block_hash(3).unwrap();
            assert_eq!(mined(&sent).outcome.output, Bytes::from(hash.0));
        }
        sent.is_err()
    });
    assert!(failures.count() >= 5);
}
