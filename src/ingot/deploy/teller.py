"""Lines for people, while a deployment goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Teller"]


class Teller:
    """say: takes a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._told: dict[str, str] = {}

    def once(self, topic: str, line: str) -> None:
        """Say it, unless it is what was said last about the topic."""
        if self._told.get(topic) != line:
            self._told[topic] = line
            self.say(line)
