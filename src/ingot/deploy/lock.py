"""One run at a time for each deployment. The system lets go of the lock when its holder dies."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ingot.errors import DeployError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Lock"]

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        # Beyond the text: a locked byte cannot be read, and the text says who holds it.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class Lock:
    """Held from the beginning until `release`, or until the process ends in whatever way.

    Raises: DeployError, with the other's process id, if it is held.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        if not _try(self._descriptor):
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
