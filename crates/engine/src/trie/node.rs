//! The nodes of a trie: shared, with what their parent refers to them by computed once.

use std::sync::{Arc, OnceLock};

use alloy_rlp::{BufMut, Encodable, Header};
use alloy_trie::{
    Nibbles,
    nodes::{RlpNode, encode_path_leaf},
};

use super::Value;

/// The RLP of a branch whose children are all hashes, and room for the longest header.
const MOST_BYTES: usize = 16 * 33 + 1 + HEADER_ROOM;
const HEADER_ROOM: usize = 9;

pub(super) type Link<V> = Arc<Node<V>>;

/// A node; never changed once another trie shares it.
#[derive(Clone, Debug)]
pub(super) struct Node<V> {
    pub(super) kind: Kind<V>,
    reference: OnceLock<RlpNode>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind<V> {
    Leaf { path: Nibbles, value: V },
    Extension { path: Nibbles, child: Link<V> },
    Branch([Option<Link<V>>; 16]),
}

impl<V: Value> Node<V> {
    pub(super) fn new(kind: Kind<V>) -> Link<V> {
        Arc::new(Self {
            kind,
            reference: OnceLock::new(),
        })
    }

    pub(super) fn leaf(path: Nibbles, value: V) -> Link<V> {
        Self::new(Kind::Leaf { path, value })
    }

    /// `child` below `path`, which may be empty.
    fn extension(path: Nibbles, child: Link<V>) -> Link<V> {
        if path.is_empty() {
            child
        } else {
            Self::new(Kind::Extension { path, child })
        }
    }

    /// What the parent holds: the keccak-256 of the node's RLP, or the RLP itself if it is shorter than that.
    pub(super) fn reference(&self) -> &RlpNode {
        self.reference
            .get_or_init(|| RlpNode::from_rlp(&self.rlp()))
    }

    pub(super) fn rlp(&self) -> Vec<u8> {
        let mut rlp = Vec::with_capacity(MOST_BYTES);
        rlp.resize(HEADER_ROOM, 0);
        match &self.kind {
            Kind::Leaf { path, value } => {
                encode_path_leaf(path, true).as_slice().encode(&mut rlp);
                let mut encoded = Vec::with_capacity(128);
                value.encode(&mut encoded);
                encoded.as_slice().encode(&mut rlp);
            }
            Kind::Extension { path, child } => {
                encode_path_leaf(path, false).as_slice().encode(&mut rlp);
                rlp.put_slice(child.reference());
            }
            Kind::Branch(children) => {
                for child in children {
                    match child {
                        Some(child) => rlp.put_slice(child.reference()),
                        None => rlp.put_u8(alloy_rlp::EMPTY_STRING_CODE),
                    }
                }
                rlp.put_u8(alloy_rlp::EMPTY_STRING_CODE);
            }
        }
        with_list_header(rlp)
    }

    pub(super) fn get(&self, path: &Nibbles) -> Option<&V> {
        match &self.kind {
            Kind::Leaf { path: own, value } => (own == path).then_some(value),
            Kind::Extension { path: own, child } => path
                .starts_with(own)
                .then(|| child.get(&path.slice(own.len()..)))
                .flatten(),
            Kind::Branch(children) => {
                let child = children[usize::from(path.first()?)].as_ref()?;
                child.get(&path.slice(1..))
            }
        }
    }
}

/// A list of what follows `HEADER_ROOM` bytes, its header written right before it.
fn with_list_header(mut rlp: Vec<u8>) -> Vec<u8> {
    let header = Header {
        list: true,
        payload_length: rlp.len() - HEADER_ROOM,
    };
    let start = HEADER_ROOM - header.length();
    header.encode(&mut &mut rlp[start..HEADER_ROOM]);
    rlp.drain(..start);
    rlp
}

/// Put `value` at `path` below `link`. No path may be a prefix of another.
pub(super) fn insert<V: Value>(link: &mut Link<V>, path: &Nibbles, value: V) {
    let own = match &link.kind {
        Kind::Leaf { path, .. } | Kind::Extension { path, .. } => *path,
        Kind::Branch(_) => Nibbles::new(),
    };
    let common = own.common_prefix_length(path);
    if common < own.len() {
        split(link, &own, common);
    }
    let rest = path.slice(common..);
    let node = Arc::make_mut(link);
    node.reference = OnceLock::new();
    match &mut node.kind {
        Kind::Leaf { value: old, .. } => *old = value,
        Kind::Extension { child, .. } => insert(child, &rest, value),
        Kind::Branch(children) => {
            let Some(first) = rest.first() else { return };
            let below = rest.slice(1..);
            match &mut children[usize::from(first)] {
                Some(child) => insert(child, &below, value),
                empty => *empty = Some(Node::leaf(below, value)),
            }
        }
    }
}

/// Part the path of a leaf or an extension: `common` nibbles lead to a new branch, the rest hangs below it.
fn split<V: Value>(link: &mut Link<V>, own: &Nibbles, common: usize) {
    let Some(nibble) = own.get(common) else {
        return;
    };
    let below = own.slice(common + 1..);
    let lower = match &link.kind {
        Kind::Leaf { value, .. } => Node::leaf(below, value.clone()),
        Kind::Extension { child, .. } => Node::extension(below, child.clone()),
        Kind::Branch(_) => return,
    };
    let mut children = [const { None }; 16];
    children[usize::from(nibble)] = Some(lower);
    *link = Node::extension(own.slice(..common), Node::new(Kind::Branch(children)));
}

/// What is left of `link` without the value at `path`, which it has.
pub(super) fn remove<V: Value>(mut link: Link<V>, path: &Nibbles) -> Option<Link<V>> {
    let node = Arc::make_mut(&mut link);
    node.reference = OnceLock::new();
    match &mut node.kind {
        Kind::Leaf { .. } => None,
        Kind::Extension { path: own, child } => {
            let left = remove(child.clone(), &path.slice(own.len()..))?;
            Some(prepend(own, left))
        }
        Kind::Branch(children) => {
            let slot = &mut children[usize::from(path.first()?)];
            *slot = slot
                .take()
                .and_then(|child| remove(child, &path.slice(1..)));
            let mut left = (0_u8..).zip(children.iter()).filter(|(_, c)| c.is_some());
            match (left.next(), left.next()) {
                (Some((nibble, Some(only))), None) => {
                    Some(prepend(&Nibbles::from_nibbles([nibble]), only.clone()))
                }
                _ => Some(link),
            }
        }
    }
}

/// `link` below `path`, in the one form that a trie allows.
fn prepend<V: Value>(path: &Nibbles, link: Link<V>) -> Link<V> {
    match &link.kind {
        Kind::Leaf { path: own, value } => Node::leaf(path.join(own), value.clone()),
        Kind::Extension { path: own, child } => Node::extension(path.join(own), child.clone()),
        Kind::Branch(_) => Node::extension(*path, link),
    }
}
