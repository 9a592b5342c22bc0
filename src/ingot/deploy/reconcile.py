"""What to do next for a step: from what the journal says and what the chain says, and nothing else. Pure.

The rules, in the order in which they are tried. `ours` are the step's signed transactions; they share one nonce, so that
the chain takes at most one of them.

| the journal | the chain | action |
|---|---|---|
| nothing signed | | begin |
| adopted | code at the address, or not | done, lost |
| mined | lower than that block | behind |
| mined | another block there, deeper than what can be reorganised | fork |
| mined | another block there, or not mined | reorg |
| | one of ours mined, not written down | record |
| mined or failed | reverted, not written down | fail |
| failed | deep enough, or not yet | begin_anew, settle |
| mined | deep enough, or not yet | confirm, deepen |
| confirmed | as written | done |
| | nonce used, by the same effect | accept |
| sent, replaced | nonce used by something else: deep enough, or not yet | conflict, contested |
| signed, dropped, reorged | nonce used by something else: deep enough, or not yet | begin_anew, settle |
| | nonce used, by what cannot be found (nor is written down) | unknown |
| | none of ours is known, another transaction with the nonce waits | wait |
| | none of ours is known, or not the latest | send |
| | the latest waits, its fee below the base fee | bump |
| | one of ours waits | wait |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ingot.deploy.entries import Mined
    from ingot.deploy.state import Attempt, StepState

__all__ = ["Action", "Decision", "Facts", "Seen", "decide"]

Action = Literal[
    "begin",
    "begin_anew",
    "send",
    "wait",
    "bump",
    "record",
    "fail",
    "deepen",
    "confirm",
    "done",
    "accept",
    "settle",
    "contested",
    "conflict",
    "reorg",
    "fork",
    "behind",
    "lost",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A transaction as the node knows it. content: what it does (`content_hash`).      Block fields: None while it waits."""

    hash: str
    content: str
    block_number: int | None = None
    block_hash: str | None = None
    status: int = 1
    gas_used: int = 0
    gas_price: int = 0
    address: str | None = None

    @property
    def is_mined(self) -> bool:
        """Whether it is in a block."""
        return self.block_number is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the chain says of one step.

    head: number of the latest block.      nonce: how many transactions of the sender are mined.
    pending_nonce: how many are, or wait without a gap.
    settled_nonce: how many were, as many blocks ago as count as confirmed.      base_fee: of the next block.
    seen: those of ours that the node knows.      user: whoever else used the nonce, if it was found.
    has_code: whether there is code at the step's address; None where nobody asked.
    """

    head: int
    nonce: int = 0
    pending_nonce: int = 0
    settled_nonce: int = 0
    base_fee: int = 0
    seen: Mapping[str, Seen] = field(default_factory=dict)
    user: Seen | None = None
    has_code: bool | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do. hash: of the transaction that it is about.      why: for people."""

    action: Action
    hash: str = ""
    why: str = ""
    depth: int = 0


def decide(step: StepState, facts: Facts, *, confirmations: int, finality: int) -> Decision:
    """The next action for a step. finality: so many blocks deep, nothing is reorganised any more."""
    if step.phase == "adopted":
        return _adopted(step, facts)
    if step.intent is None or not step.attempts:
        return Decision("begin")
    mined = next((seen for seen in facts.seen.values() if seen.is_mined), None)
    if step.mined is not None and not _is_as_written(step.mined, mined):
        return _moved(step.mined, facts, finality)
    if mined is not None:
        return _mined(step, mined, facts, confirmations)
    if facts.nonce > step.intent.nonce:
        return _nonce_used(step, step.intent.nonce, step.intent.content, facts)
    return _not_mined(step, step.intent.nonce, facts)


def _adopted(step: StepState, facts: Facts) -> Decision:
    if facts.has_code is False:
        return Decision("lost", why=f"there is no code at {step.address}")
    return Decision("done")


def _is_as_written(written: Mined, seen: Seen | None) -> bool:
    return seen is not None and (written.hash, written.block_hash) == (seen.hash, seen.block_hash)


def _moved(written: Mined, facts: Facts, finality: int) -> Decision:
    """The chain does not have it where the journal saw it."""
    number = written.block_number
    if facts.head < number:
        return Decision(
            "behind", written.hash, f"the node is at block {facts.head}, it was mined in {number}"
        )
    if facts.head - number >= finality:
        why = f"block {number} of the node is not {written.block_hash}, though {facts.head - number} blocks deep"
        return Decision("fork", written.hash, why)
    return Decision("reorg", written.hash, f"block {number} is no longer {written.block_hash}")


def _mined(step: StepState, seen: Seen, facts: Facts, confirmations: int) -> Decision:
    if step.mined is None:
        return Decision("record", seen.hash)
    depth = facts.head - step.mined.block_number
    if seen.status == 0:
        if step.phase != "failed":
            return Decision("fail", seen.hash, "it reverted")
        return Decision("begin_anew" if depth >= confirmations else "settle", seen.hash, depth=depth)
    if step.phase == "confirmed":
        return Decision("done", seen.hash, depth=depth)
    return Decision("confirm" if depth >= confirmations else "deepen", seen.hash, depth=depth)


def _nonce_used(step: StepState, nonce: int, content: str, facts: Facts) -> Decision:
    """Until it is settled whose the nonce is, a reorganisation may still bring ours."""
    is_settled = facts.settled_nonce > nonce
    if facts.user is not None and facts.user.content == content:
        return Decision("accept", facts.user.hash, "another transaction did the same")
    if facts.user is None and step.phase != "replaced":
        return Decision("unknown", why=f"nonce {nonce} was used by a transaction that the node cannot show")
    by = step.reason if facts.user is None else facts.user.hash
    if step.phase in ("sent", "replaced"):
        return Decision(
            "conflict" if is_settled else "contested", by, f"{by} took its place, with nonce {nonce}"
        )
    return Decision("begin_anew" if is_settled else "settle", by, f"nonce {nonce} was used by {by}")


def _not_mined(step: StepState, nonce: int, facts: Facts) -> Decision:
    latest = step.attempts[-1]
    waiting = [seen.hash for seen in facts.seen.values()]
    if not waiting and facts.pending_nonce > nonce:
        return Decision("wait", latest.hash, f"another transaction with nonce {nonce} waits")
    if not waiting:
        ours = next((each for each in reversed(step.attempts) if each.raw), latest)
        return Decision("send", ours.hash, "the node does not know it")
    if latest.hash not in waiting and latest.raw:
        return Decision("send", latest.hash, "the node has an earlier one, with a lower fee")
    if latest.raw and _offers(latest) < facts.base_fee:
        why = f"it offers {_offers(latest)} wei for each gas, and the next block asks for {facts.base_fee}"
        return Decision("bump", latest.hash, why)
    return Decision("wait", waiting[-1])


def _offers(attempt: Attempt) -> int:
    """Wei for each gas; what is not known is taken for enough."""
    fees = [fee for fee in (attempt.max_fee, attempt.gas_price) if fee is not None]
    return max(fees, default=2**256)
