"""Transactions that wait, are replaced, dropped or undone: what anvil does with them, and what is said of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from anvil import Anvil, require_anvil
from stand_in import StartAnvil

from ingot.errors import InvalidTransaction, ProviderError, TransactionLost
from ingot.remote import RemoteChain, open_transport
from ingot.remote.network import find_network

SEPOLIA_FACTS = find_network("ethereum", "sepolia")
GWEI = 10**9


def opened(node: Anvil) -> RemoteChain:
    require_anvil()
    return RemoteChain(open_transport([node.url]), network=SEPOLIA_FACTS, timeout_s=20)


@pytest.fixture
def node(anvil: StartAnvil) -> Anvil:
    """Mines on request only."""
    return anvil(mining=False)


@pytest.fixture
def chain(node: Anvil) -> Iterator[RemoteChain]:
    chain = opened(node)
    yield chain
    chain.close()


def signed(chain: RemoteChain, sender: Any, to: Any, **settings: Any) -> Any:
    return chain.sign(chain.prepare(sender=sender, to=to, **settings))


def test_nonces_count_what_waits_ours_and_others(node: Anvil, chain: RemoteChain) -> None:
    alice, bob = chain.accounts[:2]
    other = opened(node)
    for program in (chain, other, chain, chain, other):
        sender = program.accounts[0]
        program.broadcast(signed(program, sender, bob))
    chain.broadcast(signed(chain, bob, alice))
    assert node.number("eth_getTransactionCount", str(alice), "pending") == 5
    node.mine()
    assert (alice.nonce, bob.nonce) == (5, 1)
    other.close()


def test_several_senders_at_once(node: Anvil, chain: RemoteChain) -> None:
    accounts = chain.accounts[:4]
    failures: list[BaseException] = []

    def send_five(sender: Any) -> None:
        try:
            for value in range(5):
                chain.broadcast(signed(chain, sender, accounts[0], value=value))
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=send_five, args=(account,)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    node.mine()
    assert not failures
    assert [account.nonce for account in accounts] == [5] * 4


def test_a_replacement_pays_more_or_is_refused(node: Anvil, chain: RemoteChain) -> None:
    alice, bob, carol = chain.accounts[:3]
    fees = {"max_fee": 10 * GWEI, "max_priority_fee": 2 * GWEI}
    first = signed(chain, alice, bob, value=1, **fees)
    chain.broadcast(first)
    chain.broadcast(first)  # already known
    with pytest.raises(InvalidTransaction, match="at least 10 %") as caught:
        chain.broadcast(signed(chain, alice, carol, nonce=first.nonce, **fees))
    assert caught.value.reason == "replacement transaction underpriced"
    bumped = {name: fee * 12 // 10 for name, fee in fees.items()}
    second = signed(chain, alice, carol, nonce=first.nonce, **bumped)
    chain.broadcast(second)
    node.mine()
    assert chain.wait(second.hash).to == carol
    assert chain.find(first.hash) is None
    with pytest.raises(InvalidTransaction) as late:
        chain.broadcast(first)
    assert late.value.reason == "nonce too low"
    chain.broadcast(second)  # mined: that is success


def test_waiting_for_a_replaced_transaction_says_so(node: Anvil, chain: RemoteChain) -> None:
    alice, bob = chain.accounts[:2]
    first = signed(chain, alice, bob, max_fee=10 * GWEI, max_priority_fee=2 * GWEI)
    chain.broadcast(first)

    def replace() -> None:
        time.sleep(0.5)
        node.call("anvil_dropTransaction", f"0x{first.hash.hex()}")
        node.call(
            "eth_sendTransaction",
            {"from": str(alice), "to": str(bob), "nonce": hex(first.nonce), "value": "0x9"},
        )
        node.mine()

    thread = threading.Thread(target=replace)
    thread.start()
    with pytest.raises(TransactionLost, match="another transaction with its nonce was mined") as caught:
        chain.wait(first.hash)
    thread.join()
    assert caught.value.replaced
    assert caught.value.txn_hash == f"0x{first.hash.hex()}"


def test_what_does_not_come_is_not_waited_for_for_ever(chain: RemoteChain) -> None:
    alice, bob = chain.accounts[:2]
    waiting = signed(chain, alice, bob)
    chain.broadcast(waiting)
    found = chain.find(waiting.hash)
    assert found is not None
    assert (found.is_mined, found.nonce, found.sender) == (False, 0, alice)
    with pytest.raises(ProviderError, match=r"is not mined after 0\.3 s"):
        chain.wait(waiting.hash, timeout_s=0.3)


def test_confirmations_are_counted_on_the_block_that_stays(node: Anvil, chain: RemoteChain) -> None:
    alice, bob = chain.accounts[:2]
    sent = signed(chain, alice, bob, value=5)
    chain.broadcast(sent)
    node.mine()
    seen: list[int] = []
    first_block = chain.wait(sent.hash).block_hash

    def reorganise() -> None:
        time.sleep(0.3)
        node.mine()
        time.sleep(0.3)
        node.call("anvil_reorg", 2, [[f"0x{sent.raw.hex()}", 1]])
        for _ in range(3):
            time.sleep(0.3)
            node.mine()

    thread = threading.Thread(target=reorganise)
    thread.start()
    mined = chain.wait(sent.hash, confirmations=3, progress=seen.append)
    thread.join()
    assert mined.block_hash != first_block
    assert chain.block_number - mined.block_number >= 3
    assert seen[-1] >= 3


def test_blocks_that_come_every_second_are_met_soon_and_with_few_requests(
    anvil: StartAnvil, monkeypatch: Any
) -> None:
    chain = opened(anvil(block_time_s=1))
    alice, bob = chain.accounts[:2]
    alice.transfer(bob, 1)
    sleep, slept = time.sleep, []

    def noted(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr("ingot.remote.waiting.time.sleep", noted)
    assert alice.transfer(bob, 1).is_mined
    assert max(slept) <= 0.25  # a fraction of a block late, at worst
    assert len(slept) < 20
    chain.close()
