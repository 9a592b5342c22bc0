"""Waiting transactions: by fee, or as they came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.rpc import Rpc

GWEI = 10**9


def mined(rpc: Rpc, tips: list[tuple[int, int]]) -> list[str]:
    """Send a transfer for each (account's index, tip in gwei). Returns: the hashes in the order sent."""
    rpc.request("evm_setAutomine", [False])
    accounts = rpc.request("eth_accounts")
    return [
        rpc.request(
            "eth_sendTransaction",
            [
                {
                    "from": accounts[index],
                    "to": accounts[9],
                    "gas": "0x5208",
                    "maxFeePerGas": hex(100 * GWEI),
                    "maxPriorityFeePerGas": hex(tip * GWEI),
                }
            ],
        )
        for index, tip in tips
    ]


def latest(rpc: Rpc) -> list[str]:
    rpc.request("evm_mine")
    found: list[str] = rpc.request("eth_getBlockByNumber", ["latest", False])["transactions"]
    return found


@pytest.mark.parametrize(("order", "expected"), [("fees", [1, 2, 0]), ("fifo", [0, 1, 2])])
def test_the_order_is_the_one_chosen(order: str, expected: list[int]) -> None:
    rpc = Rpc(ingot.Chain(), order=order)
    sent = mined(rpc, [(0, 1), (1, 9), (2, 5)])
    assert latest(rpc) == [sent[index] for index in expected]
    assert rpc.request("anvil_nodeInfo")["transactionOrder"] == order


def test_impersonated_senders_are_ordered_too() -> None:
    chain = ingot.Chain()
    rpc = Rpc(chain, auto_impersonate=True)
    ghost = "0x1111111111111111111111111111111111111111"
    chain.set_balance(ghost, "1 ether")
    (first,) = mined(rpc, [(0, 1)])
    fields = {"from": ghost, "to": ghost, "gas": "0x5208", "maxFeePerGas": hex(100 * GWEI)}
    second = rpc.request("eth_sendTransaction", [{**fields, "maxPriorityFeePerGas": hex(9 * GWEI)}])
    assert latest(rpc) == [second, first]


@given(tips=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20)), max_size=8))
def test_all_are_mined_and_nonces_stay_in_order(tips: list[tuple[int, int]]) -> None:
    rpc = Rpc(ingot.Chain())
    sent = mined(rpc, tips)
    found = latest(rpc)
    assert sorted(found) == sorted(sent)
    for index in range(3):
        own = [each for each, (sender, _) in zip(sent, tips, strict=True) if sender == index]
        assert [each for each in found if each in own] == own
