"""The server: sockets, the loop, blocks that are mined by themselves."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingot.errors import RpcError, UsageError
from ingot.node.http import HttpConnection
from ingot.node.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from ingot.node.service import Watcher
    from ingot.rpc import Rpc

__all__ = ["Server", "new_loop"]

_BACKLOG: Final = 1024
_LOOK_S: Final = 0.05
"""How often it is looked whether a block is due, or subscribers have to be told."""


def new_loop() -> asyncio.AbstractEventLoop:
    """Uvloop's where there is one: it answers a request in a third of the time."""
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class Server:
    """Serves an Rpc over HTTP and WebSocket on one port, and over IPC if a path is given. An async context.

    hosts: where it listens.      port: 0 for one that is free.      ipc: a path; a stale socket there is replaced.
    allow_origin: of CORS; empty sends no such header.      watcher: is told of every request.
    limited: whether requests have a largest size.

    Raises: UsageError, if it cannot listen there.
    """

    def __init__(
        self,
        rpc: Rpc,
        *,
        hosts: Sequence[str] = ("127.0.0.1",),
        port: int = 8545,
        ipc: str | os.PathLike[str] | None = None,
        allow_origin: str = "*",
        watcher: Watcher | None = None,
        limited: bool = True,
    ) -> None:
        self.rpc = rpc
        self.service = Service(rpc, watcher=watcher, allow_origin=allow_origin, limited=limited)
        self._hosts = tuple(hosts)
        self._port = port
        self.ipc = None if ipc is None else Path(ipc)
        self.addresses: list[tuple[str, int]] = []
        """Where it listens."""
        self._servers: list[asyncio.AbstractServer] = []
        self._ticker: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Of the first address."""
        host, port = self.addresses[0]
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        sockets: list[socket.socket] = []
        try:
            for host in self._hosts:
                sockets.append(_listening(host, self._port))
                self._port = sockets[-1].getsockname()[1]
                self.addresses.append((host, self._port))
            for each in sockets:
                made = await loop.create_server(
                    lambda: HttpConnection(self.service), sock=each, backlog=_BACKLOG
                )
                self._servers.append(made)
            if self.ipc is not None:
                self._servers.append(await self._listen_on_ipc(self.ipc))
        except BaseException:
            for each in sockets:
                each.close()
            await self._close()
            raise
        self._ticker = loop.create_task(self._tick())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _listen_on_ipc(self, path: Path) -> asyncio.AbstractServer:
        from ingot.node.ipc import IpcConnection

        if not hasattr(socket, "AF_UNIX"):
            raise UsageError("--ipc needs Unix sockets, which this system lacks: use HTTP")
        _make_room(path)
        loop = asyncio.get_running_loop()
        try:
            return await loop.create_unix_server(lambda: IpcConnection(self.service), str(path))
        except OSError as error:
            raise UsageError(f"cannot make the socket {path}: {error.strerror or error}") from error

    async def _close(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
            self._ticker = None
        for server in self._servers:
            server.close()
        for transport in list(self.service.connections):
            transport.abort()
        for server in self._servers:
            await server.wait_closed()
        if self.ipc is not None and len(self._servers) > len(self.addresses):
            self.ipc.unlink(missing_ok=True)
        self._servers.clear()

    async def _tick(self) -> None:
        """Mine when a block is due, and tell subscribers what happened to the chain by other ways than requests."""
        loop = asyncio.get_running_loop()
        due, interval = 0.0, 0.0
        while True:
            now = loop.time()
            if self.rpc.mining_interval_s != interval:
                interval = self.rpc.mining_interval_s
                due = now + interval
            if interval and now >= due:
                due = max(due + interval, now)
                self._mine()
            self.rpc.publish()
            left = due - loop.time() if interval else _LOOK_S
            await asyncio.sleep(min(_LOOK_S, max(0.0, left)))

    def _mine(self) -> None:
        try:
            self.rpc.request("evm_mine")
        except RpcError as error:
            failure: RpcError | None = error
        else:
            failure = None
        if self.service.watcher is not None:
            self.service.watcher.mined(failure)


def _listening(host: str, port: int) -> socket.socket:
    try:
        found: Any = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise UsageError(f"--host {host}: {error.strerror or error}") from error
    family, _, _, _, address = found[0]
    try:
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} of {host} is in use by another program: end that one, or choose a port with --port"
            ) from error
        reason = (error.strerror or str(error)).partition(" (while")[0]
        raise UsageError(f"cannot listen on {host}, port {port}: {reason}") from error


def _make_room(path: Path) -> None:
    """Remove a socket that nobody serves any more. Raises: UsageError."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"--ipc {path}: there is a file, which is no socket: choose another path")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise UsageError(
        f"--ipc {path}: another program serves this socket: end that one, or choose another path"
    )
