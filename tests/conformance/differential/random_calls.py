"""Calls at random: what they carry, on which state, in which block, and how they are traced."""

from __future__ import annotations

from random import Random
from typing import Any

from differential.programs import Surroundings, random_program, random_word
from differential.questions import ABSENT_ADDRESS, ABSENT_HASH, FACTORY, TAGS, TRACINGS, Facts, Question


def block_of(random: Random, facts: Facts, *, wrong: float = 0.1) -> Any:
    """A block in one of the ways of EIP-1898. wrong: how often there is none such, or it is malformed."""
    number = random.randrange(len(facts.hashes))
    if random.random() < wrong:
        return random.choice([hex(facts.head + 1), "0xffffffffffffffff", "0x7fffffffffffffff", ABSENT_HASH, "0x",
                              "", "0x01", "0x00", "newest", "Latest", 5, "5", [], {}, True, "0xg", "-0x1", 1.5,
                              {"blockHash": ABSENT_HASH}, {"blockNumber": "0x1", "blockHash": facts.hashes[1]},
                              {"blockNumber": hex(facts.head + 5)}, {"blockHash": facts.hashes[1][:-1]},
                              {"blockNumber": 5}, {"number": "0x1"}, "0X5"])  # fmt: skip
    return random.choice([hex(number), hex(number), facts.hashes[number], random.choice(TAGS), "latest",
                          {"blockNumber": hex(number)}, {"blockHash": facts.hashes[number]},
                          {"blockHash": facts.hashes[number], "requireCanonical": random.random() < 0.5},
                          {"blockNumber": random.choice(TAGS)}])  # fmt: skip


def _surroundings(facts: Facts) -> Surroundings:
    addresses = [int(each, 16) for each in (*facts.accounts, FACTORY, ABSENT_ADDRESS)]
    return Surroundings((*addresses, 1, 2, 3, 4, 5, 6, 9, 0x0A, 0x0B, 0x100, 0x101))


def random_call(random: Random, facts: Facts) -> dict[str, Any]:
    """The fields of a call."""
    fields: dict[str, Any] = {}
    if random.random() < 0.7:
        fields["from"] = random.choice(facts.accounts)
    if random.random() < 0.9:
        fields["to"] = random.choice([*facts.accounts, FACTORY, FACTORY, FACTORY, ABSENT_ADDRESS,
                                      f"0x{random.randrange(1, 0x12):040x}"])  # fmt: skip
    if random.random() < 0.6 or "to" not in fields:
        raw = random.choice([random.randbytes(random.choice([0, 3, 4, 32, 36, 68, 100])), bytes(32)])
        if "to" not in fields and random.random() < 0.8:
            raw = random_program(random, _surroundings(facts))
        fields[random.choice(["input", "data"])] = "0x" + raw.hex()
    if random.random() < 0.25:
        fields["value"] = random.choice(["0x0", "0x1", hex(10**18), hex(2**255)])
    if random.random() < 0.35:
        fields["gas"] = hex(
            random.choice(
                [21_000, 53_000, 100_000, 1_000_000, 60_000_000, 2**63, 0, random.randrange(90_000)]
            )
        )
    fields.update(_fee_fields(random))
    fields.update(_typed_fields(random, facts))
    if random.random() < 0.05:
        name = random.choice(["from", "to", "gas", "value", "data", "nonce", "chainId", "gasPrice", "accessList",
                              "input", "type", "maxFeePerGas", "blobVersionedHashes", "unknown"])  # fmt: skip
        fields[name] = random.choice(
            [None, "", "0x", "0x00", "0x1", 1, "zz", [], {}, "0x123", "0x" + "f" * 65]
        )
    return fields


def _fee_fields(random: Random) -> dict[str, Any]:
    gwei = 10**9
    match random.randrange(12):
        case 0:
            return {"gasPrice": random.choice(["0x0", hex(gwei), hex(2 * gwei), "0x1", hex(10**15)])}
        case 1:
            return {"maxFeePerGas": random.choice(["0x0", hex(gwei), hex(9 * gwei), "0x1"])}
        case 2:
            return {
                "maxFeePerGas": hex(3 * gwei),
                "maxPriorityFeePerGas": random.choice(["0x1", hex(gwei), hex(4 * gwei)]),
            }
        case 3:
            return {"maxPriorityFeePerGas": random.choice(["0x0", "0x5", hex(gwei)])}
        case 4 if random.random() < 0.3:
            return {"gasPrice": "0x5", "maxFeePerGas": "0x5"}
    return {}


def _typed_fields(random: Random, facts: Facts) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if random.random() < 0.15:
        fields["accessList"] = [
            {
                "address": random.choice([*facts.accounts, FACTORY]),
                "storageKeys": [f"0x{random.randrange(4):064x}" for _ in range(random.randrange(3))],
            }
            for _ in range(random.randrange(3))
        ]
    if random.random() < 0.08:
        fields["blobVersionedHashes"] = ["0x01" + "00" * 31] * random.choice([1, 2, 7]) + random.choice(
            [[], [], ["0x02" + "00" * 31]]
        )
        if random.random() < 0.5:
            fields["maxFeePerBlobGas"] = random.choice(["0x0", "0x1", hex(10**9)])
    if random.random() < 0.06:
        fields["authorizationList"] = [
            {"chainId": "0x0", "address": FACTORY, "nonce": "0x0", "yParity": "0x0", "r": "0x1", "s": "0x1"}
        ] * random.choice([0, 1, 1, 2])
    if random.random() < 0.1:
        fields["nonce"] = random.choice(["0x0", "0x5", "0xffffffffffffffff"])
    if random.random() < 0.05:
        fields["chainId"] = random.choice(["0x1", "0xc72dd9d5e883e"])
    return fields


def state_overrides(random: Random, facts: Facts) -> dict[str, Any]:
    """With programs at some accounts."""
    around = _surroundings(facts)
    changes: dict[str, Any] = {}
    if random.random() < 0.9:
        changes[FACTORY] = {"code": "0x" + random_program(random, around).hex()}
    for _ in range(random.choice([0, 0, 1, 2])):
        address = random.choice([*facts.accounts, FACTORY, ABSENT_ADDRESS])
        account = changes.setdefault(address, {})
        for name, value in (
            ("code", "0x" + random_program(random, around).hex()),
            ("balance", random.choice(["0x0", "0x1", hex(10**20), hex(2**255)])),
            ("nonce", random.choice(["0x0", "0x7"])),
        ):
            if random.random() < 0.4:
                account[name] = value
        if random.random() < 0.3:
            words = {f"0x{random.randrange(4):064x}": f"0x{random_word(random):064x}" for _ in range(2)}
            account[random.choice(["state", "stateDiff"])] = words
    if random.random() < 0.04:
        changes[random.choice([FACTORY, "0x12", ABSENT_ADDRESS])] = random.choice(
            [
                {"balance": "zz"},
                {"state": {}, "stateDiff": {}},
                {"unknown": "0x1"},
                {"code": "0x1"},
                None,
                5,
                {"stateDiff": {"0x1": "0x2"}},
                {"movePrecompileToAddress": FACTORY},
            ]
        )
    return changes


def block_overrides(random: Random) -> dict[str, Any]:
    """Of a call's block."""
    choices = {
        "number": random.choice(["0x37", "0xffffff"]),
        "time": random.choice(["0x220", "0xffffff"]),
        "gasLimit": hex(random.choice([30_000_000, 10_000])),
        "feeRecipient": "0x" + "c0" * 20,
        "prevRandao": "0x" + "0d" * 32,
        "baseFeePerGas": random.choice(["0x0", "0x7", hex(10**9)]),
        "blobBaseFee": random.choice(["0x1", "0x9"]),
        "difficulty": "0x5",
    }
    names = random.sample(sorted(choices), random.randrange(4))
    found = {name: choices[name] for name in names}
    if random.random() < 0.05:
        name = random.choice(["beaconRoot", "withdrawals", "unknown", "number", "time"])
        found[name] = random.choice(["0x" + "00" * 32, [], "zz", None])
    return found


def call_question(random: Random, facts: Facts) -> Question:
    method = random.choice(["eth_call"] * 5 + ["eth_estimateGas"] * 3 + ["eth_createAccessList"] * 2)
    params: list[Any] = [random_call(random, facts), block_of(random, facts, wrong=0.03)]
    params.append(state_overrides(random, facts))
    if method != "eth_createAccessList" and random.random() < 0.2:
        params[1] = "latest"  # whose rules an overridden number does not change
        params.append(block_overrides(random))
    return method, params[: random.choice([1, 2, 4, 4, 4, 4])]


def trace_question(random: Random, facts: Facts) -> Question:
    options = random_tracing(random)
    options["stateOverrides"] = state_overrides(random, facts)
    block = block_of(random, facts, wrong=0.03)
    if random.random() < 0.2:
        block = "latest"
        options["blockOverrides"] = block_overrides(random)
    return "debug_traceCall", [random_call(random, facts), block, options]


def random_tracing(random: Random) -> dict[str, Any]:
    """Options of debug_trace..."""
    options = dict(random.choice(TRACINGS))
    if random.random() < 0.2:
        options["limit"] = random.choice([0, 1, 300, 2000])
    if random.random() < 0.05:
        name, value = random.choice([("tracer", "fastTracer"), ("tracer", ""), ("tracer", 5), ("timeout", "x"), ("timeout", 5),
                                     ("timeout", "9s"), ("tracerConfig", 5), ("tracerConfig", None), ("limit", "x"),
                                     ("tracerConfig", {"diffMode": True, "includeEmpty": True}), ("enableMemory", 5),
                                     ("unknown", 1), ("tracerConfig", {"withLog": 5}), ("reexec", 10)])  # fmt: skip
        options[name] = value
    return options
