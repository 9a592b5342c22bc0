"""What a session that is written in Python sees; session.mjs is the same in JavaScript."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["Seeing"]


class Seeing:
    """Keeps by name what a client saw, also where something went wrong."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    def __call__(self, name: str, look: Callable[[], Any]) -> Any:
        """Keep what `look` returns. Returns: that; None, if it failed."""
        try:
            found = self.seen[name] = look()
        except Exception as error:  # a session goes on, as the client would
            print(f"{name}:")
            traceback.print_exc(limit=-3)
            self.seen[name] = {"went wrong": f"{type(error).__name__}: {error}"}
            return None
        return found
