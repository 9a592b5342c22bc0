"""JSON-RPC requests at random, right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from differential.programs import random_word
from differential.questions import (
    ABSENT_ADDRESS,
    ABSENT_HASH,
    BLOCK_METHODS,
    HASH_METHODS,
    TAGS,
    Facts,
    Question,
)
from differential.random_calls import block_of, call_question, random_call, random_tracing, trace_question


def _quantity(random: Random, most: int) -> str:
    return hex(random.choice([0, 1, 2, random.randrange(most + 1), most, most + 1]))


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


def log_filter(random: Random, facts: Facts) -> Any:
    """What eth_getLogs and eth_newFilter take, right or wrong."""
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
    return "eth_getLogs", [log_filter(random, facts)]


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
    (call_question, 24),
    (trace_question, 14),
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
