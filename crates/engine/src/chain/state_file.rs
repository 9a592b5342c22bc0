//! The whole state of a chain as a file: docs/state-file.md.

use std::collections::BTreeMap;

use alloy_consensus::Header;
use alloy_rlp::{RlpDecodable, RlpEncodable};
use revm::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    state::Bytecode,
};

use super::{
    Chain,
    error::ChainError,
    history::virtual_slots_of,
    schedule::Schedule,
    settings::{Next, Settings},
};
use crate::{
    block::{Block, Extras, Head, Sealed},
    executor::{CodeSize, Config, Executor},
    hardfork::{BlobSchedule, Hardfork},
    state::{Account, State},
};

const MAGIC: &[u8; 10] = b"INGOTSTATE";
const VERSION: u16 = 1;

/// Magic, version and the Keccak-256 of what follows.
const PREFIX: usize = MAGIC.len() + 2 + 32;

/// Ancestors of the latest block whose hashes are kept: those that BLOCKHASH knows.
const ANCESTORS: u64 = 256;

#[derive(RlpEncodable, RlpDecodable)]
struct StateFile {
    rules: RulesPart,
    settings: SettingsPart,
    header: Header,
    /// The youngest last.
    ancestors: Vec<B256>,
    codes: Vec<Bytes>,
    /// By address.
    accounts: Vec<AccountPart>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct RulesPart {
    chain_id: u64,
    /// 0 for none, 1 for the protocol's, else bytes.
    code_size_limit: u64,
    memory_limit: u64,
    blocks: Vec<ForkPart>,
    times: Vec<ForkPart>,
    /// Nothing or one.
    terminal_total_difficulty: Vec<U256>,
    deposit_contract: Address,
    blobs: Vec<BlobPart>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct ForkPart {
    from: u64,
    hardfork: String,
}

#[derive(RlpEncodable, RlpDecodable)]
struct BlobPart {
    hardfork: String,
    target: u64,
    max: u64,
    update_fraction: u64,
}

/// What is set for the next block alone stands in lists of nothing or one.
#[derive(RlpEncodable, RlpDecodable)]
struct SettingsPart {
    automine: bool,
    gas_limit: u64,
    coinbase: Address,
    gas_price: u64,
    total_difficulty: U256,
    timestamp: Vec<u64>,
    base_fee: Vec<u64>,
    prev_randao: Vec<B256>,
    blob_base_fee: Vec<u128>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct AccountPart {
    address: Address,
    nonce: u64,
    balance: U256,
    /// 0 for none, else one more than the position in the list of codes.
    code: u64,
    /// By slot.
    storage: Vec<SlotPart>,
}

#[derive(RlpEncodable, RlpDecodable)]
struct SlotPart {
    slot: U256,
    word: U256,
}

impl Chain {
    /// The whole state, settings and latest block, as a file. Neither keys nor what waits in the pool is in it.
    ///
    /// # Errors
    /// If not all of the state is here.
    pub fn dump(&mut self) -> Result<Bytes, ChainError> {
        if self.is_fork() {
            return Err(ChainError::Partial("state file"));
        }
        let latest = self.latest().clone();
        let header = self.header(&latest)?.header.clone();
        let (codes, accounts) = self.account_parts(&latest.head)?;
        let file = StateFile {
            rules: self.rules_part(),
            settings: self.settings_part(),
            header,
            ancestors: self.last_hashes(latest.head.number)?,
            codes,
            accounts,
        };
        let payload = alloy_rlp::encode(&file);
        let mut bytes = Vec::with_capacity(PREFIX + payload.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(keccak256(&payload).as_slice());
        bytes.extend_from_slice(&payload);
        Ok(bytes.into())
    }

    /// Become the chain that was dumped: its rules, settings, state and latest block. What waits is gone; keys stay held, and
    /// a snapshot taken before leads back to what was here.
    ///
    /// # Errors
    /// If the file is none of ours, torn, or newer; nothing has changed then.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), ChainError> {
        if self.is_fork() {
            return Err(ChainError::Request(
                "load: a fork stays one; load the file into a new chain".into(),
            ));
        }
        let file = parse(bytes)?;
        let schedule = schedule(&file.rules)?;
        let state = state(&file)?;
        let settings = self.loaded_settings(&file.settings)?;
        let first = block_of(file.header, &schedule, &state, settings.total_difficulty);
        let executor = Executor::new(Config {
            hardfork: first.head.hardfork,
            chain_id: file.rules.chain_id,
            code_size: CodeSize::from_number(file.rules.code_size_limit),
            memory_limit: file.rules.memory_limit,
        });
        let mut loaded = Self::assemble(executor, state, schedule, first, settings);
        loaded.history.ancestors = file.ancestors;
        self.replace_by(loaded);
        Ok(())
    }

    fn last_hashes(&mut self, number: u64) -> Result<Vec<B256>, ChainError> {
        let oldest = number.saturating_sub(ANCESTORS);
        let mut hashes = Vec::new();
        for ancestor in (oldest..number).rev() {
            // A chain that itself began with a file knows no more than what was in there.
            match self.history.hash(&mut self.state, ancestor) {
                Ok(hash) => hashes.push(hash),
                Err(_) if ancestor < self.first_block_number() => break,
                Err(error) => return Err(error),
            }
        }
        hashes.reverse();
        Ok(hashes)
    }

    fn rules_part(&self) -> RulesPart {
        let forks = |forks: &[(u64, Hardfork)]| {
            let parts = forks.iter().map(|(from, fork)| ForkPart {
                from: *from,
                hardfork: fork.name().into(),
            });
            parts.collect()
        };
        let schedule = &self.schedule;
        let blobs = schedule.blobs.iter().map(|(fork, blobs)| BlobPart {
            hardfork: fork.name().into(),
            target: blobs.target,
            max: blobs.max,
            update_fraction: blobs.update_fraction,
        });
        RulesPart {
            chain_id: self.chain_id(),
            code_size_limit: self.config().code_size.number(),
            memory_limit: self.config().memory_limit,
            blocks: forks(&schedule.blocks),
            times: forks(&schedule.times),
            terminal_total_difficulty: schedule.terminal_total_difficulty.into_iter().collect(),
            deposit_contract: schedule.deposit_contract,
            blobs: blobs.collect(),
        }
    }

    fn settings_part(&self) -> SettingsPart {
        let Settings { next, .. } = &self.settings;
        SettingsPart {
            automine: self.settings.automine,
            gas_limit: self.settings.gas_limit,
            coinbase: self.settings.coinbase,
            gas_price: self.settings.gas_price,
            total_difficulty: self.settings.total_difficulty,
            timestamp: next.timestamp.into_iter().collect(),
            base_fee: next.base_fee.into_iter().collect(),
            prev_randao: next.prev_randao.into_iter().collect(),
            blob_base_fee: next.blob_base_fee.into_iter().collect(),
        }
    }

    fn loaded_settings(&self, part: &SettingsPart) -> Result<Settings, ChainError> {
        Ok(Settings {
            automine: part.automine,
            record: self.settings.record,
            gas_limit: part.gas_limit,
            coinbase: part.coinbase,
            gas_price: part.gas_price,
            next: Next {
                timestamp: at_most_one(&part.timestamp)?,
                base_fee: at_most_one(&part.base_fee)?,
                prev_randao: at_most_one(&part.prev_randao)?,
                blob_base_fee: at_most_one(&part.blob_base_fee)?,
                ..Next::default()
            },
            requests_are_idle: false,
            virtual_for: None,
            total_difficulty: part.total_difficulty,
        })
    }

    fn account_parts(&mut self, head: &Head) -> Result<(Vec<Bytes>, Vec<AccountPart>), ChainError> {
        let mut codes = BTreeMap::new();
        let mut storages = BTreeMap::new();
        let mut addresses: Vec<Address> = self.state.accounts().map(|(it, _)| it).collect();
        addresses.sort_unstable();
        for address in &addresses {
            let mut virtual_words = BTreeMap::new();
            for slot in virtual_slots_of(*address) {
                let word = self
                    .history
                    .system_word(&mut self.state, head, (*address, slot))?;
                virtual_words.extend(word.map(|word| (slot, word)));
            }
            storages.insert(*address, virtual_words);
        }
        let mut accounts = Vec::with_capacity(addresses.len());
        let mut texts = Vec::new();
        for address in addresses {
            let Some(account) = self.state.held(address) else {
                continue;
            };
            let code = code_number(account, &mut codes, &mut texts);
            let mut storage = account.storage().clone();
            storage.extend(storages.remove(&address).unwrap_or_default());
            let words = storage.into_iter().filter(|(_, word)| !word.is_zero());
            let mut storage: Vec<SlotPart> =
                words.map(|(slot, word)| SlotPart { slot, word }).collect();
            storage.sort_unstable_by_key(|part| part.slot);
            accounts.push(AccountPart {
                address,
                nonce: account.nonce(),
                balance: account.balance(),
                code,
                storage,
            });
        }
        Ok((texts, accounts))
    }
}

/// One more than the position of an account's code in the list of codes; 0 if it has none.
fn code_number(account: &Account, known: &mut BTreeMap<B256, u64>, codes: &mut Vec<Bytes>) -> u64 {
    if account.code().is_empty() {
        return 0;
    }
    *known.entry(account.code().hash_slow()).or_insert_with(|| {
        codes.push(account.code().original_bytes());
        codes.len() as u64
    })
}

// READ

fn damaged(what: &str) -> ChainError {
    ChainError::StateFile(format!("it is damaged: {what}"))
}

fn parse(bytes: &[u8]) -> Result<StateFile, ChainError> {
    let wrong = |text: &str| Err(ChainError::StateFile(text.into()));
    if !bytes.starts_with(MAGIC) {
        return wrong("this is no state file of ingot, which would begin with INGOTSTATE");
    }
    let Some((prefix, payload)) = bytes.split_at_checked(PREFIX) else {
        return wrong("it is torn: even its head is not whole");
    };
    let version = u16::from_be_bytes([prefix[MAGIC.len()], prefix[MAGIC.len() + 1]]);
    if version != VERSION {
        return Err(ChainError::StateFile(format!(
            "it is of version {version}, this ingot reads version {VERSION}"
        )));
    }
    if keccak256(payload).as_slice() != &prefix[MAGIC.len() + 2..] {
        return wrong("it is torn or was changed: its checksum does not match");
    }
    alloy_rlp::decode_exact(payload).map_err(|error| damaged(&error.to_string()))
}

fn at_most_one<T: Copy>(list: &[T]) -> Result<Option<T>, ChainError> {
    match list {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => Err(damaged("a setting is there twice")),
    }
}

fn hardfork(name: &str) -> Result<Hardfork, ChainError> {
    name.parse()
        .map_err(|error: crate::hardfork::UnknownHardfork| damaged(&error.to_string()))
}

fn schedule(part: &RulesPart) -> Result<Schedule, ChainError> {
    let forks = |parts: &[ForkPart]| -> Result<Vec<_>, ChainError> {
        let forks = parts.iter();
        forks
            .map(|part| Ok((part.from, hardfork(&part.hardfork)?)))
            .collect()
    };
    let mut blobs = Vec::new();
    for part in &part.blobs {
        let fork = hardfork(&part.hardfork)?;
        let known = fork.blobs().ok_or_else(|| damaged("blobs before Cancun"))?;
        if part.update_fraction == 0 || part.max == 0 || part.max < part.target {
            return Err(damaged("a blob schedule that cannot be"));
        }
        let own = BlobSchedule {
            target: part.target,
            max: part.max,
            update_fraction: part.update_fraction,
            ..known
        };
        blobs.push((fork, own));
    }
    Ok(Schedule {
        blocks: forks(&part.blocks)?,
        times: forks(&part.times)?,
        terminal_total_difficulty: at_most_one(&part.terminal_total_difficulty)?,
        blobs,
        deposit_contract: part.deposit_contract,
    })
}

fn state(file: &StateFile) -> Result<State, ChainError> {
    let mut codes = Vec::with_capacity(file.codes.len());
    for code in &file.codes {
        let code =
            Bytecode::new_raw_checked(code.clone()).map_err(|error| damaged(&error.to_string()))?;
        codes.push(code);
    }
    let mut state = State::new();
    for account in &file.accounts {
        let address = account.address;
        state.set_balance(address, account.balance)?;
        state.set_nonce(address, account.nonce)?;
        if let Some(position) = account.code.checked_sub(1) {
            let code = usize::try_from(position).ok().and_then(|at| codes.get(at));
            let code = code.ok_or_else(|| damaged("an account's code is missing"))?;
            state.set_code(address, code.clone())?;
        }
        for part in &account.storage {
            state.set_storage(address, part.slot, part.word)?;
        }
    }
    Ok(state)
}

/// A block with this header, whose end the state is at.
pub(super) fn block_of(
    header: Header,
    schedule: &Schedule,
    state: &State,
    total_difficulty: U256,
) -> Block {
    let parent_difficulty = total_difficulty.saturating_sub(header.difficulty);
    let hardfork = schedule.hardfork(header.number, header.timestamp, parent_difficulty);
    let excess_blob_gas = header.excess_blob_gas.unwrap_or_default();
    let blobs = schedule.blobs(hardfork);
    let head = Head {
        hardfork,
        number: header.number,
        timestamp: header.timestamp,
        gas_limit: header.gas_limit,
        base_fee: header.base_fee_per_gas.unwrap_or_default(),
        coinbase: header.beneficiary,
        prev_randao: header.mix_hash,
        difficulty: header.difficulty,
        excess_blob_gas,
        blob_base_fee: blobs.map_or(1, |blobs| blobs.blob_base_fee(excess_blob_gas)),
        parent_beacon_root: header.parent_beacon_block_root.unwrap_or_default(),
    };
    let end = state.checkpoint();
    let mut block = Block::empty(head, end, end);
    block.gas_used = header.gas_used;
    block.blob_gas_used = header.blob_gas_used.unwrap_or_default();
    block.extras = Some(Box::new(Extras {
        extra_data: header.extra_data.clone(),
        nonce: header.nonce,
        ..Extras::default()
    }));
    block.sealed = std::sync::OnceLock::from(std::sync::Arc::new(Sealed::new(header)));
    block
}
