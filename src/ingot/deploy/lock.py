"""One run at a time for each deployment. The system lets go of the lock when its holder dies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ingot.errors import DeployError
from ingot.lock import try_lock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Lock"]


class Lock:
    """Held from the beginning until `release`, or until the process ends in whatever way.

    Raises: DeployError, with the other's process id, if it is held.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        if not try_lock(self._descriptor):
            holder = os.read(self._descriptor, 100).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            who = f"process {holder}" if holder else "another process"
            raise DeployError(
                f"{who} works on the deployment in {path.parent}: wait until it has ended. What it has begun, a later "
                "run continues"
            )
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let the next one in."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
