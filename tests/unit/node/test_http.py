"""The node's HTTP, from the wire."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

import ingot
from ingot.node import service

CHAIN_ID = b'{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}'


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with ingot.serve(ingot.Chain(chain_id=77)) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(*address, timeout=10)
    yield connection
    connection.close()


def exchange(address: tuple[str, int], *pieces: bytes) -> bytes:
    """What comes back until the server closes, or for a while."""
    received = b""
    with socket.create_connection(address, timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            received += part
    return received


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST / HTTP/1.1", "host: x", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("version", "asked", "told"),
    [
        ("1.1", "x: y", None),
        ("1.1", "connection: close", "close"),
        ("1.0", "x: y", "close"),
        ("1.0", "connection: keep-alive", "keep-alive"),
    ],
)
def test_the_client_is_told_what_becomes_of_the_connection(
    address: tuple[str, int], version: str, asked: str, told: str | None
) -> None:
    request = post(CHAIN_ID, asked).replace(b"HTTP/1.1", b"HTTP/%s" % version.encode())
    answers = exchange(address, request + request)
    stays = told in (None, "keep-alive")
    assert answers.count(b"200 OK") == (2 if stays else 1)
    assert answers.count(b"connection: ") == (0 if told is None else answers.count(b"200 OK"))
    assert told is None or b"connection: %s\r\n" % told.encode() in answers


def test_one_connection_answers_many_requests(client: http.client.HTTPConnection) -> None:
    for number in range(3):
        client.request(
            "POST", "/", json.dumps({"jsonrpc": "2.0", "id": number, "method": "eth_chainId", "params": []})
        )
        response = client.getresponse()
        assert response.status == 200
        assert response.getheader("content-type") == "application/json"
        assert json.load(response) == {"jsonrpc": "2.0", "id": number, "result": "0x4d"}


def test_a_batch_is_answered_in_order(client: http.client.HTTPConnection) -> None:
    body = [{"jsonrpc": "2.0", "id": number, "method": "eth_chainId"} for number in range(1000)]
    client.request("POST", "/", json.dumps(body))
    answers = json.load(client.getresponse())
    assert [answer["id"] for answer in answers] == list(range(1000))


def test_requests_that_come_at_once_are_all_answered(address: tuple[str, int]) -> None:
    assert exchange(address, post(CHAIN_ID) * 5).count(b'"result":"0x4d"') == 5


@pytest.mark.parametrize("size", [1, 7])
def test_a_request_may_come_in_pieces(address: tuple[str, int], size: int) -> None:
    whole = post(CHAIN_ID)
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert exchange(address, *pieces).count(b'"result":"0x4d"') == 1


def test_a_chunked_body_is_read(address: tuple[str, int]) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in (CHAIN_ID[:9], CHAIN_ID[9:]))
    assert b'"result":"0x4d"' in exchange(address, head + chunks + b"0\r\n\r\n")


def test_a_notification_gets_no_body(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/", b'{"jsonrpc":"2.0","method":"evm_mine"}')
    response = client.getresponse()
    assert (response.status, response.read()) == (204, b"")


def test_browsers_may_ask_from_everywhere(client: http.client.HTTPConnection) -> None:
    asked = {"origin": "http://localhost:3000", "access-control-request-headers": "content-type, x-mine"}
    client.request("OPTIONS", "/", headers=asked)
    response = client.getresponse()
    assert response.read() == b""
    assert response.getheader("access-control-allow-origin") == "*"
    assert response.getheader("access-control-allow-headers") == "content-type, x-mine"
    client.request("POST", "/", CHAIN_ID)
    answer = client.getresponse()
    assert answer.getheader("access-control-allow-origin") == "*"
    assert answer.read()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_other_methods_are_told_what_this_is(client: http.client.HTTPConnection, method: str) -> None:
    client.request(method, "/")
    response = client.getresponse()
    assert response.status == 405
    assert ("JSON-RPC" in response.read().decode()) == (method != "HEAD")
    client.request("POST", "/", CHAIN_ID)
    assert client.getresponse().status == 200


def test_what_is_no_http_is_refused(address: tuple[str, int]) -> None:
    assert exchange(address, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_too_large_a_body_is_refused_before_it_is_read(address: tuple[str, int]) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (service.MAX_BODY + 1)
    assert exchange(address, head).startswith(b"HTTP/1.1 413")


def test_too_many_headers_are_refused(address: tuple[str, int]) -> None:
    assert exchange(address, post(CHAIN_ID, "x-filler: " + "a" * 100_000)).startswith(b"HTTP/1.1 431")


def test_whoever_waits_for_permission_to_send_a_body_gets_it(address: tuple[str, int]) -> None:
    answer = exchange(address, post(CHAIN_ID, "expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_connection_close_is_heeded(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(post(CHAIN_ID, "connection: close"))
        received = b""
        while part := connection.recv(65536):  # ends, though we did not
            received += part
    assert received.count(b"HTTP/1.1 200") == 1


def test_clients_that_say_half_of_something_hold_up_nobody(
    address: tuple[str, int], client: http.client.HTTPConnection
) -> None:
    slow = [socket.create_connection(address, timeout=5) for _ in range(200)]
    for each in slow:
        each.sendall(post(CHAIN_ID)[:-5])
    client.request("POST", "/", CHAIN_ID)
    assert client.getresponse().status == 200
    for each in slow:
        each.sendall(CHAIN_ID[-5:])
        assert b'"result":"0x4d"' in each.recv(65536)
        each.close()


def test_subscribing_needs_a_connection_that_stays(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/", b'{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}')
    error = json.load(client.getresponse())["error"]
    assert error["code"] == -32601
    assert "WebSocket" in error["message"]
