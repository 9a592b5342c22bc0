"""ethers 6: what its sessions saw, and what it should have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils import keccak, to_checksum_address
from nodes import ALICE, BOB, CAROL, KEYS, OTHER, STRANGER, called, created

ORDER = [
    {"name": "maker", "type": "address"},
    {"name": "amount", "type": "uint256"},
    {"name": "note", "type": "string"},
]

Javascript = Callable[..., Any]


def test_ethers_deploys_calls_and_sends(javascript: Javascript, artifacts: Mapping[str, Any]) -> None:
    played = javascript("ethers/contracts.mjs")
    ledger, moved = created(ALICE, 0), called("transfer(address,uint256)", STRANGER, 7)
    assert played["network"] == {"name": "unknown", "chainId": "31337"}
    assert played["address"] == played["deployment"]["contractAddress"] == ledger
    assert (
        played["deployed code"]
        == artifacts["Ledger"]["runtime"]
        == played.node.ask("eth_getCode", ledger, "latest")
    )
    assert played["name"] == "units"
    assert played["getters"] == ["7", "8", "1000"]
    assert played["balance of the contract"] == "5"
    assert played["static call"] is True
    assert played["populated"] == {"to": ledger, "data": moved}
    slots = [
        "0x" + keccak(encode(["address", "uint256"], [account, 0])).hex() for account in (ALICE, STRANGER)
    ]
    (listed,) = played["access list"]["accessList"]
    assert (listed["address"], set(listed["storageKeys"])) == (ledger.lower(), set(slots))
    assert played["sent"] == {"type": 2, "nonce": 1, "data": moved, "gasLimit": played["estimate"]}
    block = played.node.ask("eth_getBlockByNumber", "0x2", True)
    assert played["receipt"] == {
        "status": 1,
        "type": 2,
        "blockNumber": 2,
        "index": 0,
        "from": ALICE,
        "to": ledger,
        **dict.fromkeys(("gasUsed", "cumulativeGasUsed"), str(int(block["gasUsed"], 16))),
    }
    assert block["transactions"][0]["input"] == moved
    assert played["events of the receipt"] == [["Moved", ALICE, STRANGER, "7"]]
    assert played["several results"] == ["3", "4"]
    assert played["overloads"] == str(7 + 10 + 2)
    assert played["sent by the node"] == [BOB, "1"]
    assert played["nonces of a manager"] == [1, 2, 3]
    assert played["as it was before"] == "0"
    assert int(played["storage"], 16) == 7
    assert played["a view of nobody"] == "0x" + "00" * 20
    assert played["called by another"] == STRANGER
    assert played["a contract that makes contracts"] == ["made", 2]


def test_ethers_hears_of_events_over_every_wire(javascript: Javascript) -> None:
    played = javascript("ethers/events.mjs")
    for wire in ("http", "ws", "ipc"):
        assert played[f"{wire}: events"] == [[ALICE, STRANGER, "7"], [ALICE, OTHER, "8"]]
        assert played[f"{wire}: filtered events"] == ["8"]
        assert played[f"{wire}: blocks of the events"] == [1, 0]
        assert played[f"{wire}: blocks"] is True
        assert played[f"{wire}: no block twice"] is True
        assert played[f"{wire}: pending"] is True
    assert played["found again"] == [["Moved", ALICE, STRANGER, "7", 0], ["Moved", ALICE, OTHER, "8", 0]] * 3
    assert played["found by their receiver"] == ["8"] * 3
    assert played["found in one block"] == 1
    assert played["anonymous"][0]["hash"] == "0x" + keccak(text="rain").hex()
    assert played["anonymous"][1:] == ["rain", ALICE]
    assert played["nothing"] == []
    assert played["waited for"] == 1


def test_ethers_decodes_what_went_wrong(javascript: Javascript) -> None:
    played = javascript("ethers/errors.mjs")
    ledger = created(ALICE, 1)
    for name, revert, data in (
        ("withString", ["Error", "too late"], called("Error(string)", "too late")),
        ("withNothing", None, "0x"),
        ("withBare", ["Bare"], called("Bare()")),
        ("withUnknown", None, "0xdeadbeef"),
        ("withAssert", ["Panic", 0x01], called("Panic(uint256)", 0x01)),
        ("withOverflow", ["Panic", 0x11], called("Panic(uint256)", 0x11)),
        ("withIndex", ["Panic", 0x32], called("Panic(uint256)", 0x32)),
        ("withInvalid", None, None),
    ):
        seen = played[f"call {name}"]
        assert (seen["code"], seen["revert"], seen["data"]) == ("CALL_EXCEPTION", revert, data), name
    assert played["call withAllGas"] == "CALL_EXCEPTION"
    lacking = "Lacking(address,uint256,uint256)"
    assert played["fields"]["revert"] == ["Lacking", ALICE, "1000", "1000000"]
    assert played["fields from below"]["data"] == called(lacking, created(ALICE, 0), 0, 5)
    for name in ("estimate", "send"):
        assert played[name]["data"] == called(lacking, ALICE, 1000, 10**6)
    assert played["mined"] == ["CALL_EXCEPTION", 0]
    assert played["deployment"] == ["CALL_EXCEPTION", called(lacking, ALICE, 0, 13)]
    assert played["poor"] == "INSUFFICIENT_FUNDS"
    assert played["nonce used"] == "NONCE_EXPIRED"
    assert played["underpriced"] == "REPLACEMENT_UNDERPRICED"
    assert played["gas"] == ["UNKNOWN_ERROR", "intrinsic gas too low: have 20000, want 21000"]
    assert played["unknown method"] == ["UNSUPPORTED_OPERATION", -32601]
    assert played["wrong parameters"] == -32602
    assert all(played[f"no such {name}"] is None for name in ("transaction", "receipt", "block"))
    assert played.node.ask("eth_getCode", ledger, "latest") != "0x"


def test_ethers_signs_and_a_contract_agrees(javascript: Javascript, blob: Mapping[str, str]) -> None:
    played = javascript("ethers/signing.mjs", given={"blob": blob})
    domain = {"name": "Ingot", "version": "1", "chainId": 31337, "verifyingContract": created(ALICE, 0)}
    order = {"maker": BOB, "amount": 2**200, "note": "für alle"}
    typed = Account.sign_message(encode_typed_data(domain, {"Order": ORDER}, order), KEYS[1])
    assert played["digest"] == "0x" + bytes(typed.message_hash).hex()
    assert played["typed data"] == played["typed data by the node"] == "0x" + bytes(typed.signature).hex()
    assert played["signer of typed data"] == played["signer for the contract"] == BOB
    message = Account.sign_message(encode_defunct(text="good morning"), KEYS[1])
    for name in ("message", "message by the node", "eth_sign"):
        assert played[name] == "0x" + bytes(message.signature).hex()
    assert played["signer of the message"] == played["signer of the message for the contract"] == BOB
    gas = {0: 21_000, 1: 21_000 + 2_400 + 1_900, 2: 21_000, 3: 21_000, 4: 21_000 + 25_000}
    for kind in range(5):
        raw = played[f"raw {kind}"]
        assert (raw["status"], raw["type"], raw["blobGasUsed"]) == (1, kind, "131072" if kind == 3 else None)
        assert kind == 4 or raw["gasUsed"] == str(gas[kind])
        read = played[f"read {kind}"]
        assert (read["hash"], read["from"], read["fromHash"]) == (raw["hash"], BOB, True)
        if kind != 3:
            assert raw["hash"] == "0x" + keccak(hexstr=played[f"raw {kind}: its bytes"]).hex()
    assert played["read 1"]["accessList"] == [{"address": STRANGER, "storageKeys": [f"0x{1:064x}"]}]
    assert played["read 3"]["hashes"] == [blob["versionedHash"]]
    assert played["delegated code"] == "0xef0100" + created(ALICE, 1)[2:].lower()
    assert played["a call of the delegate"] == [CAROL, "1", "0"]
    assert played["signed by the node"] == [BOB, 9, "1"]
    assert played["an unprotected one"] == 1


def test_ethers_sends_blobs(javascript: Javascript, blob: Mapping[str, str]) -> None:
    played = javascript("ethers/blobs.mjs", given={"blob": blob})
    for proofs in ("of the blob", "of its cells"):
        assert played[proofs] == {
            "status": 1,
            "blobGasUsed": "131072",
            "blobGasPrice": "1",
            "hashes": [blob["versionedHash"]],
            "type": 3,
        }


def test_ethers_reads_blocks_by_every_name(javascript: Javascript) -> None:
    played = javascript("ethers/blocks.mjs")
    assert played["fees"] == {
        "_type": "FeeData",
        "gasPrice": str(2 * 10**9),
        "maxFeePerGas": str(3 * 10**9),  # twice the base fee, and the tip
        "maxPriorityFeePerGas": str(10**9),
    }
    for tag, number in (
        ("earliest", 0),
        ("latest", 83),
        ("pending", 84),
        ("safe", 51),
        ("finalized", 19),
        (2, 2),
    ):
        assert played[f"block {tag}"] == {
            "number": number,
            "transactions": int(number == 2),
            "gasLimit": "30000000",
            "gasUsed": "21000" if number == 2 else "0",
            "hasHash": True,
        }
    assert played["by hash"] == [3, [["3", ALICE, 0]]]
    assert played["linked"] == played["times rise"] == [True] * 3
    assert played["balances of the past"] == ["0", "1", "3", "6", "6"]
    assert played["nonces of the past"] == [0, 1, 3, 3]
    assert played["a batch"] == str(62 * (0 + 1 + 3 + 6) + 0 + 1)
    assert played["receipts of a block"] == [True]
    assert played["fee history"] == ["0x1", 4, 3, [21_000 / 30_000_000] * 3]
    assert played["confirmations"] == 83
    assert played["transaction of a receipt"] == "3"
    assert played["network"] == ["31337", "31337", "anvil"]


def test_ethers_reads_traces(javascript: Javascript, artifacts: Mapping[str, Any]) -> None:
    played = javascript("ethers/tracing.mjs")
    factory, failing, ledger = (created(ALICE, nonce).lower() for nonce in range(3))
    made, alice = created(factory, 1).lower(), ALICE.lower()
    transfer, make, caught = (
        called(signature, *values)[:10]
        for signature, values in (
            ("transfer(address,uint256)", (ALICE, 0)),
            ("make(string,uint256)", ("", 0)),
            ("caught(address)", (ALICE,)),
        )
    )

    def call(sender: str, to: str, selector: str | None, *calls: Any, **given: Any) -> dict[str, Any]:
        usual = {"type": "CALL", "value": "0x0", "error": None, "logs": 0}
        return {**usual, "from": sender, "to": to, "selector": selector, "calls": list(calls), **given}

    fails = call(alice, failing, caught, call(failing, ledger, transfer, error="execution reverted"))
    assert played["calls"] == call(
        *(alice, factory, make),
        *(call(factory, made, None, type="CREATE"), call(factory, made, transfer, logs=1)),
        logs=1,
    )
    assert played["calls with a failure"] == played["a call"] == fails
    assert played["only the top"] is None
    assert played["what the failure said"] == [to_checksum_address(failing), "0", "1"]
    nobody = "0x" + "00" * 20
    assert played["state before"] == sorted([alice, factory, nobody])
    assert played["state changed"] == [
        sorted([alice, factory, nobody]),
        sorted([alice, factory, nobody, made]),
        4,
    ]
    assert played["selectors"] == sorted([f"{make}-128", f"{transfer}-64"])
    steps = played["steps"]
    assert (steps["isWhole"], steps["failed"], steps["first"], steps["last"]) == (
        True,
        False,
        "PUSH1",
        "RETURN",
    )
    assert (steps["creates"], steps["depth"]) == (1, 2)
    assert played["flat"] == [["call", [], 2], ["create", [0], 0], ["call", [1], 0]]
    assert played["a block"] == [["CALL", True]]
    code_hash = "0x" + keccak(hexstr=artifacts["Ledger"]["runtime"]).hex()
    proof = {"balance": "0x0", "nonce": "0x1", "codeHash": code_hash, "value": "0x7", "account": True}
    assert played["a proof"] == proof


def test_ethers_waits_for_what_is_replaced(javascript: Javascript) -> None:
    played = javascript("ethers/waiting.mjs", "--no-mining")
    assert played["waits"] == [None, None]
    assert played["nonces"] == [0, 1]
    assert played["in the pending block"] is True
    assert played["mined at last"] == 1
    replaced = {"code": "TRANSACTION_REPLACED", "status": 1}
    assert played["repriced"] == {
        **replaced,
        "reason": "repriced",
        "cancelled": False,
        "nonce": 1,
        "value": "2",
    }
    assert played["cancelled"] == {
        **replaced,
        "reason": "cancelled",
        "cancelled": True,
        "nonce": 2,
        "value": "0",
    }
    assert played["waits for another"] == [None, 3]
    assert played["both are mined"] is True
    assert played["the order in a block"] == [1, 2, 0], "by the fee"
    assert played["a block to come"] == 1
    assert played["balance"] == str(1 + 2 + 5 + 4 + 3 * 1 + 1)


def test_the_answers_of_a_session_are_looked_at(javascript: Javascript) -> None:
    with pytest.raises(AssertionError, match="what went wrong"):
        javascript("ethers/contracts.mjs", given={"artifacts": {"Ledger": {"abi": [], "bytecode": "0xfe"}}})
