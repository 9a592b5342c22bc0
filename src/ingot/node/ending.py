"""How a node is told to end: Ctrl-C, SIGTERM, SIGHUP. Also while it is busy; and a second time, to end at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ingot.node.service import Service

__all__ = ["Ending"]

_SIGNALS: Final = ("SIGINT", "SIGTERM", "SIGHUP")
_LOOK_S: Final = 0.2


class Ending:
    """An async context in which signals are taken by a thread of its own: the loop's may be inside of a long request.

    The first one ends the node, with its state written; requests that are not answered by then are refused. The second one
    ends the process.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = asyncio.Event()
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._blocked: set[int] = set()

    async def wait(self) -> None:
        """Until it is to end."""
        await self._stop.wait()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        if not hasattr(signal, "sigtimedwait"):  # Windows and macOS
            for name in _SIGNALS[:2]:
                try:
                    loop.add_signal_handler(getattr(signal, name), self._stop.set)
                except NotImplementedError:  # Windows: KeyboardInterrupt ends it
                    break
            return self
        numbers = {getattr(signal, name) for name in _SIGNALS}
        if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # nohup
            numbers.discard(signal.SIGHUP)
        self._blocked = numbers - signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        self._thread = threading.Thread(
            target=self._take, args=(loop, numbers), name="ingot.signals", daemon=True
        )
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The thread goes on until the process ends, if the node was told to: the second signal is for it."""
        if not self._stop.is_set():
            self._is_over.set()
            if self._thread is not None:
                self._thread.join()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._blocked)

    def _take(self, loop: asyncio.AbstractEventLoop, numbers: set[int]) -> None:
        while not self._is_over.is_set():
            if signal.sigtimedwait(numbers, _LOOK_S) is None:
                continue
            if self._service.is_ending:
                print("ingot: ended at once, without its state", file=sys.stderr, flush=True)
                os._exit(130)
            self._service.is_ending = True
            loop.call_soon_threadsafe(self._stop.set)
