"""A chain behind a connection that fails: reads survive, sends are not repeated blindly, nothing is doubled."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from anvil import Anvil, require_anvil
from faulty_proxy import (
    Exchange,
    Fault,
    FaultyProxy,
    answering,
    delayed,
    drop_after,
    drop_before,
    duplicated,
    failing,
    garbage,
    reset_after,
    status,
    truncated,
    truncated_json,
)
from stand_in import SEPOLIA, StartAnvil, StartProxy, start_anvil

from ingot.errors import InvalidTransaction, ProviderError, Unreachable, WrongChain
from ingot.remote.chain import RemoteChain
from ingot.remote.network import find_network
from ingot.remote.retry import Retries
from ingot.remote.transport import open_transport

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
NOBODY = "0x00000000000000000000000000000000000a11ce"
SEND = "eth_sendRawTransaction"
RICH = 10**22
QUICK = Retries(timeout_s=5, attempts=4, first_delay_s=0.01, longest_delay_s=0.05, budget_s=5)

NEVER_ARRIVED = {
    "dropped": drop_before,
    "429": status(429, headers="Retry-After: 0\r\n"),
    "503": status(503),
}
ARRIVED = {
    "dropped after": drop_after,
    "reset": reset_after,
    "502 after": status(502, after=True),
    "garbage": garbage,
    "half an answer": truncated,
    "half of the JSON": truncated_json,
}
ALL = {**NEVER_ARRIVED, **ARRIVED}


@pytest.fixture(scope="module")
def shared_node() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil() as node:
        yield node


@pytest.fixture
def node(shared_node: Anvil) -> Iterator[Anvil]:
    """As new when the test begins."""
    before = shared_node.call("evm_snapshot")
    yield shared_node
    shared_node.call("anvil_dropAllTransactions")
    shared_node.call("evm_revert", before)


@pytest.fixture
def faulty(node: Anvil, proxy: StartProxy) -> FaultyProxy:
    return proxy(node)


@pytest.fixture
def chain(faulty: FaultyProxy) -> Iterator[RemoteChain]:
    transport = open_transport([faulty.url], retries=QUICK)
    yield RemoteChain(transport, timeout_s=10)
    transport.close()


def mined(node: Anvil) -> list[dict]:
    """All transactions of the chain."""
    head = node.number("eth_blockNumber")
    blocks = node.batch([("eth_getBlockByNumber", (hex(number), True)) for number in range(head + 1)])
    return [transaction for block in blocks for transaction in block["transactions"]]


def sent(faulty: FaultyProxy) -> list[str]:
    """Raw transactions in the order in which they came to the proxy."""
    return [call["params"][0] for call in faulty.calls(SEND)]


def no_blind_repetition(faulty: FaultyProxy) -> bool:
    """Between two sends of one transaction the node is asked for it."""
    asked = True
    seen: set[str] = set()
    for request in faulty.requests:
        for call in request.calls:
            if call["method"] == "eth_getTransactionByHash":
                asked = True
            elif call["method"] == SEND:
                if call["params"][0] in seen and not asked:
                    return False
                seen.add(call["params"][0])
                asked = False
    return True


# READS


@pytest.mark.parametrize("fault", ALL.values(), ids=ALL.keys())
def test_reads_survive(fault: Fault, chain: RemoteChain, faulty: FaultyProxy) -> None:
    faulty.on("eth_getBalance", fault, times=2)

    assert chain.get_balance(BOB) == RICH
    assert len(faulty.calls("eth_getBalance")) == 3


def test_reads_are_given_up_after_a_bounded_number_of_attempts(
    chain: RemoteChain, faulty: FaultyProxy
) -> None:
    faulty.always("eth_getBalance", status(503))

    with pytest.raises(Unreachable, match="503"):
        chain.get_balance(BOB)
    assert len(faulty.calls("eth_getBalance")) == QUICK.attempts


def test_an_error_of_the_node_is_not_repeated(chain: RemoteChain, faulty: FaultyProxy) -> None:
    faulty.always("eth_getBalance", failing("header not found"))

    with pytest.raises(ProviderError, match="header not found"):
        chain.get_balance(BOB)
    assert len(faulty.calls("eth_getBalance")) == 1


def test_an_answer_that_comes_twice_is_not_taken_for_the_next(
    chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    node.call("anvil_setBalance", NOBODY, "0x7")
    faulty.always("eth_getBalance", duplicated)

    assert [chain.get_balance(who) for who in (BOB, NOBODY, BOB, NOBODY)] == [RICH, 7, RICH, 7]


def test_a_slow_answer_is_waited_for_and_a_very_slow_one_is_asked_for_again(
    faulty: FaultyProxy,
) -> None:
    hasty = Retries(timeout_s=0.2, attempts=3, first_delay_s=0.01, budget_s=5)
    transport = open_transport([faulty.url], retries=hasty)
    faulty.on("eth_getBalance", delayed(0.05))
    faulty.on("eth_getBalance", delayed(0.5), nth=2)
    chain = RemoteChain(transport)

    assert chain.get_balance(BOB) == RICH
    assert len(faulty.calls("eth_getBalance")) == 1
    assert chain.get_balance(BOB) == RICH
    assert len(faulty.calls("eth_getBalance")) == 3
    transport.close()


def test_a_node_that_restarts_is_found_again(anvil: StartAnvil, proxy: StartProxy) -> None:
    node = anvil()
    faulty = proxy(node)
    transport = open_transport([faulty.url], retries=QUICK)
    chain = RemoteChain(transport)
    assert chain.get_balance(BOB) == RICH
    state = node.dumped()
    node.die()
    faulty.hang_up_on_all()
    with pytest.raises(Unreachable):
        chain.get_balance(BOB)

    anvil(state=state, port=node.port)

    assert chain.get_balance(BOB) == RICH
    transport.close()


# SENDS


@pytest.mark.parametrize("fault", ALL.values(), ids=ALL.keys())
def test_a_send_with_an_unknown_outcome_happens_once(
    fault: Fault, chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    faulty.on(SEND, fault)

    transaction = chain.send(sender=chain.accounts[0], to=NOBODY, value=5)

    assert transaction.succeeded
    assert node.number("eth_getBalance", NOBODY, "latest") == 5
    assert [one["hash"] for one in mined(node)] == ["0x" + transaction.hash.hex()]
    assert len(set(sent(faulty))) == 1
    assert no_blind_repetition(faulty)


@pytest.mark.parametrize("fault", ARRIVED.values(), ids=ARRIVED.keys())
def test_a_send_that_arrived_is_found_and_not_repeated(
    fault: Fault, chain: RemoteChain, faulty: FaultyProxy
) -> None:
    faulty.on(SEND, fault)

    chain.send(sender=chain.accounts[0], to=NOBODY, value=5)

    assert len(sent(faulty)) == 1


@pytest.mark.parametrize("fault", ALL.values(), ids=ALL.keys())
def test_a_send_that_nobody_can_ask_after_is_unreachable_and_not_repeated(
    fault: Fault, chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    sender = chain.accounts[0]
    signed = chain.sign(chain.prepare(sender=sender, to=NOBODY, value=5))
    faulty.on(SEND, fault)
    faulty.always("eth_getTransactionByHash", drop_before)
    with pytest.raises(Unreachable) as raised:
        chain.broadcast(signed)

    assert len(sent(faulty)) == 1
    if fault in ARRIVED.values():
        assert raised.value.may_have_arrived
    faulty.reset()

    # what became of it is a fact of the chain; sending the same again changes nothing
    chain.broadcast(signed)
    chain.broadcast(signed)
    assert chain.wait(signed.hash).succeeded
    assert len(mined(node)) == 1
    assert node.number("eth_getTransactionCount", ALICE, "latest") == 1


def test_an_error_that_answers_something_else_says_nothing_of_a_send(
    chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    def stale(exchange: Exchange) -> None:
        exchange.forward()
        answer = {"jsonrpc": "2.0", "id": 999_999, "error": {"code": -32000, "message": "insufficient funds"}}
        exchange.reply(200, json.dumps(answer).encode())

    faulty.on(SEND, stale)

    assert chain.send(sender=chain.accounts[0], to=NOBODY, value=5).succeeded
    assert len(mined(node)) == 1


def test_what_the_node_refuses_is_refused_at_once(
    chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    faulty.on(SEND, failing("insufficient funds for gas * price + value"))

    with pytest.raises(InvalidTransaction, match="insufficient funds") as raised:
        chain.send(sender=chain.accounts[0], to=NOBODY, value=5)

    assert "insufficient funds" in raised.value.reason
    assert len(sent(faulty)) == 1
    assert not mined(node)
    # the nonce is free again
    chain.send(sender=chain.accounts[0], to=NOBODY, value=5)
    assert [one["nonce"] for one in mined(node)] == ["0x0"]


def test_many_sends_through_a_bad_connection_all_happen_once(
    chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    for number, fault in enumerate([*ALL.values()] * 2):
        faulty.on(SEND, fault, nth=2 * number + 1)
        faulty.on("eth_getTransactionReceipt", fault, nth=3 * number + 2)
        faulty.on("eth_getTransactionByHash", fault, nth=4 * number + 3)

    accounts = [chain.accounts[index] for index in range(3)]
    for number in range(12):
        chain.send(sender=accounts[number % 3], to=NOBODY, value=1 << number)

    assert node.number("eth_getBalance", NOBODY, "latest") == (1 << 12) - 1
    by_sender: dict[str, list[int]] = {}
    for one in mined(node):
        by_sender.setdefault(one["from"], []).append(int(one["nonce"], 16))
    assert list(by_sender.values()) == [[0, 1, 2, 3]] * 3
    assert no_blind_repetition(faulty)


# LIES


def test_nothing_is_signed_for_a_node_of_another_chain(faulty: FaultyProxy, node: Anvil) -> None:
    faulty.always("eth_chainId", answering("0x1", method="eth_chainId"))
    transport = open_transport([faulty.url], retries=QUICK)
    chain = RemoteChain(transport, network=find_network("ethereum", "sepolia"))

    with pytest.raises(WrongChain) as raised:
        chain.send(sender=chain.accounts[0], to=NOBODY, value=5)

    assert (raised.value.expected, raised.value.answered) == (SEPOLIA, 1)
    assert not sent(faulty)
    assert not mined(node)
    transport.close()


def test_what_is_signed_is_of_no_use_on_a_chain_that_lies_later(
    chain: RemoteChain, faulty: FaultyProxy, node: Anvil
) -> None:
    assert chain.chain_id == SEPOLIA
    faulty.always("eth_chainId", answering("0x1", method="eth_chainId"))

    chain.send(sender=chain.accounts[0], to=NOBODY, value=5)

    assert [int(one["chainId"], 16) for one in mined(node)] == [SEPOLIA]
