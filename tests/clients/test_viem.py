"""viem 2: what its sessions saw, and what it should have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils import keccak
from nodes import ALICE, BOB, KEYS, OTHER, STRANGER, created

ORDER = [
    {"name": "maker", "type": "address"},
    {"name": "amount", "type": "uint256"},
    {"name": "note", "type": "string"},
]

Javascript = Callable[..., Any]


def test_viem_deploys_reads_and_writes(javascript: Javascript, artifacts: Mapping[str, Any]) -> None:
    played = javascript("viem/contracts.mjs")
    ledger = created(ALICE, 0).lower()
    block = played.node.ask("eth_getBlockByNumber", "0x3", True)
    assert played["address"] == ledger
    assert played["code"] == artifacts["Ledger"]["runtime"]
    assert played["chain id"] == played.node.number("eth_chainId")
    assert (played["read"], played["simulated"]) == ("1000", [True, "transfer"])
    assert played["receipt"] == {
        "status": "success",
        "type": "eip1559",
        "gasUsed": played["estimate"],
        "blockNumber": "3",
        "transactionIndex": 0,
        "from": ALICE.lower(),
        "to": ledger,
        "contractAddress": None,
    }
    assert int(played["estimate"]) == int(block["gasUsed"], 16)
    moved = [
        {"from": ALICE, "to": to, "value": value}
        for to, value in ((STRANGER, "7"), (OTHER, "3"), (OTHER, "1"))
    ]
    assert played["events of the receipt"] == [["Moved", moved[0]]]
    assert played["by an object"] == "3"
    assert played["sent and waited for at once"] == played["written and waited for at once"] == "success"
    assert played["events"] == moved
    assert played["events of one"] == ["3", "1"]
    assert played["logs of a block"] == [[ledger, 0]]
    assert played["filters"] == {
        "events": ["2"],
        "again": [],
        "all": 1,
        "blocks": [True],
        "pending": [True],
        "gone": True,
    }
    _many_things_at_once_and_what_was(played, artifacts)


def _many_things_at_once_and_what_was(played: Any, artifacts: Mapping[str, Any]) -> None:
    assert played["multicall"] == [["success", "9"], ["success", "4"], ["failure", "Lacking"]]
    assert played["multicall without a contract"] == ["9", "4"]
    assert played["reads in one call"] == [["9", "4"], ["eth_call"]]
    assert played["requests in one"] == [["9", "7", 7], 1]
    assert int(played["storage"], 16) == 7
    code_hash = "0x" + keccak(hexstr=artifacts["Ledger"]["runtime"]).hex()
    assert played["proof"] == {"balance": "5", "nonce": 1, "storage": [["2", "7"]], "codeHash": code_hash}
    assert (played["access list"]["address"], played["access list"]["keys"]) == (created(ALICE, 0).lower(), 2)
    assert played["a call with overrides"] == "99"
    assert played["as it was before"] == "0"
    base = int(played.node.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    tip = 10**9
    assert played["fees"] == {
        "eip1559": {"maxFeePerGas": str(base * 12 // 10 + tip), "maxPriorityFeePerGas": str(tip)},
        "legacy": {"gasPrice": str(played.node.number("eth_gasPrice") * 12 // 10)},
        "tip": str(tip),
        "blob": "1",
    }
    assert played["fee history"] == ["6", 3, 2, 2]
    assert (
        played["prepared"]
        == played["filled"]
        == {"type": "eip1559", "nonce": 7, "gas": "21000", "chainId": 31337}
    )
    assert played["receipts of a block"] == [[True, True]]
    assert played["blocks"] == [["0", 0], ["7", 1], ["8", 0], ["0", 0], ["0", 0]]
    (transaction,) = played["a block with its transactions"]
    assert transaction == {
        "from": ALICE.lower(),
        "to": created(ALICE, 0).lower(),
        "typeHex": "0x2",
        "value": "0",
        "nonce": 2,
    }
    assert played["confirmations"] is played["raw"] is True


def test_viem_watches_over_every_wire(javascript: Javascript) -> None:
    played = javascript("viem/watching.mjs")
    for wire in ("http", "ws", "ipc"):
        assert played[f"{wire}: events"] == [
            {"from": ALICE, "to": to, "value": value} for to, value in ((STRANGER, "7"), (OTHER, "8"))
        ]
        assert played[f"{wire}: filtered events"] == ["8"]
        for what in ("block numbers", "blocks", "pending", "in order"):
            assert played[f"{wire}: {what}"] is True
        assert played[f"{wire}: errors"] == []


def test_viem_decodes_what_went_wrong(javascript: Javascript) -> None:
    played = javascript("viem/errors.mjs")
    for name, reason, data in (
        ("withString", "too late", ["Error", "too late"]),
        ("withNothing", "execution reverted", None),
        ("withBare", None, ["Bare"]),
        ("withUnknown", None, None),
        ("withAssert", "An `assert` condition failed.", ["Panic", "1"]),
        ("withOverflow", "Arithmetic operation resulted in underflow or overflow.", ["Panic", "17"]),
        ("withIndex", "Array index is out of bounds.", ["Panic", "50"]),
    ):
        signature = "0xdeadbeef" if name == "withUnknown" else None
        assert played[f"read {name}"] == {"reason": reason, "data": data, "signature": signature}
    assert played["read withInvalid"]["said"] == "invalid opcode: INVALID"
    for name in ("simulate", "estimate", "write"):
        assert played[name]["data"] == ["Lacking", ALICE, "1000", "1000000"]
    assert played["mined"] == "reverted"
    for name, kind in (
        ("poor", "InsufficientFundsError"),
        ("poor, with gas", "InsufficientFundsError"),
        ("nonce used", "NonceTooLowError"),
        ("too little gas", "IntrinsicGasTooLowError"),
        ("price below the base fee", "FeeCapTooLowError"),
        ("known already", "NonceTooLowError"),
    ):
        assert played[name][1] == kind, name
    assert played["underpriced"] == ["TransactionExecutionError"]
    assert played["wrong parameters"] == ["InvalidParamsRpcError"]
    assert played["tip above the price"] == []  # -32000, as by geth: viem gives it no name in a plain request
    assert played["unknown method"] == ["MethodNotFoundRpcError"]
    assert played["no such transaction"] == ["TransactionNotFoundError"]
    assert played["no such block"] == ["BlockNotFoundError"]
    assert played["a call at no block"] == ["ContractFunctionExecutionError", "CallExecutionError"]
    assert played["nothing there"][1:] == ["ContractFunctionZeroDataError", "AbiDecodingZeroDataError"]


def test_viem_signs_and_a_contract_agrees(javascript: Javascript) -> None:
    played = javascript("viem/signing.mjs")
    domain = {"name": "Ingot", "version": "1", "chainId": 31337, "verifyingContract": created(ALICE, 0)}
    order = {"maker": BOB, "amount": 2**200, "note": "für alle"}
    typed = Account.sign_message(encode_typed_data(domain, {"Order": ORDER}, order), KEYS[1])
    assert played["typed data"] == played["typed data by the node"] == "0x" + bytes(typed.signature).hex()
    assert played["its digest for the contract"] is True
    assert played["signer of typed data"] == played["signer for the contract"] == BOB
    assert (played["verified on chain"], played["refused on chain"]) == (True, False)
    for name, message in (
        ("message", encode_defunct(text="good morning")),
        ("message of bytes", encode_defunct(b"\0\xff")),
    ):
        assert played[name] == "0x" + bytes(Account.sign_message(message, KEYS[1]).signature).hex()
    assert played["message verified on chain"] is True
    assert [each.lower() for each in played["addresses"]] == played.node.ask("eth_accounts")
    assert played["sent by the node"] == BOB.lower()
    assert played["deployed by the node"] == created(BOB, 1).lower()
    for kind in ("legacy", "eip2930", "eip1559", "eip7702"):
        assert played[f"raw {kind}"] == {
            "status": "success",
            "type": kind,
            "read": kind,
            "from": ALICE.lower(),
            "isHash": True,
            "signer": ALICE,
        }
    assert played["sent and waited for at once"] == "success"
    assert played["delegation"] == created(ALICE, 1)
    assert played["a call of the delegate"] == [True, "1"]
    assert played["delegated to itself"] == ["eip7702", 1]
    assert played["taken back"] == [None, 2]


def test_viem_sends_blobs(javascript: Javascript, blob: Mapping[str, str]) -> None:
    played = javascript("viem/blobs.mjs", given={"blob": blob})
    assert played["sent"] == {
        "status": "success",
        "gas": "131072",
        "price": "1",
        "blobVersionedHashes": [blob["versionedHash"]],
        "maxFeePerBlobGas": str(10**9),
        "type": "eip4844",
        "blobGasUsed": "131072",
        "excessBlobGas": "0",
    }


def test_viem_simulates(javascript: Javascript) -> None:
    played = javascript("viem/simulating.mjs")
    assert played["calls"] == [
        ["success", True, None, 1],
        ["failure", None, "ContractFunctionExecutionError", 0],
        ["success", None, None, 0],
    ]
    balance = played.node.number("eth_getBalance", ALICE, "latest")
    spent = 15 * 10**17
    assert played["changes of assets"] == [
        ["ether", 18, str(balance), str(balance - spent), str(-spent)],
        ["INGOT", 18, "1000", "993", "-7"],
    ]
    (first, time, gas, sent), (second, later, _, asked) = played["blocks"]
    assert (first, time, gas, sent) == ("2", "2000000000", "21000", [["success", "0x"]])
    assert (second, later, asked) == ("3", "2000000012", [["success", f"0x{1000:064x}"]])
    assert played["transfers of ether as logs"] == [["0x" + "ee" * 20, "3"]]
    assert played["nothing stays"] == "0"


@pytest.mark.parametrize("mode", ["anvil", "hardhat"])
def test_viem_rules_the_chain(javascript: Javascript, mode: str) -> None:
    played = javascript("viem/testing.mjs", given={"mode": mode})
    for action, result in {
        "setBalance": str(10**18),
        "setCode": True,
        "setStorageAt": "99",
        "setNonce": 41,
        "impersonateAccount": [STRANGER.lower(), 1, True],
        "sendUnsignedTransaction": STRANGER.lower(),
        "mine": ["3", "60"],
        "setNextBlockTimestamp": "2000000000",
        "increaseTime": True,
        "setNextBlockBaseFeePerGas": "12345678",
        "setBlockGasLimit": "25000000",
        "setCoinbase": OTHER.lower(),
        "setLoggingEnabled": None,
        "snapshot": ["0", 1],
        "setIntervalMining": True,
        "dealt tokens": "1234",
    }.items():
        assert played[action] == result, action
    assert played["setAutomine"] == {
        "isAutomatic": False,
        "status": {"pending": 1, "queued": 1},
        "pending": [["1", "0x5"]],
        "queued": [["30", "0x6"]],
        "inspected": [["1", f"{STRANGER.lower()}: 5"]],
        "isInWords": True,
        "rest": {"pending": 1, "queued": 0},
        "receipt": "success",
        "senders": [ALICE.lower()],
    }
    if mode == "anvil":
        assert (played["setBlockTimestampInterval"], played["dumpState"]) == ("14", True)
    else:
        assert played["reset"] == ["0", "0"]


def test_viem_reads_traces(javascript: Javascript) -> None:
    played = javascript("viem/tracing.mjs")
    failing = created(ALICE, 1)
    assert played["calls"] == {
        "functionName": "transfer",
        "args": [failing, "1"],
        "error": ["Lacking", failing, "0", "1"],
        "isWhole": True,
    }
    assert played["changes"] == [False, 3]
    assert played["flat"] == [["call", None, []], ["call", "Reverted", [0]]]
    assert played["filtered"] == 2
    assert played["replayed"] == [2]


def test_viem_waits_for_what_is_replaced(javascript: Javascript) -> None:
    played = javascript("viem/waiting.mjs", "--no-mining")
    for nonce, reason in enumerate(("repriced", "replaced", "cancelled")):
        assert played[reason] == [[[reason, nonce]], "success", True]
    assert played["waited for in vain"] == "WaitForTransactionReceiptTimeoutError"
    assert played["prepared after what waits"] == 4
    assert played.node.number("eth_getBalance", STRANGER, "latest") == 1 + 2


def test_viem_depends_on_anvils_way_here(javascript: Javascript) -> None:
    played = javascript("viem/as_anvil.mjs", ours=["--as-anvil"])
    assert played["signed by the node"] == [7, "1", "eip1559", BOB]
    assert played["refused"] == ["InsufficientFundsError", -32003]
    assert played["logs beyond the latest block"] == []
