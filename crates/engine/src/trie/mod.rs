//! Persistent Merkle-Patricia tries: a copy costs nothing, a change copies one path, a root hashes what changed.
//!
//! Source: Ethereum Yellow Paper, appendix D.

mod node;
mod ordered;
mod state;

use std::sync::Arc;

use alloy_trie::{EMPTY_ROOT_HASH, Nibbles};
use revm::primitives::{B256, Bytes, U256, keccak256};

use node::{Kind, Link, Node};
pub use ordered::ordered_root;
pub use state::{AccountLeaf, AccountProof, StateTrie, StorageProof};

/// What a leaf holds.
pub trait Value: Clone {
    /// Append its RLP.
    fn encode(&self, out: &mut Vec<u8>);
}

impl Value for U256 {
    fn encode(&self, out: &mut Vec<u8>) {
        alloy_rlp::Encodable::encode(self, out);
    }
}

impl Value for Bytes {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
}

/// A Merkle-Patricia trie. Clones share their nodes.
#[derive(Clone, Debug)]
pub struct Trie<V> {
    root: Option<Link<V>>,
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self { root: None }
    }
}

impl<V: Value> Trie<V> {
    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        self.root.as_ref()?.get(&Nibbles::unpack(key))
    }

    /// Put `value` at `key`. No key may be a prefix of another, and none longer than 32 bytes.
    pub fn insert(&mut self, key: &[u8], value: V) {
        let path = Nibbles::unpack(key);
        match &mut self.root {
            Some(root) => node::insert(root, &path, value),
            None => self.root = Some(Node::leaf(path, value)),
        }
    }

    /// Remove the value at `key`, if there is one.
    pub fn remove(&mut self, key: &[u8]) {
        let path = Nibbles::unpack(key);
        if self
            .root
            .as_ref()
            .is_some_and(|root| root.get(&path).is_some())
        {
            self.root = self.root.take().and_then(|root| node::remove(root, &path));
        }
    }

    /// Keccak-256 of the root node's RLP.
    #[must_use]
    pub fn root(&self) -> B256 {
        let Some(root) = &self.root else {
            return EMPTY_ROOT_HASH;
        };
        let reference = root.reference();
        reference.as_hash().unwrap_or_else(|| keccak256(reference))
    }

    /// The RLP of the nodes on the way to `key`, from the root on, without those that lie inside their parent.
    ///
    /// It proves the value at `key`, or that there is none.
    #[must_use]
    pub fn proof(&self, key: &[u8]) -> Vec<Bytes> {
        let mut nodes = Vec::new();
        let mut path = Nibbles::unpack(key);
        let mut next = self.root.as_ref();
        while let Some(node) = next {
            if nodes.is_empty() || node.reference().is_hash() {
                nodes.push(node.rlp().into());
            }
            next = match &node.kind {
                Kind::Extension { path: own, child } if path.starts_with(own) => {
                    path = path.slice(own.len()..);
                    Some(child)
                }
                Kind::Leaf { .. } | Kind::Extension { .. } => None,
                Kind::Branch(children) => {
                    let first = path.first().unwrap_or_default();
                    path = path.slice(1.min(path.len())..);
                    children[usize::from(first)].as_ref()
                }
            };
        }
        nodes
    }

    /// Whether both are one and the same trie; `false` says nothing.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            (None, None) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
