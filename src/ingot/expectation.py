"""`with ingot.reverts(...)`: the block must fail, and in just this way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingot.errors import (
    PANIC_REASONS,
    CustomError,
    ExecutionError,
    Halt,
    Panic,
    Revert,
    RevertString,
    UsageError,
)
from ingot.foreign import failure_of, type_of
from ingot.interface import DeclaredError
from ingot.interface.binding import short
from ingot.receipt.failure import error_of_data

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["RevertInfo", "Reverts", "reverts"]

Wanted = str | re.Pattern[str] | type[ExecutionError] | ExecutionError | None
Expected = Wanted | int


class RevertInfo:
    """What `as` gives: once the block has failed, `value` is the error, and the error's own attributes are here too."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: ExecutionError | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.value is None:
            raise AttributeError(f"nothing has reverted yet, so there is no {name!r}: look after the block")
        return getattr(self.value, name)

    def __repr__(self) -> str:
        return f"<reverted: {self.value!s}>" if self.value is not None else "<not reverted yet>"


def reverts(expected: Expected = None, /, **fields: object) -> Reverts:
    """Expect the block to revert.

        ingot.reverts()                                            # whatever the reason
        ingot.reverts("ERC20: transfer to the zero address")       # exactly this string
        ingot.reverts(re.compile("ERC20: .*"))                     # `match` at the start of the reason
        ingot.reverts(token.InsufficientBalance, available=0)      # this custom error, these of its fields
        ingot.reverts(token.InsufficientBalance(available=0))      # the same
        ingot.reverts(ingot.Panic.OVERFLOW)                        # a panic by name, or by code: 0x11
        ingot.reverts(ingot.Halt("out of gas"))                    # not a REVERT: never accepted unless asked for

    Raises (at the end): AssertionError, if nothing reverts or something else does; whatever is no failure of a
    contract passes through. Raises (at once): UsageError for an expectation that cannot be.
    """
    return Reverts(expected, fields)


class Reverts:
    """See `reverts`. Can be used again."""

    def __init__(self, expected: Expected, fields: dict[str, object]) -> None:
        self._expected = _checked(expected, fields)
        self._info = RevertInfo()

    def __enter__(self) -> RevertInfo:
        self._info = RevertInfo()
        return self._info

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        wanted = describe(self._expected)
        if error is None:
            raise AssertionError(f"expected {wanted}, but nothing reverted")
        failed = failure_of(error)
        if failed is None:
            return False
        failed = _explained(failed, self._expected)
        difference = differs(self._expected, failed)
        if difference:
            raise AssertionError(f"expected {wanted}, but {difference}") from error
        self._info.value = failed
        return True

    def __repr__(self) -> str:
        return f"<reverts with {describe(self._expected)}>"


def _checked(expected: Expected, fields: dict[str, object]) -> Wanted:
    """The expectation with its fields bound. Raises: UsageError."""
    expected = type_of(expected) or expected
    if isinstance(expected, type) and issubclass(expected, DeclaredError):
        return expected(**fields) if fields and hasattr(expected, "abi") else expected
    if fields:
        names = ", ".join(map(repr, fields))
        raise UsageError(
            f"reverts: the fields {names} belong to a custom error: reverts(token.SomeError, field=value)"
        )
    if expected is None or isinstance(expected, (str, re.Pattern, ExecutionError)):
        return expected
    if isinstance(expected, int) and not isinstance(expected, bool):
        if expected not in PANIC_REASONS:
            known = ", ".join(f"0x{code:02x}" for code in PANIC_REASONS)
            raise UsageError(f"reverts: 0x{expected:02x} is no panic code of Solidity; there are {known}")
        return Panic(expected)
    if isinstance(expected, type) and issubclass(expected, ExecutionError):
        return expected
    raise UsageError(
        f"reverts: {expected!r} is nothing that a contract fails with: give a string, a regular expression, a custom "
        "error (token.SomeError), ingot.Panic.OVERFLOW, or an error class of ingot"
    )


def _explained(error: ExecutionError, expected: Wanted) -> ExecutionError:
    """An error that nobody could name, named by what is expected if its data is of that."""
    kind = expected if isinstance(expected, type) else type(expected)
    if type(error) is not Revert or not issubclass(kind, DeclaredError) or not hasattr(kind, "abi"):
        return error
    return error_of_data(error.data, [kind], receipt=error.receipt, call=error.call)


def describe(expected: Wanted) -> str:
    """An expectation in words."""
    if expected is None:
        return "a revert"
    if isinstance(expected, str):
        return f"the revert reason {expected!r}"
    if isinstance(expected, re.Pattern):
        return f"a revert reason that matches {expected.pattern!r}"
    if isinstance(expected, ExecutionError):
        return expected.message
    if issubclass(expected, DeclaredError) and hasattr(expected, "abi"):
        return str(expected.abi.signature)
    return f"a {expected.__name__}"


def differs(expected: Wanted, error: ExecutionError) -> str:
    """How `error` differs from what was expected; "" if it does not."""
    actual = f"it failed with {_kind(error)}: {error}"
    if expected is None:
        return "" if isinstance(error, Revert) else actual
    if isinstance(expected, str):
        return "" if isinstance(error, RevertString) and error.reason == expected else actual
    if isinstance(expected, re.Pattern):
        return "" if isinstance(error, Revert) and expected.match(reason_of(error)) else actual
    if isinstance(expected, type):
        return "" if _is_a(error, expected) else actual
    return _differs_from_instance(expected, error, actual)


def _is_a(error: ExecutionError, expected: type[ExecutionError]) -> bool:
    if issubclass(expected, DeclaredError) and hasattr(expected, "abi"):
        return isinstance(error, CustomError) and error.signature == expected.abi.signature
    return isinstance(error, expected)


def _differs_from_instance(expected: ExecutionError, error: ExecutionError, actual: str) -> str:
    if isinstance(expected, DeclaredError) and expected.expected is not None:
        if not _is_a(error, type(expected)):
            return actual
        return _fields_that_differ(expected, error)
    if isinstance(expected, Panic):
        return "" if isinstance(error, Panic) and error.code == expected.code else actual
    if isinstance(expected, RevertString):
        return "" if isinstance(error, RevertString) and error.reason == expected.reason else actual
    if isinstance(expected, Halt):
        return "" if isinstance(error, Halt) and _is_reason(error.reason, expected.reason) else actual
    if isinstance(expected, Revert) and isinstance(error, Revert):
        return "" if error.data == expected.data else actual
    return actual


def _is_reason(reason: str, expected: str) -> bool:
    """Whether a halt is the expected one, or a kind of it: "invalid opcode: 0xef" is an "invalid opcode"."""
    return reason == expected or reason.startswith(f"{expected}:")


def _fields_that_differ(expected: DeclaredError, error: ExecutionError) -> str:
    arguments = getattr(error, "arguments", ())
    wrong = [
        f"{expected.abi.inputs[index][0] or index} is {short(arguments[index])}, not {short(value)}"
        for index, value in (expected.expected or {}).items()
        if arguments[index] != value
    ]
    return f"{', '.join(wrong)}: {error}" if wrong else ""


def reason_of(error: ExecutionError) -> str:
    """The text that a regular expression is held against."""
    return error.reason if isinstance(error, RevertString) else error.message


def _kind(error: ExecutionError) -> str:
    if isinstance(error, CustomError):
        return "a custom error"
    if isinstance(error, RevertString):
        return "a reason string"
    if isinstance(error, Panic):
        return "a panic"
    return "a halt" if isinstance(error, Halt) else "a revert"
