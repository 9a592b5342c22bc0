//! Between revm's journal and a [`State`].
//!
//! The journal keeps the accounts that it has read from one transaction to the next, so that what is used often is
//! not read and allocated again. The state stays the truth: after each transaction the journal's own entries say what
//! to write to it, and accounts that changed otherwise are dropped from the journal before the next one. An account
//! kept there is as if just read: no status, values as in the state.

use std::mem;

use revm::{
    Journal, JournalEntry,
    context_interface::JournalTr,
    database_interface::Database,
    primitives::{
        Address, AddressMap, B256, HashMap, KECCAK_EMPTY, PRECOMPILE3, U256, hardfork::SpecId,
    },
    state::{Account, AccountInfo, AccountStatus, Bytecode},
};

use crate::{
    state::{AccountRead, BackendError, Stale, State, next_id},
    system::{BEACON_ROOTS_ADDRESS, HISTORY_STORAGE_ADDRESS},
};

/// Accounts that the journal keeps at most.
const MAX_ACCOUNTS: usize = 1 << 14;

/// Slots of one account that the journal keeps at most.
const MAX_SLOTS: usize = 1 << 14;

/// What an execution reads from: the state, and what was resolved for it.
pub(crate) struct World {
    pub(crate) state: State,
    id: u64,
    /// The state whose accounts the journal keeps.
    known: u64,
    /// Hashes of ancestors that the block's transactions have asked for.
    pub(crate) hashes: HashMap<u64, B256>,
    /// The same for slots that the protocol writes at the start of each block; `None` is what the state says.
    pub(crate) system_slots: HashMap<(Address, U256), Option<U256>>,
    has_history: bool,
    has_beacon_roots: bool,
    /// An account that has no code but is to be shown with this code hash.
    pub(crate) occupied: Option<(Address, B256)>,
}

impl World {
    pub(crate) fn new(spec: SpecId) -> Self {
        Self {
            state: State::placeholder(),
            id: next_id(),
            known: 0,
            hashes: HashMap::default(),
            system_slots: HashMap::default(),
            has_history: spec.is_enabled_in(SpecId::PRAGUE),
            has_beacon_roots: spec.is_enabled_in(SpecId::CANCUN),
            occupied: None,
        }
    }
}

impl Database for World {
    type Error = BackendError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, BackendError> {
        let mut info = self.state.info(address)?;
        if let (Some(info), Some((occupied, code_hash))) = (&mut info, self.occupied)
            && occupied == address
            && info.code_hash == KECCAK_EMPTY
        {
            info.code_hash = code_hash;
        }
        Ok(info)
    }

    fn code_by_hash(&mut self, _code_hash: B256) -> Result<Bytecode, BackendError> {
        Err(BackendError::Unavailable(
            "an account was read without its code".into(),
        ))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, BackendError> {
        if (self.has_history && address == HISTORY_STORAGE_ADDRESS)
            || (self.has_beacon_roots && address == BEACON_ROOTS_ADDRESS)
        {
            match self.system_slots.get(&(address, slot)) {
                Some(Some(word)) => return Ok(*word),
                Some(None) => {}
                None => return Err(BackendError::UnresolvedSlot(address, slot)),
            }
        }
        self.state.storage(address, slot)
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, BackendError> {
        self.hashes
            .get(&number)
            .copied()
            .ok_or(BackendError::UnresolvedBlock(number))
    }
}

/// Drop from the journal what does not hold any more for the state that is now in its world.
pub(crate) fn refresh(journal: &mut Journal<World>) {
    let world = &mut journal.database;
    let stale = world.state.take_stale(world.id, &mut world.known);
    let accounts = &mut journal.inner.state;
    match stale {
        Stale::Accounts(addresses) if accounts.len() <= MAX_ACCOUNTS => {
            for address in addresses {
                accounts.remove(&address);
            }
        }
        _ => accounts.clear(),
    }
}

/// Forget everything: after a failure, or when the rules change.
pub(crate) fn forget(journal: &mut Journal<World>) {
    journal.inner.state.clear();
    journal.database.known = 0;
}

/// A new block: other ancestors.
pub(crate) fn enter_block(journal: &mut Journal<World>) {
    journal.database.hashes.clear();
    journal.database.system_slots.clear();
    journal.inner.state.remove(&HISTORY_STORAGE_ADDRESS);
    journal.inner.state.remove(&BEACON_ROOTS_ADDRESS);
}

/// Write the transaction that the journal holds to the state, and make the journal ready for the next.
pub(crate) fn commit(journal: &mut Journal<World>) {
    let entries = mem::take(&mut journal.inner.journal);
    let clears_empty = journal
        .inner
        .cfg
        .spec
        .is_enabled_in(SpecId::SPURIOUS_DRAGON);
    let (accounts, state) = (&mut journal.inner.state, &mut journal.database.state);
    for entry in &entries {
        if let JournalEntry::AccountTouched { address } = entry {
            commit_account(accounts, state, *address, clears_empty);
        }
    }
    // A call to it that ran out of gas leaves it touched (EIP-161 and the note in revm's JournalEntry).
    if accounts.get(&PRECOMPILE3).is_some_and(Account::is_touched) {
        commit_account(accounts, state, PRECOMPILE3, clears_empty);
    }
    for entry in &entries {
        if let JournalEntry::StorageChanged { address, key, .. } = entry
            && let Some(account) = accounts.get(address)
            && let Some(slot) = account.storage.get(key)
        {
            state.write_slot(*address, *key, slot.present_value);
        }
    }
    journal.inner.journal = entries;
    journal.commit_tx();
}

fn commit_account(
    accounts: &mut AddressMap<Account>,
    state: &mut State,
    address: Address,
    clears_empty: bool,
) {
    let Some(account) = accounts.get_mut(&address) else {
        return;
    };
    if account.is_selfdestructed() || (clears_empty && account.is_empty()) {
        state.erase(address);
        accounts.remove(&address);
        return;
    }
    let info = &account.info;
    let code = info.code.clone().unwrap_or_default();
    state.write_account(
        address,
        AccountRead {
            balance: info.balance,
            nonce: info.nonce,
            code,
        },
    );
    if account.is_created() {
        // Also what a backend has for it.
        state.wipe(address);
    }
    if account.storage.len() > MAX_SLOTS {
        // Its changed slots are still to be written: only unchanged ones go.
        account.storage.retain(|_, slot| slot.is_changed());
    }
    account.status = AccountStatus::empty();
}

/// Take back the transaction that the journal holds, keeping what it has read.
pub(crate) fn discard(journal: &mut Journal<World>) {
    journal.discard_tx();
    if journal
        .inner
        .state
        .get(&PRECOMPILE3)
        .is_some_and(Account::is_touched)
    {
        journal.inner.state.remove(&PRECOMPILE3);
    }
}
