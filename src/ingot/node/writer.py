"""Writes what happened in a thread of its own: whoever reads it slowly, or not at all, keeps nobody waiting."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Writer"]

_LIMIT: Final = 10_000
"""So many events wait for a stream that is not read; what comes then is left out, and counted."""

_SOME: Final = 200
"""Events that are told before anything is written."""

_LAST_S: Final = 1.0
"""So long the end waits for somebody who does not read."""


class Writer:
    """Takes events in any thread, and writes in its own what `tell` makes of them.

    tell: an event in text, with its line's end.      left_out: so many events in text.      limit: of events that wait.
    """

    def __init__(
        self,
        stream: TextIO,
        tell: Callable[[object], str],
        left_out: Callable[[int], str],
        *,
        limit: int = _LIMIT,
    ) -> None:
        self._stream = stream
        self._tell = tell
        self._left_out = left_out
        self._limit = limit
        self._waiting: deque[object] = deque()
        self._dropped = 0
        self._is_ending = False
        self._change = threading.Condition()
        self.is_closed = False
        """Whether nobody reads any more."""
        self._thread = threading.Thread(target=self._run, name="ingot.writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    def put(self, events: Iterable[object]) -> None:
        """Let these be written. Never waits."""
        with self._change:
            for event in events:
                if len(self._waiting) < self._limit:
                    self._waiting.append(event)
                else:
                    self._dropped += 1
            self._change.notify()

    def end(self, *, at_most_s: float = _LAST_S) -> None:
        """Write what waits, and end; whoever does not read is not waited for longer than `at_most_s`."""
        with self._change:
            self._is_ending = True
            self._change.notify()
        self._thread.join(at_most_s)

    def _run(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are others' matter
        try:
            while (events := self._next()) is not None:
                self._write("".join(map(self._told, events)))
        except (OSError, ValueError):  # a closed pipe, a closed stream
            self.is_closed = True
            with self._change:
                self._waiting.clear()
                self._limit = 0

    def _next(self) -> list[object] | None:
        """What is to be written now; None at the end."""
        with self._change:
            while not self._waiting and not self._dropped:
                if self._is_ending:
                    return None
                self._change.wait()
            events = [self._waiting.popleft() for _ in range(min(_SOME, len(self._waiting)))]
            if not self._waiting and self._dropped:
                events.append(_LeftOut(self._dropped))
                self._dropped = 0
            return events

    def _told(self, event: object) -> str:
        try:
            return self._left_out(event.count) if isinstance(event, _LeftOut) else self._tell(event)
        except Exception as error:  # an event that cannot be told ends nothing
            return f"(cannot be shown: {type(error).__name__})\n"

    def _write(self, text: str) -> None:
        try:
            descriptor = self._stream.fileno()
        except (OSError, AttributeError):  # no file of the system's
            self._stream.write(text)
            self._stream.flush()
            return
        # Past the stream's buffer: its lock would be held by a write that nobody reads, also when the process ends.
        left = memoryview(text.encode(self._stream.encoding or "utf-8", "backslashreplace"))
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BlockingIOError:
                select.select([], [descriptor], [])


class _LeftOut:
    """So many events that were dropped."""

    def __init__(self, count: int) -> None:
        self.count = count
