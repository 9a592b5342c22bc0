"""Ways back: to a snapshot, to a block, and to a state from elsewhere, with all that must come along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.chain.knowledge import Knowledge
    from ingot.engine import Engine

__all__ = ["Follower", "Snapshots"]


class Follower(Protocol):
    """What must stay true of a chain whose past changes: it is told of every way back, whoever took it.

    First all followers learn where the chain is now; then each of them settles there.
    """

    def mark(self) -> Any:
        """What a snapshot remembers of it; not None."""

    def went_back(self, mark: Any) -> None:
        """The chain is as it was when a snapshot was taken. mark: of then; None, if it did not follow yet."""

    def rolled_back(self, number: int) -> None:
        """The blocks after `number` are undone."""

    def loaded(self) -> None:
        """The chain has another state and another past."""

    def settle(self) -> None:
        """All followers know where the chain is now; snapshots can be taken."""


_Marks = Sequence[tuple["ref[Follower]", Any]]

_Taken = tuple[bool, int, int, Any, _Marks]
"""Whether it is open, the latest block, how many loads there were before it, what was known, and what followers remember.

Blocks that are undone are those since the last load. A plain tuple: isolation takes a snapshot and restores it in a microsecond.
"""


class Snapshots:
    """The snapshots of a chain. Whoever goes back goes back here: the engine's own ways leave everybody else behind."""

    def __init__(self, engine: Engine, knowledge: Knowledge) -> None:
        self._engine = engine
        self._knowledge = knowledge
        self._alone = engine.hold()
        self._taken: dict[int, _Taken] = {}
        self.loads = 0
        """How many states from elsewhere this chain has taken, one after the other."""
        self._followers: list[ref[Follower]] = []

    def follow(self, follower: Follower) -> None:
        """Tell it of every way back from now on, as long as anybody else holds it."""
        with self._alone:
            self._followers = [each for each in self._followers if each() is not None]
            self._followers.append(ref(follower))

    def take(self, *, is_open: bool = False) -> int:
        """Remember everything as it is. is_open: whether `latest` may be this one. Returns: what `restore` takes."""
        if not self._followers:
            return self._take(is_open, ())
        with self._alone:
            marks = [(each, found.mark()) for each in self._followers if (found := each()) is not None]
            return self._take(is_open, marks)

    def _take(self, is_open: bool, marks: _Marks) -> int:
        engine = self._engine
        number = engine.snapshot()
        self._taken[number] = (is_open, engine.block_number, self.loads, self._knowledge.mark(), marks)
        return number

    @property
    def latest(self) -> int:
        """The open one that was taken last. Raises: UsageError, if there is none."""
        for number, (is_open, *_) in reversed(self._taken.items()):
            if is_open:
                return number
        raise UsageError("restore: there is no snapshot; take one with chain.snapshot()")

    def __contains__(self, number: int) -> bool:
        return number in self._taken

    def restore(self, number: int) -> None:
        """Back to a snapshot; it and later ones are used up. Raises: ProviderError, if there is none."""
        if self._followers:
            with self._alone:
                self._restore(number)
        else:
            self._restore(number)

    def _restore(self, number: int) -> None:
        self._engine.revert(number)
        found = None
        while self._taken:
            each, taken = self._taken.popitem()
            if each < number:
                self._taken[each] = taken
                break
            found = taken
            if each == number:
                break
        if found is not None:
            self._go_back(found)

    def roll_back(self, number: int) -> None:
        """Undo the blocks after `number`, and the snapshots taken after it. Raises: ProviderError."""
        with self._alone:
            self._engine.roll_back(number)
            for each, (_, block, loads, *_) in list(self._taken.items()):
                if block > number and loads == self.loads:
                    del self._taken[each]
            self._tell(lambda each: each.rolled_back(number))

    def load(self, put: Callable[[Engine], object]) -> None:
        """Take a state from elsewhere. Restoring a snapshot that was taken before undoes that.

        put: gives it to the engine.      Raises: what `put` raises.
        """
        with self._alone:
            put(self._engine)
            self.loads += 1
            self._tell(lambda each: each.loaded())

    def _go_back(self, taken: _Taken) -> None:
        _, _, self.loads, known, remembered = taken
        self._knowledge.went_back(known)
        if self._followers:
            marks = {id(follower): mark for follower, mark in remembered}
            for each in self._followers:
                if (follower := each()) is not None:
                    follower.went_back(marks.get(id(each)))
            self._settle()

    def _tell(self, what: Callable[[Follower | Knowledge], object]) -> None:
        what(self._knowledge)
        for each in self._followers:
            if (follower := each()) is not None:
                what(follower)
        self._settle()

    def _settle(self) -> None:
        for each in self._followers:
            if (follower := each()) is not None:
                follower.settle()
