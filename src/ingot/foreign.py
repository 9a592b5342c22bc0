"""Failures as other tools raise them, in our words: `ingot.reverts` means the same under `ape test`.

Known by their shape, not by import: ape is not installed where nobody uses it.
"""

from __future__ import annotations

from typing import Any

from ingot.errors import CustomError, ExecutionError, Halt, Panic, Revert, RevertString
from ingot.interface import DeclaredError, error_type

__all__ = ["failure_of", "type_of"]

_WITHOUT_REASON = "Transaction failed."
"""What ape says of a revert without data. Source: ape.exceptions.TransactionError.DEFAULT_MESSAGE."""


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
    if hasattr(error, "error_type"):  # ape-solidity's panics
        return Panic(int(given.error_type))
    message = str(given.revert_message or _WITHOUT_REASON)
    return Revert() if message == _WITHOUT_REASON else RevertString(message)
