"""Swaps and their fees."""

import ape
import pytest

ETHER = 10**18
FOREVER = 2**256 - 1


def expected(paid, own, other, fee_bps=30):
    charged = paid * (10_000 - fee_bps)
    return other * charged // (own * 10_000 + charged)


@pytest.mark.parametrize("paid", [1, ETHER, 900 * ETHER])
def test_silver_for_gold(filled, gold, silver, alice, paid):
    before = gold.balanceOf(alice), silver.balanceOf(alice)
    receipt = filled.swap(False, paid, 0, FOREVER, sender=alice)
    received = expected(paid, 100 * ETHER, 400 * ETHER)
    assert receipt.events[-1].received == received
    assert gold.balanceOf(alice) == before[0] - paid
    assert silver.balanceOf(alice) == before[1] + received
    assert filled.reserves() == (100 * ETHER + paid, 400 * ETHER - received)


def test_gold_for_silver(filled, gold, silver, bob):
    quoted = filled.quote(True, 8 * ETHER)
    receipt = filled.swap(True, 8 * ETHER, quoted, FOREVER, sender=bob)
    assert receipt.decode_logs(filled.Swapped) == [filled.Swapped(bob, True, 8 * ETHER, quoted)]
    moved = receipt.decode_logs(gold.Transfer)
    assert [(event.contract_address, event["from"]) for event in moved] == [
        (silver.address, bob),
        (gold.address, filled.address),
    ]


def test_the_product_does_not_fall(filled, alice, bob):
    products = []
    for forth, trader in ((True, alice), (False, bob), (False, alice), (True, bob)):
        filled.swap(forth, 7 * ETHER, 0, FOREVER, sender=trader)
        gold, silver = filled.reserves()
        products.append(gold * silver)
    assert products == sorted(products)
    assert products[0] > 40_000 * ETHER**2


def test_there_and_back_again_costs_the_fee_twice(filled, gold, silver, alice):
    before = gold.balanceOf(alice)
    for _ in range(4):
        had = silver.balanceOf(alice)
        filled.swap(False, ETHER, 0, FOREVER, sender=alice)
        filled.swap(True, silver.balanceOf(alice) - had, 0, FOREVER, sender=alice)
    lost = before - gold.balanceOf(alice)
    assert 0.0058 * 4 < lost / ETHER < 0.0061 * 4


def test_slippage(filled, alice):
    received = filled.quote(False, ETHER)
    with ape.reverts(filled.TooLittle, least=received + 1):
        filled.swap(False, ETHER, received + 1, FOREVER, sender=alice)
    filled.swap(False, ETHER, received, FOREVER, sender=alice)


def test_a_front_run_trade_fails(filled, alice, bob):
    received = filled.quote(False, 10 * ETHER)
    filled.swap(False, ETHER, 0, FOREVER, sender=bob)
    with ape.reverts(filled.TooLittle):
        filled.swap(False, 10 * ETHER, received, FOREVER, sender=alice)


def test_no_trade_of_nothing(filled, alice):
    with ape.reverts(filled.Nothing):
        filled.quote(True, 0)
    with ape.reverts(filled.Nothing):
        filled.swap(True, 0, 0, FOREVER, sender=alice)


def test_no_trade_with_an_empty_pool(funded, alice):
    assert funded.quote(True, ETHER) == 0
    with ape.reverts(funded.TooLittle, amount=0, least=1):
        funded.swap(True, ETHER, 1, FOREVER, sender=alice)


def test_a_trader_without_coins(filled, accounts):
    with ape.reverts("allowance too low"):
        filled.swap(True, 1, 0, FOREVER, sender=accounts[5])


def test_fees_go_to_who_provides(filled, gold, silver, owner, alice):
    for _ in range(3):
        filled.swap(False, 50 * ETHER, 0, FOREVER, sender=alice)
        filled.swap(True, silver.balanceOf(alice) - 1_000 * ETHER, 0, FOREVER, sender=alice)
    assert gold.balanceOf(alice) < 1_000 * ETHER
    filled.remove(filled.sharesOf(owner), FOREVER, sender=owner)
    assert gold.balanceOf(owner) > 1_000 * ETHER - 10_000


@pytest.mark.parametrize("fee_bps", [0, 100])
def test_quotes_follow_the_fee(filled, owner, fee_bps):
    receipt = filled.setFee(fee_bps, sender=owner)
    assert receipt.events == [filled.FeeChanged(30, fee_bps)]
    for paid in (10, ETHER, 70 * ETHER):
        assert filled.quote(False, paid) == expected(paid, 100 * ETHER, 400 * ETHER, fee_bps)
