"""The code that ran in a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot._engine import keccak256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingot.engine import Frame
    from ingot.types import Address

__all__ = ["code_of", "code_that_ran", "is_creation"]


def is_creation(frame: Frame) -> bool:
    """Whether it is of CREATE or CREATE2, or of a transaction that creates."""
    return frame.kind.startswith("CREATE")


def code_of(frame: Frame, code_at: Callable[[Address], bytes]) -> bytes:
    """What runs in a frame, if an account has it; else empty. code_at: the code of an account."""
    code = bytes(code_at(frame.code_address))
    return code if keccak256(code) == frame.code_hash else b""


def code_that_ran(frame: Frame, among: Sequence[Frame], code_at: Callable[[Address], bytes]) -> bytes:
    """Initcode with its arguments, or the code of a contract; empty, if nobody has it.

    among: all frames of the execution: one that failed leaves no account with the code of what it has made.
    """
    if is_creation(frame):
        return frame.input
    code = code_of(frame, code_at)
    if code:
        return code
    made = (one.output for one in among if is_creation(one))
    return next((output for output in made if keccak256(output) == frame.code_hash), b"")
