//! Tries of lists: transactions, receipts, withdrawals.

use alloy_trie::EMPTY_ROOT_HASH;
use revm::primitives::{B256, Bytes};

use super::Trie;

/// The root of the trie that holds each item, as encoded, at the RLP of its index.
#[must_use]
pub fn ordered_root(items: impl IntoIterator<Item = Vec<u8>>) -> B256 {
    let mut trie = Trie::<Bytes>::default();
    for (index, item) in items.into_iter().enumerate() {
        trie.insert(&alloy_rlp::encode(index), item.into());
    }
    if trie.is_empty() {
        EMPTY_ROOT_HASH
    } else {
        trie.root()
    }
}
