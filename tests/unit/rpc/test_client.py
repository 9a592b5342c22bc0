"""A chain that was imported, answered for as a client of a network does. What geth says to more is in geth_answers.json.xz."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingot.engine import key_address, sign_transaction
from ingot.errors import InvalidTransaction, RpcError
from ingot.node.setup import NodeSettings, make_rpc
from ingot.rpc import Rpc

KEY = b"\x07" * 32
ALICE = key_address(KEY)
BOB = "0x" + "b0" * 20
GWEI = 10**9
HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
HISTORY_CODE = (
    "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257"
    "611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
"""Source: EIP-2935."""

FORKS = (
    "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london mergeNetsplit"
)
CONFIG = {
    "chainId": 7,
    **{f"{name}Block": 0 for name in FORKS.split()},
    "shanghaiTime": 0,
    "cancunTime": 0,
    "pragueTime": 0,
    "osakaTime": 1_000,
    "terminalTotalDifficulty": 0,
    "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477}},
}
GENESIS = {
    "config": CONFIG,
    "gasLimit": "0x1c9c380",
    "difficulty": "0x0",
    "timestamp": "0x5",
    "baseFeePerGas": "0x7",
    "alloc": {
        str(ALICE): {"balance": hex(10**21)},
        HISTORY: {"balance": "0x0", "code": HISTORY_CODE},
        "0x" + "c0" * 20: {"balance": "0x0", "code": "0x5a5f5260205ff3"},  # returns GAS
        "0x" + "c1" * 20: {"balance": "0x0", "code": "0x6001600281"},  # runs into nothing
        "0x" + "c2" * 20: {"balance": "0x0", "code": "0x600182"},  # DUP3 of one word
    },
}


@pytest.fixture
def rpc(tmp_path: Path) -> Rpc:
    (tmp_path / "genesis.json").write_text(json.dumps(GENESIS))
    (tmp_path / "chain.rlp").write_bytes(b"")
    return make_rpc(NodeSettings(genesis=tmp_path / "genesis.json", blocks=tmp_path / "chain.rlp"))


@pytest.fixture
def send(rpc: Rpc) -> Callable[..., str]:
    def send(**fields: Any) -> str:
        given: dict[str, Any] = {"nonce": 0, "value": 1, "gas_limit": 21_000, "data": b"", "to": BOB}
        given |= {"max_fee": 2 * GWEI, "max_priority_fee": GWEI, **fields}
        raw = sign_transaction(KEY, type=2, chain_id=7, **given).raw
        return str(rpc.request("eth_sendRawTransaction", ["0x" + raw.hex()]))

    return send


def test_the_head_is_final_and_nothing_is_mined(rpc: Rpc, send: Callable[..., str]) -> None:
    for tag in ("safe", "finalized", "latest"):
        assert rpc.request("eth_getBlockByNumber", [tag])["number"] == "0x0"
    sent = send()
    assert rpc.request("eth_blockNumber") == "0x0"
    assert rpc.request("eth_getTransactionByHash", [sent])["blockNumber"] is None
    rpc.request("evm_mine")
    assert rpc.request("eth_getTransactionReceipt", [sent])["status"] == "0x1"


def test_who_wants_the_receipt_of_what_waits_is_told_its_hash(rpc: Rpc) -> None:
    fields: dict[str, Any] = {"nonce": 0, "value": 1, "gas_limit": 21_000, "data": b"", "to": BOB}
    signed = sign_transaction(KEY, type=2, chain_id=7, max_fee=2 * GWEI, max_priority_fee=GWEI, **fields)
    with pytest.raises(RpcError) as refused:
        rpc.request("eth_sendRawTransactionSync", ["0x" + signed.raw.hex(), 1_000])
    assert (refused.value.code, refused.value.data) == (4, "0x" + signed.hash.hex())


def test_calls_get_fifty_million_gas_and_never_more(rpc: Rpc) -> None:
    fields = {"to": "0x" + "c0" * 20}
    assert int(rpc.request("eth_call", [fields]), 16) == 50_000_000 - 21_000 - 2
    assert rpc.request("eth_call", [{**fields, "gas": "0xffffffffff"}]) == rpc.request("eth_call", [fields])
    fewer = int(rpc.request("eth_call", [{**fields, "gas": "0x186a0"}]), 16)
    assert fewer == 100_000 - 21_000 - 2


def test_a_transaction_of_another_chain_is_estimated_before_it_is_refused(rpc: Rpc) -> None:
    """Source: geth 1.17.8."""
    transaction = {"from": ALICE, "to": HISTORY, "chainId": "0x1"}
    with pytest.raises(RpcError, match="execution reverted"):
        rpc.request("eth_fillTransaction", [transaction])
    with pytest.raises(RpcError, match=r"chainId does not match node's \(have=1, want=7\)"):
        rpc.request("eth_fillTransaction", [{**transaction, "to": BOB}])


def test_a_tip_is_a_million_wei_until_blocks_say_more(rpc: Rpc, send: Callable[..., str]) -> None:
    assert rpc.request("eth_maxPriorityFeePerGas") == hex(1_000_000)
    assert rpc.request("eth_gasPrice") == hex(1_000_007)
    for nonce in range(3):
        send(nonce=nonce, max_priority_fee=5 * 10**6)
    rpc.request("evm_mine")
    assert rpc.request("eth_maxPriorityFeePerGas") == hex(5_000_000)


def test_what_a_step_lacked_is_told(rpc: Rpc) -> None:
    for contract, error in (("c1", "stack limit"), ("c2", "stack underflow (1 <=> 3)")):
        trace = rpc.request(
            "debug_traceCall", [{"to": "0x" + contract * 20}, "latest", {"tracer": "callTracer"}]
        )
        assert trace.get("error", "stack limit").startswith(error)
    steps = rpc.request("debug_traceCall", [{"to": "0x" + "c2" * 20}, "latest"])["structLogs"]
    assert [(step["op"], step.get("error")) for step in steps] == [
        ("PUSH1", None),
        ("DUP3", "stack underflow (1 <=> 3)"),
    ]


def test_who_is_refused_does_not_push_out_who_waits(rpc: Rpc, send: Callable[..., str]) -> None:
    first, second = send(), send(nonce=1)
    with pytest.raises((RpcError, InvalidTransaction), match="insufficient funds"):
        send(value=10**22, max_fee=3 * GWEI, max_priority_fee=2 * GWEI)
    waiting = rpc.request("txpool_content")["pending"][str(ALICE)]
    assert [each["hash"] for each in waiting.values()] == [first, second]
    third = send(max_fee=3 * GWEI, max_priority_fee=2 * GWEI)
    waiting = rpc.request("txpool_content")["pending"][str(ALICE)]
    assert [each["hash"] for each in waiting.values()] == [third, second]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"max_priority_fee": 0}, "gas price below minimum"),
        ({"max_fee": 10**14}, "exceeds the configured cap"),
        ({"data": bytes(131_073), "gas_limit": 16 * 10**6}, "oversized data"),
        ({"nonce": 2**64 - 1}, "nonce has max value"),
    ],
)
def test_the_pool_takes_what_geths_takes(
    send: Callable[..., str], fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(RpcError, match=words):
        send(**fields)


def test_the_rules_to_come_are_told(rpc: Rpc) -> None:
    told = rpc.request("eth_config")
    assert (told["current"]["activationTime"], told["next"]["activationTime"]) == (0, 1_000)
    assert told["next"] == told["last"]
    assert told["current"]["forkId"] != told["next"]["forkId"]
    assert "P256VERIFY" in told["next"]["precompiles"]
    assert "P256VERIFY" not in told["current"]["precompiles"]


def test_an_account_that_is_not_there_has_no_hashes_in_its_proof(rpc: Rpc) -> None:
    absent = rpc.request("eth_getProof", [BOB, ["0x0", "0x" + "00" * 32], "latest"])
    assert {absent["codeHash"], absent["storageHash"]} == {"0x" + "00" * 32}
    assert [each["key"] for each in absent["storageProof"]] == ["0x0", "0x" + "00" * 32]
    there = rpc.request("eth_getProof", [str(ALICE), [], "latest"])
    assert "0x" + "00" * 32 not in (there["codeHash"], there["storageHash"])


def test_slots_that_the_protocol_writes_are_listed(rpc: Rpc) -> None:
    rpc.request("evm_mine")
    rpc.request("evm_mine")
    slots = rpc.request("debug_storageRangeAt", ["latest", 0, HISTORY, "0x", 10])["storage"]
    assert [entry["key"][-1] for entry in slots.values()] == ["0"]
    assert rpc.request("eth_getBlockByNumber", ["0x0"])["hash"] in {each["value"] for each in slots.values()}
