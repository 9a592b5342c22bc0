use std::collections::BTreeMap;

use alloy_trie::{
    Nibbles, TrieAccount,
    proof::verify_proof,
    root::{ordered_trie_root_encoded, state_root_unhashed, storage_root_unhashed},
};
use proptest::{collection::vec, prelude::*};
use revm::primitives::{Address, B256, KECCAK_EMPTY, U256, keccak256};

use super::*;

fn small_address(n: u8) -> Address {
    Address::repeat_byte(n)
}

/// The root as alloy-trie computes it.
fn reference_root(accounts: &BTreeMap<u8, BTreeMap<u8, u64>>) -> B256 {
    state_root_unhashed(accounts.iter().map(|(address, storage)| {
        let words = storage
            .iter()
            .map(|(slot, word)| (B256::from(U256::from(*slot)), U256::from(*word)));
        let account = TrieAccount {
            nonce: u64::from(*address),
            balance: U256::from(*address),
            storage_root: storage_root_unhashed(words),
            code_hash: KECCAK_EMPTY,
        };
        (small_address(*address), account)
    }))
}

fn leaf(address: u8, trie: &StateTrie) -> AccountLeaf {
    let old = trie.account(small_address(address)).cloned();
    let mut leaf = old.unwrap_or_default();
    leaf.nonce = u64::from(address);
    leaf.balance = U256::from(address);
    leaf
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Each operation: address, slot and word (zero deletes the slot), or `None` to delete the account.
    #[test]
    fn state_root_is_alloys_after_every_operation(
        operations in vec((0_u8..12, prop::option::of((any::<u8>(), 0_u64..3))), 1..80)
    ) {
        let (mut trie, mut model) = (StateTrie::default(), BTreeMap::new());
        let mut past = Vec::new();
        for (address, write) in operations {
            if let Some((slot, word)) = write {
                let mut account = leaf(address, &trie);
                account.set_slot(U256::from(slot), U256::from(word));
                trie.set_account(small_address(address), Some(account));
                let storage: &mut BTreeMap<u8, u64> = model.entry(address).or_default();
                if word == 0 { storage.remove(&slot); } else { storage.insert(slot, word); }
            } else {
                trie.set_account(small_address(address), None);
                model.remove(&address);
            }
            prop_assert_eq!(trie.root(), reference_root(&model));
            past.push((trie.clone(), trie.root()));
        }
        // Older tries are what they were: nothing that they share was changed.
        for (trie, root) in past {
            prop_assert_eq!(trie.clone().root(), root);
            let mut rebuilt = trie;
            rebuilt.set_account(small_address(200), Some(AccountLeaf::default()));
            rebuilt.set_account(small_address(200), None);
            prop_assert_eq!(rebuilt.root(), root);
        }
    }

    #[test]
    fn ordered_root_is_alloys(items in vec(vec(any::<u8>(), 0..70), 0..300)) {
        prop_assert_eq!(ordered_root(items.clone()), ordered_trie_root_encoded(&items));
    }

    #[test]
    fn proofs_verify_for_what_is_there_and_what_is_not(
        words in prop::collection::btree_map(any::<u8>(), 1_u64..5, 0..40), asked in any::<u8>()
    ) {
        let mut trie = StateTrie::default();
        for (slot, word) in &words {
            let mut account = leaf(7, &trie);
            account.set_slot(U256::from(*slot), U256::from(*word));
            trie.set_account(small_address(7), Some(account));
            trie.set_account(small_address(*slot / 3 + 10), Some(AccountLeaf::default()));
        }
        let slot = U256::from(asked);
        let proof = trie.proof(small_address(7), &[slot]);
        let storage = &proof.storage[0];
        let path = Nibbles::unpack(keccak256(B256::from(slot)));
        let value = words.get(&asked).map(|word| alloy_rlp::encode(U256::from(*word)));
        prop_assert_eq!(storage.value, U256::from(words.get(&asked).copied().unwrap_or(0)));
        verify_proof(proof.storage_root, path, value, &storage.nodes).unwrap();

        let absent = trie.proof(small_address(250), &[]);
        verify_proof(trie.root(), Nibbles::unpack(keccak256(small_address(250))), None, &absent.nodes).unwrap();
        let path = Nibbles::unpack(keccak256(small_address(7)));
        let present = trie.account(small_address(7)).map(|account| {
            let mut rlp = Vec::new();
            account.encode(&mut rlp);
            rlp
        });
        verify_proof(trie.root(), path, present, &proof.nodes).unwrap();
    }
}

#[test]
fn empty_tries_have_the_empty_root() {
    assert_eq!(StateTrie::default().root(), EMPTY_ROOT_HASH);
    assert_eq!(ordered_root([]), EMPTY_ROOT_HASH);
    assert!(Trie::<U256>::default().proof(&[0; 32]).is_empty());
}

#[test]
fn root_node_shorter_than_a_hash_is_hashed_all_the_same() {
    let mut trie = Trie::<U256>::default();
    trie.insert(&[1], U256::ONE);
    assert_eq!(trie.root(), keccak256([0xc4, 0x82, 0x20, 0x01, 0x01]));
}
