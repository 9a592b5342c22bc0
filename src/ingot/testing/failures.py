"""What a failed test shows: the user's own lines, the reason of the revert and the call that failed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ingot
from ingot.errors import CompileError, ExecutionError, IngotError, UsageError

if TYPE_CHECKING:
    import pytest

__all__ = ["Failures"]

_PACKAGE = str(Path(ingot.__file__).parent)


class Failures:
    """Rewrites reports. One for each session: the same compiler error is shown once."""

    def __init__(self) -> None:
        self._first_seen: dict[str, str] = {}

    def hide_toolkit(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Cut our own frames out, if we raised on purpose. A bug of ours keeps its traceback."""
        if not isinstance(excinfo.value, IngotError | AssertionError):
            return
        theirs = excinfo.traceback.filter(lambda entry: not str(entry.path).startswith(_PACKAGE))
        if theirs:
            excinfo.traceback = theirs

    def explain(self, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
        """Add what is known about the failure to the report."""
        if call.excinfo is None or not report.failed:
            return
        error = call.excinfo.value
        if isinstance(error, CompileError | UsageError) and report.when == "setup":
            report.longrepr = self._once(str(error), report.nodeid)
            return
        for failure in _execution_errors(error):
            report.sections.append(("The call that failed", describe(failure)))

    def _once(self, message: str, nodeid: str) -> str:
        first = self._first_seen.setdefault(message, nodeid)
        return message if first == nodeid else f"{message.splitlines()[0]} ... (in full at {first})"


def _execution_errors(error: BaseException | None) -> Iterator[ExecutionError]:
    """The contracts' failures behind an exception: itself, its causes, members of a group; each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, ExecutionError):
            yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.append(current.__cause__ or (None if current.__suppress_context__ else current.__context__))


def describe(error: ExecutionError) -> str:
    """The failed call in a few lines: what was called, why it failed, who sent it, what it cost."""
    rows = [("call", error.call), ("reason", error.message), *_receipt_rows(error.receipt)]
    known = [(label, text) for label, text in rows if text]
    width = max(len(label) for label, _ in known)
    return "\n".join(f"{label:<{width}}  {text}" for label, text in known)


def _receipt_rows(receipt: Any) -> Iterator[tuple[str, str]]:
    if receipt is None:
        return
    yield "sender", str(getattr(receipt, "sender", "") or "")
    if value := getattr(receipt, "value", 0):
        yield "value", f"{value:,} wei"
    yield "gas used", f"{receipt.gas_used:,} of {receipt.gas_limit:,}"
    yield "block", f"{receipt.block_number}"
    yield "transaction", str(receipt.txn_hash)
