"""What a journal says of each step: a fold over its lines. Pure: no chain, no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Literal

from ingot.deploy.entries import (
    Adopted,
    Bumped,
    Checked,
    Confirmed,
    Dropped,
    Entry,
    Failed,
    Intended,
    Mined,
    Reorged,
    Replaced,
    Sent,
    Signed,
    Wiped,
)

__all__ = ["EMPTY", "Attempt", "Phase", "State", "StepState", "apply", "fold"]

Phase = Literal[
    "intended",  # nothing was signed
    "signed",  # on the disk; whether a node has it is not known
    "sent",  # a node took it
    "dropped",  # a node lost or refused it; it can be sent again
    "reorged",  # it was mined, and its block is gone; it can be sent again
    "mined",  # in a block
    "confirmed",  # deep enough
    "failed",  # in a block, reverted
    "replaced",  # its nonce was used for something else
    "adopted",  # done by others
]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction of a step. raw: "" if somebody else signed it (a replacement of the same effect)."""

    hash: str
    raw: str
    max_fee: int | None = None
    max_priority_fee: int | None = None
    gas_price: int | None = None


@dataclass(frozen=True, slots=True)
class StepState:
    """A step. attempts: for one nonce, so that one of them at most is ever mined.

    checked: hash of the code that was found, or "".
    """

    step: str
    phase: Phase
    intent: Intended | None = None
    attempts: tuple[Attempt, ...] = ()
    mined: Mined | None = None
    depth: int = 0
    checked: str = ""
    reason: str = ""
    adopted: Adopted | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do, as far as the journal knows."""
        return self.phase in ("confirmed", "adopted")

    @property
    def address(self) -> str | None:
        """Of its contract: as mined, else as foreseen."""
        if self.adopted is not None:
            return self.adopted.address
        if self.mined is not None and self.mined.address is not None:
            return self.mined.address
        return None if self.intent is None else self.intent.address

    @property
    def contract(self) -> str:
        """Qualified name of what was deployed, or ""."""
        if self.adopted is not None:
            return self.adopted.contract
        return "" if self.intent is None else self.intent.contract

    @property
    def build_id(self) -> str:
        """Of the build-info that holds the compiler's input of that contract, or ""."""
        if self.adopted is not None:
            return self.adopted.build_id
        return "" if self.intent is None else self.intent.build_id

    def attempt(self, txn_hash: str) -> Attempt | None:
        """The attempt with that hash."""
        return next((each for each in self.attempts if each.hash == txn_hash), None)


@dataclass(frozen=True, slots=True)
class State:
    """Steps in the order in which they were last begun: of one sender, in the order of nonces."""

    steps: Mapping[str, StepState] = field(default_factory=dict)

    def next_nonce(self, sender: str) -> int:
        """One above the highest nonce that a step of `sender` was signed with; 0 if there is none."""
        nonces = (
            step.intent.nonce
            for step in self.steps.values()
            if step.intent is not None and step.attempts and step.intent.sender.lower() == sender.lower()
        )
        return max((nonce + 1 for nonce in nonces), default=0)


EMPTY = State()


def fold(entries: Iterable[Entry]) -> State:
    """The state after these lines. Raises: ValueError, for lines that cannot follow each other."""
    return reduce(apply, entries, EMPTY)


def apply(state: State, entry: Entry) -> State:
    """The state after one line more. Raises: ValueError, if the line cannot come here."""
    steps = dict(state.steps)
    known = steps.get(entry.step)
    if isinstance(entry, Wiped):
        if known is None:
            raise ValueError(f"step {entry.step!r} is wiped before it began")
        del steps[entry.step]
    elif isinstance(entry, Adopted):
        if known is not None:
            raise ValueError(f"step {entry.step!r} is adopted, but is there already")
        steps[entry.step] = StepState(entry.step, "adopted", adopted=entry)
    elif isinstance(entry, Intended):
        steps.pop(entry.step, None)
        steps[entry.step] = _intended(known, entry)
    elif known is None or known.intent is None:
        raise ValueError(f"step {entry.step!r} has a line {entry.kind!r} without an intent")
    else:
        steps[entry.step] = _next(known, known.intent, entry)
    return State(steps)


def _intended(known: StepState | None, entry: Intended) -> StepState:
    """Attempts of another nonce were settled before: whoever signs anew waits for that."""
    if known is None:
        return StepState(entry.step, "intended", intent=entry)
    if known.phase in ("mined", "confirmed", "adopted"):
        raise ValueError(f"step {entry.step!r} begins anew, but was {known.phase}")
    before = known.intent
    is_same = before is not None and (before.nonce, before.sender) == (entry.nonce, entry.sender)
    return StepState(
        entry.step,
        "intended",
        intent=entry,
        attempts=known.attempts if is_same else (),
    )


def _next(step: StepState, intent: Intended, entry: Entry) -> StepState:
    if isinstance(entry, Signed):
        fees = (intent.max_fee, intent.max_priority_fee, intent.gas_price)
        return _with(step, Attempt(entry.hash, entry.raw, *fees))
    if isinstance(entry, Bumped):
        _known(step, entry.old)
        fees = (entry.max_fee, entry.max_priority_fee, entry.gas_price)
        return _with(step, Attempt(entry.new, entry.raw, *fees))
    if isinstance(entry, Replaced):
        _known(step, entry.hash)
        if not entry.same_effect:
            return replace(step, phase="replaced", reason=entry.by)
        return replace(_with(step, Attempt(entry.by, "")), phase="sent")
    if isinstance(entry, Checked):
        return replace(step, checked=entry.code_hash)
    txn_hash: str = getattr(entry, "hash", "")
    _known(step, txn_hash)
    if isinstance(entry, Sent):
        return replace(step, phase="sent", mined=None, depth=0)
    if isinstance(entry, Dropped):
        return replace(step, phase="dropped", reason=entry.reason)
    if isinstance(entry, Reorged):
        return replace(step, phase="reorged", mined=None, depth=0, checked="")
    if isinstance(entry, Mined):
        return replace(step, phase="mined", mined=entry, depth=0, reason="")
    if step.mined is None or step.mined.hash != txn_hash:
        raise ValueError(f"step {step.step!r} has a line {entry.kind!r} for what was not mined, {txn_hash}")
    if isinstance(entry, Failed):
        return replace(step, phase="failed", reason=entry.reason)
    if isinstance(entry, Confirmed):
        return replace(step, phase="confirmed", depth=entry.depth)
    raise ValueError(f"a line {entry.kind!r} has no meaning for a step")


def _with(step: StepState, attempt: Attempt) -> StepState:
    if step.attempt(attempt.hash) is not None:
        raise ValueError(f"step {step.step!r} has {attempt.hash} twice")
    if step.phase in ("mined", "confirmed", "failed"):
        raise ValueError(f"step {step.step!r} is signed anew, but was {step.phase}")
    return replace(step, phase="signed", attempts=(*step.attempts, attempt))


def _known(step: StepState, txn_hash: str) -> None:
    if step.attempt(txn_hash) is None:
        raise ValueError(f"step {step.step!r} has no transaction {txn_hash}")
