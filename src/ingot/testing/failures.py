"""What a failed test shows: the user's own lines, the reason of the revert and the transaction that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from opcode import opmap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import ingot
from ingot.errors import CompileError, ExecutionError, IngotError, ProviderError, UsageError

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

__all__ = ["TITLE", "Failures"]

TITLE = "The transaction that failed"
_PACKAGE = str(Path(ingot.__file__).parent)
_HIDE = "__tracebackhide__"


class Failures:
    """Rewrites reports. One for each session: the same compiler error is shown once."""

    def __init__(self) -> None:
        self._first_seen: dict[str, str] = {}
        self._described: WeakKeyDictionary[ExecutionError, str] = WeakKeyDictionary()

    def remember(self, error: BaseException) -> None:
        """Describe the transactions behind `error` now: their state is about to be undone."""
        for failure in _execution_errors(error):
            if failure not in self._described:
                self._described[failure] = describe(failure)

    def explain(self, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
        """Add what is known about the failure to the report."""
        if call.excinfo is None or not report.failed:
            return
        error = call.excinfo.value
        if isinstance(error, CompileError | UsageError) and report.when == "setup":
            report.longrepr = self._once(str(error), report.nodeid)
            return
        self.remember(error)
        texts = [self._described[failure] for failure in _execution_errors(error)]
        report.sections.extend((TITLE, text) for text in texts if text)

    def _once(self, message: str, nodeid: str) -> str:
        first = self._first_seen.setdefault(message, nodeid)
        return message if first == nodeid else f"{message.splitlines()[0]} ... (in full at {first})"


@contextmanager
def hidden_toolkit(excinfo: pytest.ExceptionInfo[BaseException] | None) -> Iterator[None]:
    """Inside, pytest shows none of our frames of an error that we raised on purpose; a bug of ours keeps them.

    pytest hides the frames of a module with `__tracebackhide__`; ours have it only while a report is made.
    """
    related = () if excinfo is None else _related(excinfo.value)
    modules = {id(names): names for error in related for names in _our_modules(error) if _HIDE not in names}
    for names in modules.values():
        names[_HIDE] = _is_on_purpose
    try:
        yield
    finally:
        for names in modules.values():
            del names[_HIDE]


def _is_on_purpose(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    if excinfo is None:
        return False
    error = excinfo.value
    return isinstance(error, IngotError | AssertionError) or _is_raised_by_us(error)


def _is_raised_by_us(error: BaseException) -> bool:
    """Whether a `raise` of ours made it: an AttributeError that says which contracts there are, for example."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or not _is_ours(step):
        return False
    return step.tb_frame.f_code.co_code[step.tb_lasti] == opmap["RAISE_VARARGS"]


def _is_ours(step: TracebackType) -> bool:
    return step.tb_frame.f_code.co_filename.startswith(_PACKAGE)


def _our_modules(error: BaseException) -> Iterator[dict[str, Any]]:
    step = error.__traceback__
    while step is not None:
        if _is_ours(step):
            yield step.tb_frame.f_globals
        step = step.tb_next


def _related(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, its causes, and the members of groups: whatever a traceback shows, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.append(current.__cause__ or (None if current.__suppress_context__ else current.__context__))


def _execution_errors(error: BaseException) -> Iterator[ExecutionError]:
    return (related for related in _related(error) if isinstance(related, ExecutionError))


def describe(error: ExecutionError) -> str:
    """The calls of the failed transaction, and what it cost; "" for a call, which its message says in full."""
    receipt = error.receipt
    if receipt is None:
        return ""
    try:
        calls = f"{receipt.trace}\n"
    except ProviderError:  # a node that does not trace, or a state that is gone: the message has to do
        calls = ""
    except Exception as err:  # whatever is wrong with the trace, pytest has to go on and show the failure
        calls = f"its calls cannot be shown: {err!r}\n"
    return (
        f"{calls}from {receipt.sender}, {receipt.gas_used:,} of {receipt.gas_limit:,} gas, block {receipt.block_number}\n"
        f"transaction {receipt.txn_hash}"
    )
