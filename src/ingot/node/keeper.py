"""Writes the state of a node now and then, and at its end."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from ingot.errors import IngotError
from ingot.node.state_file import write_state

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.rpc import Rpc

__all__ = ["Keeper"]


class Keeper:
    """every_s: seconds between two files; None for the end only. A file that cannot be written ends nothing."""

    def __init__(self, rpc: Rpc, path: Path, *, every_s: float | None = None) -> None:
        self._rpc = rpc
        self._path = path
        self._every_s = every_s
        self._said = ""
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Write now and then, from now on."""
        if self._every_s is not None:
            self._task = asyncio.get_running_loop().create_task(self._go(self._every_s))

    def end(self) -> None:
        """No more of that."""
        if self._task is not None:
            self._task.cancel()

    async def _go(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                self.write()
            except IngotError as error:
                if str(error) != self._said:  # once: nobody may read it
                    self._said = str(error)
                    print(f"ingot: {error}", file=sys.stderr)
            else:
                self._said = ""

    def write(self) -> None:
        """Write now. Raises: UsageError."""
        write_state(self._rpc.engine, self._path)
