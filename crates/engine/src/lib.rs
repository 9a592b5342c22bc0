//! The EVM of ingot: state, execution, recording, blocks and the ABI codec.

pub mod abi;
pub mod block;
pub mod chain;
mod config;
mod deposit;
pub mod executor;
pub mod guard;
pub mod hardfork;
pub mod hash;
pub mod invalid;
mod journal;
pub mod key;
mod machine;
mod outcome;
pub mod precompiles;
pub mod record;
mod resolver;
pub mod state;
pub mod system;
pub mod transaction;
pub mod trie;
