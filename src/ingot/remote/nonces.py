"""Which nonce comes next, for several senders at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingot.types import Address

__all__ = ["Nonces"]


class Nonces:
    """The next nonce of each sender: what the node says, pending transactions of other programs included, but never one
    that this process has used. (Behind one URL there may be several nodes, and the last one asked may lag behind.)
    """

    def __init__(self) -> None:
        self._next: dict[Address, int] = {}

    def next(self, sender: Address, pending: int) -> int:
        """pending: the node's eth_getTransactionCount of "pending"."""
        return max(pending, self._next.get(sender, 0))

    def used(self, sender: Address, nonce: int) -> None:
        """A transaction with this nonce is on its way."""
        self._next[sender] = max(nonce + 1, self._next.get(sender, 0))

    def forget(self, sender: Address | None = None) -> None:
        """Believe the node again: about `sender`, by default about all."""
        if sender is None:
            self._next.clear()
        else:
            self._next.pop(sender, None)
