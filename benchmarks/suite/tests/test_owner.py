"""Who may do what."""

import ape
import pytest

ETHER = 10**18
FOREVER = 2**256 - 1


@pytest.mark.parametrize(
    ("method", "argument"), [("setFee", 1), ("setPaused", True), ("handOver", "0x" + "11" * 20)]
)
def test_strangers_are_turned_away(filled, alice, method, argument):
    with ape.reverts(filled.NotOwner, account=alice):
        getattr(filled, method)(argument, sender=alice)


def test_no_fee_above_the_limit(filled, owner):
    most = filled.MOST_FEE_BPS()
    filled.setFee(most, sender=owner)
    with ape.reverts(filled.FeeTooHigh, feeBps=most + 1):
        filled.setFee(most + 1, sender=owner)
    assert filled.feeBps() == most


def test_nothing_moves_while_paused(filled, owner, alice):
    filled.setPaused(True, sender=owner)
    assert filled.swap(True, 1, 0, FOREVER, sender=alice, raise_on_revert=False).failed
    with ape.reverts(filled.IsPaused):
        filled.add(1, 1, 0, FOREVER, sender=alice)
    with ape.reverts(filled.IsPaused):
        filled.remove(1, FOREVER, sender=owner)
    filled.setPaused(False, sender=owner)
    filled.swap(True, ETHER, 0, FOREVER, sender=alice)


def test_a_new_owner(filled, owner, alice):
    receipt = filled.handOver(alice, sender=owner)
    assert receipt.events == [filled.OwnerChanged(owner, alice)]
    assert filled.owner() == alice
    with ape.reverts(filled.NotOwner):
        filled.setFee(1, sender=owner)
    filled.setFee(1, sender=alice)


def test_each_test_begins_anew(filled, owner, chain):
    with chain.isolate():
        filled.setFee(7, sender=owner)
        assert filled.feeBps() == 7
    assert filled.feeBps() == 30


def test_the_pool_takes_no_ether(filled, owner, alice):
    balance = alice.balance
    alice.transfer(owner, "1 ether")
    assert alice.balance < balance - ETHER
    with ape.reverts():
        alice.transfer(filled, 1)
    assert filled.balance == 0
