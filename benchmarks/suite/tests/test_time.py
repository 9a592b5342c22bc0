"""Deadlines and average prices. The last module: ape's own provider cannot go back in time."""

import ape

ETHER = 10**18
FOREVER = 2**256 - 1
DAY = 86_400


def test_a_deadline_that_is_met(filled, chain, alice, soon):
    chain.pending_timestamp = soon
    receipt = filled.swap(False, ETHER, 0, soon, sender=alice)
    assert receipt.timestamp == soon


def test_a_deadline_that_has_passed(filled, chain, alice):
    deadline = chain.pending_timestamp + DAY
    chain.mine(timestamp=deadline + 1)
    with ape.reverts(filled.Expired, deadline=deadline):
        filled.swap(False, ETHER, 0, deadline, sender=alice)


def test_the_sum_of_prices(filled, chain, alice):
    start = filled.lastUpdate()
    assert filled.priceSum() == 0
    chain.pending_timestamp = start + 4 * DAY
    filled.swap(False, ETHER, 0, FOREVER, sender=alice)
    assert filled.lastUpdate() - start == 4 * DAY
    assert filled.priceSum() == 4 * ETHER * 4 * DAY


def test_the_average_price(filled, chain, alice):
    start = filled.lastUpdate()
    chain.pending_timestamp = start + 8 * DAY
    filled.swap(False, 100 * ETHER, 0, FOREVER, sender=alice)
    gold, silver = filled.reserves()
    chain.mine(timestamp=start + 16 * DAY)
    late = (filled.lastUpdate() - start - 8 * DAY, chain.blocks.head.timestamp - start - 16 * DAY)
    assert late == (0, 0)
    assert filled.averagePrice(0, start) == (4 * ETHER * 8 * DAY + silver * ETHER // gold * 8 * DAY) // (
        16 * DAY
    )
