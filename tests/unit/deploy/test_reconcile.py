"""Every situation that a step can be in, and what is done about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.deploy.entries import (
    Adopted,
    Bumped,
    Confirmed,
    Dropped,
    Failed,
    Intended,
    Mined,
    Reorged,
    Replaced,
    Sent,
    Signed,
)
from ingot.deploy.reconcile import Facts, Seen, decide
from ingot.deploy.state import StepState, fold

SENDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CONFIRMATIONS, FINALITY = 2, 64
INTENT = Intended(
    step="Token",
    action="create",
    words="Token()",
    sender=SENDER,
    to=None,
    value=0,
    content="0xc0",
    nonce=5,
    gas_limit=100_000,
    max_fee=10,
    max_priority_fee=1,
)
SIGNED = Signed(step="Token", hash="0x01", raw="0xaa")
SENT = Sent(step="Token", hash="0x01")
MINED = Mined(
    step="Token", hash="0x01", block_number=100, block_hash="0xb100", status=1, gas_used=9, gas_price=2
)
REVERTED = Mined(
    step="Token", hash="0x01", block_number=100, block_hash="0xb100", status=0, gas_used=9, gas_price=2
)
CONFIRMED = Confirmed(step="Token", hash="0x01", depth=2)
FAILED = Failed(step="Token", hash="0x01", reason="no")
DROPPED = Dropped(step="Token", hash="0x01", reason="forgotten")
REORGED = Reorged(step="Token", hash="0x01", block_number=100, block_hash="0xb100")
BUMPED = Bumped(step="Token", old="0x01", new="0x02", raw="0xbb", max_fee=20, max_priority_fee=2)
BEGUN = [INTENT, SIGNED]
ON_ITS_WAY = [*BEGUN, SENT]
CONFLICTING = [*ON_ITS_WAY, Replaced(step="Token", hash="0x01", by="0xff", same_effect=False)]
IN_A_BLOCK = [*ON_ITS_WAY, MINED]


def waiting(txn_hash="0x01"):
    return Seen(hash=txn_hash, content="0xc0")


def mined(number=100, block_hash="0xb100", status=1, txn_hash="0x01"):
    return Seen(hash=txn_hash, content="0xc0", block_number=number, block_hash=block_hash, status=status)


def other(content):
    return Seen(hash="0xff", content=content, block_number=99, block_hash="0xb99")


def facts(*seen, head=100, nonce=5, **more):
    return Facts(head=head, nonce=nonce, seen={each.hash: each for each in seen}, **more)


SITUATIONS = {
    # name: (lines, facts, action, hash that it is about)
    "nothing began": ([], facts(), "begin", ""),
    "an intent without a signature": ([INTENT], facts(), "begin", ""),
    "killed before sending": (BEGUN, facts(), "send", "0x01"),
    "killed after sending": (BEGUN, facts(waiting()), "wait", "0x01"),
    "killed after sending, mined since": (BEGUN, facts(mined(), nonce=6), "record", "0x01"),
    "waits": (ON_ITS_WAY, facts(waiting()), "wait", "0x01"),
    "waits behind a gap": (ON_ITS_WAY, facts(waiting(), nonce=3), "wait", "0x01"),
    "the node lost it": (ON_ITS_WAY, facts(), "send", "0x01"),
    "the node lost it, as written": ([*ON_ITS_WAY, DROPPED], facts(), "send", "0x01"),
    "mined": (ON_ITS_WAY, facts(mined(), nonce=6), "record", "0x01"),
    "mined after it was thought lost": ([*ON_ITS_WAY, DROPPED], facts(mined(), nonce=6), "record", "0x01"),
    "not deep enough": (IN_A_BLOCK, facts(mined(), nonce=6, head=101), "deepen", "0x01"),
    "deep enough": (IN_A_BLOCK, facts(mined(), nonce=6, head=102), "confirm", "0x01"),
    "done": ([*IN_A_BLOCK, CONFIRMED], facts(mined(), nonce=6, head=200), "done", "0x01"),
    "reverted": ([*ON_ITS_WAY, REVERTED], facts(mined(status=0), nonce=6), "fail", "0x01"),
    "reverted, to be tried again": (
        [*ON_ITS_WAY, REVERTED, FAILED],
        facts(mined(status=0), nonce=6, head=102),
        "begin_anew",
        "0x01",
    ),
    "reverted just now": (
        [*ON_ITS_WAY, REVERTED, FAILED],
        facts(mined(status=0), nonce=6, head=101),
        "settle",
        "0x01",
    ),
    "its failure reorganised away": ([*ON_ITS_WAY, REVERTED, FAILED], facts(), "reorg", "0x01"),
    "reorganised away": (IN_A_BLOCK, facts(head=101), "reorg", "0x01"),
    "reorganised away, waits again": (IN_A_BLOCK, facts(waiting(), head=101), "reorg", "0x01"),
    "reorganised into another block": (
        IN_A_BLOCK,
        facts(mined(101, "0xb101"), nonce=6, head=101),
        "reorg",
        "0x01",
    ),
    "reorganised away after confirmation": ([*IN_A_BLOCK, CONFIRMED], facts(head=105), "reorg", "0x01"),
    "reorganised, as written": ([*IN_A_BLOCK, REORGED], facts(head=105), "send", "0x01"),
    "reorganised and mined again": (
        [*IN_A_BLOCK, REORGED],
        facts(mined(101, "0xb101"), nonce=6, head=105),
        "record",
        "0x01",
    ),
    "a node on another fork": ([*IN_A_BLOCK, CONFIRMED], facts(head=100 + FINALITY), "fork", "0x01"),
    "a node that lags behind": ([*IN_A_BLOCK, CONFIRMED], facts(head=99), "behind", "0x01"),
    "sent again by the user, the same": (
        ON_ITS_WAY,
        facts(nonce=6, user=other("0xc0")),
        "accept",
        "0xff",
    ),
    "replaced by the user, by something else": (
        ON_ITS_WAY,
        facts(nonce=6, settled_nonce=6, user=other("0xdd")),
        "conflict",
        "0xff",
    ),
    "replaced by the user, just now": (
        ON_ITS_WAY,
        facts(nonce=6, settled_nonce=5, user=other("0xdd")),
        "contested",
        "0xff",
    ),
    "replaced, as written": (
        CONFLICTING,
        facts(nonce=6, settled_nonce=6, user=other("0xdd")),
        "conflict",
        "0xff",
    ),
    "replaced, as written, and the node keeps no history": (
        CONFLICTING,
        facts(nonce=6, settled_nonce=6),
        "conflict",
        "0xff",
    ),
    "replaced, as written, and not settled": (
        CONFLICTING,
        facts(nonce=6, settled_nonce=5, user=other("0xdd")),
        "contested",
        "0xff",
    ),
    "replaced, as written, and mined after all": (CONFLICTING, facts(mined(), nonce=6), "record", "0x01"),
    "replaced, as written, and waits again": (CONFLICTING, facts(waiting()), "wait", "0x01"),
    "accepted, mined": (
        [*ON_ITS_WAY, Replaced(step="Token", hash="0x01", by="0xff", same_effect=True)],
        facts(other("0xc0"), nonce=6),
        "record",
        "0xff",
    ),
    "its nonce taken before it was sent": (
        BEGUN,
        facts(nonce=6, settled_nonce=6, user=other("0xdd")),
        "begin_anew",
        "0xff",
    ),
    "its nonce taken just now": (
        BEGUN,
        facts(nonce=6, settled_nonce=5, user=other("0xdd")),
        "settle",
        "0xff",
    ),
    "lost, and its nonce taken": (
        [*ON_ITS_WAY, DROPPED],
        facts(nonce=7, settled_nonce=6, user=other("0xdd")),
        "begin_anew",
        "0xff",
    ),
    "its nonce taken by nobody knows what": (BEGUN, facts(nonce=6, settled_nonce=6), "unknown", ""),
    "another program's waits with its nonce": (BEGUN, facts(pending_nonce=6), "wait", "0x01"),
    "the user's waits in its place": (ON_ITS_WAY, facts(pending_nonce=6), "wait", "0x01"),
    "only earlier ones wait": (ON_ITS_WAY, facts(nonce=3, pending_nonce=5), "send", "0x01"),
    "underpriced": (ON_ITS_WAY, facts(waiting(), base_fee=11), "bump", "0x01"),
    "just enough": (ON_ITS_WAY, facts(waiting(), base_fee=10), "wait", "0x01"),
    "bumped, not sent": ([*ON_ITS_WAY, BUMPED], facts(waiting()), "send", "0x02"),
    "bumped and sent": ([*ON_ITS_WAY, BUMPED], facts(waiting("0x02"), base_fee=15), "wait", "0x02"),
    "bumped, and the earlier one mined": ([*ON_ITS_WAY, BUMPED], facts(mined(), nonce=6), "record", "0x01"),
    "bumped, both lost": ([*ON_ITS_WAY, BUMPED], facts(), "send", "0x02"),
    "adopted": ([Adopted(step="Token", source="forge", address=SENDER)], facts(has_code=True), "done", ""),
    "adopted, and gone": (
        [Adopted(step="Token", source="forge", address=SENDER)],
        facts(has_code=False),
        "lost",
        "",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_has_its_action(name):
    lines, chain, action, about = SITUATIONS[name]
    step = fold(lines).steps.get("Token", StepState("Token", "intended"))
    decision = decide(step, chain, confirmations=CONFIRMATIONS, finality=FINALITY)
    assert (decision.action, decision.hash) == (action, about)


histories = st.sampled_from([lines for lines, *_ in SITUATIONS.values()])
sights = st.builds(
    lambda head, nonce, settled, base_fee, ours, user: facts(
        *ours, head=head, nonce=nonce, settled_nonce=settled, base_fee=base_fee, user=user
    ),
    st.integers(90, 200),
    st.integers(4, 8),
    st.integers(4, 8),
    st.integers(0, 30),
    st.lists(st.sampled_from([waiting(), mined(), mined(101, "0xb101"), mined(status=0), waiting("0x02")])),
    st.sampled_from([None, other("0xc0"), other("0xdd")]),
)


@given(histories, sights)
def test_nothing_is_signed_anew_while_one_of_ours_can_still_be_mined(lines, chain):
    """A new nonce is only used when the old one is used up, for good, by what is not ours (or failed)."""
    step = fold(lines).steps.get("Token", StepState("Token", "intended"))
    decision = decide(step, chain, confirmations=CONFIRMATIONS, finality=FINALITY)
    if decision.action == "begin":
        assert not step.attempts
    if decision.action == "begin_anew":
        failed = step.phase == "failed"
        assert failed or chain.nonce > 5
        assert failed or chain.settled_nonce > 5
        assert failed or not any(seen.is_mined for seen in chain.seen.values())


@given(histories, sights)
def test_a_conflict_is_told_when_none_of_ours_can_be_mined_any_more(lines, chain):
    step = fold(lines).steps.get("Token", StepState("Token", "intended"))
    decision = decide(step, chain, confirmations=CONFIRMATIONS, finality=FINALITY)
    if decision.action == "conflict":
        assert min(chain.nonce, chain.settled_nonce) > 5
        assert not any(seen.is_mined for seen in chain.seen.values())


@given(histories, sights)
def test_nothing_is_sent_that_is_in_a_block_or_whose_nonce_is_used(lines, chain):
    step = fold(lines).steps.get("Token", StepState("Token", "intended"))
    decision = decide(step, chain, confirmations=CONFIRMATIONS, finality=FINALITY)
    if decision.action in ("send", "bump"):
        assert chain.nonce <= 5
        assert not any(seen.is_mined for seen in chain.seen.values())
        assert step.attempt(decision.hash).raw
