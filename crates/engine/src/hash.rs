//! Keccak-256, remembered for short inputs.
//!
//! What contracts hash is mostly the place of a mapping's word, again and again the same ones; so the hashes of inputs
//! of up to 87 bytes are kept in a table of fixed size for the whole process (a feature of alloy-primitives).

use revm::primitives::alloy_primitives::utils::init_keccak_cache;

/// Hashes that are kept: 4 MiB of them.
const KEPT: usize = 1 << 15;

/// Make the table with the size that suits us, before the first hash makes a larger one.
pub fn prepare() {
    // False if it is there already, which is as good.
    let _ = init_keccak_cache(KEPT);
}
