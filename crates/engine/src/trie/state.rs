//! The trie of accounts, each with the trie of its storage.

use alloy_rlp::Encodable;
use alloy_trie::TrieAccount;
use revm::primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, keccak256};

use super::{Trie, Value};

/// An account in the state trie.
#[derive(Clone, Debug)]
pub struct AccountLeaf {
    /// Nonce.
    pub nonce: u64,
    /// Wei.
    pub balance: U256,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    storage: Trie<U256>,
}

impl Default for AccountLeaf {
    fn default() -> Self {
        Self {
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK_EMPTY,
            storage: Trie::default(),
        }
    }
}

impl AccountLeaf {
    /// Set the word at `slot`.
    pub fn set_slot(&mut self, slot: U256, word: U256) {
        let key = slot_key(slot);
        if word.is_zero() {
            self.storage.remove(key.as_slice());
        } else {
            self.storage.insert(key.as_slice(), word);
        }
    }

    /// Set all words to zero.
    pub fn clear_storage(&mut self) {
        self.storage = Trie::default();
    }

    /// Root of its storage.
    #[must_use]
    pub fn storage_root(&self) -> B256 {
        self.storage.root()
    }
}

impl Value for AccountLeaf {
    fn encode(&self, out: &mut Vec<u8>) {
        let account = TrieAccount {
            nonce: self.nonce,
            balance: self.balance,
            storage_root: self.storage_root(),
            code_hash: self.code_hash,
        };
        Encodable::encode(&account, out);
    }
}

/// All accounts of one moment. Clones share what is equal.
#[derive(Clone, Debug, Default)]
pub struct StateTrie {
    accounts: Trie<AccountLeaf>,
}

/// The proof of an account and of some of its slots.
///
/// Source: EIP-1186.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// Whose.
    pub address: Address,
    /// Wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    /// Root of its storage.
    pub storage_root: B256,
    /// The RLP of the nodes from the state root on.
    pub nodes: Vec<Bytes>,
    /// In the order asked for.
    pub storage: Vec<StorageProof>,
}

/// The proof of one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageProof {
    /// Which.
    pub slot: U256,
    /// Its word.
    pub value: U256,
    /// The RLP of the nodes from the storage root on.
    pub nodes: Vec<Bytes>,
}

impl StateTrie {
    /// The account at `address`.
    #[must_use]
    pub fn account(&self, address: Address) -> Option<&AccountLeaf> {
        self.accounts.get(account_key(address).as_slice())
    }

    /// Replace the account at `address`; `None` deletes it.
    pub fn set_account(&mut self, address: Address, account: Option<AccountLeaf>) {
        let key = account_key(address);
        match account {
            Some(account) => self.accounts.insert(key.as_slice(), account),
            None => self.accounts.remove(key.as_slice()),
        }
    }

    /// The state root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.accounts.root()
    }

    /// Prove the account at `address`, or that there is none, and its `slots`.
    #[must_use]
    pub fn proof(&self, address: Address, slots: &[U256]) -> AccountProof {
        let key = account_key(address);
        let account = self.account(address).cloned().unwrap_or_default();
        let storage = slots.iter().map(|slot| account.slot_proof(*slot)).collect();
        AccountProof {
            address,
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            storage_root: account.storage_root(),
            nodes: self.accounts.proof(key.as_slice()),
            storage,
        }
    }
}

impl AccountLeaf {
    fn slot_proof(&self, slot: U256) -> StorageProof {
        let key = slot_key(slot);
        StorageProof {
            slot,
            value: self
                .storage
                .get(key.as_slice())
                .copied()
                .unwrap_or_default(),
            nodes: self.storage.proof(key.as_slice()),
        }
    }
}

fn account_key(address: Address) -> B256 {
    keccak256(address)
}

fn slot_key(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}
