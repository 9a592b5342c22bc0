"""JSON-RPC requests about a chain that is there already: every method that geth and we serve, right and wrong parameters.

What is asked here changes nothing: all blocks, transactions and accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
