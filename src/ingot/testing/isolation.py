"""Who changed the chain, and when that is undone: a stack of snapshots that may be closed in any order.

Fixtures, tests and Hypothesis examples each open a layer before they touch the chain and close it when they end. Layers
close from the top down as a rule. Where pytest breaks that order (a test asks for a wider fixture while it runs, a
parametrized fixture is renewed beneath others of its scope), the revert waits until nothing above is alive.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from ingot.errors import IngotError

__all__ = ["Isolation", "Reach", "Revertible"]


class Reach(enum.IntEnum):
    """How long a layer lives: an example is the shortest, a session the longest."""

    EXAMPLE = 0
    FUNCTION = 1
    CLASS = 2
    MODULE = 3
    PACKAGE = 4
    SESSION = 5


class Revertible(Protocol):
    """What isolation needs of a chain."""

    def isolate(self) -> AbstractContextManager[object]:
        """Undo on leaving what happened inside, settings included; IngotError, if an older state was restored inside."""


@dataclass(slots=True, eq=False)
class _Layer:
    owner: object
    reach: Reach
    undo: AbstractContextManager[object] | None
    is_closed: bool = False


class Isolation:
    """The layers of one test session. Without a chain, layers cost nothing and undo nothing."""

    def __init__(self) -> None:
        self._chain: Revertible | None = None
        self._layers: list[_Layer] = []
        self.lost: list[object] = []
        """Owners whose snapshot was gone when they closed: a test restored an older one by itself."""

    def watch(self, chain: Revertible) -> None:
        """Undo changes of `chain` from now on. Layers that are open already do not cover it."""
        self._chain = chain

    def open(self, owner: object, reach: Reach) -> None:
        """Remember the state for `owner`."""
        undo = None if self._chain is None else self._chain.isolate()
        if undo is not None:
            undo.__enter__()
        self._layers.append(_Layer(owner, reach, undo))

    def reopen_below(self, reach: Reach) -> None:
        """Cover again, on top, every open layer of less than `reach`: a wider owner was set up inside them.

        What it changed must outlive them, so that they cannot be reverted whole when they close; what they change
        from now on still can be.
        """
        open_owners = {id(layer.owner): layer for layer in self._layers if not layer.is_closed}
        for layer in open_owners.values():
            if layer.reach < reach:
                self.open(layer.owner, layer.reach)

    def close(self, owner: object) -> None:
        """Undo what happened since `owner` opened, as far as nobody above is alive."""
        for layer in self._layers:
            if layer.owner is owner:
                layer.is_closed = True
        undone: list[_Layer] = []
        while self._layers and self._layers[-1].is_closed:
            undone.append(self._layers.pop())
        # The last one is the oldest: leaving it undoes what the others would.
        covered = [layer for layer in undone if layer.undo is not None]
        if covered:
            self._leave(covered[-1])

    @contextmanager
    def layer(self, owner: object, reach: Reach) -> Iterator[None]:
        """Undo whatever the block changes; exceptions pass."""
        self.open(owner, reach)
        try:
            yield
        finally:
            self.close(owner)

    def _leave(self, layer: _Layer) -> None:
        if layer.undo is None:
            return
        try:
            layer.undo.__exit__(None, None, None)
        except IngotError:
            self.lost.append(layer.owner)
