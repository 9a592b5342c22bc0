"""Time travel. Last, for ape's own provider cannot mine after it was restored from the future."""

import ape
import pytest


def test_mining_at_a_time(chain, record):
    now = chain.pending_timestamp
    chain.mine(timestamp=now + 100)
    assert chain.blocks.head.timestamp == now + 100
    before = chain.pending_timestamp
    chain.mine(deltatime=1_000)
    record(later=chain.blocks.head.timestamp - before)
    with pytest.raises(ValueError, match="Cannot give both"):
        chain.mine(timestamp=now + 5_000, deltatime=3)


def test_pending_timestamp(chain, probe, owner):
    chain.pending_timestamp += 86_400
    expected = chain.pending_timestamp
    receipt = probe.setNumber(1, sender=owner)
    assert receipt.timestamp == expected
    assert chain.blocks.head.timestamp == expected
    assert chain.pending_timestamp > expected - 1


def test_the_timestamp_of_the_provider(chain, probe, owner):
    expected = chain.pending_timestamp + 500
    chain.provider.set_timestamp(expected)
    assert probe.setNumber(1, sender=owner).timestamp == expected


def test_what_a_view_sees_of_time(chain, probe, owner, record):
    probe.setNumber(1, sender=owner)
    head = chain.blocks.head
    timestamp, number, _ = probe.now_()
    record(number=number - head.number, is_head=timestamp == head.timestamp)


def test_time_travel_to_the_past(chain):
    with pytest.raises(ape.exceptions.ProviderError, match="Failed to time travel"):
        chain.pending_timestamp = chain.blocks.head.timestamp - 100
