"""WebSocket and subscriptions, by the client of `websockets`."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

import ingot

Ask = Callable[..., Any]


@pytest.fixture
def chain() -> ingot.Chain:
    return ingot.Chain()


@pytest.fixture
def url(chain: ingot.Chain) -> Iterator[str]:
    with ingot.serve(chain) as url:
        yield url.replace("http://", "ws://")


@pytest.fixture
def client(url: str) -> Iterator[ClientConnection]:
    with connect(url, max_size=None) as connection:
        yield connection


def send(client: ClientConnection, method: str, *params: Any, number: int = 1) -> None:
    client.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}))


def receive(client: ClientConnection) -> Any:
    return json.loads(client.recv(timeout=10))


def ask(client: ClientConnection, method: str, *params: Any) -> Any:
    send(client, method, *params)
    return receive(client)["result"]


def test_requests_and_batches_are_answered(client: ClientConnection) -> None:
    assert ask(client, "eth_chainId") == "0x7a69"
    client.send(json.dumps([{"jsonrpc": "2.0", "id": each, "method": "eth_chainId"} for each in range(3)]))
    assert [answer["id"] for answer in receive(client)] == [0, 1, 2]


def test_a_new_head_follows_the_answer_to_what_made_it(client: ClientConnection) -> None:
    subscription = ask(client, "eth_subscribe", "newHeads")
    send(client, "evm_mine", number=9)
    assert receive(client)["id"] == 9
    news = receive(client)
    assert news["method"] == "eth_subscription"
    assert news["params"]["subscription"] == subscription
    assert news["params"]["result"]["number"] == "0x1"


def test_blocks_of_the_program_itself_are_pushed_too(chain: ingot.Chain, client: ClientConnection) -> None:
    ask(client, "eth_subscribe", "newHeads")
    chain.mine(2)
    assert [receive(client)["params"]["result"]["number"] for _ in range(2)] == ["0x1", "0x2"]


def test_one_client_hears_of_what_another_sends(url: str, client: ClientConnection) -> None:
    ask(client, "eth_subscribe", "newPendingTransactions")
    with connect(url) as other:
        sender, to = ask(other, "eth_accounts")[:2]
        sent = ask(other, "eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    assert receive(client)["params"]["result"] == sent


def test_nothing_is_pushed_after_unsubscribing(client: ClientConnection) -> None:
    subscription = ask(client, "eth_subscribe", "newHeads")
    assert ask(client, "eth_unsubscribe", subscription) is True
    assert ask(client, "eth_unsubscribe", subscription) is False
    ask(client, "evm_mine")
    assert ask(client, "eth_blockNumber") == "0x1"


def test_a_client_cannot_end_the_subscription_of_another(url: str, client: ClientConnection) -> None:
    subscription = ask(client, "eth_subscribe", "newHeads")
    with connect(url) as other:
        assert ask(other, "eth_unsubscribe", subscription) is False
        ask(other, "evm_mine")
    assert receive(client)["params"]["result"]["number"] == "0x1"


@pytest.mark.parametrize("params", [(), (5,), ("nothing",), ("logs", {"address": "0x12"})])
def test_a_wrong_subscription_is_refused(client: ClientConnection, params: tuple[Any, ...]) -> None:
    send(client, "eth_subscribe", *params)
    assert receive(client)["error"]["code"] == -32602


def test_a_message_may_come_in_fragments(client: ClientConnection) -> None:
    client.send(['{"jsonrpc":"2.0","id":1,', '"method":"eth_chainId"', "}"])
    assert receive(client)["result"] == "0x7a69"


def test_garbage_gets_an_answer_and_harms_nobody(client: ClientConnection) -> None:
    client.send("{")
    assert receive(client)["error"]["code"] == -32700
    assert ask(client, "eth_chainId") == "0x7a69"


def test_frames_that_break_the_protocol_end_their_connection_only(url: str, client: ClientConnection) -> None:
    with connect(url) as other:
        other.socket.sendall(b"\xff" * 64)
        with pytest.raises(ConnectionClosed):
            other.recv(timeout=10)
    assert ask(client, "eth_chainId") == "0x7a69"


def test_a_ping_is_answered(client: ClientConnection) -> None:
    assert client.ping().wait(10)


def test_the_close_is_shaken_hands_on(url: str) -> None:
    with connect(url) as other:
        ask(other, "eth_chainId")
        other.close()
        assert other.close_code == 1000


def test_an_upgrade_to_something_else_is_refused(url: str) -> None:
    parts = urlsplit(url)
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
