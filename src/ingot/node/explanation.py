"""What happened inside a transaction or a call: what its contracts wrote, why it failed, and at which line."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from ingot.conversion import to_address
from ingot.engine import RECORD_FRAMES, RECORD_TAILS
from ingot.errors import Halt, IngotError
from ingot.receipt.console import CONSOLE, console_lines
from ingot.receipt.failure import failure
from ingot.receipt.trace import Trace
from ingot.receipt.wording import words_of_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingot.engine import Engine, Frame, Outcome, Transaction
    from ingot.interface import Interface
    from ingot.node.events import Execution
    from ingot.node.sources import Sources
    from ingot.node.where import Stop
    from ingot.provider import Provider
    from ingot.trace import Repetition
    from ingot.types import Address

__all__ = ["Explainer", "Explanation", "Knowledge"]

_TRANSFER: Final = 21_000
_CREATIONS: Final = ("CREATE", "CREATE2")

_SHARE: Final = 0.2
"""At most so much of the time goes to running things again."""

_MOST_S: Final = 0.5
"""So much of it is counted for one failure: what takes longer has waited for the compiler."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found out; what was not is empty.

    words: the call.      created: name of the contract that was made.      logs: of console.log.      reason: why it failed.
    stops: the calls and functions through which the failure came up, innermost first.      calls: all calls, a line each.
    """

    words: str = ""
    created: str = ""
    logs: tuple[str, ...] = ()
    reason: str = ""
    stops: tuple[Stop, ...] = ()
    calls: tuple[str, ...] = ()


class Knowledge:
    """What `receipt` asks a chain for when it puts calls in words: here, what the project knows."""

    def __init__(self, engine: Engine, sources: Sources) -> None:
        self._sources = sources
        self.get_code = engine.code
        self.labels: dict[str, str] = {CONSOLE: "console.log"}
        self.interfaces: dict[str, Interface] = {}
        known = sources.any_interface
        if known is not None:
            self.interfaces[""] = known  # leads to the project's errors, whoever raised them

    def meet(self, frames: Iterable[Frame]) -> None:
        """Look up whose code these ran."""
        for frame in frames:
            if frame.kind in _CREATIONS:
                self._know(frame.to, self._sources.of_initcode(frame.input))
            else:
                self.of_account(frame.code_address)

    def of_account(self, address: Address) -> Interface | None:
        """The contract at an address."""
        if address not in self.interfaces:
            code = self.get_code(address)
            self._know(address, self._sources.of_code(code) if code else None)
        return self.interfaces.get(address)

    def called(self, to: Address | None, data: bytes) -> Interface | None:
        """The contract that is called, or made."""
        return self._sources.of_initcode(data) if to is None else self.of_account(to)

    def _know(self, address: str, interface: Interface | None) -> None:
        if interface is not None:
            self.interfaces[address] = interface


@dataclass(frozen=True, slots=True)
class _Run:
    """A transaction or a call. outcome: None for an estimate that succeeded.      again: how it is run again."""

    to: Address | None
    data: bytes
    value: int
    outcome: Outcome | None
    again: Repetition

    @property
    def failed(self) -> bool:
        return self.outcome is not None and not self.outcome.succeeded

    def recorded(self, flags: int) -> Outcome | None:
        """With its frames; None, if it cannot be run again as it was."""
        known = self.outcome
        if (
            known is not None
            and flags == RECORD_FRAMES
            and known.recording is not None
            and known.recording.frames
        ):
            return known
        try:
            found = self.again(flags)
        except IngotError:
            return None
        if known is not None and (known.status, known.output) != (found.status, found.output):
            return None  # the state is another one by now
        return found


class Explainer:
    """Finds out, where needed by running it again. For one thread. Of the time, at most a fifth goes to that."""

    def __init__(self, engine: Engine, sources: Sources) -> None:
        self._engine = engine
        self._sources = sources
        self._allowance_s = 1.0
        self._counted = time.monotonic()

    def transaction(self, transaction: Transaction, *, logs: bool, calls: bool) -> Explanation:
        """Of a mined transaction.      logs, calls: whether these are wanted."""
        if transaction.gas_used == _TRANSFER:
            return Explanation()  # nothing ran
        run = _Run(
            transaction.to,
            transaction.data,
            transaction.value,
            transaction.outcome,
            self._repetition(transaction),
        )
        return self._explanation(run, logs=logs, calls=calls)

    def execution(self, execution: Execution, *, logs: bool, calls: bool) -> Explanation:
        """Of a call or an estimate."""
        terms: dict[str, Any] = dict(execution.terms)
        to = terms.get("to")
        run = _Run(
            None if to is None else to_address(to),
            terms.get("data", b""),
            terms.get("value", 0),
            execution.outcome,
            self._repetition(None, {**terms, "block": execution.number}),
        )
        return self._explanation(run, logs=logs, calls=calls)

    def _repetition(
        self, transaction: Transaction | None, terms: Mapping[str, Any] | None = None
    ) -> Repetition:
        from ingot.trace import Repetition  # not when a node begins

        return Repetition(self._engine, transaction, terms or {})

    def _explanation(self, run: _Run, *, logs: bool, calls: bool) -> Explanation:
        knowledge = Knowledge(self._engine, self._sources)
        top = knowledge.called(run.to, run.data)
        words = (
            words_of_call(run.data, run.to, _view(knowledge), top, value=run.value) if top is not None else ""
        )
        address = None if run.outcome is None else run.outcome.contract_address
        made = None if address is None else knowledge.of_account(address)
        found = Explanation(words=words, created="" if made is None else made.name)
        if not (logs or calls or run.failed):
            return found
        started = time.monotonic()
        recorded: Outcome | None = None
        if not run.failed:
            recorded = run.recorded(RECORD_FRAMES)
        elif self._may_run():
            recorded = run.recorded(RECORD_FRAMES | RECORD_TAILS)
        frames = () if recorded is None or recorded.recording is None else recorded.recording.frames
        knowledge.meet(frames)
        if recorded is not None:
            found = replace(
                found,
                logs=tuple(console_lines(recorded)) if logs else (),
                calls=tuple(str(Trace(recorded, _view(knowledge), top)).split("\n")) if calls else (),
            )
        if run.failed:
            from ingot.node.where import stops_of  # not when a node begins

            reason = self._reason(run, knowledge, top, frames)
            stops = (
                ()
                if recorded is None
                else tuple(stops_of(recorded, run.again, knowledge, self._sources, top))
            )
            found = replace(found, reason=reason, stops=stops)
            self._allowance_s -= min(_MOST_S, time.monotonic() - started)
        return found

    @staticmethod
    def _reason(run: _Run, knowledge: Knowledge, top: Interface | None, frames: Sequence[Frame]) -> str:
        assert run.outcome is not None
        error = failure(run.outcome, _view(knowledge), interface=top, frames=frames)
        reason = error.message if isinstance(error, Halt) else f"reverted with: {error.message}"
        return reason.replace("with: reverted ", "")

    def _may_run(self) -> bool:
        """Whether a failure is run again: not if too much time went to that."""
        now = time.monotonic()
        self._allowance_s = min(1.0, self._allowance_s + _SHARE * (now - self._counted))
        self._counted = now
        return self._allowance_s > 0


def _view(knowledge: Knowledge) -> Provider:
    """`receipt` takes a chain, of which it asks no more than this."""
    return cast("Provider", knowledge)
