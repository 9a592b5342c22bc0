//! The EVM of ingot: state, execution, recording, blocks and the ABI codec.

pub mod executor;
pub mod hardfork;
pub mod invalid;
mod journal;
pub mod record;
pub mod state;
pub mod system;
