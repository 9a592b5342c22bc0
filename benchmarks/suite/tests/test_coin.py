"""The coins."""

import re

import ape
import pytest

ZERO = "0x0000000000000000000000000000000000000000"
ETHER = 10**18


@pytest.fixture
def rich(gold, owner, alice):
    gold.mint(alice, 10 * ETHER, sender=owner)
    return gold


def test_what_it_is(gold, owner):
    assert gold.symbol() == "GLD"
    assert gold.minter() == owner
    assert gold.totalSupply() == 0


def test_minting(gold, owner, alice):
    receipt = gold.mint(alice, 5, sender=owner)
    assert gold.balanceOf(alice) == gold.totalSupply() == 5
    assert receipt.events == [gold.Transfer(ZERO, alice, 5)]


def test_only_the_minter_mints(gold, alice):
    with ape.reverts("only the minter"):
        gold.mint(alice, 5, sender=alice)
    assert gold.totalSupply() == 0


@pytest.mark.parametrize("value", [0, 1, 10 * ETHER])
def test_transfers(rich, alice, bob, value):
    before = rich.balanceOf(alice), rich.balanceOf(bob)
    receipt = rich.transfer(bob, value, sender=alice)
    assert (rich.balanceOf(alice), rich.balanceOf(bob)) == (before[0] - value, before[1] + value)
    (event,) = receipt.decode_logs(rich.Transfer)
    assert (event["from"], event.to, event.value) == (alice, bob, value)


def test_more_than_there_is(rich, alice, bob):
    with ape.reverts("balance too low"):
        rich.transfer(bob, 10 * ETHER + 1, sender=alice)
    assert rich.balanceOf(alice) == 10 * ETHER


def test_an_allowance_is_used_up(rich, alice, bob, owner):
    rich.approve(bob, 7, sender=alice)
    rich.transferFrom(alice, owner, 3, sender=bob)
    assert rich.allowance(alice, bob) == 4
    with ape.reverts(re.compile("allowance .*low")):
        rich.transferFrom(alice, owner, 5, sender=bob)
    rich.transferFrom(alice, owner, 4, sender=bob)
    assert rich.allowance(alice, bob) == 0
    assert rich.balanceOf(owner) == 7


def test_the_largest_allowance_stays(rich, alice, bob):
    rich.approve(bob, 2**256 - 1, sender=alice)
    rich.transferFrom(alice, bob, ETHER, sender=bob)
    assert rich.allowance(alice, bob) == 2**256 - 1


def test_a_transfer_tried_out_changes_nothing(rich, alice, bob):
    assert rich.transfer.call(bob, 5, sender=alice) is True
    assert rich.balanceOf(bob) == 0
    assert rich.transfer.estimate_gas_cost(bob, 5, sender=alice) > 21_000


def test_a_history_of_transfers(rich, alice, bob, chain):
    start = chain.blocks.height + 1
    receipts = [rich.transfer(bob, value, sender=alice) for value in (1, 2, 3)]
    receipts.append(rich.transfer(alice, 6, sender=bob))
    assert [receipt.block_number for receipt in receipts] == list(range(start, start + 4))
    seen = [event for receipt in receipts for event in rich.Transfer.from_receipt(receipt)]
    assert [event.value for event in seen] == [1, 2, 3, 6]
    assert [len(receipt.events.filter(rich.Transfer, to=bob)) for receipt in receipts] == [1, 1, 1, 0]
    assert chain.blocks[-1].transactions[0].txn_hash.to_0x_hex() == receipts[-1].txn_hash
