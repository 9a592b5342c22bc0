"""What every route is given, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.progress import Progress
from ingot.compile.solc.settings import Settings
from ingot.errors import IngotError

__all__ = ["Context", "RouteClosed"]


@dataclass(frozen=True)
class Context:
    """Settings of one resolver, its cache and its voice."""

    settings: Settings
    cache: Cache
    progress: Progress


class RouteClosed(IngotError):
    """A route does not lead to the compiler. fix: what would open it, or ""."""

    def __init__(self, reason: str, *, fix: str = "") -> None:
        super().__init__(reason)
        self.fix = fix
