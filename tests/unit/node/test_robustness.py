"""Nothing that a client does ends the node, or keeps others from it."""

from __future__ import annotations

import json
import socket
import struct
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ingot
from ingot.node.service import Service
from ingot.rpc import Rpc

CHAIN_ID = b'{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ingot.serve(ingot.Chain()) as url:
        yield url


def address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def post(url: str, body: bytes) -> object:
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30) as response:
        return json.load(response)


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def assert_alive(url: str) -> None:
    assert post(url, CHAIN_ID) == {"jsonrpc": "2.0", "id": 7, "result": "0x7a69"}


heads = st.sampled_from([b"POST / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n", b"", b"POST * HTTP/9.9\r\n"])
headers = st.lists(
    st.sampled_from(
        [
            b"content-length: 5\r\n",
            b"content-length: -1\r\n",
            b"content-length: 99999999999999999999\r\n",
            b"content-length: x\r\n",
            b"transfer-encoding: chunked\r\n",
            b"connection: upgrade\r\nupgrade: websocket\r\n",
            b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nhost: x\r\n",
            b"expect: 100-continue\r\n",
            b": nameless\r\n",
        ]
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(head=heads, lines=headers, body=st.binary(max_size=40))
@example(head=b"", lines=[], body=b"\0" * 40)
def test_no_bytes_end_the_node(url: str, head: bytes, lines: list[bytes], body: bytes) -> None:
    with socket.create_connection(address_of(url), timeout=5) as connection:
        connection.sendall(head + b"".join(lines) + b"\r\n" + body)
    assert_alive(url)


def test_ten_megabytes_are_answered(url: str) -> None:
    data = "0x" + "00" * (10 << 20)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "web3_sha3", "params": [data]}).encode()
    answer = post(url, body)
    assert isinstance(answer, dict)
    assert len(answer["result"]) == 66


def test_deeply_nested_json_is_an_error(url: str) -> None:
    for body in (b"[" * 100_000, b'{"jsonrpc":"2.0","id":1,"method":"eth_call","params":' + b"[" * 5000):
        answer = post(url, body)
        assert isinstance(answer, dict)
        assert answer["error"]["code"] == -32700


def test_five_hundred_connections_are_served(url: str) -> None:
    whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(CHAIN_ID), CHAIN_ID)
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(address_of(url), timeout=10)) for _ in range(500)
        ]
        for client in clients:
            client.sendall(whole)
        for client in clients:
            assert b'"result":"0x7a69"' in client.recv(65536)


def test_clients_that_vanish_leave_nothing_behind(url: str) -> None:
    before = _open_files()
    for _ in range(50):
        client = socket.create_connection(address_of(url), timeout=5)
        client.sendall(b"POST / HTTP/1.1\r\ncontent-length: 1000\r\n\r\n{")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # a reset
    assert_alive(url)
    assert _open_files() <= before + 5


def test_a_client_that_does_not_read_is_asked_nothing_more(url: str) -> None:
    ask = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "rpc_modules"}).encode()
    batch = b"[" + b",".join([ask] * 300) + b"]"
    whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(batch), batch)
    with socket.create_connection(address_of(url), timeout=0.3) as client:
        with pytest.raises(TimeoutError):  # the node stops reading, so sending stops, too
            client.sendall(whole * 1000)
        assert_alive(url)


def test_what_goes_wrong_in_the_node_itself_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Rpc(ingot.Chain()))
    monkeypatch.setattr(service, "request_once", lambda *_: {1, 2})
    error = json.loads(service.answer(CHAIN_ID))["error"]
    assert error["code"] == -32603
