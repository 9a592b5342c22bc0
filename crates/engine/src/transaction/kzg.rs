//! Whether blobs, commitments and proofs belong together (EIP-4844, EIP-7594).
//!
//! c-kzg knows it too, but makes itself ready for proofs first: it reads 8,192 points and transforms them, 1.6 s (and
//! 96 MB more for the tables that alloy asks for), in which a node would answer nobody. To check, 64 points of G1 and two of G2
//! suffice. A proof of a blob is checked in 5 ms, those of its cells in 40 ms; c-kzg, once it is ready, needs 2 ms and 18 ms.
//! The tests hold each verdict against c-kzg's.

use std::sync::OnceLock;

use alloy_eips::{
    eip4844::{Blob, Bytes48 as Point},
    eip7594::CELLS_PER_EXT_BLOB as CELLS,
};
use alloy_primitives::Keccak256;
use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::{AdditiveGroup, BigInt, FftField, Field, PrimeField, Zero, batch_inversion};
use ark_serialize::CanonicalDeserialize;
use revm::precompile::crypto;

/// Numbers in a blob, and in a cell of it.
const BLOB_SIZE: usize = 4096;
const CELL_SIZE: usize = 64;

/// Why they do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A number of a blob is not below the group's order.
    #[error("a number of a blob is not below the order of the field")]
    Number,
    /// Bytes that are no point of the group.
    #[error("a commitment or a proof is not a point of the group")]
    Point,
    /// The equation does not hold.
    #[error("can't verify opening proof")]
    Proof,
}

/// Check the proof of a whole blob (EIP-4844, `verify_blob_kzg_proof` of the consensus specification).
pub(super) fn check_blob(blob: &Blob, commitment: &Point, proof: &Point) -> Result<(), Fault> {
    let values = numbers(blob)?;
    let committed = point(commitment)?;
    let quotient = point(proof)?;
    let place = blob_challenge(blob, commitment);
    let value = evaluate(&values, place);
    let left = committed + quotient * place - G1Affine::generator() * value;
    holds(left, quotient.into(), setup().tau)
}

/// Check the proofs of all cells of blobs (EIP-7594), all at once, in a random combination of their equations.
///
/// The cells themselves are not needed: what a cell's numbers interpolate to is the remainder of the blob's polynomial by the
/// polynomial that vanishes where the cell is, X^64 - shift.
pub(super) fn check_cells(
    blobs: &[Blob],
    commitments: &[Point],
    proofs: &[Point],
) -> Result<(), Fault> {
    let factor = cells_challenge(blobs, commitments, proofs);
    let quotients = points(proofs)?;
    let shifts = cell_shifts();
    let mut weights = Vec::with_capacity(proofs.len());
    let mut weight = Fr::ONE;
    for _ in proofs {
        weights.push(weight);
        weight *= factor;
    }
    let mut remainder = [Fr::ZERO; CELL_SIZE];
    let mut scalars: Vec<Fr> = Vec::with_capacity(proofs.len() + blobs.len() + CELL_SIZE);
    let mut bases = quotients.clone();
    bases.extend(points(commitments)?);
    bases.extend(setup().monomials.iter());
    for weights in weights.chunks(CELLS) {
        scalars.extend(
            weights
                .iter()
                .zip(&shifts)
                .map(|(weight, shift)| *weight * shift),
        );
    }
    scalars.extend(
        weights
            .chunks(CELLS)
            .map(|weights| weights.iter().sum::<Fr>()),
    );
    for (blob, weights) in blobs.iter().zip(weights.chunks(CELLS)) {
        add_remainders(
            &mut remainder,
            &coefficients(numbers(blob)?),
            weights,
            &shifts,
        );
    }
    scalars.extend(remainder.iter().map(|number| -*number));
    let left = G1Projective::msm_unchecked(&bases, &scalars);
    let right = G1Projective::msm_unchecked(&quotients, &weights);
    holds(left, right, setup().tau_to_cell)
}

/// Add a blob's remainders by X^64 - shift, one for each cell, each times its weight.
fn add_remainders(sum: &mut [Fr; CELL_SIZE], coefficients: &[Fr], weights: &[Fr], shifts: &[Fr]) {
    let mut powers = weights.to_vec();
    for chunk in coefficients.chunks(CELL_SIZE) {
        let weight: Fr = powers.iter().sum();
        for (place, coefficient) in sum.iter_mut().zip(chunk) {
            *place += weight * coefficient;
        }
        for (power, shift) in powers.iter_mut().zip(shifts) {
            *power *= shift;
        }
    }
}

/// e(left, 1) = e(right, power)?
fn holds(left: G1Projective, right: G1Projective, power: G2Affine) -> Result<(), Fault> {
    let points = G1Projective::normalize_batch(&[left, -right]);
    let product = Bls12_381::multi_pairing(points, [G2Affine::generator(), power]);
    if product.is_zero() {
        Ok(())
    } else {
        Err(Fault::Proof)
    }
}

// NUMBERS AND POINTS

fn numbers(blob: &Blob) -> Result<Vec<Fr>, Fault> {
    blob.chunks_exact(32)
        .map(|word| {
            let mut limbs = [0; 4];
            for (limb, bytes) in limbs.iter_mut().rev().zip(word.chunks_exact(8)) {
                *limb = bytes
                    .iter()
                    .fold(0, |number, byte| number << 8 | u64::from(*byte));
            }
            Fr::from_bigint(BigInt(limbs)).ok_or(Fault::Number)
        })
        .collect()
}

fn point(bytes: &Point) -> Result<G1Affine, Fault> {
    G1Affine::deserialize_compressed(bytes.as_slice()).map_err(|_| Fault::Point)
}

fn points(all: &[Point]) -> Result<Vec<G1Affine>, Fault> {
    all.iter().map(point).collect()
}

/// Where a blob is opened. Source: consensus-specs, deneb/polynomial-commitments.md, `compute_challenge`.
fn blob_challenge(blob: &Blob, commitment: &Point) -> Fr {
    let mut bytes = Vec::with_capacity(32 + blob.len() + commitment.len());
    bytes.extend(b"FSBLOBVERIFY_V1_");
    bytes.extend((BLOB_SIZE as u128).to_be_bytes());
    bytes.extend(blob.as_slice());
    bytes.extend(commitment);
    Fr::from_be_bytes_mod_order(&crypto().sha256(&bytes))
}

/// A number that depends on all that is checked, so that wrong proofs cannot be made to cancel each other out.
fn cells_challenge(blobs: &[Blob], commitments: &[Point], proofs: &[Point]) -> Fr {
    let mut hasher = Keccak256::new();
    for blob in blobs {
        hasher.update(blob);
    }
    for point in commitments.iter().chain(proofs) {
        hasher.update(point);
    }
    Fr::from_be_bytes_mod_order(hasher.finalize().as_slice())
}

// POLYNOMIALS

/// The value at `place` of the polynomial that has `values` at the roots of unity in bit-reversed order.
fn evaluate(values: &[Fr], place: Fr) -> Fr {
    let roots = reversed(&powers(root(BLOB_SIZE), BLOB_SIZE));
    let mut distances: Vec<Fr> = roots.iter().map(|root| place - root).collect();
    if let Some(index) = distances.iter().position(Fr::is_zero) {
        return values[index];
    }
    batch_inversion(&mut distances);
    let terms = values.iter().zip(&roots).zip(&distances);
    let sum: Fr = terms
        .map(|((value, root), inverse)| *value * root * inverse)
        .sum();
    let size = BLOB_SIZE as u64;
    sum * (place.pow([size]) - Fr::ONE) / Fr::from(size)
}

/// The coefficients of that polynomial, the constant one first: an inverse Fourier transform, in place.
fn coefficients(mut values: Vec<Fr>) -> Vec<Fr> {
    let size = values.len();
    let inverse = Fr::ONE / root(size);
    let twiddles = powers(inverse, size / 2);
    let mut half = 1;
    while half < size {
        let stride = size / (2 * half);
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let pairs = low
                .iter_mut()
                .zip(high)
                .zip(twiddles.iter().step_by(stride));
            for ((low, high), twiddle) in pairs {
                let turned = *high * twiddle;
                *high = *low - turned;
                *low += turned;
            }
        }
        half *= 2;
    }
    let scale = Fr::ONE / Fr::from(size as u64);
    for value in &mut values {
        *value *= scale;
    }
    values
}

/// Of each cell, the 64th power of what its places are shifted by: the cell is where X^64 equals that.
fn cell_shifts() -> Vec<Fr> {
    reversed(&powers(root(CELLS), CELLS))
}

fn root(order: usize) -> Fr {
    // The field has roots of all orders up to 2^32 that are powers of two.
    Fr::get_root_of_unity(order as u64).unwrap_or(Fr::ONE)
}

fn powers(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(*power * base))
        .take(count)
        .collect()
}

/// With the bits of each position reversed. Their number is a power of two, and at least two.
fn reversed(numbers: &[Fr]) -> Vec<Fr> {
    let unused = usize::BITS - numbers.len().trailing_zeros();
    (0..numbers.len())
        .map(|index| numbers[index.reverse_bits() >> unused])
        .collect()
}

// THE TRUSTED SETUP

/// What checking needs of it: the first 64 powers of tau in G1, and in G2 the first and the 64th.
struct Setup {
    monomials: Vec<G1Affine>,
    tau: G2Affine,
    tau_to_cell: G2Affine,
}

/// Source: `trusted_setup.txt` of ethereum/c-kzg-4844, the outcome of Ethereum's KZG ceremony.
const SETUP: &[u8] = include_bytes!("kzg_setup.bin");

fn setup() -> &'static Setup {
    static SETUP_READ: OnceLock<Setup> = OnceLock::new();
    SETUP_READ.get_or_init(|| {
        let (monomials, taus) = SETUP.split_at(CELL_SIZE * 48);
        let (tau, tau_to_cell) = taus.split_at(96);
        Setup {
            monomials: monomials.chunks_exact(48).map(trusted).collect(),
            tau: trusted(tau),
            tau_to_cell: trusted(tau_to_cell),
        }
    })
}

/// A point of the setup, whose bytes never change: that they can be read is tested.
fn trusted<P: CanonicalDeserialize + Default>(bytes: &[u8]) -> P {
    P::deserialize_compressed_unchecked(bytes).unwrap_or_default()
}
