//! How fees go from one block to the next.

use crate::hardfork::BlobSchedule;

/// By how much a full block raises the base fee, and an empty one lowers it: an eighth.
const MAX_CHANGE_DENOMINATOR: u128 = 8;

/// How far above the target a block can be.
const ELASTICITY: u64 = 2;

/// The base fee of the block after one with these header fields, never below 0 nor above what 64 bits hold.
///
/// Source: EIP-1559.
#[must_use]
pub fn next_base_fee(base_fee: u64, gas_used: u64, gas_limit: u64) -> u64 {
    let target = gas_limit / ELASTICITY;
    if gas_used == target || target == 0 {
        return base_fee;
    }
    let step = |distance: u64| {
        let share = u128::from(base_fee) * u128::from(distance) / u128::from(target);
        u64::try_from(share / MAX_CHANGE_DENOMINATOR).unwrap_or(u64::MAX)
    };
    if gas_used > target {
        base_fee.saturating_add(step(gas_used - target).max(1))
    } else {
        base_fee.saturating_sub(step(target - gas_used))
    }
}

/// The least excess blob gas at which blob gas costs at least `price`.
///
/// Not every price above the update fraction is met exactly: the rule of EIP-4844 jumps over some.
#[must_use]
pub fn excess_for_price(blobs: BlobSchedule, price: u128) -> u64 {
    let (mut low, mut high) = (0, 1);
    while blobs.blob_base_fee(high) < price && high < u64::MAX / 2 {
        low = high;
        high *= 2;
        // Beyond this the price no longer fits 128 bits.
        if high / blobs.update_fraction > 80 {
            break;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if blobs.blob_base_fee(middle) < price {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use alloy_eips::eip1559::{BaseFeeParams, calc_next_block_base_fee};
    use proptest::prelude::*;

    use super::*;
    use crate::hardfork::Hardfork;

    proptest! {
        #[test]
        fn base_fee_is_alloys(base_fee in 0..u64::MAX / 2, limit in 5_000..1_000_000_000_u64, used in 0..=100_u64) {
            let used = limit / 100 * used;
            let theirs = calc_next_block_base_fee(used, limit, base_fee, BaseFeeParams::ethereum());
            prop_assert_eq!(next_base_fee(base_fee, used, limit), theirs);
        }

        #[test]
        fn excess_gives_the_price_asked_for(price in 1_u128..10_000_000) {
            for fork in [Hardfork::Cancun, Hardfork::Prague, Hardfork::Bpo2] {
                let blobs = fork.blobs().unwrap();
                let excess = excess_for_price(blobs, price);
                prop_assert!(blobs.blob_base_fee(excess) >= price);
                prop_assert!(excess == 0 || blobs.blob_base_fee(excess - 1) < price);
            }
        }
    }

    #[test]
    fn no_block_of_zero_gas_divides_by_zero() {
        assert_eq!(next_base_fee(7, 0, 1), 7);
        assert_eq!(next_base_fee(7, 0, 30_000_000), 7);
    }
}
