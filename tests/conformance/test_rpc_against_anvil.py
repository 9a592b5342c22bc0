"""The same session, asked of anvil and of ours: every difference is listed, or a bug."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from anvil import Anvil, require_anvil
from anvil import RpcError as AnvilError

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

START = 1_700_000_000
ALICE, BOB = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
OUTER, INNER, FAILS = "0x" + "22" * 20, "0x" + "33" * 20, "0x" + "44" * 20
COUNTS = "0x6000546001018060005560005260206000a000"  # slot 0 += 1, LOG0
CALLS = "0x6000600060006000600073" + "33" * 20 + "5af160005260206000f3"
REVERTS = (
    "0x7f08c379a00000000000000000000000000000000000000000000000000000000060005260206004526002602452"
    "7f6e6f00000000000000000000000000000000000000000000000000000000000060445260646000fd"
)
SLOT_0, SLOT_1 = f"0x{0:064x}", f"0x{1:064x}"
PRICE = {"gas": "0x186a0", "gasPrice": "0x77359400"}

Step = tuple[str, list[Any]]

BEGINNING: list[Step] = [
    ("eth_chainId", []),
    ("net_version", []),
    ("net_listening", []),
    ("eth_accounts", []),
    ("eth_gasPrice", []),
    ("eth_maxPriorityFeePerGas", []),
    ("eth_blobBaseFee", []),
    ("eth_syncing", []),
    ("eth_coinbase", []),
    ("eth_hashrate", []),
    ("web3_sha3", ["0x1234"]),
    ("eth_sign", [ALICE, "0x1234"]),
    ("personal_sign", ["0x1234", ALICE]),
    ("anvil_setCode", [INNER, COUNTS]),
    ("anvil_setCode", [OUTER, CALLS]),
    ("anvil_setCode", [FAILS, REVERTS]),
    ("anvil_setBalance", [OUTER, "0x64"]),
    ("anvil_addBalance", [OUTER, "0x1"]),
    ("anvil_setNonce", [OUTER, "0x5"]),
    ("anvil_setStorageAt", [INNER, "0x1", f"0x{9:064x}"]),
    ("eth_getCode", [INNER, "latest"]),
    ("eth_getStorageAt", [INNER, "0x1", "latest"]),
    ("eth_getStorageValues", [{INNER: [SLOT_0, SLOT_1]}, "latest"]),
    ("eth_getTransactionCount", [OUTER, "latest"]),
    ("eth_getBalance", [OUTER, "latest"]),
    ("eth_getAccountInfo", [OUTER, "latest"]),
]

TRANSACTIONS: list[Step] = [
    (
        "@transfer eth_sendTransaction",
        [
            {
                "from": ALICE,
                "to": BOB,
                "value": "0x5",
                "gas": "0x5208",
                "maxFeePerGas": "0x77359400",
                "maxPriorityFeePerGas": "0x1",
            }
        ],
    ),
    ("@call eth_sendTransaction", [{"from": ALICE, "to": OUTER, **PRICE}]),
    ("@create eth_sendTransaction", [{"from": ALICE, "data": "0x60016000f3", **PRICE}]),
    ("@failed eth_sendTransaction", [{"from": ALICE, "to": FAILS, **PRICE}]),
    *[
        (method, [sent])
        for sent in ("@transfer", "@call", "@create", "@failed")
        for method in (
            "eth_getTransactionByHash",
            "eth_getTransactionReceipt",
            "ots_getTransactionError",
        )
    ],
    ("eth_getBlockByNumber", ["0x1", True]),
    ("eth_getBlockByNumber", ["latest", False]),
    ("eth_getBlockByNumber", ["0x63", True]),
    ("eth_getBlockReceipts", ["0x2"]),
    ("eth_getBlockTransactionCountByNumber", ["latest"]),
    ("eth_getUncleCountByBlockNumber", ["latest"]),
    ("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x0"]),
    ("eth_getTransactionBySenderAndNonce", [ALICE, "0x0"]),
    ("eth_getLogs", [{"fromBlock": "0x0"}]),
    ("eth_getLogs", [{"address": INNER, "fromBlock": "earliest", "toBlock": "latest"}]),
    ("eth_getLogs", [{"address": BOB, "fromBlock": "0x0"}]),
    ("eth_feeHistory", ["0x2", "latest", [50]]),
    ("eth_call", [{"to": OUTER, "from": ALICE}, "latest"]),
    ("eth_call", [{"to": FAILS, "from": ALICE}, "latest"]),
    ("eth_call", [{"to": BOB}, "latest", {BOB: {"code": "0x4360005260206000f3"}}]),
    ("eth_estimateGas", [{"to": BOB, "from": ALICE, "value": "0x1"}]),
    ("eth_estimateGas", [{"to": OUTER, "from": ALICE}]),
    ("eth_estimateGas", [{"to": FAILS, "from": ALICE}]),
    ("eth_createAccessList", [{"to": OUTER, "from": ALICE}, "latest"]),
]

TRACES: list[Step] = [
    ("debug_traceTransaction", ["@call", {"tracer": "callTracer"}]),
    ("debug_traceTransaction", ["@call", {"tracer": "callTracer", "tracerConfig": {"withLog": True}}]),
    ("debug_traceTransaction", ["@failed", {"tracer": "callTracer"}]),
    ("debug_traceTransaction", ["@call", {"tracer": "prestateTracer"}]),
    ("debug_traceTransaction", ["@call", {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}]),
    ("debug_traceTransaction", ["@call", {"tracer": "4byteTracer"}]),
    ("debug_traceCall", [{"to": OUTER, "from": ALICE}, "latest", {"tracer": "callTracer"}]),
    ("trace_transaction", ["@call"]),
    ("trace_transaction", ["@create"]),
    ("trace_transaction", ["@failed"]),
    ("trace_block", ["0x2"]),
    ("trace_filter", [{"fromBlock": "0x1", "toBlock": "0x4"}]),
    ("trace_replayBlockTransactions", ["0x2", ["trace", "stateDiff"]]),
    ("ots_getApiLevel", []),
    ("ots_hasCode", [INNER, "latest"]),
    ("ots_traceTransaction", ["@call"]),
    ("ots_getInternalOperations", ["@call"]),
    ("ots_getBlockDetails", ["0x2"]),
    ("ots_getTransactionBySenderAndNonce", [ALICE, 9]),
]

CONTROL: list[Step] = [
    ("@snapshot evm_snapshot", []),
    ("evm_mine", []),
    ("eth_blockNumber", []),
    ("evm_revert", ["@snapshot"]),
    ("evm_revert", ["@snapshot"]),
    ("eth_blockNumber", []),
    ("anvil_mine", ["0x3"]),
    ("eth_blockNumber", []),
    ("evm_setAutomine", [False]),
    ("anvil_getAutomine", []),
    ("@waits eth_sendTransaction", [{"from": ALICE, "to": BOB, "value": "0x5", **PRICE}]),
    ("eth_getTransactionByHash", ["@waits"]),
    ("eth_getTransactionReceipt", ["@waits"]),
    ("txpool_status", []),
    ("eth_getTransactionCount", [ALICE, "pending"]),
    ("eth_getBalance", [BOB, "pending"]),
    ("eth_getBlockByNumber", ["pending", False]),
    ("anvil_dropTransaction", ["@waits"]),
    ("txpool_status", []),
    ("evm_mine", []),
    ("anvil_impersonateAccount", [OUTER]),
    ("anvil_setBalance", [OUTER, "0xde0b6b3a7640000"]),
    ("@impersonated eth_sendTransaction", [{"from": OUTER, "to": BOB, "value": "0x5", **PRICE}]),
    ("evm_mine", []),
    ("eth_getTransactionReceipt", ["@impersonated"]),
    ("anvil_stopImpersonatingAccount", [OUTER]),
    ("eth_sendTransaction", [{"from": OUTER, "to": BOB, "value": "0x5", **PRICE}]),
    ("evm_setAutomine", [True]),
    ("anvil_setNextBlockBaseFeePerGas", ["0x3b9aca00"]),
    ("anvil_setCoinbase", [BOB]),
    ("evm_setBlockGasLimit", ["0x1c9c380"]),
    ("evm_mine", []),
    ("eth_getBlockByNumber", ["latest", False]),
    ("eth_uninstallFilter", ["0x63"]),
    ("eth_getFilterChanges", ["0x63"]),
    ("anvil_setBlockTimestampInterval", [5]),
    ("anvil_removeBlockTimestampInterval", []),
    ("anvil_removeBlockTimestampInterval", []),
    ("anvil_rollback", [1]),
    ("eth_blockNumber", []),
    ("anvil_setIntervalMining", [0]),
    ("anvil_autoImpersonateAccount", [True]),
    ("eth_getBalance", [ALICE, "0x63"]),
    ("eth_getBalance", ["0x12", "latest"]),
    ("eth_sendRawTransaction", ["0x01"]),
    ("foo_bar", []),
]

UNLIKE = frozenset(
    [
        "hash",
        "blockHash",
        "parentHash",
        "stateRoot",
        "transactionsRoot",
        "receiptsRoot",
        "transactionHash",
        "size",
        "mixHash",
        "timestamp",
        "blockTimestamp",
        "r",
        "s",
        "v",
        "yParity",
        "difficulty",
        "totalDifficulty",
    ]
)
"""Fields that follow from what differs on purpose: anvil has fewer contracts in its first block, and another clock."""

DELIBERATE = {
    r"Receipts? .*\.blobGasPrice is only anvil's": "only transactions with blobs have it, as specified",
    r"debug_traceTransaction .* \.gas: ": "the transaction's gas limit, as geth; anvil's first frame has what is left",
    r"debug_traceCall .* \.gas: ": "the call's gas limit, as geth",
    r"prestateTracer.*\.codeHash is only ours": "geth tells it beside the code",
    r"debug_traceTransaction .*\.position: ": "how many calls were before the log; anvil counts otherwise",
    r"eth_getBlockByNumber .'pending'.*baseFeePerGas: ": "anvil tells the one after it",
    r"ots_getBlockDetails .*": "which of a block's fields are left out",
    r"\.code: ": "codes of errors: geth's",
    r"\.message: ": "words of errors: geth's",
}


def differences(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted((theirs.keys() | ours.keys()) - UNLIKE):
            if name not in ours or name not in theirs:
                yield f"{path}.{name} is only {'ours' if name in ours else 'anvil' + chr(39) + 's'}"
            else:
                yield from differences(theirs[name], ours[name], f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif theirs != ours and not _are_hashes(theirs, ours):
        yield f"{path}: anvil {theirs!r:.100}, ours {ours!r:.100}"


def _are_hashes(*values: Any) -> bool:
    """Transactions on blocks with other fees have other hashes; what they do is compared by their receipts."""
    return all(isinstance(value, str) and len(value) == 66 and value[2:10] != "00000000" for value in values)


def ask_anvil(anvil: Anvil, method: str, params: list[Any]) -> Any:
    try:
        return {"result": anvil.call(method, *params)}
    except AnvilError as error:
        return {"error": {"code": error.code, "message": error.message, "data": error.data}}


def mined(anvil: Anvil, txn_hash: str) -> None:
    """Return when it is in a block, if anvil mines by itself: it answers before its miner has run."""
    deadline = time.monotonic() + 10
    while anvil.call("anvil_getAutomine") and time.monotonic() < deadline:
        if anvil.call("eth_getTransactionReceipt", txn_hash):
            return
        time.sleep(0.01)


def ask_ours(rpc: Rpc, method: str, params: list[Any]) -> Any:
    try:
        return {"result": rpc.request(method, params)}
    except RpcError as error:
        return {"error": {"code": error.code, "message": error.message, "data": error.data}}


def filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [filled(each, known) for each in value]
    return known.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("hardfork", ["cancun", "prague"])
def test_a_session_is_answered_as_by_anvil(hardfork: str, differential_log: list[str]) -> None:
    require_anvil()
    rpc = Rpc(Chain(timestamp=START, hardfork=hardfork))
    options = ["--hardfork", hardfork, "--timestamp", str(START), "--gas-limit", "30000000"]
    found, count = [], 0
    with Anvil([*options, "--base-fee", "1000000000"]) as anvil:
        names: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for step, params in (*BEGINNING, *TRANSACTIONS, *TRACES, *CONTROL):
            name, _, method = step.rpartition(" ")
            theirs = ask_anvil(anvil, method, filled(params, names[0]))
            ours = ask_ours(rpc, method, filled(params, names[1]))
            if name:
                assert "result" in theirs
                assert "result" in ours, ours
                names[0][name], names[1][name] = theirs["result"], ours["result"]
                if method == "eth_sendTransaction":
                    mined(anvil, theirs["result"])
                continue
            count += 1
            for difference in differences(theirs, ours):
                told = f"{method} {params!r} {difference.removeprefix('.result')}"
                if not any(re.search(pattern, told) for pattern in DELIBERATE):
                    found.append(f"{method} {params!r:.80}: {difference}")
    differential_log.append(f"JSON-RPC: {count} answers on {hardfork} are anvil's but for what is deliberate")
    assert not found, "\n".join(found)
