"""When the next block is: the chain's own seconds, or the wall clock's with an offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.engine import Engine

__all__ = ["Clock", "ClockState"]

ClockState = tuple[int, int | None, int | None]


class Clock:
    """now: seconds since 1970, as a node has it; None leaves a chain at a second for each block, as tests like it."""

    def __init__(self, engine: Engine, now: Callable[[], float] | None) -> None:
        self._engine = engine
        self._now = now
        self.offset = 0
        self.interval: int | None = None
        self._exact: int | None = None

    @property
    def state(self) -> ClockState:
        """What a snapshot remembers."""
        return self.offset, self.interval, self._exact

    @state.setter
    def state(self, state: ClockState) -> None:
        self.offset, self.interval, self._exact = state

    @property
    def latest(self) -> int:
        """Timestamp of the latest block."""
        engine = self._engine
        return engine.block(engine.block_number).timestamp

    def prepare(self) -> None:
        """Give the next block its time."""
        if self._now is None and self.interval is None:
            return
        latest = self.latest
        if self._exact is not None:
            if latest < self._exact:
                return
            self._exact = None
        if self.interval is not None:
            self._engine.pending_timestamp = latest + self.interval
        elif self._now is not None:
            self._engine.pending_timestamp = max(int(self._now()) + self.offset, latest + 1)

    def set_next(self, timestamp: int) -> None:
        """Of the next block; time goes on from there. Raises: UsageError, if it is not after the latest."""
        self._engine.pending_timestamp = timestamp
        self._exact = timestamp
        if self._now is not None:
            self.offset = timestamp - int(self._now())

    def set_time(self, timestamp: int) -> int:
        """What time it is. Returns: by how many seconds that differs from before."""
        before = self._engine.pending_timestamp
        if self._now is None:
            self._engine.pending_timestamp = timestamp
        else:
            before = int(self._now()) + self.offset
            self.offset = timestamp - int(self._now())
        self._exact = None
        return timestamp - before

    def increase(self, seconds: int) -> int:
        """Let time pass; with a clock, a time that was set for the next block stays. Returns: by how much it has been moved in all."""
        if self._now is None:
            self._engine.pending_timestamp = self._engine.pending_timestamp + seconds
            if self._exact is not None:
                self._exact += seconds
        self.offset += seconds
        return self.offset
