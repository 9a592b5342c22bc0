//! The EVM of ingot: state, execution, recording, blocks and the ABI codec.

pub mod abi;
pub mod executor;
pub mod hardfork;
pub mod invalid;
mod journal;
pub mod key;
mod machine;
pub mod record;
pub mod state;
pub mod status;
pub mod system;
pub mod transaction;
pub mod trie;
