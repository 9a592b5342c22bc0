"""Failures as other tools raise them, in our words: `ingot.reverts` means the same under `ape test`.

Known by their shape, not by import: ape is not installed where nobody uses it.
"""

from __future__ import annotations

import re
from ast import literal_eval
from contextlib import suppress
from typing import Any

from ingot.errors import CustomError, ExecutionError, Halt, Panic, Revert, RevertString
from ingot.interface import DeclaredError, error_type
from ingot.receipt.failure import error_of_data

__all__ = ["failure_of", "type_of"]

_WITHOUT_REASON = "Transaction failed."
"""What ape says of a revert without data. Source: ape.exceptions.TransactionError.DEFAULT_MESSAGE."""

_DATA = re.compile("0x[0-9a-f]{8}([0-9a-f]{64})*")
"""Encoded error data: a selector, and words."""


def _is_apes(kind: type, name: str) -> bool:
    return any(base.__name__ == name and base.__module__ == "ape.exceptions" for base in kind.__mro__)


def type_of(expected: object) -> type[DeclaredError] | None:
    """The class for an error of another tool's contract, `token.SomeError` under ape; None for everything else."""
    if not isinstance(expected, type) or not _is_apes(expected, "CustomError"):
        return None
    abi: Any = getattr(expected, "abi", None)
    return (
        None
        if abi is None
        else error_type({"type": "error", "name": abi.name, "inputs": _inputs(abi.inputs)})
    )


def _inputs(inputs: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": given.name or "",
            "type": str(given.type),
            **({"components": _inputs(given.components)} if getattr(given, "components", None) else {}),
        }
        for given in inputs
    ]


def failure_of(error: BaseException) -> ExecutionError | None:
    """`error` if it is a failure of a contract, as it is or in our words; None if it is something else."""
    if isinstance(error, ExecutionError):
        return error
    kind = type(error)
    given: Any = error
    if _is_apes(kind, "CustomError"):
        return CustomError(given.abi.name, given.abi.selector, tuple(given.inputs.values()))
    if _is_apes(kind, "OutOfGasError"):
        return Halt("out of gas")
    if not _is_apes(kind, "ContractLogicError"):
        return None
    if hasattr(error, "halt_reason"):  # ape-ingot's
        return Halt(given.halt_reason)
    if hasattr(error, "error_type"):  # ape-solidity's panics
        return Panic(int(given.error_type))
    message = given.revert_message or _WITHOUT_REASON
    data = _revert_data(message)
    if data is not None:
        return error_of_data(data)
    return Revert() if message == _WITHOUT_REASON else RevertString(str(message))


def _revert_data(message: object) -> bytes | None:
    """The data that ape gives for a message where the called contract does not declare the error; None for words."""
    if isinstance(message, str) and message.startswith(("b'", 'b"')):  # the repr of bytes
        with suppress(ValueError, SyntaxError):
            message = literal_eval(message)
    if isinstance(message, str) and _DATA.fullmatch(message):
        message = bytes.fromhex(message[2:])
    return bytes(message) if isinstance(message, bytes) else None
