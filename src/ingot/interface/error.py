"""Custom errors as exception classes: raise, catch, compare.

One class for each declaration, whichever ABI it stands in, so that `except token.InsufficientBalance` also catches the
error when it comes up through a vault.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from ingot.abi import Error
from ingot.errors import CustomError
from ingot.interface.binding import bind_fields, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DeclaredError", "ErrorType", "error_type"]


class ErrorType(type):
    """The class of an error's class: how `token.InsufficientBalance` itself prints."""

    abi: Error

    def __repr__(cls) -> str:
        return f"<error {cls.abi.signature}>" if "abi" in cls.__dict__ else super().__repr__()


class DeclaredError(CustomError, metaclass=ErrorType):
    """An error of an ABI. Called with some or all of its fields, it is what `ingot.reverts` should expect:

    token.InsufficientBalance(available=0)
    """

    abi: ClassVar[Error]
    expected: dict[int, Any] | None
    """Index -> value, of what a test expects; None for an error that was raised."""

    def __init__(self, *values: object, **fields: object) -> None:
        abi = type(self).abi
        expected = bind_fields(abi.signature, abi.inputs, values, fields)
        super().__init__(abi.name, abi.signature, ())
        self.expected = expected
        shown = [
            f"{name or index}={expected[index]!r}" if index in expected else "..."
            for index, (name, _) in enumerate(abi.inputs)
        ]
        self.message = f"{abi.name}({', '.join(shown)})"
        self.args = (self.message,)

    @classmethod
    def from_data(cls, data: bytes, *, receipt: Any = None, call: str = "") -> DeclaredError:
        """The error whose selector opens `data`. Raises: AbiError, if the rest does not decode."""
        error = cls.__new__(cls)
        arguments = cls.abi.decode(data)
        CustomError.__init__(
            error, cls.abi.name, cls.abi.signature, arguments, data=data, receipt=receipt, call=call
        )
        error.expected = None
        error.message = f"{cls.abi.name}({in_words(cls.abi.inputs, arguments)})"
        error.args = (error.message,)
        return error

    @property
    def inputs(self) -> dict[str, Any]:
        """The arguments by name; an unnamed one by its index."""
        return {
            name or str(index): value
            for index, ((name, _), value) in enumerate(zip(self.abi.inputs, self.arguments, strict=False))
        }


def error_type(entry: Mapping[str, object]) -> type[DeclaredError]:
    """The class of an ABI's error entry."""
    return _error_type(json.dumps({key: entry[key] for key in ("type", "name", "inputs") if key in entry}))


@cache
def _error_type(entry: str) -> type[DeclaredError]:
    abi = Error(entry)
    fields = ", ".join(f"{kind} {name}".rstrip() for name, kind in abi.inputs)
    members = {"abi": abi, "__module__": "ingot.errors", "__doc__": f"error {abi.name}({fields})"}
    made: Any = ErrorType(abi.name, (DeclaredError,), members)
    return made  # type: ignore[no-any-return]  # mypy cannot see what a metaclass makes
