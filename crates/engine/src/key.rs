//! Private keys: addresses, signatures, recovery.

use revm::primitives::{Address, B256, keccak256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, PublicKey, SECP256K1, SecretKey};
use std::fmt;

/// Why a key or a signature was refused. Never holds the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// 0, or not below the order of the curve.
    OutOfRange,
    /// r, s or the parity is out of range, or no public key belongs to them.
    BadSignature,
    /// s is in the upper half (EIP-2).
    HighS,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "the private key is 0 or not below the order of secp256k1",
            Self::BadSignature => "the signature is not valid: nobody can have made it",
            Self::HighS => "s of the signature is in the upper half, which EIP-2 refuses",
        })
    }
}

impl std::error::Error for KeyError {}

/// A signature that names its signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whether the y coordinate of the ephemeral point is odd.
    pub y_parity: bool,
    /// r, big-endian.
    pub r: B256,
    /// s, big-endian.
    pub s: B256,
}

/// The address that a private key controls.
///
/// # Errors
/// The key is out of range.
pub fn address_of(private_key: &B256) -> Result<Address, KeyError> {
    let secret = secret(private_key)?;
    Ok(public_to_address(&PublicKey::from_secret_key(
        SECP256K1, &secret,
    )))
}

/// The public key of a private key, compressed (SEC 1, 2.3.3).
///
/// # Errors
/// The key is out of range.
pub fn public_key(private_key: &B256) -> Result<[u8; 33], KeyError> {
    let secret = secret(private_key)?;
    Ok(PublicKey::from_secret_key(SECP256K1, &secret).serialize())
}

/// Sign a digest: deterministic (RFC 6979), low s (EIP-2).
///
/// # Errors
/// The key is out of range.
pub fn sign(private_key: &B256, digest: &B256) -> Result<Signed, KeyError> {
    let secret = secret(private_key)?;
    let message = Message::from_digest(digest.0);
    let (parity, compact) = SECP256K1
        .sign_ecdsa_recoverable(message, &secret)
        .serialize_compact();
    Ok(Signed {
        y_parity: i32::from(parity) & 1 == 1,
        r: B256::from_slice(&compact[..32]),
        s: B256::from_slice(&compact[32..]),
    })
}

/// The address whose key signed `digest`.
///
/// # Errors
/// No key can have made the signature, or its s is high (EIP-2).
pub fn recover(digest: &B256, signature: &Signed) -> Result<Address, KeyError> {
    let recoverable = recoverable(signature)?;
    let mut low = recoverable.to_standard();
    low.normalize_s();
    if low != recoverable.to_standard() {
        return Err(KeyError::HighS);
    }
    signer(digest, &recoverable)
}

/// The address whose key signed `digest`, whatever its s, as before Homestead.
///
/// # Errors
/// No key can have made the signature.
pub fn recover_any_s(digest: &B256, signature: &Signed) -> Result<Address, KeyError> {
    signer(digest, &recoverable(signature)?)
}

fn recoverable(signature: &Signed) -> Result<RecoverableSignature, KeyError> {
    let mut compact = [0; 64];
    compact[..32].copy_from_slice(signature.r.as_slice());
    compact[32..].copy_from_slice(signature.s.as_slice());
    RecoveryId::try_from(i32::from(signature.y_parity))
        .and_then(|parity| RecoverableSignature::from_compact(&compact, parity))
        .map_err(|_| KeyError::BadSignature)
}

fn signer(digest: &B256, signature: &RecoverableSignature) -> Result<Address, KeyError> {
    SECP256K1
        .recover_ecdsa(Message::from_digest(digest.0), signature)
        .map(|public| public_to_address(&public))
        .map_err(|_| KeyError::BadSignature)
}

fn secret(private_key: &B256) -> Result<SecretKey, KeyError> {
    SecretKey::from_byte_array(private_key.0).map_err(|_| KeyError::OutOfRange)
}

fn public_to_address(public: &PublicKey) -> Address {
    Address::from_slice(&keccak256(&public.serialize_uncompressed()[1..])[12..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use revm::primitives::{U256, address, b256};

    const FIRST_TEST_KEY: B256 =
        b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    #[test]
    fn a_signature_names_its_signer() {
        let owner = address_of(&FIRST_TEST_KEY).unwrap();
        assert_eq!(owner, address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        let digest = keccak256("hello");
        let signed = sign(&FIRST_TEST_KEY, &digest).unwrap();
        assert_eq!(recover(&digest, &signed), Ok(owner));
        assert_ne!(recover(&keccak256("other"), &signed), Ok(owner));
    }

    #[test]
    fn high_s_is_refused_unless_any_is_allowed() {
        let owner = address_of(&FIRST_TEST_KEY);
        let order = U256::from_be_bytes(secp256k1::constants::CURVE_ORDER);
        let digest = keccak256("hello");
        let mut signed = sign(&FIRST_TEST_KEY, &digest).unwrap();
        signed.s = B256::from(order - U256::from_be_bytes(signed.s.0));
        signed.y_parity = !signed.y_parity;
        assert_eq!(recover(&digest, &signed), Err(KeyError::HighS));
        assert_eq!(recover_any_s(&digest, &signed), owner);
    }

    #[test]
    fn keys_out_of_range_are_refused() {
        assert_eq!(address_of(&B256::ZERO), Err(KeyError::OutOfRange));
        let order = B256::from(secp256k1::constants::CURVE_ORDER);
        assert_eq!(sign(&order, &B256::ZERO), Err(KeyError::OutOfRange));
        let nobody = Signed {
            y_parity: false,
            r: B256::ZERO,
            s: B256::ZERO,
        };
        assert_eq!(recover(&B256::ZERO, &nobody), Err(KeyError::BadSignature));
    }
}
