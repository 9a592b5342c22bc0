"""The way that the chain took: the blocks that watchers saw, and those of them that were abandoned."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingot.engine import Block, Engine

__all__ = ["MAX_BLOCKS", "Trail"]

MAX_BLOCKS = 10_000
"""How many blocks are remembered; who asks more seldom is told of the latest."""

_BEFORE = 128
"""How many blocks before a watcher came are told of when they are abandoned."""


class Trail:
    """Blocks that came and blocks that went, in order, however the chain came to it: mined, rolled back, reverted.

    It looks at the chain only when it is asked, and remembers nothing before `begin`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path: deque[Block] = deque(maxlen=MAX_BLOCKS)
        self._steps: deque[tuple[bool, Block]] = deque(maxlen=2 * MAX_BLOCKS)
        self._count = 0

    def begin(self) -> int:
        """Remember from now on. Returns: the position of who has seen everything so far."""
        if not self._path:
            engine = self._engine
            latest = engine.block_number
            first = max(engine.first_block_number, latest + 1 - _BEFORE)
            self._path.extend(engine.block(number) for number in range(first, latest + 1))
        self._look()
        return self._count

    def end(self) -> None:
        """Nobody watches any more."""
        self._path.clear()
        self._steps.clear()

    def since(self, position: int) -> tuple[list[Block], list[Block], int]:
        """The blocks that are gone since a position, those that are new, both in order, and the position now."""
        self._look()
        gone: list[Block] = []
        new: list[Block] = []
        behind = min(self._count - position, len(self._steps))
        for index in range(len(self._steps) - behind, len(self._steps)):
            came, block = self._steps[index]
            if came:
                new.append(block)
            elif new and new[-1] is block:
                new.pop()
            else:
                gone.append(block)
        gone.reverse()
        return gone, new, self._count

    def _look(self) -> None:
        engine, path = self._engine, self._path
        following = path[-1].number + 1 if path else engine.block_number
        while path and not engine.holds(path[-1]):
            block = path.pop()
            following = block.number
            self._step(False, block)
        latest = engine.block_number
        first = max(following, engine.first_block_number, latest + 1 - MAX_BLOCKS)
        for number in range(first, latest + 1):
            block = engine.block(number)
            path.append(block)
            self._step(True, block)

    def _step(self, came: bool, block: Block) -> None:
        self._steps.append((came, block))
        self._count += 1
