"""The instruments themselves: the stand-in for Sepolia, and each fault of the proxy as a plain HTTP client sees it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from anvil import Anvil
from faulty_proxy import (
    FaultyProxy,
    answering,
    delayed,
    drop_after,
    drop_before,
    duplicated,
    failing,
    garbage,
    killing,
    reset_after,
    status,
    truncated,
    truncated_json,
)
from stand_in import SEPOLIA, StartAnvil, StartProxy

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
def node(anvil: StartAnvil) -> Anvil:
    return anvil()


@pytest.fixture
def faulty(node: Anvil, proxy: StartProxy) -> FaultyProxy:
    return proxy(node)


@pytest.fixture
def client(faulty: FaultyProxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(faulty.url.removeprefix("http://"), timeout=10)
    yield connection
    connection.close()


def post(client: http.client.HTTPConnection, *methods: str, params: list | None = None) -> tuple[int, bytes]:
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": method, "params": params or []}
        for number, method in enumerate(methods)
    ]
    client.request("POST", "/", json.dumps(calls if len(calls) > 1 else calls[0]))
    answer = client.getresponse()
    return answer.status, answer.read()


def result(client: http.client.HTTPConnection, method: str, params: list | None = None) -> object:
    return json.loads(post(client, method, params=params)[1])["result"]


def transfer(client: http.client.HTTPConnection) -> tuple[int, bytes]:
    return post(client, "eth_sendTransaction", params=[{"from": ALICE, "to": BOB, "value": "0x1"}])


def nonce(node: Anvil) -> int:
    return node.number("eth_getTransactionCount", ALICE, "pending")


def test_stand_in_has_sepolias_chain_id_and_a_genesis_of_its_own(anvil: StartAnvil) -> None:
    node, twin, other = anvil(), anvil(), anvil(timestamp=1_750_000_001)

    assert node.number("eth_chainId") == SEPOLIA
    genesis = [one.call("eth_getBlockByNumber", "0x0", False)["hash"] for one in (node, twin, other)]
    assert genesis[0] == genesis[1] != genesis[2]


def test_stand_in_mines_when_it_is_told_to(anvil: StartAnvil) -> None:
    automatic, manual = anvil(), anvil(mining=False)
    for node in (automatic, manual):
        node.call("eth_sendTransaction", {"from": ALICE, "to": BOB, "value": "0x1"})
    manual_before = manual.number("eth_blockNumber")
    manual.mine(2)

    assert manual_before == 0
    assert manual.number("eth_blockNumber") == 2
    deadline = time.monotonic() + 5
    while automatic.number("eth_blockNumber") < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert automatic.number("eth_blockNumber") == 1


def test_a_node_that_died_is_followed_by_one_with_its_state(node: Anvil, anvil: StartAnvil) -> None:
    node.call("anvil_setBalance", BOB, "0x1234")
    state = node.dumped()
    node.die()

    successor = anvil(state=state, port=node.port)

    assert successor.url == node.url
    assert successor.number("eth_getBalance", BOB, "latest") == 0x1234


def test_proxy_without_rules_is_transparent_and_counts(
    faulty: FaultyProxy, client: http.client.HTTPConnection
) -> None:
    assert result(client, "eth_chainId") == hex(SEPOLIA)
    socket_before = client.sock
    code, body = post(client, "eth_chainId", "eth_blockNumber")

    assert client.sock is socket_before  # kept alive
    assert code == 200
    assert [one["result"] for one in json.loads(body)] == [hex(SEPOLIA), "0x0"]
    assert faulty.methods == {"eth_chainId": 2, "eth_blockNumber": 1}
    assert [request.number for request in faulty.requests] == [1, 2]


@pytest.mark.parametrize(("fault", "arrived"), [(drop_before, 0), (drop_after, 1), (reset_after, 1)])
def test_a_dropped_send_has_or_has_not_arrived(fault, arrived, faulty, client, node) -> None:
    faulty.on("eth_sendTransaction", fault)

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        transfer(client)
    client.close()

    assert nonce(node) == arrived
    assert transfer(client)[0] == 200  # the rule has run out
    assert nonce(node) == arrived + 1


def test_statuses_and_nonsense(faulty, client, node) -> None:
    faulty.on("eth_sendTransaction", status(429, headers="Retry-After: 1\r\n"))
    faulty.on("eth_sendTransaction", status(502, after=True), nth=2)
    faulty.on("eth_sendTransaction", garbage, nth=3)
    faulty.on("eth_sendTransaction", truncated_json, nth=4)
    faulty.on("eth_sendTransaction", failing("insufficient funds"), nth=5)

    assert transfer(client)[0] == 429
    assert nonce(node) == 0
    assert transfer(client)[0] == 502
    assert nonce(node) == 1
    for arrived in (2, 3):
        code, body = transfer(client)
        assert code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(body)
        assert nonce(node) == arrived
    assert json.loads(transfer(client)[1])["error"] == {"code": -32000, "message": "insufficient funds"}
    assert nonce(node) == 3


def test_half_an_answer(faulty, client) -> None:
    faulty.on("eth_chainId", truncated)

    with pytest.raises(http.client.IncompleteRead):
        post(client, "eth_chainId")


def test_an_answer_that_comes_twice_is_found_by_the_next_request(faulty, client) -> None:
    faulty.on("eth_chainId", duplicated)
    assert result(client, "eth_chainId") == hex(SEPOLIA)

    assert result(client, "eth_blockNumber") == hex(SEPOLIA)  # a client that does not look at ids believes it

    # The request itself may still be on its way.
    deadline = time.monotonic() + 60
    while "eth_blockNumber" not in faulty.methods:
        assert time.monotonic() < deadline, "the request did not arrive"
        time.sleep(0.001)
    faulty.on("eth_blockNumber", duplicated)
    client.close()
    answers = json.loads(post(client, "eth_chainId", "eth_blockNumber")[1])
    assert [one["id"] for one in answers] == [0, 0, 1, 1]


def test_a_lie_about_the_chain_id(faulty, client) -> None:
    faulty.always("eth_chainId", answering("0x1", method="eth_chainId"))

    assert result(client, "eth_chainId") == "0x1"
    answers = json.loads(post(client, "eth_blockNumber", "eth_chainId")[1])
    assert [one["result"] for one in answers] == ["0x0", "0x1"]


def test_delay(faulty, client) -> None:
    faulty.at(1, delayed(0.1))
    started = time.monotonic()

    assert result(client, "eth_chainId") == hex(SEPOLIA)
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize(("before", "arrived"), [(True, 0), (False, 1)])
def test_a_process_is_killed_before_or_after_the_node_got_its_request(
    before, arrived, faulty, client, node
) -> None:
    victim = subprocess.Popen(["sleep", "60"])
    faulty.at(1, killing(lambda: victim.pid, before=before))

    with pytest.raises(http.client.RemoteDisconnected):
        transfer(client)

    assert victim.wait() == -signal.SIGKILL
    assert nonce(node) == arrived


def test_numbers_begin_again_after_a_reset(faulty, client) -> None:
    faulty.at(1, drop_before)
    faulty.reset()
    result(client, "eth_chainId")

    assert [request.number for request in faulty.requests] == [1]


def test_a_node_that_is_gone_is_a_bad_gateway(client, node) -> None:
    result(client, "eth_chainId")
    node.die()

    assert post(client, "eth_chainId")[0] == 502
