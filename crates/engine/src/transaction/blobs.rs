//! The blobs that a transaction comes with: checked, and passed on with the proofs that the network asks for.

use std::sync::{Arc, OnceLock};

use alloy_consensus::transaction::RlpEcdsaEncodableTx;
use alloy_eips::{
    eip4844::{AsCkzg, Blob, BlobTransactionSidecar, Bytes48, c_kzg, kzg_to_versioned_hash},
    eip7594::{BlobTransactionSidecarEip7594, BlobTransactionSidecarVariant, CELLS_PER_EXT_BLOB},
};
use revm::primitives::{B256, Bytes};

use super::{
    Body, Transaction,
    kzg::{self, Fault},
};
use crate::hardfork::Hardfork;

/// The blobs of a transaction, with their commitments and proofs.
pub type Sidecar = BlobTransactionSidecarVariant;

/// What came, and once it was checked, which proofs are passed on with it.
#[derive(Debug)]
pub(super) struct Blobs {
    sidecar: Sidecar,
    passed_on: OnceLock<Proofs>,
}

/// What a proof is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proofs {
    /// A whole blob (EIP-4844): before Osaka.
    Blob,
    /// A cell (EIP-7594): from Osaka on.
    Cell,
}

/// Why the blobs of a transaction are refused. Where geth has words for it, these are its.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SidecarError {
    /// A blob transaction without its blobs.
    #[error(
        "missing sidecar in blob transaction: send the network form, which has blobs, commitments and proofs"
    )]
    Missing,
    /// Proofs of cells, before there are such.
    #[error(
        "unexpected sidecar version, want: 0, got: 1: {0} has no cell proofs (EIP-7594), send proofs of blobs (EIP-4844)"
    )]
    TooNew(Hardfork),
    /// Not as many commitments as versioned hashes.
    #[error("invalid number of {have} blob commitments compared to {want} blob hashes")]
    Commitments {
        /// Commitments.
        have: usize,
        /// Versioned hashes.
        want: usize,
    },
    /// Not as many blobs as commitments.
    #[error("invalid number of {have} blobs compared to {want} blob commitments")]
    Blobs {
        /// Blobs.
        have: usize,
        /// Commitments.
        want: usize,
    },
    /// A commitment that the transaction does not name.
    #[error("blob {index}: computed hash {computed} mismatches transaction one {signed}")]
    Hash {
        /// Which blob.
        index: usize,
        /// Of the commitment.
        computed: B256,
        /// In the transaction.
        signed: B256,
    },
    /// Not as many proofs as there must be.
    #[error("Wrong sidecar format: invalid number of {have} blob proofs expected {want}")]
    Proofs {
        /// Proofs.
        have: usize,
        /// How many there must be.
        want: usize,
    },
    /// Blobs, commitments and proofs do not belong together.
    #[error("KZG verification error: {0}")]
    Kzg(#[from] Fault),
}

impl Transaction {
    /// Its blobs, if it came with them.
    #[must_use]
    pub fn sidecar(&self) -> Option<&Sidecar> {
        self.blobs.as_ref().map(|blobs| &blobs.sidecar)
    }

    /// Check that a blob transaction comes with its blobs, and that they are what it commits to, as a node does before
    /// it takes one into its pool. What was checked is not checked again.
    ///
    /// From Osaka on nodes pass proofs of cells on. Proofs of whole blobs are taken nevertheless, as by geth, which makes the
    /// others: the libraries that most programs use have no cells.
    ///
    /// # Errors
    /// If blobs are missing or wrong.
    pub fn check_sidecar(&self, hardfork: Hardfork) -> Result<(), SidecarError> {
        let Body::Eip4844(body) = &self.body else {
            return Ok(());
        };
        let blobs = self.blobs.as_ref().ok_or(SidecarError::Missing)?;
        if blobs.passed_on.get().is_some() {
            return Ok(());
        }
        let passed_on = if hardfork < Hardfork::Osaka {
            Proofs::Blob
        } else {
            Proofs::Cell
        };
        if passed_on == Proofs::Blob && blobs.sidecar.is_eip7594() {
            return Err(SidecarError::TooNew(hardfork));
        }
        check(&blobs.sidecar, &body.blob_versioned_hashes, passed_on)?;
        blobs.passed_on.get_or_init(|| passed_on);
        Ok(())
    }

    /// Its encoding as nodes pass it on: with its blobs, if it has any, and with proofs of their cells from Osaka on.
    #[must_use]
    pub fn raw_with_blobs(&self) -> Bytes {
        let (Body::Eip4844(body), Some(blobs)) = (&self.body, &self.blobs) else {
            return self.raw();
        };
        let body = body.clone().with_sidecar(blobs.as_passed_on());
        let mut raw = Vec::new();
        body.eip2718_encode(&self.signature(), &mut raw);
        raw.into()
    }

    /// Forget the blobs: a block has none.
    pub(crate) fn drop_blobs(&mut self) {
        self.blobs = None;
    }
}

impl Blobs {
    pub(super) fn new(sidecar: Sidecar) -> Arc<Self> {
        Arc::new(Self {
            sidecar,
            passed_on: OnceLock::new(),
        })
    }

    /// As nodes pass it on, as far as proofs can be made: from blobs that were checked they can.
    fn as_passed_on(&self) -> Sidecar {
        let sidecar = self.sidecar.clone();
        if self.passed_on.get() != Some(&Proofs::Cell) {
            return sidecar;
        }
        sidecar
            .try_convert_into_eip7594_with_settings(prover())
            .unwrap_or_else(|_| self.sidecar.clone())
    }
}

/// Makes commitments and proofs. The first time takes 1.6 s. Without tables: those would need 96 MB to be a quarter faster.
fn prover() -> &'static c_kzg::KzgSettings {
    c_kzg::ethereum_kzg_settings(0)
}

fn check(sidecar: &Sidecar, signed: &[B256], passed_on: Proofs) -> Result<(), SidecarError> {
    let commitments = sidecar.commitments();
    if commitments.len() != signed.len() {
        return Err(SidecarError::Commitments {
            have: commitments.len(),
            want: signed.len(),
        });
    }
    for (index, (commitment, &signed)) in commitments.iter().zip(signed).enumerate() {
        let computed = kzg_to_versioned_hash(commitment.as_slice());
        if computed != signed {
            return Err(SidecarError::Hash {
                index,
                computed,
                signed,
            });
        }
    }
    let blobs = sidecar.blobs();
    if blobs.len() != commitments.len() {
        return Err(SidecarError::Blobs {
            have: blobs.len(),
            want: commitments.len(),
        });
    }
    match sidecar {
        Sidecar::Eip4844(BlobTransactionSidecar { proofs, .. }) => {
            let checked = check_blobs(blobs, commitments, proofs);
            if passed_on == Proofs::Blob || matches!(checked, Err(SidecarError::Kzg(Fault::Number)))
            {
                return checked;
            }
            // Those proofs are thrown away for others: the blobs count.
            checked.or_else(|_| check_commitments(blobs, commitments))
        }
        Sidecar::Eip7594(BlobTransactionSidecarEip7594 { cell_proofs, .. }) => {
            check_count(cell_proofs.len(), blobs.len() * CELLS_PER_EXT_BLOB)?;
            Ok(kzg::check_cells(blobs, commitments, cell_proofs)?)
        }
    }
}

fn check_count(have: usize, want: usize) -> Result<(), SidecarError> {
    if have == want {
        return Ok(());
    }
    Err(SidecarError::Proofs { have, want })
}

fn check_blobs(
    blobs: &[Blob],
    commitments: &[Bytes48],
    proofs: &[Bytes48],
) -> Result<(), SidecarError> {
    check_count(proofs.len(), blobs.len())?;
    for ((blob, commitment), proof) in blobs.iter().zip(commitments).zip(proofs) {
        kzg::check_blob(blob, commitment, proof)?;
    }
    Ok(())
}

/// Check commitments by making them anew.
fn check_commitments(blobs: &[Blob], commitments: &[Bytes48]) -> Result<(), SidecarError> {
    for (blob, commitment) in blobs.iter().zip(commitments) {
        let made = prover()
            .blob_to_kzg_commitment(blob.as_ckzg())
            .map_err(|_| Fault::Number)?;
        if made.to_bytes().into_inner() != commitment.0 {
            return Err(Fault::Proof.into());
        }
    }
    Ok(())
}
