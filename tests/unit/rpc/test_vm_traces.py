"""vmTrace of trace_call and its likes. Source of the expected values: OpenEthereum's definition, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc

A, B = "0x" + "a1" * 20, "0x" + "b2" * 20
CALLEE = "602a5f5260205ff3"


@pytest.fixture
def rpc() -> Rpc:
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    rpc.request("anvil_setCode", [A, f"0x60205f5f5f73{B[2:]}620fffff" + "fa" + "5f5160015500"])
    rpc.request("anvil_setCode", [B, "0x" + CALLEE])
    return rpc


def traced(rpc: Rpc, call: dict[str, Any]) -> dict[str, Any]:
    answer = rpc.request("trace_call", [call, ["vmTrace"]])
    assert (answer["trace"], answer["stateDiff"]) == ([], None)
    found: dict[str, Any] = answer["vmTrace"]
    return found


def test_a_step_says_what_it_cost_pushed_wrote_and_left(rpc: Rpc) -> None:
    trace = traced(rpc, {"to": B, "gas": hex(21_000 + 100)})
    assert trace["code"] == "0x" + CALLEE
    word = "0x" + "00" * 31 + "2a"
    nothing = {"mem": None, "store": None}
    assert [(op["op"], op["pc"], op["cost"], op["ex"], op["sub"]) for op in trace["ops"]] == [
        ("PUSH1", 0, 3, {**nothing, "push": ["0x2a"], "used": 97}, None),
        ("PUSH0", 2, 2, {**nothing, "push": ["0x0"], "used": 95}, None),
        ("MSTORE", 3, 6, {**nothing, "push": [], "mem": {"data": word, "off": 0}, "used": 89}, None),
        ("PUSH1", 4, 3, {**nothing, "push": ["0x20"], "used": 86}, None),
        ("PUSH0", 6, 2, {**nothing, "push": ["0x0"], "used": 84}, None),
        ("RETURN", 7, 0, {**nothing, "push": [], "used": 84}, None),
    ]


def test_a_call_holds_the_steps_of_what_it_called(rpc: Rpc) -> None:
    ops = traced(rpc, {"to": A, "gas": hex(200_000)})["ops"]
    call = next(op for op in ops if op["op"] == "STATICCALL")
    assert call["sub"] == traced(rpc, {"to": B, "gas": hex(200_000)}) | {"ops": call["sub"]["ops"]}
    assert [op["op"] for op in call["sub"]["ops"]] == ["PUSH1", "PUSH0", "MSTORE", "PUSH1", "PUSH0", "RETURN"]
    assert call["ex"]["push"] == ["0x1"]
    assert call["ex"]["mem"] == {"data": "0x" + "00" * 31 + "2a", "off": 0}
    assert call["ex"]["used"] == call["sub"]["ops"][-1]["ex"]["used"] + (
        ops[ops.index(call) - 1]["ex"]["used"] - call["cost"]
    )
    store = next(op for op in ops if op["op"] == "SSTORE")
    assert store["ex"]["store"] == {"key": "0x1", "val": "0x2a"}


def test_dup_and_swap_push_as_far_down_as_they_reach_and_what_fails_did_nothing(rpc: Rpc) -> None:
    rpc.request("anvil_setCode", [B, "0x6001600281915056"])
    ops = traced(rpc, {"to": B})["ops"]
    assert [op["ex"] and op["ex"]["push"] for op in ops] == [
        ["0x1"],
        ["0x2"],
        ["0x1", "0x2", "0x1"],
        ["0x1", "0x2", "0x1"],
        [],
        None,
    ]


@pytest.mark.parametrize("to", [None, "0x" + "cc" * 20])
def test_initcode_is_the_code_and_an_account_without_code_has_no_steps(rpc: Rpc, to: str | None) -> None:
    trace = traced(rpc, {"data": "0x00", **({} if to is None else {"to": to})})
    if to is None:
        assert (trace["code"], [op["op"] for op in trace["ops"]]) == ("0x00", ["STOP"])
    else:
        assert trace == {"code": "0x", "ops": []}


def test_mined_transactions_are_told_of_in_the_same_way(rpc: Rpc) -> None:
    alice = rpc.request("eth_accounts")[0]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": A, "gas": hex(200_000)}])
    replayed = rpc.request("trace_replayTransaction", [sent, ["vmTrace", "trace", "stateDiff"]])
    (in_block,) = rpc.request("trace_replayBlockTransactions", ["latest", ["vmTrace"]])
    assert in_block["vmTrace"] == replayed["vmTrace"]
    assert len(replayed["trace"]) == 2
    assert replayed["stateDiff"][A]["storage"]
    rpc.request("evm_revert", [rpc.request("evm_snapshot")])
    raw = rpc.request("eth_signTransaction", [{"from": alice, "to": A, "gas": hex(200_000)}])["raw"]
    once_more = rpc.request("trace_rawTransaction", [raw, ["vmTrace"]])["vmTrace"]
    assert [op["op"] for op in once_more["ops"]] == [op["op"] for op in replayed["vmTrace"]["ops"]]
    many = rpc.request("trace_callMany", [[[{"to": A}, ["vmTrace"]], [{"to": B}, ["trace"]]]])
    assert [answer["vmTrace"] is None for answer in many] == [False, True]
