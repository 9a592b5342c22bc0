//! A private key that never shows itself.

use std::fmt;

use alloy_primitives::Signature;
use revm::primitives::{Address, B256, U256};

use crate::key::{self, KeyError};

/// A private key and the address that it controls.
pub struct PrivateKey {
    secret: B256,
    address: Address,
}

impl PrivateKey {
    /// A key from its 32 bytes, big-endian.
    ///
    /// # Errors
    /// If it is 0 or not below the order of the curve.
    pub fn new(secret: B256) -> Result<Self, KeyError> {
        let address = key::address_of(&secret)?;
        Ok(Self { secret, address })
    }

    /// The address that it controls.
    #[must_use]
    pub const fn address(&self) -> Address {
        self.address
    }

    /// Sign `digest`: deterministic (RFC 6979), low s (EIP-2).
    pub(super) fn sign(&self, digest: &B256) -> Signature {
        match key::sign(&self.secret, digest) {
            Ok(signed) => Signature::new(
                U256::from_be_bytes(signed.r.0),
                U256::from_be_bytes(signed.s.0),
                signed.y_parity,
            ),
            Err(_) => unreachable!("the key was checked when it was made"),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.secret = B256::ZERO;
        std::hint::black_box(&self.secret);
    }
}
