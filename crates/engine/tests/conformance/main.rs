//! Every state test of the Ethereum execution specification, through the executor that chains use.
//!
//! The vectors are read from `eest-state-tests.tar.xz` in the folder that `INGOT_FIXTURES` names, by default
//! `../shared/fixtures` beside the repository. Without it the test is skipped, unless `INGOT_REQUIRE_FIXTURES=1`.

mod vector;

use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use alloy_rlp::Encodable;
use ingot_engine::{
    executor::{Error, Executor, Mode, Resolver},
    invalid::InvalidTransaction,
    record::Record,
    state::{BackendError, State},
    transaction::Transaction,
    trie::{AccountLeaf, StateTrie},
};
use revm::{
    context::TxEnv,
    primitives::{B256, Log, keccak256},
};
use serde_json::Value;
use vector::Vector;

const VECTORS: usize = 6556;

#[test]
fn recording_off() {
    check_all("off", Record::OFF);
}

#[test]
fn recording_everything() {
    check_all("on", Record::ALL);
}

fn check_all(name: &str, record: Record) {
    let Some(archive) = archive() else { return };
    let mut runner = Runner::new(record);
    let mut reader = tar::Archive::new(lzma_rust2::XzReader::new(archive, false));
    for entry in reader.entries().expect("a tar archive") {
        let mut entry = entry.expect("a tar entry");
        let path = entry.path().expect("a path").into_owned();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let mut text = String::new();
            entry.read_to_string(&mut text).expect("UTF-8");
            runner.check_file(&serde_json::from_str(&text).expect("JSON"));
        }
    }
    for failure in runner.failures.iter().take(20) {
        say(failure);
    }
    say(&format!(
        "conformance, recording {name}: {} passed",
        runner.passed
    ));
    assert_eq!((runner.failures.len(), runner.passed), (0, VECTORS));
}

/// Print also where the test runner captures what passing tests print.
fn say(text: &str) {
    writeln!(io::stdout().lock(), "{text}").expect("standard output");
}

/// The archive; `None` if it is not there and need not be.
fn archive() -> Option<File> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures");
    let folder = env::var_os("INGOT_FIXTURES").map_or_else(|| beside.into(), PathBuf::from);
    let path = folder.join("eest-state-tests.tar.xz");
    match File::open(&path) {
        Ok(file) => Some(file),
        Err(error) => {
            let is_required = env::var("INGOT_REQUIRE_FIXTURES").is_ok_and(|value| value == "1");
            assert!(!is_required, "{}: {error}", path.display());
            say(&format!(
                "conformance: skipped, there is no {}; INGOT_FIXTURES names the folder",
                path.display()
            ));
            None
        }
    }
}

struct Runner {
    record: Record,
    executors: Vec<Executor>,
    passed: usize,
    failures: Vec<String>,
}

/// In these tests the hash of block `n` is that of its decimal number.
struct Numbers;

impl Resolver for Numbers {
    fn block_hash(&mut self, _state: &mut State, number: u64) -> Result<B256, BackendError> {
        Ok(keccak256(number.to_string()))
    }
}

impl Runner {
    fn new(record: Record) -> Self {
        Self {
            record,
            executors: Vec::new(),
            passed: 0,
            failures: Vec::new(),
        }
    }

    fn check_file(&mut self, file: &Value) {
        for (name, test) in file.as_object().expect("tests by name") {
            for vector in Vector::all_of(test) {
                match self.check(&vector) {
                    Ok(()) => self.passed += 1,
                    Err(failure) => self
                        .failures
                        .push(format!("{name}, {}: {failure}", vector.label)),
                }
            }
        }
    }

    /// One executor for each configuration, used over and over as a chain does.
    fn executor(&mut self, vector: &Vector) -> &mut Executor {
        let known = self
            .executors
            .iter()
            .position(|executor| *executor.config() == vector.config);
        let index = known.unwrap_or_else(|| {
            self.executors.push(Executor::new(vector.config));
            self.executors.len() - 1
        });
        &mut self.executors[index]
    }

    fn check(&mut self, vector: &Vector) -> Result<(), String> {
        let mode = Mode {
            record: self.record,
            ..Mode::TRANSACTION
        };
        let mut state = vector.pre.clone();
        let start = state.checkpoint();
        let executor = self.executor(vector);
        executor.set_block(vector.block.clone());
        let result = executor.execute(&mut state, &mut Numbers, vector.tx.clone(), mode);

        let logs = match (result, &vector.exception) {
            (Ok(outcome), None) => {
                same_transaction(vector)?;
                outcome.logs
            }
            (Err(Error::Invalid(reason)), Some(exception)) => {
                if !exception.split('|').any(|name| is_meant(name, &reason)) {
                    return Err(format!("refused: {reason}; expected {exception}"));
                }
                Vec::new()
            }
            (Ok(_), Some(exception)) => return Err(format!("accepted, expected {exception}")),
            (Err(error), _) => return Err(error.to_string()),
        };
        same("logs hash", logs_hash(&logs), vector.logs_hash)?;
        same("state root", state_root(&state), vector.state_root)?;
        state.revert(start).map_err(|error| error.to_string())?;
        same(
            "state root after revert",
            state_root(&state),
            state_root(&vector.pre),
        )
    }
}

/// Whether the specification's name of a refusal means ours.
fn is_meant(name: &str, reason: &InvalidTransaction) -> bool {
    use InvalidTransaction as Reason;
    match name.trim_start_matches("TransactionException.") {
        "INSUFFICIENT_ACCOUNT_FUNDS" => {
            matches!(
                reason,
                Reason::InsufficientFunds { .. } | Reason::CostOverflow { .. }
            )
        }
        "INTRINSIC_GAS_TOO_LOW" => matches!(reason, Reason::IntrinsicGas { .. }),
        "INTRINSIC_GAS_BELOW_FLOOR_GAS_COST" => matches!(reason, Reason::FloorDataGas { .. }),
        "SENDER_NOT_EOA" => matches!(reason, Reason::SenderIsContract { .. }),
        "INSUFFICIENT_MAX_FEE_PER_GAS" => matches!(reason, Reason::FeeBelowBaseFee { .. }),
        "NONCE_IS_MAX" => matches!(reason, Reason::NonceMax { .. }),
        "TYPE_3_TX_CONTRACT_CREATION" => matches!(reason, Reason::CreateNotAllowed { kind: 3 }),
        "TYPE_4_EMPTY_AUTHORIZATION_LIST" => matches!(reason, Reason::NoAuthorizations),
        _ => false,
    }
}

/// The signed transaction decodes to what was executed, its sender recovered.
fn same_transaction(vector: &Vector) -> Result<(), String> {
    let decoded = Transaction::decode(&vector.raw, false).map_err(|error| error.to_string())?;
    let (env, tx) = (decoded.env(), &vector.tx);
    let expected = TxEnv {
        chain_id: env.chain_id,
        ..tx.clone()
    };
    if env == expected && (env.chain_id == Some(1) || env.tx_type == 0) {
        Ok(())
    } else {
        Err(format!("decoded to {env:?}, expected {tx:?}"))
    }
}

fn same(what: &str, got: B256, expected: B256) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what} is {got}, expected {expected}"))
    }
}

fn logs_hash(logs: &[Log]) -> B256 {
    let mut rlp = Vec::new();
    logs.to_vec().encode(&mut rlp);
    keccak256(rlp)
}

fn state_root(state: &State) -> B256 {
    let mut trie = StateTrie::default();
    for (address, account) in state.accounts() {
        let mut leaf = AccountLeaf::default();
        leaf.nonce = account.nonce();
        leaf.balance = account.balance();
        leaf.code_hash = account.code().hash_slow();
        for (slot, word) in account.storage() {
            leaf.set_slot(*slot, *word);
        }
        trie.set_account(address, Some(leaf));
    }
    trie.root()
}
