"""Ways back: to a snapshot, to a block, and to a state from elsewhere, with all that must come along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import ref

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

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


class _Taken(NamedTuple):
    is_open: bool
    block: int
    loads: int
    """How many there were before it: blocks that are undone are those since the last one."""
    known: Any
    marks: list[tuple[ref[Follower], Any]]


class Snapshots:
    """The snapshots of a chain. Whoever goes back goes back here: the engine's own ways leave everybody else behind."""

    def __init__(self, engine: Engine, knowledge: Follower) -> None:
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
        engine = self._engine
        with self._alone:
            number = engine.snapshot()
            marks = [(each, found.mark()) for each in self._followers if (found := each()) is not None]
            known = self._knowledge.mark()
            self._taken[number] = _Taken(is_open, engine.block_number, self.loads, known, marks)
        return number

    @property
    def latest(self) -> int:
        """The open one that was taken last. Raises: UsageError, if there is none."""
        for number, taken in reversed(self._taken.items()):
            if taken.is_open:
                return number
        raise UsageError("restore: there is no snapshot; take one with chain.snapshot()")

    def __contains__(self, number: int) -> bool:
        return number in self._taken

    def restore(self, number: int) -> None:
        """Back to a snapshot; it and later ones are used up. Raises: ProviderError, if there is none."""
        with self._alone:
            self._engine.revert(number)
            taken = None
            while self._taken and next(reversed(self._taken)) >= number:
                taken = self._taken.popitem()[1]
            if taken is not None:
                self._go_back(taken)

    def roll_back(self, number: int) -> None:
        """Undo the blocks after `number`, and the snapshots taken after it. Raises: ProviderError."""
        with self._alone:
            self._engine.roll_back(number)
            self._taken = {
                each: taken
                for each, taken in self._taken.items()
                if taken.block <= number or taken.loads < self.loads
            }
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
        self.loads = taken.loads
        self._knowledge.went_back(taken.known)
        if self._followers:
            marks = {id(follower): mark for follower, mark in taken.marks}
            for each in self._followers:
                if (follower := each()) is not None:
                    follower.went_back(marks.get(id(each)))
            self._settle()

    def _tell(self, what: Callable[[Follower], object]) -> None:
        what(self._knowledge)
        for each in self._followers:
            if (follower := each()) is not None:
                what(follower)
        self._settle()

    def _settle(self) -> None:
        for each in self._followers:
            if (follower := each()) is not None:
                follower.settle()
