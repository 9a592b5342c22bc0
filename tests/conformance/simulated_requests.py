"""Random requests of eth_simulateV1 over the chain of ethereum/execution-apis. One seed, one request."""

from __future__ import annotations

from random import Random
from typing import Any

from ingot.accounts.message import authorization_digest
from ingot.engine import sign_hash

__all__ = ["HEAD", "LONDON", "request"]

HEAD = 54
"""The latest block of that chain."""

LONDON, MERGED = 27, 36
_FORKS = (0, 2, 5, 8, 14, 20, 25, 28, 34, 35, 36, 38, 40, 42, 44, 46, 48, 50, 52, 53, HEAD)
"""Blocks of every hardfork but Constantinople, whose gas of SSTORE (EIP-1283) no network kept."""

_OWNER = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
"""Whose key is the next line."""

_KEY = b"\x11" * 32
_FUNDED = ("0x7435ed30a8b4aeb0877cef0c6e8cffe834eb865f", "0x14e46043e63d0e3cdcf2530519f4cfaf35058cb2")
_PEOPLE = (*_FUNDED, _OWNER, *("0xc" + digit + "00" * 19 for digit in "0123"))
_ADDRESSES = (*_PEOPLE, *("0xd" + digit + "00" * 19 for digit in "012345"))
_PRECOMPILES = tuple(f"0x{number:040x}" for number in (1, 2, 3, 4, 5, 6, 9, 10, 11, 256))
_SYSTEM = (
    "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
    "0x0000f90827f1c53a10cb7a02335b175320002935",
    "0x00000961ef480eb55e80d19ad83579a64c007002",
    "0x0000bbddc7ce488642fb579f8b00f3a590007251",
)


def _word(push: str, place: int) -> str:
    return f"{push}60{place * 32:02x}52"


_ENVIRONMENT = "".join(
    _word(push, place) for place, push in enumerate(("43", "42", "41", "45", "44", "3a", "32", "34"))
)
_CALL_HEAD = "60006000600060003434"
_CODES = {
    "environment": _ENVIRONMENT + "610100" + "6000f3",
    "base fee": "48600052" + "60206000f3",
    "blob base fee": "4a600052" + "60206000f3",
    "own balance": "47600052" + "60206000f3",
    "block hash": "600035430340600052" + "60206000f3",
    "counter": "600154600101" + "80600155600052" + "60206000f3",
    "fill": "600160025560026003556003600455" + "00",
    "clear": "600060025560006003556000600455" + "00",
    "log": "3660006000376001600236600030" + "a200",
    "log and revert": "60006000a0" + "60006000fd",
    "revert": "3660006000373660006000fd",
    "revert with text": "62461bcd60e51b60005260206004526002602452614142" + "60f01b60445260646000fd",
    "invalid": "fe",
    "bad jump": "600356",
    "endless": "5b600056",
    "gone": "73c100000000000000000000000000000000000000ff",
    "forward": "6000600060006000" + "34" + "60003573ffffffffffffffffffffffffffffffffffffffff16" + "5af100",
    "ask": "3660203603600060203760006000602036036000"
    + "600060003573ffffffffffffffffffffffffffffffffffffffff16"
    + "5af1503d600060003e3d6000f3",
    "create": "36600060003760003660006000f060005260206000f3",
    "delegate": "60006000600060006000355af4503d600060003e3d6000f3",
    "selfbalance and send": "600060006000600060017" + "3c20000000000000000000000000000000000000061fffff10060",
}
_NAMES = tuple(_CODES)


def request(seed: int) -> list[Any]:
    """The parameters of a request."""
    random = Random(seed)
    payload: dict[str, Any] = {
        "blockStateCalls": [_block(random) for _ in range(random.choice((1, 1, 2, 3)))]
    }
    for flag, often in (("validation", 0.2), ("traceTransfers", 0.5), ("returnFullTransactions", 0.4)):
        if random.random() < often:
            payload[flag] = random.random() < 0.8
    base = random.choice(_FORKS) if random.random() < 0.6 else HEAD
    for block in payload["blockStateCalls"]:
        _fit(block, base)
    if random.random() < 0.02:
        base = HEAD + 1
    chosen: Any = "latest" if base == HEAD and random.random() < 0.5 else hex(base)
    return [payload, chosen]


def _fit(block: dict[str, Any], base: int) -> None:
    """Leave out what no chain ever had: rules of a time before those of a number, fees before London."""
    overrides = block.get("blockOverrides", {})
    if base < LONDON:
        overrides.pop("baseFeePerGas", None)
        for call in block["calls"]:
            call.pop("maxFeePerGas", None)
            call.pop("maxPriorityFeePerGas", None)
    for call in block["calls"]:
        if "authorizationList" in call:
            call.pop("blobVersionedHashes", None)
        if "blobVersionedHashes" in call:
            call["maxFeePerBlobGas"] = call.get("maxFeePerGas", "0x64")
    if base < MERGED:
        overrides.pop("time", None)


def _some(random: Random, often: float, make: Any) -> Any:
    return make() if random.random() < often else None


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _block(random: Random) -> dict[str, Any]:
    codes = {address: random.choice(_NAMES) for address in random.sample(_ADDRESSES, random.randint(0, 4))}
    block = {
        "blockOverrides": _some(random, 0.5, lambda: _block_overrides(random)),
        "stateOverrides": _state_overrides(random, codes) or None,
        "calls": [_call(random, list(codes)) for _ in range(random.choice((0, 1, 1, 2, 3)))],
    }
    return _present(block)


def _block_overrides(random: Random) -> dict[str, Any]:
    withdrawal = {
        "index": hex(random.randint(0, 9)),
        "validatorIndex": "0x2",
        "address": random.choice(_ADDRESSES),
        "amount": hex(random.choice((0, 1, 10**9))),
    }
    return _present(
        {
            "number": _some(random, 0.1, lambda: hex(HEAD + random.choice((-38, 0, *[1, 2, 3, 5] * 4, 300)))),
            "time": _some(random, 0.15, lambda: hex(random.choice((1, 395, 455, 500, 560, 700, 10**6)))),
            "gasLimit": _some(random, 0.2, lambda: hex(random.choice((21_000, 60_000, *[10**6, 10**8] * 4)))),
            "feeRecipient": _some(random, 0.3, lambda: random.choice(_ADDRESSES)),
            "prevRandao": _some(random, 0.3, lambda: f"0x{random.getrandbits(256):064x}"),
            "baseFeePerGas": _some(random, 0.3, lambda: hex(random.choice((0, 1, 7, 10**9)))),
            "blobBaseFee": _some(random, 0.2, lambda: hex(random.choice((0, 1, 100)))),
            "withdrawals": _some(random, 0.2, lambda: [withdrawal]),
            "beaconRoot": _some(random, 0.1, lambda: f"0x{random.getrandbits(256):064x}"),
        }
    )


def _state_overrides(random: Random, codes: dict[str, str]) -> dict[str, Any]:
    overrides: dict[str, Any] = {address: {"code": "0x" + _CODES[name]} for address, name in codes.items()}
    rich = _PEOPLE if random.random() < 0.8 else random.sample(_PEOPLE, random.randint(0, 3))
    for address in rich:
        overrides.setdefault(address, {})["balance"] = hex(random.choice((0, 10**6, *[10**24] * 20)))
    for address in random.sample(_ADDRESSES, random.choice((0, 0, 1))):
        overrides.setdefault(address, {})["nonce"] = hex(random.choice((0, 1, 500)))
    for address in random.sample((*_ADDRESSES, *_SYSTEM[:2]), random.choice((0, 0, 0, 1, 2))):
        name = random.choice(("state", "stateDiff"))
        words = {
            f"0x{random.randint(0, 5):064x}": f"0x{random.randint(0, 3):064x}"
            for _ in range(random.randint(0, 3))
        }
        overrides.setdefault(address, {})[name] = words
    for address in random.sample(_PRECOMPILES, random.choice((0, 0, 0, 1, 1, 2))):
        target = random.choice((*_ADDRESSES[-3:], random.choice(_PRECOMPILES)))
        kind = random.random()
        if kind < 0.6:
            overrides[address] = {"movePrecompileToAddress": target}
        elif kind < 0.8:
            overrides[address] = {"code": "0x" + _CODES["environment"]}
        else:
            overrides[address] = {"balance": "0x5"}
    return overrides


def _authorization(random: Random) -> dict[str, Any]:
    """Mostly of the account that may be called, for the nonce that it has if it sent nothing."""
    delegate, nonce = random.choice(_ADDRESSES), random.choice((0, 0, 0, 1))
    signed = sign_hash(_KEY, authorization_digest(0, bytes.fromhex(delegate[2:]), nonce))
    return {
        "chainId": random.choice(("0x0", "0x0", "0x0", "0x1")),
        "address": delegate,
        "nonce": hex(nonce),
        "yParity": hex(signed[64] - 27),
        "r": hex(int.from_bytes(signed[:32], "big")),
        "s": hex(int.from_bytes(signed[32:64], "big")),
    }


def _call(random: Random, contracts: list[str]) -> dict[str, Any]:
    targets = [*contracts, *contracts, *random.sample(_ADDRESSES, 2), random.choice(_PRECOMPILES)]
    to = random.choice((*targets, *_SYSTEM)) if random.random() < 0.9 else None
    fees: dict[str, Any] = {}
    kind = random.random()
    if kind < 0.2:
        fees["gasPrice"] = hex(random.choice((0, 1, 10**9, 10**10, 10**10)))
    elif kind < 0.35:
        fees["maxFeePerGas"] = hex(random.choice((7, *[10**10] * 3)))
        fees["maxPriorityFeePerGas"] = _some(random, 0.6, lambda: hex(random.choice((0, 1, 10**9))))
    data = random.choice(
        (
            b"",
            bytes(48) + random.randbytes(random.choice((8, 48))),
            random.randbytes(random.randint(1, 40)),
            bytes(31) + b"\1",
            bytes(40),
        )
    )
    if random.random() < 0.3:
        data = (
            bytes(12) + bytes.fromhex(random.choice((*_PRECOMPILES, *_ADDRESSES))[2:]) + random.randbytes(8)
        )
    if to is None:
        data = (
            bytes.fromhex("600a600c600039600a6000f3" + "602a60005260206000f3")
            if random.random() < 0.7
            else data
        )
    authorizations = [_authorization(random) for _ in range(random.choice((0, 1, 1, 2)))]
    return _present(
        {
            "from": _some(random, 0.9, lambda: random.choice(_PEOPLE)),
            "to": to,
            "input": "0x" + data.hex(),
            "value": _some(random, 0.4, lambda: hex(random.choice((0, 1, 5, 1000)))),
            "gas": _some(
                random,
                0.4,
                lambda: hex(random.choice((20_999, 21_000, *[53_000, 100_000, 10**6] * 4, 10**8))),
            ),
            "nonce": _some(random, 0.1, lambda: hex(random.choice((0, 1, 5)))),
            "accessList": _some(
                random, 0.1, lambda: [{"address": random.choice(_ADDRESSES), "storageKeys": [f"0x{2:064x}"]}]
            ),
            "blobVersionedHashes": _some(
                random, 0.03, lambda: [random.choice(("0x01", "0x01", "0x02")) + "ab" * 31]
            ),
            "authorizationList": _some(random, 0.08, lambda: authorizations),
            **fees,
        }
    )
