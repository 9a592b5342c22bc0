"""Source tracebacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ape.types.trace import SourceTraceback

if TYPE_CHECKING:
    from ape_ingot.receipts import IngotReceipt

__all__ = ["traceback_of"]


def traceback_of(receipt: IngotReceipt) -> SourceTraceback:
    """The lines of Solidity that a transaction went through."""
    del receipt
    return SourceTraceback.model_validate([])
