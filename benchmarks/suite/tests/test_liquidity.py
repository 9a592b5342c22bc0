"""Liquidity in and out."""

import ape
import pytest

ETHER = 10**18
FOREVER = 2**256 - 1


def test_an_empty_pool(pool, gold, silver, owner):
    assert pool.gold() == gold
    assert pool.silver() == silver
    assert pool.owner() == owner
    assert pool.reserves() == (0, 0)
    assert pool.totalShares() == 0


@pytest.mark.parametrize(("gold_in", "silver_in", "root"), [(4, 9, 6), (100, 400, 200)])
def test_the_first_shares_are_the_root_of_the_product(funded, owner, gold_in, silver_in, root):
    receipt = funded.add(gold_in * ETHER, silver_in * ETHER, 0, FOREVER, sender=owner)
    shares = root * ETHER - 1000
    assert receipt.events.filter(funded.Added) == [
        funded.Added(owner, gold_in * ETHER, silver_in * ETHER, shares)
    ]
    assert funded.sharesOf(owner) == shares
    assert funded.totalShares() == root * ETHER


def test_shares_in_proportion(filled, alice):
    filled.add(50 * ETHER, 200 * ETHER, 0, FOREVER, sender=alice)
    assert filled.sharesOf(alice) == 100 * ETHER
    assert filled.totalShares() == 300 * ETHER
    assert filled.reserves() == (150 * ETHER, 600 * ETHER)


def test_many_small_deposits_are_one_large(filled, alice, bob):
    for _ in range(6):
        filled.add(5 * ETHER, 20 * ETHER, 0, FOREVER, sender=alice)
    filled.add(30 * ETHER, 120 * ETHER, 0, FOREVER, sender=bob)
    assert filled.sharesOf(alice) == filled.sharesOf(bob) == 60 * ETHER


def test_the_scarcer_side_counts(filled, alice):
    filled.add(50 * ETHER, 100 * ETHER, 0, FOREVER, sender=alice)
    assert filled.sharesOf(alice) == 50 * ETHER


def test_least_shares(filled, alice, gold):
    before = gold.balanceOf(alice)
    with ape.reverts(filled.TooLittle, amount=50 * ETHER, least=51 * ETHER):
        filled.add(50 * ETHER, 100 * ETHER, 51 * ETHER, FOREVER, sender=alice)
    assert gold.balanceOf(alice) == before


@pytest.mark.parametrize(("gold_in", "silver_in"), [(0, 1), (1, 0)])
def test_nothing_cannot_be_added(filled, alice, gold_in, silver_in):
    with ape.reverts(filled.Nothing):
        filled.add(gold_in, silver_in, 0, FOREVER, sender=alice)


def test_coins_that_are_not_allowed(filled, gold, alice):
    gold.approve(filled, 0, sender=alice)
    with ape.reverts("allowance too low"):
        filled.add(ETHER, 4 * ETHER, 0, FOREVER, sender=alice)
    assert filled.sharesOf(alice) == 0


def test_what_went_in_comes_out(filled, gold, silver, alice):
    before = gold.balanceOf(alice), silver.balanceOf(alice)
    filled.add(10 * ETHER, 40 * ETHER, 0, FOREVER, sender=alice)
    shares = filled.sharesOf(alice) // 4
    receipt = filled.remove(shares, FOREVER, sender=alice)
    (event,) = receipt.decode_logs(filled.Removed)
    assert event.gold == 10 * ETHER // 4
    assert event.silver == 40 * ETHER // 4
    assert gold.balanceOf(alice) == before[0] - 10 * ETHER + event.gold
    assert silver.balanceOf(alice) == before[1] - 40 * ETHER + event.silver


def test_more_shares_than_held(filled, alice, project):
    with ape.reverts(project.Pool.TooManyShares) as caught:
        filled.remove(1, FOREVER, sender=alice)
    assert caught.value.inputs == {"shares": 1, "held": 0}


def test_the_last_one_out_leaves_what_is_locked(filled, owner):
    filled.remove(filled.sharesOf(owner), FOREVER, sender=owner)
    assert filled.totalShares() == filled.LOCKED() == filled.sharesOf("0x" + "00" * 20)
    assert min(filled.reserves()) > 0
