//! What an executor is told once.

use crate::hardfork::Hardfork;

/// What stays the same from one block to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The rules.
    pub hardfork: Hardfork,
    /// CHAINID.
    pub chain_id: u64,
    /// How large code may be.
    pub code_size: CodeSize,
    /// Bytes of memory that one execution may use, all its frames together.
    pub memory_limit: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hardfork: Hardfork::default(),
            chain_id: 31_337,
            code_size: CodeSize::default(),
            memory_limit: 128 * 1024 * 1024,
        }
    }
}

/// How large a contract's code may be; initcode may have twice as much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeSize {
    /// As EIP-170 and EIP-3860 have it, or what came after them.
    #[default]
    Protocol,
    /// So many bytes.
    AtMost(u64),
    /// Any size.
    Unlimited,
}

impl CodeSize {
    /// From a number: 0 for any size, 1 for the protocol's rule, else bytes.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Unlimited,
            1 => Self::Protocol,
            bytes => Self::AtMost(bytes),
        }
    }

    /// The number that [`Self::from_number`] takes.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Unlimited => 0,
            Self::Protocol => 1,
            Self::AtMost(bytes) => bytes,
        }
    }

    /// In bytes; `None` for the protocol's.
    pub(crate) fn limit(self) -> Option<usize> {
        match self {
            Self::Protocol => None,
            Self::AtMost(bytes) => Some(usize::try_from(bytes).unwrap_or(usize::MAX)),
            Self::Unlimited => Some(usize::MAX),
        }
    }
}
