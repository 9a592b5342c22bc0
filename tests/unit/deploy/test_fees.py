"""Paying more for a transaction that waits: enough for every node, never more than the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.deploy.fees import dearer
from ingot.remote import Fees, UnsignedTransaction
from ingot.types import ZERO_ADDRESS

GWEI = 10**9
MARKET = Fees(base_fee=10 * GWEI, max_fee=22 * GWEI, max_priority_fee=2 * GWEI)


def unsigned(**fees):
    return UnsignedTransaction(
        sender=ZERO_ADDRESS,
        to=None,
        nonce=0,
        value=0,
        data=b"",
        gas_limit=21_000,
        type=0 if "gas_price" in fees else 2,
        chain_id=1,
        **fees,
    )


@pytest.mark.parametrize(
    ("offered", "cap", "expected"),
    [
        ((40, 1), None, (45, 2)),  # the fee cap was enough: both rise all the same, the tip to the market's
        ((10, 1), None, (22, 2)),
        ((40, 8), None, (45, 9)),
        ((40, 1), 44, (44, 2)),  # less than an eighth, still more than a tenth
        ((40, 1), 43, None),
        ((30, 30), 60, (33.75, 33.75)),
    ],
)
def test_fee_and_tip_rise_together_within_the_cap(offered, cap, expected):
    before = unsigned(max_fee=offered[0] * GWEI, max_priority_fee=offered[1] * GWEI)
    after = dearer(before, MARKET, cap=None if cap is None else cap * GWEI)
    if expected is None:
        assert after is None
        return
    assert (after.max_fee // GWEI, after.max_priority_fee // GWEI) == tuple(int(each) for each in expected)
    assert (after.nonce, after.data, after.gas_limit) == (before.nonce, before.data, before.gas_limit)


fees = st.integers(0, 10**12)


@given(fees, fees, fees, fees, st.none() | fees)
def test_what_takes_its_place_is_taken_by_every_node_and_no_dearer_than_allowed(most, tip, base, asked, cap):
    most = max(most, tip)
    market = Fees(base_fee=base, max_fee=2 * base + asked, max_priority_fee=asked).per_gas
    for before, after in (
        (
            (most, tip),
            dearer(
                unsigned(max_fee=most, max_priority_fee=tip),
                Fees(base_fee=base, max_fee=2 * base + asked, max_priority_fee=asked),
                cap=cap,
            ),
        ),
        ((most,), dearer(unsigned(gas_price=most), Fees(base_fee=None, gas_price=market), cap=cap)),
    ):
        if after is None:
            assert cap is not None
            continue
        offered = (after.gas_price,) if after.max_fee is None else (after.max_fee, after.max_priority_fee)
        assert all(new > old and 10 * new >= 11 * old for new, old in zip(offered, before, strict=True))
        assert max(offered) == offered[0]
        assert cap is None or offered[0] <= cap
