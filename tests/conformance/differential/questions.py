"""JSON-RPC requests about a chain that is there already: every method that geth and we serve, right and wrong parameters.

What is asked here changes nothing. `systematic` goes through all blocks and transactions, `random_question` makes one up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from differential.programs import Surroundings, random_program, random_word

Question = tuple[str, list[Any]]
"""A method and its parameters."""

TAGS = ("latest", "earliest", "safe", "finalized")
ABSENT_HASH = "0x" + "ab" * 32
ABSENT_ADDRESS = "0x" + "cd" * 20
FACTORY = "0x" + "fa" * 20
"""Where overrides put programs."""


@dataclass(frozen=True)
class Facts:
    """What there is to ask about. hashes: of blocks, by number.      transactions: hash, block and index of each.

    accounts: addresses that the chain met, contracts first.      emitters, topics: of logs.
    """

    hashes: Sequence[str]
    transactions: Sequence[tuple[str, int, int]]
    accounts: Sequence[str]
    emitters: Sequence[str]
    topics: Sequence[str]

    @property
    def head(self) -> int:
        """Number of the last block."""
        return len(self.hashes) - 1


def facts_of(ask: Callable[[str, list[Any]], Any]) -> Facts:
    """Learn them from a node. ask: returns results."""
    head = int(ask("eth_blockNumber", []), 16)
    blocks = [ask("eth_getBlockByNumber", [hex(number), True]) for number in range(head + 1)]
    logs = ask("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "latest"}])
    met: dict[str, None] = dict.fromkeys(log["address"] for log in logs)
    transactions = []
    for number, block in enumerate(blocks):
        for index, each in enumerate(block["transactions"]):
            transactions.append((each["hash"], number, index))
            met.update(dict.fromkeys(filter(None, (each["to"], each["from"]))))
        for receipt in ask("eth_getBlockReceipts", [hex(number)]):
            met.update({receipt["contractAddress"]: None} if receipt["contractAddress"] else {})
        met.update(dict.fromkeys(each["address"] for each in block.get("withdrawals", ())))
        met[block["miner"]] = None
    return Facts(
        hashes=[block["hash"] for block in blocks],
        transactions=transactions,
        accounts=list(met),
        emitters=sorted({log["address"] for log in logs}),
        topics=sorted({topic for log in logs for topic in log["topics"]}),
    )


# Everything once


BLOCK_METHODS = (
    "eth_getBlockReceipts",
    "eth_getUncleCountByBlockNumber",
    "eth_getBlockTransactionCountByNumber",
    "eth_getHeaderByNumber",
    "debug_getRawBlock",
    "debug_getRawHeader",
    "debug_getRawReceipts",
)

HASH_METHODS = (
    "eth_getUncleCountByBlockHash",
    "eth_getBlockTransactionCountByHash",
    "eth_getHeaderByHash",
    "debug_getRawBlock",
    "debug_intermediateRoots",
)

TRACINGS: tuple[Mapping[str, Any], ...] = (
    {},
    {"enableMemory": True, "enableReturnData": True},
    {"disableStack": True, "disableStorage": True},
    {"tracer": "callTracer"},
    {"tracer": "callTracer", "tracerConfig": {"withLog": True}},
    {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True, "withLog": True}},
    {"tracer": "prestateTracer"},
    {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}},
    {"tracer": "prestateTracer", "tracerConfig": {"includeEmpty": True, "disableCode": True}},
    {"tracer": "prestateTracer", "tracerConfig": {"disableStorage": True}},
    {
        "tracer": "prestateTracer",
        "tracerConfig": {"diffMode": True, "disableCode": True, "disableStorage": True},
    },
    {"tracer": "4byteTracer"},
    {"tracer": "noopTracer"},
    {"tracer": "flatCallTracer"},
    {"tracer": "flatCallTracer", "tracerConfig": {"includePrecompiles": True, "convertParityErrors": True}},
    {"tracer": "muxTracer", "tracerConfig": {"callTracer": {"withLog": True}, "4byteTracer": {}}},
    {"tracer": "muxTracer", "tracerConfig": {"prestateTracer": {"diffMode": True}, "noopTracer": {}}},
)


def systematic(facts: Facts) -> Iterator[Question]:
    """Every block, every transaction, every tracer, every account at some blocks."""
    for number, block_hash in enumerate(facts.hashes):
        for full in (True, False):
            yield "eth_getBlockByNumber", [hex(number), full]
            yield "eth_getBlockByHash", [block_hash, full]
        for method in BLOCK_METHODS:
            yield method, [hex(number)]
        for method in HASH_METHODS:
            yield method, [block_hash]
        for index in range(2):
            yield "eth_getUncleByBlockNumberAndIndex", [hex(number), hex(index)]
            yield "eth_getUncleByBlockHashAndIndex", [block_hash, hex(index)]
        yield "debug_getModifiedAccountsByNumber", [number]
        yield "debug_getModifiedAccountsByHash", [block_hash]
        yield "eth_feeHistory", ["0x3", hex(number), [5, 50, 95]]
        yield "debug_traceBlockByNumber", [hex(number), TRACINGS[number % len(TRACINGS)]]
        yield "debug_traceBlockByHash", [block_hash, TRACINGS[(number * 7 + 1) % len(TRACINGS)]]
    for position, (transaction_hash, number, index) in enumerate(facts.transactions):
        yield "eth_getTransactionByHash", [transaction_hash]
        yield "eth_getTransactionReceipt", [transaction_hash]
        yield "eth_getRawTransactionByHash", [transaction_hash]
        yield "debug_getRawTransaction", [transaction_hash]
        yield "eth_getTransactionByBlockNumberAndIndex", [hex(number), hex(index)]
        yield "eth_getTransactionByBlockHashAndIndex", [facts.hashes[number], hex(index)]
        yield "eth_getRawTransactionByBlockNumberAndIndex", [hex(number), hex(index)]
        yield "eth_getRawTransactionByBlockHashAndIndex", [facts.hashes[number], hex(index)]
        for option in range(3):
            yield (
                "debug_traceTransaction",
                [transaction_hash, TRACINGS[(position + 6 * option) % len(TRACINGS)]],
            )
    for position, account in enumerate((*facts.accounts, ABSENT_ADDRESS)):
        for block in (*TAGS, hex(position % len(facts.hashes))):
            yield "eth_getBalance", [account, block]
            yield "eth_getTransactionCount", [account, block]
            yield "eth_getCode", [account, block]
            yield "eth_getProof", [account, ["0x0", f"0x{position:064x}"], block]
    for method in ("eth_chainId", "eth_blockNumber", "eth_gasPrice", "eth_maxPriorityFeePerGas", "eth_blobBaseFee",
                   "eth_baseFee", "eth_syncing", "eth_accounts", "eth_config", "net_version", "net_listening",
                   "net_peerCount", "txpool_status", "txpool_content", "txpool_inspect", "debug_getBadBlocks",
                   "eth_capabilities", "eth_coinbase"):  # fmt: skip
        yield method, []


# One at random


def _quantity(random: Random, most: int) -> str:
    return hex(random.choice([0, 1, 2, random.randrange(most + 1), most, most + 1]))


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


def _number_of(random: Random, facts: Facts, *, wrong: float = 0.1) -> Any:
    if random.random() < wrong:
        return random.choice([hex(facts.head + 1), "0xffffffffffffffff", facts.hashes[3], "0x", "", "0x01", 5, "5",
                              [], {"blockNumber": "0x1"}, True, "latest ", "0xg"])  # fmt: skip
    return random.choice([hex(random.randrange(len(facts.hashes))), random.choice(TAGS)])


WRONG_HASHES = (ABSENT_HASH, "0x", "0x12", ABSENT_HASH + "00", ABSENT_HASH[:-1], ABSENT_HASH[2:], "", 5, [], {}, True,
                "0x" + "zz" * 32, None)  # fmt: skip
WRONG_ADDRESSES = ("0x", "0x12", ABSENT_ADDRESS + "00", ABSENT_ADDRESS[2:], ABSENT_ADDRESS[:-1], "", 5, [], {}, "alice",
                   "0x" + "zz" * 20, None, ABSENT_ADDRESS.upper().replace("0X", "0x"), "0X" + "cd" * 20)  # fmt: skip


def _transaction_hash(random: Random, facts: Facts) -> Any:
    if random.random() < 0.08:
        return random.choice(WRONG_HASHES)
    return random.choice(facts.transactions)[0]


def _address(random: Random, facts: Facts) -> Any:
    if random.random() < 0.08:
        return random.choice([*WRONG_ADDRESSES, ABSENT_ADDRESS, ABSENT_ADDRESS])
    return random.choice(facts.accounts)


def _slot(random: Random) -> Any:
    word = random.choice([0, 1, 2, random_word(random)])
    return random.choice([hex(word), f"0x{word:064x}", f"{word:x}", f"0x0{word:x}", f"0x{word:064X}"])


def _wrong_slot(random: Random) -> Any:
    return random.choice(["0x", "", "0x" + "00" * 33, "0xzz", 5, None, {}, "0x" + "1" * 65, "0X1"])


def _state(random: Random, facts: Facts) -> Question:
    method = random.choice(["eth_getBalance", "eth_getCode", "eth_getTransactionCount"])
    params = [_address(random, facts), block_of(random, facts)]
    return method, params[: random.choice([2, 2, 2, 1])]


def _storage(random: Random, facts: Facts) -> Question:
    slot = _wrong_slot(random) if random.random() < 0.1 else _slot(random)
    return "eth_getStorageAt", [_address(random, facts), slot, block_of(random, facts)][
        : random.choice([3, 3, 3, 2])
    ]


def _storage_values(random: Random, facts: Facts) -> Question:
    requests: dict[str, Any] = {
        random.choice(facts.accounts): [f"0x{random_word(random):064x}" for _ in range(random.randrange(4))]
        for _ in range(random.randrange(4))
    }
    if random.random() < 0.15:
        requests[random.choice([ABSENT_ADDRESS, "0x12", "alice"])] = random.choice(
            [["0x1"], ["0x" + "00" * 33], "0x0", None, [f"0x{5:064x}"], [None]]
        )
    return "eth_getStorageValues", [requests, block_of(random, facts)]


def _proof(random: Random, facts: Facts) -> Question:
    keys = [_slot(random) for _ in range(random.randrange(6))]
    if random.random() < 0.1:
        keys.append(_wrong_slot(random))
    return "eth_getProof", [_address(random, facts), keys, block_of(random, facts)]


def _blocks(random: Random, facts: Facts) -> Question:
    if random.random() < 0.6:
        method = random.choice(
            [*BLOCK_METHODS, "eth_getBlockByNumber", "eth_getTransactionByBlockNumberAndIndex"]
        )
        first = _number_of(random, facts)
        if method.startswith("debug") or method == "eth_getBlockReceipts":
            first = block_of(random, facts)
    else:
        method = random.choice([*HASH_METHODS, "eth_getBlockByHash", "eth_getTransactionByBlockHashAndIndex"])
        first = random.choice(facts.hashes) if random.random() < 0.8 else random.choice(WRONG_HASHES)
    if method.startswith("eth_getBlockBy"):
        return method, [first, random.choice([True, False, True, False, None, "true", 0])]
    if "Index" in method:
        return method, [
            first,
            random.choice([_quantity(random, 4), "0x00", 0, "x", None, "0xffffffffffffffffff"]),
        ]
    return method, [first]


def _transactions(random: Random, facts: Facts) -> Question:
    method = random.choice(["eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getRawTransactionByHash",
                            "debug_getRawTransaction"])  # fmt: skip
    return method, [_transaction_hash(random, facts)]


def _topic(random: Random, facts: Facts) -> Any:
    one = random.choice(facts.topics)
    return random.choice(
        [one, None, one, [one, random.choice(facts.topics)], [], [None, one], [one], ABSENT_HASH]
    )


def _log_filter(random: Random, facts: Facts) -> Any:
    wanted: dict[str, Any] = {}
    if random.random() < 0.8:
        first, last = sorted(random.randrange(len(facts.hashes)) for _ in range(2))
        wanted["fromBlock"], wanted["toBlock"] = hex(first), hex(last)
        if random.random() < 0.3:
            wanted[random.choice(["fromBlock", "toBlock"])] = _number_of(random, facts, wrong=0.2)
        if random.random() < 0.2:
            del wanted[random.choice(["fromBlock", "toBlock"])]
    elif random.random() < 0.8:
        wanted["blockHash"] = random.choice([*facts.hashes, ABSENT_HASH, "0x12"])
        if random.random() < 0.1:
            wanted["fromBlock"] = "0x1"
    if random.random() < 0.5:
        emitter = random.choice(facts.emitters)
        wanted["address"] = random.choice(
            [emitter, [emitter], [], [emitter, ABSENT_ADDRESS], ABSENT_ADDRESS, None]
        )
    if random.random() < 0.5:
        wanted["topics"] = [_topic(random, facts) for _ in range(random.randrange(5))]
    if random.random() < 0.1:
        name = random.choice(["address", "topics", "fromBlock", "extra"])
        wanted[name] = random.choice(
            ["0x12", 5, {}, [5], ["0x12"], [["0x12"]], [None] * 5, [[[]]], "", "latest"]
        )
    return wanted


def _logs(random: Random, facts: Facts) -> Question:
    if random.random() < 0.03:
        return "eth_getLogs", random.choice([[], [None], [[]], ["0x1"], [5]])
    return "eth_getLogs", [_log_filter(random, facts)]


def _fees(random: Random, facts: Facts) -> Question:
    count = random.choice([hex(random.randrange(70)), hex(random.randrange(4)), random.randrange(8), "5", "0x400",
                           "0x401", "0x0", "", None, "0x", -1, 1.5, "0xffffffffffffffffff"])  # fmt: skip
    percentiles: Any = sorted(
        {random.choice([0, 10, 25.5, 50, 99.9, 100, random.random() * 100]) for _ in range(3)}
    )
    if random.random() < 0.15:
        percentiles = random.choice([None, [50, 25], [50, 50], [101], [-1], ["50"], 50, [], [1] * 101])
    params = [count, _number_of(random, facts), percentiles]
    return "eth_feeHistory", params[: random.choice([3, 3, 3, 2])]


# Calls


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


def _call(random: Random, facts: Facts) -> Question:
    method = random.choice(["eth_call"] * 5 + ["eth_estimateGas"] * 3 + ["eth_createAccessList"] * 2)
    params: list[Any] = [random_call(random, facts), block_of(random, facts, wrong=0.03)]
    params.append(state_overrides(random, facts))
    if method != "eth_createAccessList" and random.random() < 0.2:
        params[1] = "latest"  # whose rules an overridden number does not change
        params.append(block_overrides(random))
    return method, params[: random.choice([1, 2, 4, 4, 4, 4])]


def _trace_call(random: Random, facts: Facts) -> Question:
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


def _trace(random: Random, facts: Facts) -> Question:
    options = random_tracing(random)
    match random.randrange(4):
        case 0:
            return "debug_traceBlockByNumber", [_number_of(random, facts), options]
        case 1:
            block_hash = random.choice(facts.hashes) if random.random() < 0.9 else random.choice(WRONG_HASHES)
            return "debug_traceBlockByHash", [block_hash, options]
    return "debug_traceTransaction", [_transaction_hash(random, facts), options]


def _state_in_pieces(random: Random, facts: Facts) -> Question:
    match random.randrange(4):
        case 0:
            transaction = random.choice(facts.transactions)
            return "debug_storageRangeAt", [
                random.choice([facts.hashes[transaction[1]], hex(transaction[1]), block_of(random, facts)]),
                random.choice([0, transaction[2], 999, "0x0"]),
                _address(random, facts),
                random.choice(["0x", "0x00", "0x" + "00" * 32, f"0x{random.getrandbits(256):064x}", "0x1"]),
                random.choice([1, 5, 100, 0, -1, "0x5"]),
            ]
        case 1:
            start = random.choice(["0x", "0x00", "0x" + random.randbytes(32).hex()])
            block = random.choice(
                [hex(random.randrange(len(facts.hashes))), random.choice(facts.hashes), "latest", "safe"]
            )
            return "debug_accountRange", [block, start, random.choice([1, 5, 300, 0, -1]),
                                          random.random() < 0.5, random.random() < 0.5, random.random() < 0.2]  # fmt: skip
        case 2:
            first, last = (random.choice([*range(0, 56, 3), "0x3", "latest"]) for _ in range(2))
            return "debug_getModifiedAccountsByNumber", [first, last][: random.choice([1, 2, 2])]
    first, last = (random.choice([*facts.hashes, ABSENT_HASH]) for _ in range(2))
    return "debug_getModifiedAccountsByHash", [first, last][: random.choice([1, 2, 2])]


def _filling(random: Random, facts: Facts) -> Question:
    fields = random_call(random, facts)
    if "gasPrice" in fields:  # of both geth makes a transaction of type 0, and 1 from 1.17.9 on
        fields.pop("accessList", None)
    if random.random() < 0.5:
        fields["from"] = random.choice(facts.accounts)
    return random.choice(
        ["eth_fillTransaction", "eth_fillTransaction", "eth_signTransaction", "eth_sendTransaction"]
    ), [fields]


def _shape(random: Random, facts: Facts) -> Question:
    """Parameters that are too few, too many or of no kind."""
    method = random.choice(sorted({*BLOCK_METHODS, *HASH_METHODS, "eth_getBalance", "eth_call", "eth_getLogs", "eth_chainId",
                                   "eth_getProof", "eth_feeHistory", "eth_getTransactionByHash", "web3_sha3",
                                   "debug_traceTransaction", "eth_getBlockByHash", "eth_sendRawTransaction",
                                   "net_version", "eth_estimateGas", "eth_nothing", "nothing"}))  # fmt: skip
    values: list[Any] = [None, "0x", "0x0", facts.hashes[0], facts.accounts[0], 5, True, {}, [], "latest"]
    return method, [random.choice(values) for _ in range(random.choice([0, 1, 1, 2, 3, 5]))]


def _hashing(random: Random, _facts: Facts) -> Question:
    return "web3_sha3", [
        random.choice(["0x", "0x12", "0x1", "12", "", 5, None, "0x" + random.randbytes(40).hex()])
    ]


KINDS: tuple[tuple[Callable[[Random, Facts], Question], int], ...] = (
    (_state, 6),
    (_storage, 4),
    (_storage_values, 3),
    (_proof, 6),
    (_blocks, 8),
    (_transactions, 3),
    (_logs, 8),
    (_fees, 5),
    (_call, 24),
    (_trace_call, 14),
    (_trace, 8),
    (_state_in_pieces, 5),
    (_filling, 5),
    (_shape, 4),
    (_hashing, 1),
)


def random_question(random: Random, facts: Facts) -> Question:
    """Any of them."""
    kinds, weights = zip(*KINDS, strict=True)
    return random.choices(kinds, weights)[0](random, facts)
