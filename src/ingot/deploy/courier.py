"""Brings signed transactions to where they are to be: into a block, deep enough; whatever happens on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from ingot.deploy.bids import Bids
from ingot.deploy.doubt import Doubts, patience_of
from ingot.deploy.entries import Dropped, Sent
from ingot.deploy.outcomes import Outcomes, stopped
from ingot.deploy.reconcile import Decision, Facts
from ingot.deploy.sight import Sight, finality_of
from ingot.deploy.state import Attempt, StepState
from ingot.deploy.teller import Teller
from ingot.errors import DeployError, InvalidTransaction, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ingot.deploy.entries import Intended
    from ingot.deploy.journal import Journal
    from ingot.remote import RemoteChain, UnsignedTransaction
    from ingot.types import Address

__all__ = ["Courier", "Patience"]

_IN_BLOCK = ("mined", "confirmed", "adopted")
_SENDS = ("send", "begin_anew")
_NONCE_LOST = ("settle", "begin_anew", "contested")
_FIRST_PAUSE_S = 0.005
_REPLACEMENT = "replacement transaction underpriced"
_CHEAP = (_REPLACEMENT, "transaction underpriced", "max fee per gas less than block base fee")
"""Refusals for which a higher fee helps. Words: geth's, as `ingot.remote` gives them."""

_MOST_BUMPS = 12


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait. block_s: for a transaction to be mined.

    tip_s: for one whose turn it is, until it offers a higher tip; blocks have to pass too.
    """

    block_s: float = 600.0
    tip_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Signed:
    """What `RemoteChain.broadcast` wants of a transaction."""

    raw: bytes
    hash: bytes
    sender: Address
    nonce: int


class Courier:
    """Acts on what `decide` says of the steps of one journal, until they are where they are to be.

    tell: takes lines for people.      begin_anew: signs a step again, with another nonce.
    may_cost: whether a step may be sent at a higher price.
    """

    def __init__(
        self,
        chain: RemoteChain,
        journal: Journal,
        *,
        confirmations: int,
        begin_anew: Callable[[StepState], None],
        may_cost: Callable[[str, UnsignedTransaction], bool],
        tell: Callable[[str], None],
        patience: Patience = Patience(),
    ) -> None:
        self.chain = chain
        self.journal = journal
        self.confirmations = confirmations
        self.sight = Sight(chain.transport, confirmations=confirmations, finality=finality_of(chain.network))
        self.patience = patience
        self._begin_anew = begin_anew
        self._teller = Teller(tell)
        self._doubts = Doubts(patience_of(chain))
        self._bids = Bids(chain, journal, may_cost=may_cost, teller=self._teller)
        self._outcomes = Outcomes(chain, journal, self.sight, self._teller)

    def step(self, name: str) -> StepState:
        """As the journal has it now."""
        return self.journal.state.steps[name]

    def decisions(self, names: Iterable[str]) -> dict[str, tuple[Decision, Facts]]:
        """What is to be done for these steps. Nothing is done, nothing written."""
        return self.sight.survey([self.step(name) for name in names])

    def clear_decisions(self, names: Iterable[str]) -> Mapping[str, tuple[Decision, Facts]]:
        """`decisions`, once the node has caught up with the journal. Raises: DeployError, if it does not."""
        wanted = list(names)
        return self._doubts.outlast(lambda: self.decisions(wanted))

    # On the way

    def send(self, name: str) -> None:
        """Hand the step's latest transaction to the node, as it is in the journal."""
        step = self.step(name)
        attempt = next(each for each in reversed(step.attempts) if each.raw)
        try:
            self.chain.broadcast(_as_signed(step, attempt))  # type: ignore[arg-type]  # all that is asked of one
        except InvalidTransaction as error:
            self._refused(step, attempt, error)
        except Unreachable as error:
            raise DeployError(
                f"step {name}: {error}. Its transaction {attempt.hash} is written down: run the same command again, and it "
                "goes on from here, whether the node got it or not",
                step=name,
            ) from error
        else:
            self.journal.append(Sent(step=name, hash=attempt.hash))

    def _refused(self, step: StepState, attempt: Attempt, error: InvalidTransaction) -> None:
        """Higher fees, another look at the chain, or the end. Raises: DeployError."""
        if error.reason == "nonce too low":
            self._doubts.add(step.step, f"the node refuses its nonce, {error}")
            return
        self.journal.append(Dropped(step=step.step, hash=attempt.hash, reason=error.reason))
        if error.reason == _REPLACEMENT and len(step.attempts) == 1:
            self._doubts.add(step.step, f"another transaction with its nonce waits, {error}")
            return
        if error.reason in _CHEAP and len(step.attempts) < _MOST_BUMPS and self.offer_more(step.step):
            return
        raise DeployError(
            f"step {step.step}: the node refuses its transaction {attempt.hash}: {error}. It is written down, and the next "
            "run sends it again",
            step=step.step,
        ) from error

    def offer_more(self, name: str) -> bool:
        """Send a step's transaction with higher fees. Returns: False, if nobody can sign here or caps forbid."""
        if not self._bids.raised(self.step(name)):
            return False
        self.send(name)
        return True

    def to_block(self, names: Iterable[str]) -> None:
        """Return when each of these steps is mined. Raises: DeployError."""
        self._bring(names, _IN_BLOCK)

    def just_sent(self, name: str) -> None:
        """`to_block` for one that was sent a moment ago: it is most often mined in the next one."""
        started, pause_s = time.monotonic(), _FIRST_PAUSE_S
        while time.monotonic() - started < 1.0:
            step = self.step(name)
            if step.phase != "sent":
                break
            seen = self.sight.mined(step)
            if seen is not None:
                self._act(name, Decision("record", seen.hash), Facts(head=0, seen={seen.hash: seen}))
                break
            time.sleep(pause_s)
            pause_s *= 2
        self.to_block([name])

    def to_depth(self, names: Iterable[str]) -> None:
        """Return when each of these steps is confirmed, and there is code where it is to be. Raises: DeployError."""
        wanted = list(names)
        self._bring(wanted, ("confirmed", "adopted"))
        self._outcomes.check_codes([self.step(name) for name in wanted])

    def _bring(self, names: Iterable[str], goal: tuple[str, ...]) -> None:
        names = list(names)
        started, pause_s = time.monotonic(), _FIRST_PAUSE_S
        while waiting := [name for name in names if self.step(name).phase not in goal]:
            moved = False
            unmined: set[str] = set()  # senders of steps before
            decided = self.decisions(self._in_order(waiting))
            self._check_foreseen({name: decision for name, (decision, _) in decided.items()})
            for name, (decision, facts) in decided.items():
                sender = self._sender(name)
                if decision.action not in _SENDS or unmined <= {sender}:
                    moved |= self._act(name, decision, facts)
                if self.step(name).phase not in _IN_BLOCK:
                    unmined.add(sender)
            if not moved:
                gone = self._reorganised({name: facts for name, (_, facts) in decided.items()})
                names, moved = [*names, *gone], bool(gone)
            if moved:
                started, pause_s = time.monotonic(), _FIRST_PAUSE_S
                continue
            if time.monotonic() - started > self.patience.block_s:
                raise self._too_long(waiting[0])
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, self._longest_pause_s)

    def _check_foreseen(self, decisions: Mapping[str, Decision]) -> None:
        """Raises: DeployError, if a step would be sent to a contract whose nonce others used: there will never be one."""
        for name, decision in decisions.items():
            intent = self.step(name).intent
            if decision.action != "send" or intent is None:
                continue
            for before in intent.after:
                made = self.step(before).intent if before in decisions else None
                is_lost = made is not None and decisions[before].action in _NONCE_LOST
                if made is None or made.action != "create" or not is_lost:
                    continue
                raise DeployError(
                    f"step {name} was signed for the contract of step {before} at {made.address}, which will not be there: "
                    f"another program used its nonce. It is not sent. Use up nonce {intent.nonce} of {intent.sender} with a "
                    f"transaction of your own; then `ingot deployments wipe {name}`, and run again",
                    step=name,
                )

    def _reorganised(self, waiting: Mapping[str, Facts]) -> list[str]:
        """Steps that were mined, and whose nonces the chain misses now: those that wait cannot be mined without them."""
        missed = [
            each.step
            for each in self.journal.state.steps.values()
            if each.phase in ("mined", "confirmed")
            and any(
                _lacks(facts.nonce, self.step(name).intent, each.intent) for name, facts in waiting.items()
            )
        ]
        gone = []
        for name, (decision, facts) in self.decisions(missed).items():
            if decision.action in ("reorg", "fork"):
                self._act(name, decision, facts)
                gone.append(name)
        return gone

    def _in_order(self, names: Iterable[str]) -> list[str]:
        """As they were signed. A step may build on any before it; one sender's nonces keep its steps in order, but not
        those of several: what is sent again waits until the others' steps before it are mined.
        """
        signed = {
            entry.step: number for number, entry in enumerate(self.journal.entries) if entry.kind == "intent"
        }
        return sorted(names, key=lambda name: signed.get(name, -1))

    def _sender(self, name: str) -> str:
        intent = self.step(name).intent
        return "" if intent is None else intent.sender

    @property
    def _longest_pause_s(self) -> float:
        network = self.chain.network
        block_time_s = network.block_time_s if network is not None else 0
        return 0.2 if self.chain.is_development else min(max(block_time_s / 3, 0.5), 4.0)

    def _too_long(self, name: str) -> DeployError:
        step = self.step(name)
        what = "is not mined" if step.mined is None else "is not deep enough"
        return DeployError(
            f"step {name} {what} after {self.patience.block_s:g} s; its transactions: "
            f"{', '.join(each.hash for each in step.attempts)}. They may still be mined: run the same command again, and it "
            "waits on",
            step=name,
        )

    # What was decided

    def act(self, name: str, decision: Decision) -> None:
        """Do what was decided, where no facts are needed for it. Raises: DeployError, for what cannot go on."""
        self._act(name, decision, Facts(head=0))

    def _act(self, name: str, decision: Decision, facts: Facts) -> bool:
        """Do what was decided. Returns: whether anything changed, so that waiting is not all that is left."""
        if self._doubts.takes(name, decision):
            return False
        handler = getattr(self, f"_on_{decision.action}")
        return bool(handler(self.step(name), decision, facts))

    def _on_send(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        if step.phase == "sent":
            self.journal.append(Dropped(step=step.step, hash=decision.hash, reason=decision.why))
        self._teller.say(f"{step.step}: sending {decision.hash} again: {decision.why}")
        self.journal.sync()
        self.send(step.step)
        return self.step(step.step).phase == "sent"

    def _on_wait(self, step: StepState, decision: Decision, facts: Facts) -> bool:
        if decision.hash not in facts.seen:  # somebody else's, with the same nonce
            self._teller.once(step.step, f"{step.step}: {decision.why}; waiting for what becomes of it")
            return False
        if step.phase != "sent":  # a node has it, though nobody wrote that down
            self.journal.append(Sent(step=step.step, hash=decision.hash))
        self._teller.once(step.step, f"{step.step}: waiting for {decision.hash} to be mined")
        is_passed_over = self._bids.is_passed_over(step, facts, patience_s=self.patience.tip_s)
        if not is_passed_over or not self._bids.tip_raised(step):
            return False
        self.send(step.step)
        return True

    def _on_bump(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        if self.offer_more(step.step):
            return True
        self._teller.once(step.step, f"{step.step}: {decision.hash} waits for cheaper gas: {decision.why}")
        return False

    def _on_record(self, step: StepState, _decision: Decision, facts: Facts) -> bool:
        self._outcomes.mined(step, next(each for each in facts.seen.values() if each.is_mined))
        return True

    def _on_fail(self, step: StepState, decision: Decision, _facts: Facts) -> NoReturn:
        self._outcomes.failed(step, decision.hash)

    def _on_confirm(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._outcomes.confirmed(step, decision)
        return True

    def _on_accept(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._outcomes.accepted(step, decision)
        return True

    def _on_conflict(self, step: StepState, decision: Decision, _facts: Facts) -> NoReturn:
        self._outcomes.conflicting(step, decision)

    def _on_reorg(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._outcomes.reorged(step, decision)
        return True

    def _on_deepen(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._teller.once(
            f"{step.step} depth",
            f"{step.step}: {max(decision.depth, 0)} of {self.confirmations} confirmations",
        )
        return False

    def _on_settle(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._teller.once(
            step.step, f"{step.step}: {decision.why or 'it reverted'}; waiting until that is settled"
        )
        return False

    def _on_contested(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._teller.once(
            step.step, f"{step.step}: {decision.why}, and does something else; waiting until that is settled"
        )
        return False

    def _on_done(self, _step: StepState, _decision: Decision, _facts: Facts) -> bool:
        return False

    def _on_begin_anew(self, step: StepState, decision: Decision, _facts: Facts) -> bool:
        self._teller.say(f"{step.step}: {decision.why}; signing it anew")
        self._begin_anew(step)
        return True

    def _on_fork(self, step: StepState, decision: Decision, _facts: Facts) -> NoReturn:
        raise stopped(step, decision)

    def _on_lost(self, step: StepState, decision: Decision, _facts: Facts) -> NoReturn:
        raise stopped(step, decision)


def _lacks(nonce: int, later: Intended | None, before: Intended | None) -> bool:
    """Whether a sender whose next nonce is `nonce` has to send `before` again, ere `later` can be mined."""
    if later is None or before is None or later.sender != before.sender:
        return False
    return nonce <= before.nonce < later.nonce


def _as_signed(step: StepState, attempt: Attempt) -> _Signed:
    from ingot.conversion import to_address

    assert step.intent is not None
    return _Signed(
        raw=bytes.fromhex(attempt.raw[2:]),
        hash=bytes.fromhex(attempt.hash[2:]),
        sender=to_address(step.intent.sender),
        nonce=step.intent.nonce,
    )
