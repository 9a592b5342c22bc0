"""The way that the chain took: the blocks that watchers saw, and those of them that were abandoned."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingot.chain import Chain
    from ingot.engine import Block

__all__ = ["MAX_BLOCKS", "Trail"]

MAX_BLOCKS = 10_000
"""How many blocks are remembered; who asks more seldom is told of the latest."""

_BEFORE = 128
"""How many blocks before a watcher came are told of when they are abandoned."""


class Trail:
    """Blocks that came and blocks that went, in order, however the chain came to it: mined, rolled back, reverted, loaded.

    It looks at the chain only when it is asked, and remembers nothing before `begin`.
    """

    def __init__(self, chain: Chain) -> None:
        self._engine = chain.engine
        self._snapshots = chain.snapshots
        self._path: deque[Block] = deque(maxlen=MAX_BLOCKS)
        self._steps: deque[tuple[bool, Block]] = deque(maxlen=2 * MAX_BLOCKS)
        self._count = 0
        self._is_begun = False
        self._bases: dict[int, int] = {}
        """Up to which block the watchers know the chain besides the path: this one, and those before others were loaded."""
        chain.snapshots.follow(self)

    def begin(self) -> int:
        """Remember from now on. Returns: the position of who has seen everything so far."""
        if self._is_begun:
            self._look()
        else:
            self._is_begun = True
            self._take_for_known()
            self._bases = {self._snapshots.loads: self._path[0].number - 1}
        return self._count

    def _take_for_known(self) -> None:
        engine = self._engine
        latest = engine.block_number
        first = max(engine.first_block_number, latest + 1 - _BEFORE)
        self._path.extend(engine.block(number) for number in range(first, latest + 1))

    def end(self) -> None:
        """Nobody watches any more."""
        self._is_begun = False
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
        while path and not engine.holds(path[-1]):
            self._step(False, path.pop())
        latest = engine.block_number
        known = path[-1].number if path else self._bases.get(self._snapshots.loads, -1)
        first = max(known + 1, engine.first_block_number, latest + 1 - MAX_BLOCKS)
        for number in range(first, latest + 1):
            block = engine.block(number)
            path.append(block)
            self._step(True, block)
        if not path:
            self._take_for_known()
        self._bases[self._snapshots.loads] = path[0].number - 1

    def _step(self, came: bool, block: Block) -> None:
        self._steps.append((came, block))
        self._count += 1

    # As a follower of the chain

    def mark(self) -> int:
        """Nothing: who knows the present chain knows the past one."""
        return 0

    def went_back(self, mark: int | None) -> None:
        """Blocks up to here are the ones that were known, of this chain or of one before a load."""
        del mark
        self._bases = {load: base for load, base in self._bases.items() if load <= self._snapshots.loads}
        self.rolled_back(self._engine.block_number)

    def rolled_back(self, number: int) -> None:
        """No later ones are known."""
        load = self._snapshots.loads
        self._bases[load] = min(self._bases.get(load, -1), number)

    def loaded(self) -> None:
        """Nothing is known of this chain."""

    def settle(self) -> None:
        """It takes no snapshots."""
