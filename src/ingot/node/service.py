"""What every connection of a server shares: the methods, the limits, and who is told of requests."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Protocol

from ingot.errors import RpcError
from ingot.rpc import envelope
from ingot.rpc.failure import INTERNAL, METHOD_NOT_FOUND

if TYPE_CHECKING:
    from asyncio import Transport
    from collections.abc import Mapping, Sequence

    from ingot.rpc import Rpc
    from ingot.rpc.envelope import Request

__all__ = ["MAX_BODY", "MAX_RECEIVING", "MAX_UNREAD", "Service", "Watcher"]

MAX_BODY: Final = 64 << 20
"""Bytes of one request."""

MAX_RECEIVING: Final = 256 << 20
"""Bytes of all requests that have not arrived as a whole."""

MAX_UNREAD: Final = 64 << 20
"""Bytes that wait for a client that does not read; then it is cut off."""


class Watcher(Protocol):
    """Whoever shows what happens."""

    def request(self, method: str, took_s: float, error: RpcError | None) -> None:
        """A request was answered."""

    def mined(self, error: RpcError | None) -> None:
        """A block was due, and mined unless there is an error."""


class Service:
    """The methods, as connections call them.

    allow_origin: of CORS; empty sends no such header.      limited: whether requests have a largest size.
    """

    def __init__(
        self, rpc: Rpc, *, watcher: Watcher | None = None, allow_origin: str = "*", limited: bool = True
    ) -> None:
        self.rpc = rpc
        self.watcher = watcher
        self.allow_origin = allow_origin
        self.max_body = MAX_BODY if limited else sys.maxsize
        self.max_receiving = MAX_RECEIVING if limited else sys.maxsize
        self.is_ending = False
        """Whether the node ends: requests are refused then, those of a batch that is being answered too."""
        self.connections: set[Transport] = set()
        self.receiving = 0
        """Bytes of requests that have not arrived as a whole."""

    def request(self, method: str, params: Sequence[Any] | Mapping[str, Any]) -> Any:
        """A result, and a word to the watcher. Raises: RpcError."""
        watcher = self.watcher
        if self.is_ending:
            raise RpcError("the node ends", code=INTERNAL)
        if watcher is None or not self.rpc.is_logging:
            return self.rpc.request(method, params)
        begun, failure = perf_counter(), None
        try:
            return self.rpc.request(method, params)
        except RpcError as error:
            failure = error
            raise
        finally:
            watcher.request(method, perf_counter() - begun, failure)

    def request_once(self, method: str, params: Sequence[Any] | Mapping[str, Any]) -> Any:
        """The same where nothing can be pushed to the client afterwards."""
        if method in ("eth_subscribe", "eth_unsubscribe"):
            raise RpcError(
                "notifications not supported: subscribe over WebSocket or IPC", code=METHOD_NOT_FOUND
            )
        return self.request(method, params)

    def answer(self, body: bytes, request: Request | None = None) -> bytes:
        """The answer to a request or a batch; nothing, if there were only notifications."""
        try:
            return envelope.handle(body, request or self.request_once)
        except Exception as error:  # whatever it is, the one who asks gets an answer, and the node goes on
            told = RpcError(f"internal error: {type(error).__name__}: {error}", code=INTERNAL)
            return envelope.dump(envelope.error_body(told))
