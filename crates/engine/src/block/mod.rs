//! Blocks: what was known when they were made, and the header that follows from it when somebody asks.

mod fees;
mod receipt;

use std::sync::{Arc, OnceLock};

use alloy_consensus::Header;
use alloy_eips::{eip4895::Withdrawal, eip7685::EMPTY_REQUESTS_HASH, eip7685::Requests};
use alloy_primitives::B64;
use alloy_rlp::Encodable;
use revm::{
    context::BlockEnv,
    context_interface::block::BlobExcessGasAndPrice,
    primitives::{Address, B256, Bytes, U256, keccak256},
};
use smallvec::SmallVec;

pub use fees::{excess_for_price, next_base_fee};
pub use receipt::{Receipt, logs_bloom};

use crate::{
    executor::Outcome,
    hardfork::{BlobSchedule, Hardfork},
    invalid::InvalidTransaction,
    state::Checkpoint,
    transaction::Transaction,
    trie::ordered_root,
};

/// Difficulty of the blocks that a local chain makes before the merge: the least there is.
pub const MIN_DIFFICULTY: u64 = 131_072;

/// What a block is told to its transactions, and its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The rules.
    pub hardfork: Hardfork,
    /// Ancestors.
    pub number: u64,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// Gas that its transactions may use.
    pub gas_limit: u64,
    /// Wei per gas that is burnt; 0 before London.
    pub base_fee: u64,
    /// Who gets the fees.
    pub coinbase: Address,
    /// PREVRANDAO from the merge on; the header's mix hash always.
    pub prev_randao: B256,
    /// 0 from the merge on.
    pub difficulty: U256,
    /// EIP-4844; 0 before Cancun.
    pub excess_blob_gas: u64,
    /// Wei per blob gas; 1 before Cancun.
    pub blob_base_fee: u128,
    /// EIP-4788; zero before Cancun.
    pub parent_beacon_root: B256,
}

impl Head {
    /// The block as the EVM takes it.
    #[must_use]
    pub fn env(&self) -> BlockEnv {
        let has_blobs = self.hardfork >= Hardfork::Cancun;
        BlockEnv {
            number: U256::from(self.number),
            beneficiary: self.coinbase,
            timestamp: U256::from(self.timestamp),
            gas_limit: self.gas_limit,
            basefee: self.base_fee,
            difficulty: self.difficulty,
            prevrandao: (self.hardfork >= Hardfork::Paris).then_some(self.prev_randao),
            blob_excess_gas_and_price: has_blobs.then_some(BlobExcessGasAndPrice {
                excess_blob_gas: self.excess_blob_gas,
                blob_gasprice: self.blob_base_fee,
            }),
            slot_num: self.number,
        }
    }

    /// Excess blob gas of the block after this one.
    #[must_use]
    pub fn next_excess_blob_gas(&self, blobs: BlobSchedule, blob_gas_used: u64) -> u64 {
        blobs.next_excess(self.excess_blob_gas, blob_gas_used, self.base_fee)
    }
}

/// A transaction that a chain accepted, and what became of it.
#[derive(Debug)]
pub struct Accepted {
    /// The transaction.
    pub transaction: Transaction,
    fate: OnceLock<Fate>,
}

#[derive(Debug)]
enum Fate {
    Mined(Mined),
    Dropped(Box<InvalidTransaction>),
}

/// Where and how a transaction ended.
#[derive(Debug)]
pub struct Mined {
    /// How it ended.
    pub outcome: Arc<Outcome>,
    /// Its block.
    pub block_number: u64,
    /// When.
    pub timestamp: u64,
    /// Its position in the block.
    pub index: u64,
    /// Gas used by it and those before it in the block.
    pub cumulative_gas_used: u64,
    /// Wei per gas that it paid.
    pub effective_gas_price: u128,
    /// Index in the block of its first log.
    pub first_log: u64,
    /// The state that it saw.
    pub(crate) before: Checkpoint,
    /// The state that it left.
    pub(crate) after: Checkpoint,
}

impl Accepted {
    /// A transaction that waits, or that no chain was given yet.
    #[must_use]
    pub const fn pending(transaction: Transaction) -> Self {
        Self {
            transaction,
            fate: OnceLock::new(),
        }
    }

    /// A transaction that is mined at once.
    #[must_use]
    pub(crate) fn mined_at_once(transaction: Transaction, mined: Mined) -> Self {
        Self {
            transaction,
            fate: OnceLock::from(Fate::Mined(mined)),
        }
    }

    pub(crate) fn set_mined(&self, mined: Mined) {
        let fresh = self.fate.set(Fate::Mined(mined));
        debug_assert!(fresh.is_ok(), "a transaction is mined once");
    }

    pub(crate) fn set_dropped(&self, reason: InvalidTransaction) {
        let fresh = self.fate.set(Fate::Dropped(Box::new(reason)));
        debug_assert!(fresh.is_ok(), "a transaction is dropped once");
    }

    /// Where and how it ended; `None` while it waits and if it was dropped.
    #[must_use]
    pub fn mined(&self) -> Option<&Mined> {
        match self.fate.get() {
            Some(Fate::Mined(mined)) => Some(mined),
            _ => None,
        }
    }

    /// Why it left the pool without being mined.
    #[must_use]
    pub fn dropped(&self) -> Option<&InvalidTransaction> {
        match self.fate.get() {
            Some(Fate::Dropped(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Whether it still waits.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.fate.get().is_none()
    }
}

/// Parts that most local blocks do not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// EIP-7685: one entry per kind that has any, its type byte first.
    pub requests: Vec<Bytes>,
    /// At most 32 bytes.
    pub extra_data: Bytes,
    /// Proof of work.
    pub nonce: B64,
    /// Uncles.
    pub ommers: Vec<Header>,
    /// From Shanghai on.
    pub withdrawals: Vec<Withdrawal>,
}

/// The transactions of a block: most have a single one.
pub type Transactions = SmallVec<[Arc<Accepted>; 1]>;

/// A block of a chain.
#[derive(Debug)]
pub struct Block {
    /// What its transactions were told.
    pub head: Head,
    /// Gas that they used.
    pub gas_used: u64,
    /// Blob gas that they used.
    pub blob_gas_used: u64,
    /// In order.
    pub transactions: Transactions,
    /// Whether it is the block of another chain that a fork stands on: its transactions and roots are not known.
    pub is_foreign: bool,
    /// Of a block in a run of empty ones, which are made when asked for: which run it is from.
    pub(crate) branch: Option<u64>,
    /// Whether another program executed it: what was before its transactions is not known.
    pub(crate) is_adopted: bool,
    pub(crate) extras: Option<Box<Extras>>,
    /// The state that it found.
    pub(crate) start: Checkpoint,
    /// The state at its end.
    pub(crate) end: Checkpoint,
    /// State roots after each transaction, as receipts have them before Byzantium.
    pub(crate) post_roots: OnceLock<Box<[B256]>>,
    pub(crate) sealed: OnceLock<Arc<Sealed>>,
}

/// A header and its hash.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Every field.
    pub header: Header,
    /// Keccak-256 of its RLP.
    pub hash: B256,
}

impl Sealed {
    /// A header with its hash.
    #[must_use]
    pub fn new(header: Header) -> Self {
        let hash = keccak256(alloy_rlp::encode(&header));
        Self { header, hash }
    }

    /// RLP of the header.
    #[must_use]
    pub fn rlp(&self) -> Bytes {
        alloy_rlp::encode(&self.header).into()
    }
}

impl Block {
    /// A block without transactions.
    pub(crate) const fn empty(head: Head, start: Checkpoint, end: Checkpoint) -> Self {
        Self {
            head,
            gas_used: 0,
            blob_gas_used: 0,
            transactions: Transactions::new_const(),
            is_foreign: false,
            branch: None,
            is_adopted: false,
            extras: None,
            start,
            end,
            post_roots: OnceLock::new(),
            sealed: OnceLock::new(),
        }
    }

    /// Its transactions with what became of them.
    pub(crate) fn mined(&self) -> impl Iterator<Item = (&Arc<Accepted>, &Mined)> {
        self.transactions
            .iter()
            .filter_map(|accepted| Some((accepted, accepted.mined()?)))
    }

    /// At most 32 bytes; none unless it was made elsewhere.
    #[must_use]
    pub fn extra_data(&self) -> Bytes {
        let extras = self.extras.as_ref();
        extras.map_or_else(Bytes::new, |extras| extras.extra_data.clone())
    }

    /// From Shanghai on; none unless it was made elsewhere.
    #[must_use]
    pub fn withdrawals(&self) -> &[Withdrawal] {
        let extras = self.extras.as_ref();
        extras.map_or(&[], |extras| &extras.withdrawals)
    }

    /// Uncles; none unless it was made elsewhere.
    #[must_use]
    pub fn ommers(&self) -> &[Header] {
        let extras = self.extras.as_ref();
        extras.map_or(&[], |extras| &extras.ommers)
    }

    /// What it asks of the consensus layer (EIP-7685): one entry per kind that has any, its type byte first.
    #[must_use]
    pub fn requests(&self) -> &[Bytes] {
        let extras = self.extras.as_ref();
        extras.map_or(&[], |extras| &extras.requests)
    }

    /// Proof of work; zero unless it was made elsewhere.
    #[must_use]
    pub fn nonce(&self) -> B64 {
        let extras = self.extras.as_ref();
        extras.map_or(B64::ZERO, |extras| extras.nonce)
    }

    /// The receipts of its transactions, in order.
    #[must_use]
    pub fn receipts(&self) -> Vec<Receipt> {
        let roots = self.post_roots.get();
        let receipts = self.mined().zip(0..).map(|((accepted, mined), index)| {
            let post_root = roots.and_then(|roots| roots.get::<usize>(index)).copied();
            Receipt {
                kind: accepted.transaction.kind(),
                succeeded: mined.outcome.succeeded(),
                post_root,
                cumulative_gas_used: mined.cumulative_gas_used,
                logs: mined.outcome.logs.clone(),
            }
        });
        receipts.collect()
    }

    /// Its header, which follows from it, its parent's hash and the root of the state at its end.
    pub(crate) fn header(&self, parent_hash: B256, state_root: B256) -> Header {
        let (head, fork) = (&self.head, self.head.hardfork);
        let receipts = self.receipts();
        let raws = self.transactions.iter().map(|tx| tx.transaction.raw());
        let ommers: Vec<&Header> = self.ommers().iter().collect();
        let logs = self
            .mined()
            .flat_map(|(_, mined)| mined.outcome.logs.iter());
        let since = |first: Hardfork| fork >= first;
        Header {
            parent_hash,
            ommers_hash: alloy_consensus::proofs::calculate_ommers_root(&ommers),
            beneficiary: head.coinbase,
            state_root,
            transactions_root: ordered_root(raws.map(Vec::from)),
            receipts_root: ordered_root(receipts.iter().map(Receipt::encoded)),
            logs_bloom: logs_bloom(logs),
            difficulty: head.difficulty,
            number: head.number,
            gas_limit: head.gas_limit,
            gas_used: self.gas_used,
            timestamp: head.timestamp,
            extra_data: self.extra_data(),
            mix_hash: head.prev_randao,
            nonce: self.nonce(),
            base_fee_per_gas: since(Hardfork::London).then_some(head.base_fee),
            withdrawals_root: since(Hardfork::Shanghai).then(|| self.withdrawals_root()),
            blob_gas_used: since(Hardfork::Cancun).then_some(self.blob_gas_used),
            excess_blob_gas: since(Hardfork::Cancun).then_some(head.excess_blob_gas),
            parent_beacon_block_root: since(Hardfork::Cancun).then_some(head.parent_beacon_root),
            requests_hash: since(Hardfork::Prague).then(|| self.requests_hash()),
            block_access_list_hash: since(Hardfork::Amsterdam)
                .then(|| keccak256([alloy_rlp::EMPTY_LIST_CODE])),
            slot_number: since(Hardfork::Amsterdam).then_some(head.number),
        }
    }

    /// RLP of the whole block, as nodes pass it on: header, transactions, ommers, withdrawals.
    #[must_use]
    pub fn rlp(&self, header: &Header) -> Bytes {
        let mut payload = Vec::new();
        header.encode(&mut payload);
        let transactions: Vec<Bytes> = self
            .transactions
            .iter()
            .map(|accepted| network_form(&accepted.transaction))
            .collect();
        let length = transactions.iter().map(|raw| raw.len()).sum();
        list_header(length).encode(&mut payload);
        for transaction in transactions {
            payload.extend_from_slice(&transaction);
        }
        self.ommers().to_vec().encode(&mut payload);
        if self.head.hardfork >= Hardfork::Shanghai {
            self.withdrawals().to_vec().encode(&mut payload);
        }
        let mut rlp = Vec::with_capacity(payload.len() + 4);
        list_header(payload.len()).encode(&mut rlp);
        rlp.extend_from_slice(&payload);
        rlp.into()
    }

    fn withdrawals_root(&self) -> B256 {
        ordered_root(self.withdrawals().iter().map(|withdrawal| {
            let mut rlp = Vec::new();
            withdrawal.encode(&mut rlp);
            rlp
        }))
    }

    fn requests_hash(&self) -> B256 {
        if self.requests().is_empty() {
            return EMPTY_REQUESTS_HASH;
        }
        Requests::new(self.requests().to_vec()).requests_hash()
    }
}

const fn list_header(payload_length: usize) -> alloy_rlp::Header {
    alloy_rlp::Header {
        list: true,
        payload_length,
    }
}

/// A transaction inside of a list: typed ones are a string there.
fn network_form(transaction: &Transaction) -> Bytes {
    let raw = transaction.raw();
    if transaction.kind() == 0 {
        return raw;
    }
    alloy_rlp::encode(raw).into()
}
