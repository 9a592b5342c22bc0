//! The contracts that the protocol itself calls at the start and the end of each block, and those that are on every
//! chain from the start.

use revm::primitives::{Address, B256, Bytes, U256, address, hex};

use crate::{
    executor::{Error, Executor, Resolver},
    hardfork::Hardfork,
    state::{BackendError, State},
};

/// EIP-4788: roots of the beacon chain's last 8191 blocks.
pub const BEACON_ROOTS_ADDRESS: Address = address!("000F3df6D732807Ef1319fB7B8bB8522d0Beac02");
/// EIP-2935: hashes of the last 8191 blocks.
pub const HISTORY_STORAGE_ADDRESS: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// EIP-7002: requests of withdrawals.
pub const WITHDRAWAL_REQUESTS_ADDRESS: Address =
    address!("00000961Ef480Eb55e80D19ad83579A64c007002");
/// EIP-7251: requests of consolidations.
pub const CONSOLIDATION_REQUESTS_ADDRESS: Address =
    address!("0000BBdDc7CE488642fb579F8B00f3a590007251");
/// The deployer that gives a contract the same address on every chain.
pub const CREATE2_DEPLOYER_ADDRESS: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// Blocks whose hash or beacon root is kept.
pub const HISTORY_LENGTH: u64 = 8191;

/// Slots of a request contract that are zero when it has nothing to do: excess, count, head and tail of its queue.
const QUEUE_SLOTS: [U256; 4] = [
    U256::ZERO,
    U256::from_limbs([1, 0, 0, 0]),
    U256::from_limbs([2, 0, 0, 0]),
    U256::from_limbs([3, 0, 0, 0]),
];

/// A contract that is on the chain from the first block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predeploy {
    /// Where.
    pub address: Address,
    /// Runtime code.
    pub code: &'static [u8],
    /// From when on.
    pub since: Hardfork,
}

const PREDEPLOYS: [Predeploy; 5] = [
    Predeploy {
        address: BEACON_ROOTS_ADDRESS,
        code: &hex!(
        "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff"
        "810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff0155"
        "00"
        ),
        since: Hardfork::Cancun,
    },
    Predeploy {
        address: HISTORY_STORAGE_ADDRESS,
        code: &hex!(
        "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81"
        "430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
        ),
        since: Hardfork::Prague,
    },
    Predeploy {
        address: WITHDRAWAL_REQUESTS_ADDRESS,
        code: &hex!(
        "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffff146101f457600182026001905f5b5f8211156068578101908302848302900491"
        "6001019190604d565b909390049250505036603814608857366101f457346101f4575f5260205ff35b34106101f45760"
        "0154600101600155600354806003026004013381556001015f35815560010160203590553360601b5f5260385f601437"
        "604c5fa0600101600355005b6003546002548082038060101160df575060105b5f5b8181146101835782810160030260"
        "040181604c02815460601b8152601401816001015481526020019060020154807fffffffffffffffffffffffffffffff"
        "ff00000000000000000000000000000000168252906010019060401c908160381c81600701538160301c816006015381"
        "60281c81600501538160201c81600401538160181c81600301538160101c81600201538160081c816001015353600101"
        "60e1565b910180921461019557906002556101a0565b90505f6002555f6003555b5f54807fffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffffffffffffff14156101cd57505f5b6001546002828201116101e25750505f6101"
        "e8565b01600290035b5f555f600155604c025ff35b5f5ffd"
        ),
        since: Hardfork::Prague,
    },
    Predeploy {
        address: CONSOLIDATION_REQUESTS_ADDRESS,
        code: &hex!(
        "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffff1461019a57600182026001905f5b5f8211156068578101908302848302900491"
        "6001019190604d565b9093900492505050366060146088573661019a573461019a575f5260205ff35b341061019a5760"
        "0154600101600155600354806004026004013381556001015f358155600101602035815560010160403590553360601b"
        "5f5260605f60143760745fa0600101600355005b6003546002548082038060021160e7575060025b5f5b818114610129"
        "5782810160040260040181607402815460601b8152601401816001015481526020018160020154815260200190600301"
        "54905260010160e9565b910180921461013b5790600255610146565b90505f6002555f6003555b5f54807fffffffffff"
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffff141561017357505f5b600154600182820111610188"
        "5750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd"
        ),
        since: Hardfork::Prague,
    },
    Predeploy {
        address: CREATE2_DEPLOYER_ADDRESS,
        code: &hex!(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f5"
        "8015156039578182fd5b8082525050506014600cf3"
        ),
        since: Hardfork::Frontier,
    },
];

/// The contracts that a chain of this hardfork has from the first block, each with nonce 1 and no balance.
pub fn predeploys(hardfork: Hardfork) -> impl Iterator<Item = Predeploy> {
    PREDEPLOYS
        .into_iter()
        .filter(move |predeploy| predeploy.since <= hardfork)
}

/// Whether `address` has the very code that its EIP gives, so that what it does is known: a chain need not run it then, but
/// can answer for its slots when they are read.
pub(crate) fn is_canonical(state: &State, address: Address) -> Result<bool, BackendError> {
    let code = state.code(address)?;
    Ok(PREDEPLOYS
        .iter()
        .any(|known| known.address == address && known.code == code.original_byte_slice()))
}

/// Start a block: store the root of the parent's beacon block (EIP-4788, from Cancun on).
///
/// The executor must have entered the block. Nothing happens where the contract is missing.
///
/// # Errors
/// If the state cannot be read.
pub fn start_block(
    executor: &mut Executor,
    state: &mut State,
    resolver: &mut dyn Resolver,
    parent_beacon_root: B256,
) -> Result<(), Error> {
    if executor.config().hardfork < Hardfork::Cancun {
        return Ok(());
    }
    if is_canonical(state, BEACON_ROOTS_ADDRESS)? {
        let timestamp = executor.block().timestamp;
        let index = timestamp % U256::from(HISTORY_LENGTH);
        state.set_storage(BEACON_ROOTS_ADDRESS, index, timestamp)?;
        let root = U256::from_be_bytes(parent_beacon_root.0);
        state.set_storage(
            BEACON_ROOTS_ADDRESS,
            index + U256::from(HISTORY_LENGTH),
            root,
        )?;
        return Ok(());
    }
    call(
        executor,
        state,
        resolver,
        BEACON_ROOTS_ADDRESS,
        parent_beacon_root.into(),
    )?;
    Ok(())
}

/// Store the hash of the parent in the history contract (EIP-2935, from Prague on).
///
/// The executor must have entered the block. Nothing happens where the contract is missing.
///
/// # Errors
/// If the state cannot be read.
pub fn store_parent_hash(
    executor: &mut Executor,
    state: &mut State,
    resolver: &mut dyn Resolver,
    parent_hash: B256,
) -> Result<(), Error> {
    if executor.config().hardfork < Hardfork::Prague {
        return Ok(());
    }
    if is_canonical(state, HISTORY_STORAGE_ADDRESS)? {
        let slot = executor.block().number.saturating_sub(U256::ONE) % U256::from(HISTORY_LENGTH);
        state.set_storage(
            HISTORY_STORAGE_ADDRESS,
            slot,
            U256::from_be_bytes(parent_hash.0),
        )?;
        return Ok(());
    }
    call(
        executor,
        state,
        resolver,
        HISTORY_STORAGE_ADDRESS,
        parent_hash.into(),
    )?;
    Ok(())
}

/// End a block: the requests for withdrawals and consolidations that are due (EIP-7002, EIP-7251, from Prague on).
///
/// `is_strict`: a missing contract makes the block invalid, as both EIPs say. Otherwise nothing happens where it is missing:
/// a local chain goes on when its user removes one.
///
/// Returns: one entry for each kind that has any, its type byte first (EIP-7685), in ascending order.
///
/// # Errors
/// If the state cannot be read, or a request contract fails, which makes the block invalid.
pub fn end_block(
    executor: &mut Executor,
    state: &mut State,
    resolver: &mut dyn Resolver,
    is_strict: bool,
) -> Result<Vec<Bytes>, Error> {
    let mut requests = Vec::new();
    if executor.config().hardfork < Hardfork::Prague {
        return Ok(requests);
    }
    for (kind, contract) in [
        (1, WITHDRAWAL_REQUESTS_ADDRESS),
        (2, CONSOLIDATION_REQUESTS_ADDRESS),
    ] {
        if has_nothing_to_do(state, contract)? {
            continue;
        }
        if is_strict && state.code(contract)?.is_empty() {
            return Err(Error::Block(format!(
                "there is no code at {contract}, which its requests come from"
            )));
        }
        let output = call(executor, state, resolver, contract, Bytes::new())?;
        if !output.is_empty() {
            requests.push([&[kind], output.as_ref()].concat().into());
        }
    }
    Ok(requests)
}

/// Whether the system call of a request contract would neither change nor return anything.
fn has_nothing_to_do(state: &State, contract: Address) -> Result<bool, BackendError> {
    for slot in QUEUE_SLOTS {
        if !state.storage(contract, slot)?.is_zero() {
            return Ok(false);
        }
    }
    is_canonical(state, contract)
}

fn call(
    executor: &mut Executor,
    state: &mut State,
    resolver: &mut dyn Resolver,
    contract: Address,
    data: Bytes,
) -> Result<Bytes, Error> {
    if state.code(contract)?.is_empty() {
        return Ok(Bytes::new());
    }
    let outcome = executor.system_call(state, resolver, contract, data)?;
    if outcome.succeeded() {
        Ok(outcome.output)
    } else {
        Err(Error::Block(format!(
            "the system call to {contract} failed: {:?}",
            outcome.status
        )))
    }
}

#[cfg(test)]
mod tests {
    use revm::primitives::{b256, keccak256};

    use super::*;

    #[test]
    fn predeploys_have_the_code_of_their_eips() {
        let hashes = [
            b256!("f57acd40259872606d76197ef052f3d35588dadf919ee1f0e3cb9b62d3f4b02c"),
            b256!("6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d"),
            b256!("0345a365d2f4c5975b9f1599abe0a2ee76b7a3a731bc68781bd04c84e4858f50"),
            b256!("78c6cb5202685228bbcbfb992b1c4e116c7ec5ef11e25b8e92716cfc628ddd60"),
            b256!("2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989"),
        ];
        assert_eq!(
            PREDEPLOYS.map(|predeploy| keccak256(predeploy.code)),
            hashes
        );
    }

    #[test]
    fn predeploys_come_with_their_hardfork() {
        assert_eq!(predeploys(Hardfork::London).count(), 1);
        assert_eq!(predeploys(Hardfork::Cancun).count(), 2);
        assert_eq!(predeploys(Hardfork::Prague).count(), 5);
    }
}
