//! Blobs: what is taken, what is refused, what is passed on; each verdict held against c-kzg's.

use alloy_eips::{
    eip4844::{Blob, BlobTransactionSidecar, Bytes48, c_kzg},
    eip7594::BlobTransactionSidecarEip7594,
};

use super::*;
use crate::{
    hardfork::Hardfork,
    transaction::kzg::{self, Fault},
};

fn prover() -> &'static c_kzg::KzgSettings {
    c_kzg::ethereum_kzg_settings(0)
}

/// Two blobs with proofs, made once: numbers all over the field, and a polynomial of degree one.
fn proven() -> &'static BlobTransactionSidecar {
    static MADE: OnceLock<BlobTransactionSidecar> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut any = Blob::ZERO;
        for (index, word) in any.0.chunks_exact_mut(32).enumerate() {
            word.copy_from_slice(keccak256(index.to_be_bytes()).as_slice());
            word[0] &= 0x3f;
        }
        let blobs = vec![any, Blob::repeat_byte(1)];
        BlobTransactionSidecar::try_from_blobs_with_settings(blobs, prover()).unwrap()
    })
}

fn with_cells() -> &'static BlobTransactionSidecarEip7594 {
    static MADE: OnceLock<BlobTransactionSidecarEip7594> = OnceLock::new();
    MADE.get_or_init(|| proven().clone().try_into_7594(prover()).unwrap())
}

fn blob_transaction(sidecar: impl Into<Sidecar>) -> Transaction {
    let sidecar = sidecar.into();
    let body = TxEip4844 {
        chain_id: 1,
        gas_limit: 21_000,
        blob_versioned_hashes: sidecar.versioned_hashes().collect(),
        ..TxEip4844::default()
    };
    let mut transaction = Transaction::keyed(body.into(), test_key());
    transaction.blobs = Some(Blobs::new(sidecar));
    transaction
}

fn refusal(sidecar: impl Into<Sidecar>, hardfork: Hardfork) -> String {
    let refused = blob_transaction(sidecar).check_sidecar(hardfork);
    refused.unwrap_err().to_string()
}

#[test]
fn blobs_travel_with_the_transaction_and_not_with_its_hash() {
    let old = blob_transaction(proven().clone());
    let decoded = Transaction::decode(&old.raw_with_blobs(), false).unwrap();
    assert_eq!(decoded.sidecar(), Some(&Sidecar::Eip4844(proven().clone())));
    assert_eq!(decoded.hash(), keccak256(old.raw()));
    let new = blob_transaction(with_cells().clone());
    assert_eq!(new.hash(), old.hash());
    let mut bare = decoded;
    bare.drop_blobs();
    assert_eq!(bare.raw_with_blobs(), bare.raw());
    assert_eq!(
        bare.check_sidecar(Hardfork::Bpo2),
        Err(SidecarError::Missing)
    );
}

#[test]
fn proofs_of_blobs_are_passed_on_as_proofs_of_cells_from_osaka_on() {
    let new = blob_transaction(with_cells().clone()).raw_with_blobs();
    for (hardfork, passed_on) in [
        (
            Hardfork::Prague,
            blob_transaction(proven().clone()).raw_with_blobs(),
        ),
        (Hardfork::Osaka, new.clone()),
    ] {
        let transaction = blob_transaction(proven().clone());
        assert_eq!(transaction.check_sidecar(hardfork), Ok(()));
        assert_eq!(transaction.raw_with_blobs(), passed_on);
    }
    let transaction = blob_transaction(with_cells().clone());
    assert_eq!(transaction.check_sidecar(Hardfork::Bpo2), Ok(()));
    assert_eq!(transaction.raw_with_blobs(), new);
    assert_eq!(
        refusal(with_cells().clone(), Hardfork::Prague),
        "unexpected sidecar version, want: 0, got: 1: prague has no cell proofs (EIP-7594), send proofs of blobs (EIP-4844)"
    );
}

#[test]
fn proofs_that_are_thrown_away_need_not_be_right() {
    let wrong = BlobTransactionSidecar {
        proofs: vec![Bytes48::repeat_byte(1)],
        ..proven().clone()
    };
    let transaction = blob_transaction(wrong.clone());
    assert_eq!(transaction.check_sidecar(Hardfork::Osaka), Ok(()));
    let right = blob_transaction(with_cells().clone()).raw_with_blobs();
    assert_eq!(transaction.raw_with_blobs(), right);
    assert_eq!(
        refusal(wrong, Hardfork::Prague),
        "Wrong sidecar format: invalid number of 1 blob proofs expected 2"
    );
    let mut forged = proven().clone();
    forged.blobs.swap(0, 1);
    for hardfork in [Hardfork::Prague, Hardfork::Osaka] {
        assert_eq!(
            refusal(forged.clone(), hardfork),
            "KZG verification error: can't verify opening proof"
        );
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let mut short = with_cells().clone();
    short.cell_proofs.pop();
    assert_eq!(
        refusal(short, Hardfork::Osaka),
        "Wrong sidecar format: invalid number of 255 blob proofs expected 256"
    );
    let mut single = proven().clone();
    single.blobs.pop();
    assert_eq!(
        refusal(single, Hardfork::Osaka),
        "invalid number of 1 blobs compared to 2 blob commitments"
    );
    let mut large = proven().clone();
    large.blobs[1] = Blob::repeat_byte(0xff);
    assert_eq!(
        refusal(large, Hardfork::Osaka),
        "KZG verification error: a number of a blob is not below the order of the field"
    );
    let mut transaction = blob_transaction(proven().clone());
    let other = BlobTransactionSidecar {
        commitments: proven().commitments.iter().rev().copied().collect(),
        ..proven().clone()
    };
    transaction.blobs = Some(Blobs::new(other.into()));
    let swapped = transaction.check_sidecar(Hardfork::Osaka).unwrap_err();
    let hashes: Vec<_> = Sidecar::from(proven().clone()).versioned_hashes().collect();
    assert_eq!(
        swapped.to_string(),
        format!(
            "blob 0: computed hash {} mismatches transaction one {}",
            hashes[1], hashes[0]
        )
    );
    transaction.blobs = Some(Blobs::new(BlobTransactionSidecar::default().into()));
    assert_eq!(
        transaction.check_sidecar(Hardfork::Osaka),
        Err(SidecarError::Commitments { have: 0, want: 2 })
    );
}

#[test]
fn a_polynomial_is_opened_where_its_values_are_known() {
    // Constant polynomials: the proofs of all cells are the point at infinity, whose encoding must be the canonical one.
    let infinity = Bytes48::from(hex!(
        "c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    ));
    let zero = (Blob::ZERO, infinity);
    assert_eq!(kzg::check_blob(&zero.0, &zero.1, &infinity), Ok(()));
    assert_eq!(
        kzg::check_cells(std::slice::from_ref(&zero.0), &[zero.1], &[infinity; 128]),
        Ok(())
    );
    let mut odd = infinity;
    odd[47] = 1;
    assert_eq!(kzg::check_blob(&zero.0, &zero.1, &odd), Err(Fault::Point));
}

/// What is changed about the proven blobs: which part, which element of it, and how.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    Byte(usize, usize),
    Swap(usize, usize),
    Other(usize, usize),
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::Nothing),
        4 => (0..256_usize, 0..48_usize).prop_map(|(index, byte)| Change::Byte(index, byte)),
        2 => (0..256_usize, 0..256_usize).prop_map(|(one, other)| Change::Swap(one, other)),
        2 => (0..256_usize, 0..256_usize).prop_map(|(one, other)| Change::Other(one, other)),
    ]
}

fn changed(points: &[Bytes48], change: &Change) -> Vec<Bytes48> {
    let (mut points, count) = (points.to_vec(), points.len());
    match *change {
        Change::Nothing => {}
        Change::Byte(index, byte) => points[index % count][byte] ^= 1,
        Change::Swap(one, other) => points.swap(one % count, other % count),
        Change::Other(one, other) => points[one % count] = points[other % count],
    }
    points
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_verdict_is_that_of_c_kzg(
        commitment in any_change(),
        proof in any_change(),
        number in (0..8192_usize, any::<bool>()),
    ) {
        let (old, new) = (proven(), with_cells());
        let mut blobs = old.blobs.clone();
        blobs[number.0 / 4096][number.0 % 4096 * 32 + 31] ^= u8::from(number.1);
        let hashes: Vec<_> = Sidecar::from(BlobTransactionSidecar {
            commitments: changed(&old.commitments, &commitment),
            ..old.clone()
        }).versioned_hashes().collect();

        let single = BlobTransactionSidecar {
            commitments: changed(&old.commitments, &commitment),
            proofs: changed(&old.proofs, &proof),
            blobs: blobs.clone(),
        };
        let ours = (0..2).all(|index| {
            kzg::check_blob(&single.blobs[index], &single.commitments[index], &single.proofs[index]).is_ok()
        });
        prop_assert_eq!(ours, single.validate(&hashes, prover()).is_ok());

        let cells = BlobTransactionSidecarEip7594 {
            commitments: changed(&new.commitments, &commitment),
            cell_proofs: changed(&new.cell_proofs, &proof),
            blobs,
        };
        let ours = kzg::check_cells(&cells.blobs, &cells.commitments, &cells.cell_proofs).is_ok();
        prop_assert_eq!(ours, cells.validate(&hashes, prover()).is_ok());
    }
}
