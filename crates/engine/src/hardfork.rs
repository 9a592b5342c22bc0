//! The hardforks of Ethereum mainnet, in order, and the blob schedule of each.

use std::{fmt, str::FromStr};

use revm::{context_interface::block::calc_blob_gasprice, primitives::hardfork::SpecId};

/// Gas of one blob (EIP-4844).
pub const GAS_PER_BLOB: u64 = 1 << 17;

/// Execution gas that a blob is priced at least like, in EIP-7918's reserve price.
pub const BLOB_BASE_COST: u64 = 1 << 13;

/// A hardfork of Ethereum mainnet; later ones compare greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hardfork {
    /// July 2015.
    Frontier,
    /// EIP-606.
    Homestead,
    /// EIP-608.
    TangerineWhistle,
    /// EIP-607.
    SpuriousDragon,
    /// EIP-609.
    Byzantium,
    /// EIP-1716, which took back the part of Constantinople that was found unsafe.
    Petersburg,
    /// EIP-1679.
    Istanbul,
    /// EIP-2070.
    Berlin,
    /// EIP-1559 and others.
    London,
    /// The merge: proof of stake.
    Paris,
    /// Withdrawals, PUSH0.
    Shanghai,
    /// EIP-7569: blobs, transient storage.
    Cancun,
    /// EIP-7600: delegations, requests.
    Prague,
    /// EIP-7607.
    Osaka,
    /// Osaka with the blob schedule of December 2025 (EIP-7892).
    Bpo1,
    /// Osaka with the blob schedule of January 2026: what mainnet runs.
    #[default]
    Bpo2,
    /// Not yet live.
    Amsterdam,
}

/// The blob schedule of a hardfork (EIP-7840).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobSchedule {
    /// Blobs of a block at which the price stays.
    pub target: u64,
    /// Most blobs of a block.
    pub max: u64,
    /// Most blobs of a transaction.
    pub max_per_transaction: u64,
    /// Denominator of the price's exponent.
    pub update_fraction: u64,
    /// Whether the reserve price of EIP-7918 applies.
    pub has_reserve_price: bool,
}

impl BlobSchedule {
    /// Wei per blob gas of a block with `excess_blob_gas` in its header.
    #[must_use]
    pub fn blob_base_fee(&self, excess_blob_gas: u64) -> u128 {
        calc_blob_gasprice(excess_blob_gas, self.update_fraction)
    }

    /// Excess blob gas of the block after one with these header fields.
    ///
    /// Source: EIP-4844 and EIP-7918, `calc_excess_blob_gas`.
    #[must_use]
    pub fn next_excess(&self, excess_blob_gas: u64, blob_gas_used: u64, base_fee: u64) -> u64 {
        let target = self.target * GAS_PER_BLOB;
        let sum = excess_blob_gas.saturating_add(blob_gas_used);
        if sum < target {
            return 0;
        }
        if self.has_reserve_price {
            let reserve = u128::from(BLOB_BASE_COST) * u128::from(base_fee);
            let price =
                u128::from(GAS_PER_BLOB).saturating_mul(self.blob_base_fee(excess_blob_gas));
            if reserve > price {
                let share = u128::from(blob_gas_used) * u128::from(self.max - self.target)
                    / u128::from(self.max);
                return excess_blob_gas.saturating_add(u64::try_from(share).unwrap_or(u64::MAX));
            }
        }
        sum - target
    }
}

/// A name that is no hardfork's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown hardfork {name:?}; known are {}", names())]
pub struct UnknownHardfork {
    /// The name as given.
    pub name: String,
}

fn names() -> String {
    let names: Vec<_> = Hardfork::ALL.iter().map(|fork| fork.name()).collect();
    names.join(", ")
}

impl Hardfork {
    /// All of them, oldest first.
    pub const ALL: [Self; 17] = [
        Self::Frontier,
        Self::Homestead,
        Self::TangerineWhistle,
        Self::SpuriousDragon,
        Self::Byzantium,
        Self::Petersburg,
        Self::Istanbul,
        Self::Berlin,
        Self::London,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
        Self::Bpo1,
        Self::Bpo2,
        Self::Amsterdam,
    ];

    /// Its name in lower case, without spaces; parses back.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontier => "frontier",
            Self::Homestead => "homestead",
            Self::TangerineWhistle => "tangerinewhistle",
            Self::SpuriousDragon => "spuriousdragon",
            Self::Byzantium => "byzantium",
            Self::Petersburg => "petersburg",
            Self::Istanbul => "istanbul",
            Self::Berlin => "berlin",
            Self::London => "london",
            Self::Paris => "paris",
            Self::Shanghai => "shanghai",
            Self::Cancun => "cancun",
            Self::Prague => "prague",
            Self::Osaka => "osaka",
            Self::Bpo1 => "bpo1",
            Self::Bpo2 => "bpo2",
            Self::Amsterdam => "amsterdam",
        }
    }

    /// The rules of the EVM; the BPO forks change nothing in them.
    #[must_use]
    pub const fn spec_id(self) -> SpecId {
        match self {
            Self::Frontier => SpecId::FRONTIER,
            Self::Homestead => SpecId::HOMESTEAD,
            Self::TangerineWhistle => SpecId::TANGERINE,
            Self::SpuriousDragon => SpecId::SPURIOUS_DRAGON,
            Self::Byzantium => SpecId::BYZANTIUM,
            Self::Petersburg => SpecId::PETERSBURG,
            Self::Istanbul => SpecId::ISTANBUL,
            Self::Berlin => SpecId::BERLIN,
            Self::London => SpecId::LONDON,
            Self::Paris => SpecId::MERGE,
            Self::Shanghai => SpecId::SHANGHAI,
            Self::Cancun => SpecId::CANCUN,
            Self::Prague => SpecId::PRAGUE,
            Self::Osaka | Self::Bpo1 | Self::Bpo2 => SpecId::OSAKA,
            Self::Amsterdam => SpecId::AMSTERDAM,
        }
    }

    /// Its blob schedule; `None` before Cancun.
    ///
    /// Source: EIP-4844, EIP-7691, EIP-7594, EIP-7892 and EIP-7918.
    #[must_use]
    pub const fn blobs(self) -> Option<BlobSchedule> {
        let (target, max, update_fraction) = match self {
            Self::Cancun => (3, 6, 3_338_477),
            Self::Prague | Self::Osaka => (6, 9, 5_007_716),
            Self::Bpo1 => (10, 15, 8_346_193),
            Self::Bpo2 | Self::Amsterdam => (14, 21, 11_684_671),
            _ => return None,
        };
        let since_osaka = self as u8 >= Self::Osaka as u8;
        Some(BlobSchedule {
            target,
            max,
            max_per_transaction: if since_osaka { 6 } else { max },
            update_fraction,
            has_reserve_price: since_osaka,
        })
    }
}

impl fmt::Display for Hardfork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hardfork {
    type Err = UnknownHardfork;

    /// Parses a name in any case, with or without spaces, dashes and underscores, and the other names in use.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .collect();
        let known = match plain.as_str() {
            "dao" | "daofork" => "homestead",
            "tangerine" | "eip150" => "tangerinewhistle",
            "spurious" | "eip155" | "eip158" => "spuriousdragon",
            "constantinople" | "constantinoplefix" => "petersburg",
            "muirglacier" => "istanbul",
            "arrowglacier" | "grayglacier" => "london",
            "merge" | "parisevm" => "paris",
            "shapella" => "shanghai",
            "dencun" => "cancun",
            "pectra" => "prague",
            "fusaka" => "osaka",
            "latest" | "mainnet" => Self::default().name(),
            other => other,
        };
        Self::ALL
            .into_iter()
            .find(|fork| fork.name() == known)
            .ok_or_else(|| UnknownHardfork { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_in_any_spelling() {
        for fork in Hardfork::ALL {
            assert_eq!(fork.name().parse(), Ok(fork));
            assert_eq!(fork.name().to_uppercase().parse(), Ok(fork));
        }
        assert_eq!("Spurious Dragon".parse(), Ok(Hardfork::SpuriousDragon));
        assert_eq!("tangerine_whistle".parse(), Ok(Hardfork::TangerineWhistle));
        assert_eq!("merge".parse(), Ok(Hardfork::Paris));
        assert_eq!("latest".parse(), Ok(Hardfork::Bpo2));
    }

    #[test]
    fn unknown_name_lists_the_known_ones() {
        let error = "berlim".parse::<Hardfork>().unwrap_err().to_string();
        assert!(
            error.contains("\"berlim\"") && error.contains("berlin, london"),
            "{error}"
        );
    }

    #[test]
    fn hardforks_are_ordered() {
        assert!(Hardfork::ALL.is_sorted());
        assert!(Hardfork::Frontier < Hardfork::Osaka && Hardfork::Osaka < Hardfork::Bpo1);
    }

    #[test]
    fn blob_gas_below_target_leaves_no_excess() {
        let cancun = Hardfork::Cancun.blobs().unwrap();
        assert_eq!(cancun.next_excess(0, 3 * GAS_PER_BLOB, 7), 0);
        assert_eq!(cancun.next_excess(0, 4 * GAS_PER_BLOB, 7), GAS_PER_BLOB);
        assert_eq!(Hardfork::Shanghai.blobs(), None);
    }

    #[test]
    fn reserve_price_slows_the_fall_of_excess() {
        let osaka = Hardfork::Osaka.blobs().unwrap();
        let (excess, used) = (20 * GAS_PER_BLOB, 6 * GAS_PER_BLOB);
        // A base fee so low that blob gas is dearer: the ordinary rule.
        assert_eq!(osaka.next_excess(excess, used, 1), excess);
        // A high one: the excess grows by a third of what was used.
        assert_eq!(
            osaka.next_excess(excess, used, 1_000_000_000),
            excess + used / 3
        );
    }
}
