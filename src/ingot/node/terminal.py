"""What a node shows: its accounts when it starts, then a line for each request, block and transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TextIO

from ingot.rpc.failure import failure

if TYPE_CHECKING:
    from ingot.engine import Transaction
    from ingot.errors import RpcError
    from ingot.rpc import Rpc

__all__ = ["Terminal"]

_FLUSH_S: Final = 0.02
_MAX_BLOCKS: Final = 8
"""So many new blocks get lines of their own; of more, the last one."""

_MAX_TRANSACTIONS: Final = 16
"""So many transactions of a block get lines of their own."""

_MAX_TEXT: Final = 300


class Terminal:
    """A Watcher that writes lines to a stream, many at once."""

    def __init__(self, rpc: Rpc, stream: TextIO) -> None:
        self._rpc = rpc
        self._stream = stream
        self._lines: list[str] = []
        self._latest = rpc.engine.block_number

    def request(self, method: str, took_s: float, error: RpcError | None) -> None:
        """See Watcher."""
        line = f"{_safe(method):<36} {took_s * 1e3:9.2f} ms"
        self._show(line if error is None else f"{line}  {error.code} {_safe(error.message)}")
        if self._rpc.engine.block_number != self._latest:
            self._blocks()

    def mined(self, error: RpcError | None) -> None:
        """See Watcher."""
        if error is not None:
            self._show(f"no block could be mined: {_safe(error.message)}")
        self._blocks()

    def _show(self, line: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(_FLUSH_S, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Write what waits. A stream that is closed is no reason to end."""
        lines, self._lines = self._lines, []
        try:
            if lines:
                self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._rpc.is_logging = False

    # Blocks

    def _blocks(self) -> None:
        engine = self._rpc.engine
        before, self._latest = self._latest, engine.block_number
        if self._latest < before:
            self._show(f"    back to block {self._latest}")
            return
        first = before + 1
        if self._latest - before > _MAX_BLOCKS:
            self._show(f"    blocks {first} to {self._latest - 1}")
            first = self._latest
        for number in range(first, self._latest + 1):
            self._block(number)

    def _block(self, number: int) -> None:
        block = self._rpc.engine.block(number)
        transactions = block.transactions
        count = len(transactions)
        shown = f"{count} transaction{'' if count == 1 else 's'}"
        self._show(f"    block {number}: {shown}, {block.gas_used:,} gas, time {block.timestamp}")
        for transaction in transactions[:_MAX_TRANSACTIONS]:
            self._show(f"        {_described(transaction)}")
        if count > _MAX_TRANSACTIONS:
            self._show(f"        and {count - _MAX_TRANSACTIONS} more")


def _described(transaction: Transaction) -> str:
    outcome = transaction.outcome
    line = f"0x{transaction.hash.hex()}  {outcome.gas_used:,} gas"
    if outcome.contract_address is not None:
        line += f"  created {outcome.contract_address}"
    if not outcome.succeeded:
        line += f"  {_safe(failure(outcome).message)}"
    return line


def _safe(text: str) -> str:
    """Text of others on one line, without control characters."""
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:_MAX_TEXT])
    return shown if len(text) <= _MAX_TEXT else shown + " ..."
