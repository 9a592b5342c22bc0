"""JSON-RPC 2.0 itself: what is no request, batches, notifications."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError
from ingot.rpc.envelope import MAX_BATCH


@pytest.fixture(scope="module")
def rpc() -> Rpc:
    return Rpc(Chain(timestamp=1_700_000_000))


def ask(rpc: Rpc, message: Any) -> Any:
    answer = rpc.handle(json.dumps(message).encode())
    return json.loads(answer) if answer else None


def request(method: str, *params: Any, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


@pytest.mark.parametrize("number", [1, "a", 1.5, None, -3])
def test_the_answer_has_the_id_of_the_request(rpc: Rpc, number: Any) -> None:
    assert ask(rpc, request("eth_chainId", number=number)) == {
        "jsonrpc": "2.0",
        "id": number,
        "result": "0x7a69",
    }


def test_a_batch_is_answered_in_order_without_its_notifications(rpc: Rpc) -> None:
    notification = {"jsonrpc": "2.0", "method": "eth_chainId"}
    answers = ask(rpc, [request("eth_chainId"), notification, request("eth_nothing", number=2), 7])
    assert [answer["id"] for answer in answers] == [1, 2, None]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32601, -32600]


def test_notifications_get_no_answer_though_they_are_carried_out(rpc: Rpc) -> None:
    before = rpc.engine.block_number
    mine = {"jsonrpc": "2.0", "method": "evm_mine"}
    assert ask(rpc, mine) is None
    assert ask(rpc, [mine, mine]) is None
    assert rpc.engine.block_number == before + 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"3", -32600),
        (b'"eth_chainId"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":"0x1"}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":0}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":false}', -32602),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"eth_chainId"}', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}x', -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_none","params":[]}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[]}', -32602),
    ],
)
def test_what_is_no_request_is_refused_with_its_code(rpc: Rpc, body: bytes, code: int) -> None:
    assert json.loads(rpc.handle(body))["error"]["code"] == code


@pytest.mark.parametrize("number", ["18446744073709551616", "-99999999999999999999", "1.50", "1e3", "0.10"])
def test_a_number_comes_back_as_it_was_written(rpc: Rpc, number: str) -> None:
    body = f'{{"jsonrpc":"2.0","id":{number},"method":"eth_chainId"}}'
    answer = f'{{"jsonrpc":"2.0","id":{number},"result":"0x7a69"}}'
    assert rpc.handle(body.encode()) == answer.encode()
    assert rpc.handle(f"[7,{body}]".encode()).decode().endswith(f",{answer}]")
    refused = rpc.handle(body.replace("Id", "ID").encode()).decode()
    assert f'"id":{number},"error":{{"code":-32601,' in refused


def test_parameters_that_are_no_list_are_named(rpc: Rpc) -> None:
    told = ask(rpc, {**request("eth_getBalance"), "params": 5})["error"]["message"]
    assert told == "invalid argument: params: an array or an object was expected, not 5"
    assert ask(rpc, {"jsonrpc": "2.0", "method": "eth_getBalance", "params": 5}) is None


def test_a_batch_has_a_limit(rpc: Rpc) -> None:
    batch = [request("eth_chainId")] * (MAX_BATCH + 1)
    assert ask(rpc, batch)["error"]["code"] == -32600
    assert len(ask(rpc, batch[1:])) == MAX_BATCH


def test_parameters_may_be_given_by_name(rpc: Rpc) -> None:
    sender = rpc.chain.accounts[0].address
    by_name = rpc.request("eth_getBalance", {"address": sender, "block": "latest"})
    assert by_name == rpc.request("eth_getBalance", [sender, "latest"])
    with pytest.raises(
        RpcError, match=r"unknown argument addres: eth_getBalance\(address, block\?\)"
    ) as refused:
        rpc.request("eth_getBalance", {"addres": sender})
    assert refused.value.code == -32602


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("eth_getBalance", [], "missing argument 0: address"),
        ("eth_getBalance", ["0x12"], "argument 0: address: an address has 20 bytes"),
        ("eth_getBalance", ["0x" + "1" * 40, "newest"], "argument 1: block: hex string without 0x prefix"),
        (
            "eth_getBalance",
            ["0x" + "1" * 40, {"blockNumber": "0x1", "blockHash": "0x" + "1" * 64}],
            "argument 1: block",
        ),
        ("eth_getBalance", ["0x" + "1" * 40, "latest", 1], "too many arguments: eth_getBalance"),
        ("eth_getStorageAt", ["0x" + "1" * 40, "0x" + "1" * 65], "argument 1: slot"),
        ("eth_call", [{"to": "0x1"}], "argument 0: transaction: to:"),
        ("eth_call", [{"gas": "0x1", "gasLimit": "0x2"}], "given twice, differently"),
        ("eth_getBlockByNumber", ["0x1", "yes"], "argument 1: hydratedTransactions: true or false"),
        ("eth_getLogs", [{"topics": [["0x12"]]}], "argument 0: logFilter: topics: 32 bytes"),
        ("evm_increaseTime", ["soon"], "argument 0: seconds"),
        ("web3_sha3", ["0x123"], "argument 0: data: '0x123' has an odd number of digits"),
    ],
)
def test_wrong_parameters_are_named(rpc: Rpc, method: str, params: list[Any], words: str) -> None:
    with pytest.raises(RpcError) as refused:
        rpc.request(method, params)
    assert refused.value.code == -32602
    assert words in refused.value.message
