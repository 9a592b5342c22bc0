"""`with ingot.serve(chain) as url:`"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingot.node.server import Server, new_loop
from ingot.node.setup import client_version
from ingot.rpc import Rpc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.chain import Chain

__all__ = ["serve"]


@contextmanager
def serve(chain: Chain, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Inside, a chain of this process answers JSON-RPC over HTTP and WebSocket: for a browser, a wallet, another program.

    The chain can be used all the while, and has its own time. Blocks that are mined here are pushed to subscribers there.
    port: 0 for one that is free.

    Yields: the URL.      Raises: UsageError, if it cannot listen there.
    """
    server = Server(Rpc(chain, client_version=client_version()), hosts=(host,), port=port)
    thread = _Thread(server)
    thread.start()
    try:
        yield thread.wait()
    finally:
        thread.stop()


class _Thread:
    """A server in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = new_loop()
        self._is_up = threading.Event()
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ingot.serve", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self) -> str:
        """The URL, as soon as it answers. Raises: what starting raised."""
        self._is_up.wait()
        if self._failure is not None:
            raise self._failure
        return self._server.url

    def stop(self) -> None:
        """End, and wait for that."""
        if self._thread.is_alive() and self._failure is None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # it is raised where the server was asked for
            self._failure = error
        finally:
            self._is_up.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with self._server:
            self._is_up.set()
            await self._stop.wait()
