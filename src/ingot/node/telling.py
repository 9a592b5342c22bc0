"""From events to lines for people: one for each request; below it what its contracts wrote, its transactions and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ingot.errors import IngotError
from ingot.node.events import Answered, BlocksPassed, Listening, Mined, NotMined, WentBack
from ingot.rpc.failure import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.engine import Block, Transaction
    from ingot.node.events import Execution
    from ingot.node.explanation import Explainer, Explanation

__all__ = ["MAX_TRANSACTIONS", "Teller", "Wanted", "harmless", "hash_of"]

MAX_TRANSACTIONS: Final = 16
"""So many transactions of a block get lines of their own."""

_MAX_TEXT: Final = 2_000
_MAX_LOGS: Final = 200
_MAX_CALLS: Final = 400
_MAX_STOPS: Final = 24
"""On each side: of a failure that came up through more calls and functions, those in the middle are left out."""

_RESET: Final = "\x1b[0m"
_STYLES: Final = {"dim": "\x1b[2m", "red": "\x1b[31m", "green": "\x1b[32m", "cyan": "\x1b[36m"}


@dataclass(slots=True)
class Wanted:
    """What is told of executions. logs: of console.log.      calls: all calls, a line each; failed_calls: of failures only.

    can_log: whether any contract can write: where none can, none is asked what it wrote.
    """

    logs: bool = True
    calls: bool = False
    failed_calls: bool = False
    can_log: bool = False

    def calls_of(self, *, failed: bool) -> bool:
        """Whether the calls of an execution are told."""
        return self.calls or (failed and self.failed_calls)


class Teller:
    """Makes text of events. colour: whether the terminal shows colours."""

    def __init__(self, explainer: Explainer, wanted: Wanted, *, colour: bool = False) -> None:
        self._explainer = explainer
        self._wanted = wanted
        self._colour = colour

    def __call__(self, event: object) -> str:
        """An event, with the end of its last line."""
        return "".join(f"{line}\n" for line in self._lines(event))

    def left_out(self, count: int) -> str:
        """So many events were not told."""
        return self._paint("red", f"({count:,} events left out: nobody read them fast enough)") + "\n"

    def _lines(self, event: object) -> Iterator[str]:
        if isinstance(event, Answered):
            yield self._answered(event)
            for execution in event.executions:
                yield from self._execution(execution)
        elif isinstance(event, Mined):
            yield from self._block(event.block)
        elif isinstance(event, BlocksPassed):
            yield f"    Blocks {event.first} to {event.last}"
        elif isinstance(event, WentBack):
            yield f"    Back to block {event.number}"
        elif isinstance(event, NotMined):
            yield self._paint("red", f"    No block could be mined: {harmless(event.message)}")
        elif isinstance(event, Listening):
            yield from event.lines

    def _answered(self, event: Answered) -> str:
        line = f"{harmless(event.method, 100):<36} {self._paint('dim', f'{event.took_s * 1e3:9.2f} ms')}"
        if event.code is None:
            return line
        return f"{line}  {self._paint('red', f'{event.code} {harmless(event.message, 300)}')}"

    def _execution(self, execution: Execution) -> Iterator[str]:
        outcome, wanted = execution.outcome, self._wanted
        failed = outcome is not None and not outcome.succeeded
        logs, calls = wanted.logs and wanted.can_log, wanted.calls_of(failed=failed)
        if not (failed or logs or calls):
            return
        found = self._explainer.execution(execution, logs=logs, calls=calls)
        yield from self._logs(found)
        yield from self._calls(found)
        if failed:
            yield from self._failure(found, found.reason)

    # Blocks

    def _block(self, block: Block) -> Iterator[str]:
        transactions = block.transactions
        for transaction in transactions[:MAX_TRANSACTIONS]:
            yield from self._transaction(transaction)
        if len(transactions) > MAX_TRANSACTIONS:
            yield f"    ... and {len(transactions) - MAX_TRANSACTIONS:,} transactions more"
        yield ""
        yield f"    Block Number: {block.number}"
        yield f"    Block Hash: {hash_of(block) or '(undone since)'}"
        yield f"    Block Time: {_moment(block.timestamp)}"
        yield ""

    def _transaction(self, transaction: Transaction) -> Iterator[str]:
        outcome, wanted = transaction.outcome, self._wanted
        logs, calls = wanted.logs and wanted.can_log, wanted.calls_of(failed=not outcome.succeeded)
        found = self._explainer.transaction(transaction, logs=logs, calls=calls)
        yield from self._logs(found)
        yield from self._calls(found)
        yield ""
        yield f"    Transaction: 0x{transaction.hash.hex()}"
        if found.words:
            yield f"    Call: {harmless(found.words)}"
        if outcome.contract_address is not None:
            name = f" {found.created}" if found.created else ""
            yield self._paint("green", f"    Contract created: {outcome.contract_address}{name}")
        yield f"    Gas used: {outcome.gas_used}"
        if not outcome.succeeded:
            yield from self._failure(found, found.reason or failure(outcome).message)

    # Executions

    def _logs(self, found: Explanation) -> Iterator[str]:
        if not found.logs:
            return
        yield self._paint("cyan", "    console.log:")
        for text in found.logs[:_MAX_LOGS]:
            for line in text.split("\n"):
                yield f"        {harmless(line)}".rstrip()
        if len(found.logs) > _MAX_LOGS:
            yield f"        ... and {len(found.logs) - _MAX_LOGS:,} lines more"

    def _calls(self, found: Explanation) -> Iterator[str]:
        if not found.calls:
            return
        yield self._paint("cyan", "    Traces:")
        for line in found.calls[:_MAX_CALLS]:
            yield f"        {harmless(line)}"
        if len(found.calls) > _MAX_CALLS:
            yield f"        ... and {len(found.calls) - _MAX_CALLS:,} calls more"

    def _failure(self, found: Explanation, reason: str) -> Iterator[str]:
        yield self._paint("red", f"    Error: {harmless(reason)}")
        left_out = max(0, len(found.stops) - 2 * _MAX_STOPS)
        for index, stop in enumerate(found.stops):
            if left_out and _MAX_STOPS <= index < _MAX_STOPS + left_out:
                if index == _MAX_STOPS:
                    yield f"        ... and {left_out:,} more"
                continue
            place = stop.place
            yield f"        at {harmless(stop.words)}{f' ({harmless(place.unit)}:{place.line})' if place else ''}"
            if place:
                yield self._paint("dim", f"            {harmless(place.text)}")

    def _paint(self, style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}{_RESET}" if self._colour else text


def hash_of(block: Block) -> str | None:
    """In hex; None, if the block was undone before anybody asked for it: what it followed from is gone."""
    try:
        return f"0x{block.hash.hex()}"
    except IngotError:
        return None


def harmless(text: str, limit: int = _MAX_TEXT) -> str:
    """Text of others on one line: control characters, and what turns the direction of writing, are shown and not sent."""
    shown = text if text.isprintable() else "".join(map(_shown, text[:limit]))
    return shown if len(text) <= limit else f"{shown[:limit]} ..."


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def _moment(timestamp: int) -> str:
    try:
        return f"{datetime.fromtimestamp(timestamp, UTC):%a, %d %b %Y %H:%M:%S +0000} ({timestamp})"
    except (ValueError, OverflowError, OSError):
        return str(timestamp)
