"""eth_config and eth_capabilities: the rules in force, and what is kept. Source: EIP-7910, execution-apis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.fork_schedule import ForkSchedule, fork_id
from ingot.rpc.method import method
from ingot.rpc.parameters import BLOCK, DATA, HASH, QUANTITY

if TYPE_CHECKING:
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

_FRONTIER = {"ECREC": 1, "SHA256": 2, "RIPEMD160": 3, "ID": 4}
_BYZANTIUM = {"MODEXP": 5, "BN254_ADD": 6, "BN254_MUL": 7, "BN254_PAIRING": 8}
_PRAGUE = {
    "BLS12_G1ADD": 11,
    "BLS12_G1MSM": 12,
    "BLS12_G2ADD": 13,
    "BLS12_G2MSM": 14,
    "BLS12_PAIRING_CHECK": 15,
    "BLS12_MAP_FP_TO_G1": 16,
    "BLS12_MAP_FP2_TO_G2": 17,
}

_ORDER: Final = [
    "frontier",
    "homestead",
    "tangerinewhistle",
    "spuriousdragon",
    "byzantium",
    "petersburg",
    "istanbul",
    "berlin",
    "london",
    "paris",
    "shanghai",
    "cancun",
    "prague",
    "osaka",
    "bpo1",
    "bpo2",
    "amsterdam",
]

_PLACE: Final = {name: place for place, name in enumerate(_ORDER)}

_BLOBS: Final = {
    "cancun": (3, 6, 3_338_477),
    "prague": (6, 9, 5_007_716),
    "osaka": (6, 9, 5_007_716),
    "bpo1": (10, 15, 8_346_193),
    "bpo2": (14, 21, 11_684_671),
    "amsterdam": (14, 21, 11_684_671),
}
"""Target, most, update fraction. Source: EIP-4844, EIP-7691, EIP-7892."""

_SYSTEM: Final = (
    ("cancun", "BEACON_ROOTS_ADDRESS", "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"),
    ("prague", "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS", "0x0000bbddc7ce488642fb579f8b00f3a590007251"),
    ("prague", "DEPOSIT_CONTRACT_ADDRESS", "0x00000000219ab540356cbb839cbe05303d7705fa"),
    ("prague", "HISTORY_STORAGE_ADDRESS", "0x0000f90827f1c53a10cb7a02335b175320002935"),
    ("prague", "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS", "0x00000961ef480eb55e80d19ad83579a64c007002"),
)


def is_since(hardfork: str, first: str) -> bool:
    """Whether the rules of `first` hold at `hardfork`."""
    return _PLACE[hardfork] >= _PLACE[first]


def precompiles(hardfork: str) -> dict[str, int]:
    """Names and addresses of the precompiles of a hardfork."""
    found = dict(_FRONTIER)
    parts = (
        ("byzantium", _BYZANTIUM),
        ("istanbul", {"BLAKE2F": 9}),
        ("cancun", {"KZG_POINT_EVALUATION": 10}),
        ("prague", _PRAGUE),
        ("osaka", {"P256VERIFY": 256}),
    )
    for first, more in parts:
        if is_since(hardfork, first):
            found.update(more)
    return found


def precompile_addresses(hardfork: str) -> frozenset[str]:
    """Addresses of the precompiles of a hardfork, in lower case."""
    return frozenset(f"0x{number:040x}" for number in precompiles(hardfork).values())


def has_blobs(hardfork: str) -> bool:
    """Whether transactions of type 3 exist."""
    return hardfork in _BLOBS


def blob_limit(hardfork: str) -> int:
    """Blob gas of a block; what it was at first before there were any."""
    return _BLOBS.get(hardfork, _BLOBS["cancun"])[1] << 17


def _rules(rpc: Rpc, hardfork: str, begin: int, schedule: ForkSchedule | None) -> dict[str, Any]:
    engine = rpc.engine
    first = engine.block(engine.first_block_number)
    target, most, fraction = _BLOBS.get(hardfork, (0, 0, 0))
    system = {name: address for since, name, address in _SYSTEM if is_since(hardfork, since)}
    name = fork_id(first.hash, ())
    if schedule is not None:
        target, most, fraction = schedule.blobs.get(hardfork, (target, most, fraction))
        name = schedule.names(first.hash, first.timestamp, begin)
        if schedule.deposits is not None and "DEPOSIT_CONTRACT_ADDRESS" in system:
            system["DEPOSIT_CONTRACT_ADDRESS"] = schedule.deposits.lower()
    return {
        "activationTime": begin if begin > first.timestamp else 0,
        "blobSchedule": {"baseFeeUpdateFraction": fraction, "max": most, "target": target},
        "chainId": hex(engine.chain_id),
        "forkId": f"0x{name:08x}",
        "precompiles": {name: f"0x{number:040x}" for name, number in sorted(precompiles(hardfork).items())},
        "systemContracts": system,
    }


@method("eth_config")
def config(rpc: Rpc) -> dict[str, Any]:
    """The rules in force, and those to come: blobs, precompiles, system contracts."""
    engine = rpc.engine
    given = rpc.chain.genesis_config
    if given is None:
        return {"current": _rules(rpc, engine.hardfork, 0, None), "next": None, "last": None}
    schedule, now = ForkSchedule.of(given), engine.block(engine.block_number).timestamp
    known = [(name, begin) for name, begin in schedule.times if name in _ORDER]
    passed = [each for each in known if each[1] <= now]
    coming = [each for each in known if each[1] > now]
    current = passed[-1] if passed else (engine.hardfork, 0)
    return {
        "current": _rules(rpc, *current, schedule),
        "next": _rules(rpc, *coming[0], schedule) if coming else None,
        "last": _rules(rpc, *coming[-1], schedule) if coming else None,
    }


@method("eth_capabilities")
def capabilities(rpc: Rpc) -> dict[str, Any]:
    """From which block on what is kept."""
    engine = rpc.engine
    latest = engine.block(engine.block_number)
    oldest = {
        **dict.fromkeys(("tx", "logs", "receipts", "blocks"), engine.first_block_number),
        **dict.fromkeys(("state", "stateproofs"), engine.oldest_state),
    }
    return {
        "head": {"number": hex(latest.number), "hash": data(latest.hash)},
        **{kind: {"disabled": False, "oldestBlock": hex(number)} for kind, number in oldest.items()},
    }


def _access_list_of(rpc: Rpc, block: BlockId) -> None:
    if not is_since(rpc.engine.hardfork, "amsterdam"):
        raise server_error("block access lists exist from amsterdam on (EIP-7928)")
    raise server_error("the access lists of blocks are not kept")


@method("eth_getBlockAccessList", block=BLOCK)
def get_block_access_list(rpc: Rpc, block: BlockId) -> None:
    """The access list of a block (EIP-7928): none is kept."""
    _access_list_of(rpc, block)


@method("debug_getRawBlockAccessList", block=BLOCK)
def get_raw_block_access_list(rpc: Rpc, block: BlockId) -> None:
    """RLP of the access list of a block (EIP-7928): none is kept."""
    _access_list_of(rpc, block)


@method("eth_submitWork", nonce=DATA, pow_hash=HASH, mix_digest=HASH)
def submit_work(rpc: Rpc, nonce: bytes, pow_hash: bytes, mix_digest: bytes) -> None:
    """Proof of work: there is none."""
    raise server_error("eth_submitWork: there is no proof of work here")


@method("eth_submitHashrate", hashrate=QUANTITY, identifier=HASH)
def submit_hashrate(rpc: Rpc, hashrate: int, identifier: bytes) -> None:
    """Proof of work: there is none."""
    raise server_error("eth_submitHashrate: there is no proof of work here")
