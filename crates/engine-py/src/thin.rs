//! The least chain that contracts can be tried on, until `ingot_engine::chain` takes its place: automine and manual mining, time,
//! snapshots, surgery. Hashes are unique but not real yet.

use ingot_engine::executor::{BackendResolver, Config, Error, Executor, Mode, Outcome, Rules};
use ingot_engine::invalid::InvalidTransaction;
use ingot_engine::record::Record;
use ingot_engine::state::{BackendError, Checkpoint, State};
use ingot_engine::system;
use revm::context::{BlockEnv, TxEnv};
use revm::primitives::{Address, B256, Bytes, TxKind, U256, keccak256};
use revm::state::Bytecode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a transaction or call asks for.
#[derive(Clone, Default)]
pub(crate) struct Request {
    pub(crate) sender: Address,
    pub(crate) to: Option<Address>,
    pub(crate) data: Bytes,
    pub(crate) value: U256,
    pub(crate) gas_limit: Option<u64>,
    pub(crate) nonce: Option<u64>,
    pub(crate) record: Option<Record>,
}

/// A transaction, and its end once mined.
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) nonce: u64,
    pub(crate) gas_limit: u64,
    pub(crate) gas_price: u64,
    pub(crate) hash: B256,
    pub(crate) mined: OnceLock<Mined>,
}

/// Where a transaction ended up.
pub(crate) struct Mined {
    pub(crate) outcome: Arc<Outcome>,
    pub(crate) block_number: u64,
    pub(crate) index: u64,
    pub(crate) timestamp: u64,
    pub(crate) cumulative_gas_used: u64,
    pub(crate) first_log: u64,
}

/// A block.
pub(crate) struct Block {
    pub(crate) number: u64,
    pub(crate) timestamp: u64,
    pub(crate) gas_limit: u64,
    pub(crate) gas_used: u64,
    pub(crate) base_fee: u64,
    pub(crate) coinbase: Address,
    pub(crate) prev_randao: B256,
    pub(crate) hash: B256,
    pub(crate) parent_hash: B256,
    pub(crate) transactions: Vec<Arc<Sent>>,
}

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) automine: bool,
    pub(crate) pending_timestamp: Option<u64>,
    pub(crate) base_fee: u64,
    pub(crate) gas_limit: u64,
    pub(crate) coinbase: Address,
    pub(crate) prev_randao: B256,
    pub(crate) record: Record,
}

struct Snapshot {
    id: u64,
    checkpoint: Checkpoint,
    blocks: usize,
    pending: Vec<Arc<Sent>>,
    settings: Settings,
}

pub(crate) struct Chain {
    pub(crate) state: State,
    executor: Executor,
    pub(crate) blocks: Vec<Arc<Block>>,
    pub(crate) pending: Vec<Arc<Sent>>,
    pub(crate) settings: Settings,
    snapshots: Vec<Snapshot>,
    next_snapshot: u64,
    keys: HashMap<Address, B256>,
    by_hash: Mutex<HashMap<B256, Arc<Sent>>>,
}

impl Chain {
    pub(crate) fn new(
        config: Config,
        settings: Settings,
        timestamp: u64,
    ) -> Result<Self, BackendError> {
        let mut state = State::new();
        for predeploy in system::predeploys(config.hardfork) {
            state.set_nonce(predeploy.address, 1)?;
            state.set_code(predeploy.address, Bytecode::new_raw(predeploy.code.into()))?;
        }
        let genesis = Block {
            number: 0,
            timestamp,
            gas_limit: settings.gas_limit,
            gas_used: 0,
            base_fee: settings.base_fee,
            coinbase: settings.coinbase,
            prev_randao: settings.prev_randao,
            hash: keccak256(config.chain_id.to_be_bytes()),
            parent_hash: B256::ZERO,
            transactions: Vec::new(),
        };
        Ok(Self {
            state,
            executor: Executor::new(config),
            blocks: vec![Arc::new(genesis)],
            pending: Vec::new(),
            settings,
            snapshots: Vec::new(),
            next_snapshot: 1,
            keys: HashMap::new(),
            by_hash: Mutex::default(),
        })
    }

    pub(crate) fn config(&self) -> &Config {
        self.executor.config()
    }

    pub(crate) fn head(&self) -> &Arc<Block> {
        &self.blocks[self.blocks.len() - 1]
    }

    pub(crate) fn pending_timestamp(&self) -> u64 {
        let earliest = self.head().timestamp + 1;
        self.settings
            .pending_timestamp
            .unwrap_or(earliest)
            .max(earliest)
    }

    pub(crate) fn add_key(&mut self, address: Address, key: B256) {
        self.keys.insert(address, key);
    }

    fn enter_block(&mut self) {
        let block = BlockEnv {
            number: U256::from(self.head().number + 1),
            timestamp: U256::from(self.pending_timestamp()),
            beneficiary: self.settings.coinbase,
            gas_limit: self.settings.gas_limit,
            basefee: self.settings.base_fee,
            prevrandao: Some(self.settings.prev_randao),
            ..BlockEnv::default()
        };
        self.executor.set_block(block);
    }

    fn transaction(&self, request: &Request, nonce: u64, gas_limit: u64, gas_price: u64) -> TxEnv {
        TxEnv {
            caller: request.sender,
            kind: request.to.map_or(TxKind::Create, TxKind::Call),
            data: request.data.clone(),
            value: request.value,
            gas_limit,
            nonce,
            chain_id: Some(self.config().chain_id),
            gas_price: u128::from(gas_price),
            ..TxEnv::default()
        }
    }

    fn run(
        &mut self,
        request: &Request,
        nonce: u64,
        gas_limit: u64,
        mode: Mode,
    ) -> Result<Outcome, Error> {
        let gas_price = if mode.commit {
            self.settings.base_fee
        } else {
            0
        };
        let tx = self.transaction(request, nonce, gas_limit, gas_price);
        self.executor
            .execute(&mut self.state, &mut BackendResolver, tx, mode)
    }

    pub(crate) fn call(&mut self, request: &Request) -> Result<Outcome, Error> {
        self.enter_block();
        let gas_limit = request.gas_limit.unwrap_or(self.settings.gas_limit);
        let record = request.record.unwrap_or(self.settings.record);
        let mode = Mode {
            record,
            ..Mode::CALL
        };
        self.run(request, 0, gas_limit, mode)
    }

    fn default_gas(&self) -> u64 {
        self.settings.gas_limit.min(1 << 24)
    }

    pub(crate) fn send(&mut self, request: Request) -> Result<Arc<Sent>, Error> {
        let waiting = self
            .pending
            .iter()
            .filter(|sent| sent.request.sender == request.sender)
            .count();
        let expected = self.state.nonce(request.sender)? + waiting as u64;
        let nonce = request.nonce.unwrap_or(expected);
        if nonce != expected {
            let sender = request.sender;
            return Err(Error::Invalid(if nonce < expected {
                InvalidTransaction::NonceTooLow {
                    sender,
                    nonce,
                    expected,
                }
            } else {
                InvalidTransaction::NonceTooHigh {
                    sender,
                    nonce,
                    expected,
                }
            }));
        }
        let parts = [
            request.sender.as_slice(),
            &nonce.to_be_bytes(),
            &self.head().number.to_be_bytes(),
            &request.data,
        ];
        let sent = Arc::new(Sent {
            nonce,
            gas_limit: request.gas_limit.unwrap_or_else(|| self.default_gas()),
            gas_price: self.settings.base_fee,
            hash: keccak256(parts.concat()),
            request,
            mined: OnceLock::new(),
        });
        self.pending.push(Arc::clone(&sent));
        if self.settings.automine
            && let Err(error) = self.mine_one()
        {
            self.pending.pop();
            return Err(error);
        }
        self.by_hash
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sent.hash, Arc::clone(&sent));
        Ok(sent)
    }

    pub(crate) fn by_hash(&self, hash: &B256) -> Option<Arc<Sent>> {
        let found = self
            .by_hash
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(hash)
            .cloned()?;
        let mined = found
            .mined
            .get()
            .is_some_and(|mined| mined.block_number <= self.head().number);
        (mined || self.pending.iter().any(|sent| sent.hash == *hash)).then_some(found)
    }

    /// Mine one block with what waits.
    pub(crate) fn mine_one(&mut self) -> Result<(), Error> {
        self.enter_block();
        let (number, timestamp) = (self.head().number + 1, self.pending_timestamp());
        let waiting = std::mem::take(&mut self.pending);
        let (mut gas_used, mut first_log) = (0, 0);
        for (index, sent) in (0..).zip(&waiting) {
            let mode = Mode {
                rules: Rules::Impersonated,
                commit: true,
                record: sent.request.record.unwrap_or(self.settings.record),
            };
            let outcome = match self.run(
                &sent.request,
                sent.nonce,
                sent.gas_limit,
                Mode {
                    rules: Rules::Impersonated,
                    ..mode
                },
            ) {
                Ok(outcome) => outcome,
                Err(error) => {
                    self.pending = waiting;
                    return Err(error);
                }
            };
            gas_used += outcome.gas_used;
            let logs = outcome.logs.len() as u64;
            let mined = Mined {
                outcome: Arc::new(outcome),
                block_number: number,
                index,
                timestamp,
                cumulative_gas_used: gas_used,
                first_log,
            };
            first_log += logs;
            // A transaction is mined once: it leaves the pool with it.
            let _ = sent.mined.set(mined);
        }
        let parent_hash = self.head().hash;
        self.blocks.push(Arc::new(Block {
            number,
            timestamp,
            gas_limit: self.settings.gas_limit,
            gas_used,
            base_fee: self.settings.base_fee,
            coinbase: self.settings.coinbase,
            prev_randao: self.settings.prev_randao,
            hash: keccak256([parent_hash.as_slice(), &timestamp.to_be_bytes()].concat()),
            parent_hash,
            transactions: waiting,
        }));
        self.settings.pending_timestamp = None;
        Ok(())
    }

    pub(crate) fn snapshot(&mut self) -> u64 {
        let id = self.next_snapshot;
        self.next_snapshot += 1;
        self.snapshots.push(Snapshot {
            id,
            checkpoint: self.state.checkpoint(),
            blocks: self.blocks.len(),
            pending: self.pending.clone(),
            settings: self.settings.clone(),
        });
        id
    }

    /// Whether there was such a snapshot.
    pub(crate) fn revert(&mut self, id: u64) -> bool {
        let Some(position) = self.snapshots.iter().position(|snapshot| snapshot.id == id) else {
            return false;
        };
        let Some(snapshot) = self.snapshots.drain(position..).next() else {
            return false;
        };
        self.blocks.truncate(snapshot.blocks);
        self.pending = snapshot.pending;
        self.settings = snapshot.settings;
        self.state.revert(snapshot.checkpoint).is_ok()
    }
}
