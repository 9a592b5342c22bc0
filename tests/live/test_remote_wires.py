"""IPC and WebSocket carry what HTTP does, and end as clearly."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import Anvil, require_anvil

from ingot.errors import ProviderError, Unreachable
from ingot.remote import RemoteChain, Transport, open_transport
from ingot.remote.retry import Retries

QUICK = Retries(timeout_s=5, attempts=2, first_delay_s=0.01)


@pytest.fixture
def node() -> Iterator[Anvil]:
    require_anvil()
    with Anvil(["--chain-id", "31337"], http=True) as node:
        yield node


@pytest.fixture(params=["ipc", "ws"])
def url(request: pytest.FixtureRequest, node: Anvil) -> str:
    return str(node._folder / "ipc") if request.param == "ipc" else f"ws://127.0.0.1:{node.port}"


@pytest.fixture
def transport(url: str) -> Iterator[Transport]:
    opened = open_transport([url], retries=QUICK)
    yield opened
    opened.close()


def test_a_chain_works_over_it(transport: Transport) -> None:
    chain = RemoteChain(transport)
    alice, bob = chain.accounts[:2]
    before = bob.balance
    assert [alice.transfer(bob, 1).nonce for _ in range(3)] == [0, 1, 2]
    assert bob.balance == before + 3
    assert transport.batch([("eth_chainId", []), ("eth_foo", []), ("eth_blockNumber", [])])[::2] == [
        "0x7a69",
        "0x3",
    ]
    with pytest.raises(ProviderError, match="does not offer eth_foo"):
        transport.request("eth_foo")


def test_large_answers_arrive_whole(transport: Transport) -> None:
    chain = RemoteChain(transport)
    code = bytes(range(256)) * 4000
    chain.set_code(chain.accounts[1], code)
    assert chain.get_code(chain.accounts[1]) == code


def test_a_node_that_dies_is_noticed_at_once(node: Anvil, transport: Transport) -> None:
    assert transport.request("eth_chainId") == "0x7a69"
    node.die()
    with pytest.raises(Unreachable, match=r"cannot connect|closed the connection"):
        transport.request("eth_blockNumber")
    with pytest.raises(Unreachable) as caught:
        transport.request("eth_sendRawTransaction", ["0x00"])
    assert not caught.value.may_have_arrived


Talk = Callable[[socket.socket, dict[str, Any]], None]


@pytest.fixture
def rude(tmp_path: Path) -> Iterator[Callable[[Talk], str]]:
    """A socket at which `talk` decides what is said to a request. Returns: its path."""
    path = tmp_path / "node.ipc"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve(talk: Talk) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile() as lines:
                for line in lines:
                    talk(connection, json.loads(line))

    threads: list[threading.Thread] = []

    def start(talk: Talk) -> str:
        threads.append(threading.Thread(target=serve, args=(talk,), daemon=True))
        threads[-1].start()
        return str(path)

    yield start
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for thread in threads:
        thread.join(5)


def test_an_answer_in_pieces_after_news_of_others(rude: Any) -> None:
    def talk(connection: socket.socket, request: dict[str, Any]) -> None:
        news = json.dumps({"jsonrpc": "2.0", "method": "eth_subscription", "params": {}})
        old = json.dumps({"jsonrpc": "2.0", "id": request["id"] - 1, "result": "0xold"})
        answer = json.dumps(
            {"jsonrpc": "2.0", "id": request["id"], "result": "}" * 9 + "é"}, ensure_ascii=False
        )
        whole = (news + "\n" + old + answer).encode()
        for start in range(0, len(whole), 7):
            connection.sendall(whole[start : start + 7])

    transport = open_transport([rude(talk)], retries=QUICK)
    assert transport.request("eth_call", [{}]) == "}" * 9 + "é"
    assert transport.request("eth_call", [{}]) == "}" * 9 + "é"
    transport.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [(b"hello\n", "no JSON"), (b'{"id": 1, "res', "closed the connection"), (b"", "closed")],
)
def test_garbage_and_silence_are_told_apart(rude: Any, said: bytes, words: str) -> None:
    def talk(connection: socket.socket, _: dict[str, Any]) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)

    transport = open_transport([rude(talk)], retries=QUICK)
    with pytest.raises(Unreachable, match=words) as caught:
        transport.request("eth_sendRawTransaction", ["0x00"])
    assert caught.value.may_have_arrived
    transport.close()


def test_silence_ends(rude: Any) -> None:
    transport = open_transport([rude(lambda *_: None)], retries=Retries(timeout_s=0.05, attempts=1))
    with pytest.raises(Unreachable, match=r"did not answer eth_chainId within 0\.05 s"):
        transport.request("eth_chainId")
    transport.close()
