"""A value that nothing shows: keys, mnemonics and passwords on their way through functions.

Tracebacks, pytest and debuggers print arguments and locals. A `Secret` prints as `<secret>`, wherever it is.
"""

from __future__ import annotations

from typing import Generic, NoReturn, TypeVar

__all__ = ["Secret"]

T = TypeVar("T")


class Secret(Generic[T]):
    """`reveal()` gives the value; repr, str, format, pickle and copy do not."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value. Call it where it is used, and keep it in no variable."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither copied nor written anywhere")
