"""A client that stays: it can subscribe."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from ingot.errors import RpcError
from ingot.rpc.envelope import dump
from ingot.rpc.method import INVALID_PARAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingot.node.service import Service

__all__ = ["Session"]

MAX_SUBSCRIPTIONS = 1_000
"""Of one client."""


class Session:
    """Answers messages of one client, and pushes what it subscribed to. write: takes whole messages."""

    def __init__(self, service: Service, write: Callable[[bytes], None]) -> None:
        self._service = service
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._subscriptions: set[str] = set()
        self._held: list[bytes] | None = None

    def receive(self, message: bytes) -> None:
        """Answer a request or a batch. What it makes happen is pushed after the answer, never before."""
        held: list[bytes] = []
        self._held = held
        try:
            answer = self._service.answer(message, self._request)
        finally:
            self._held = None
        if answer:
            self._write(answer)
        for each in held:
            self._write(each)

    def close(self) -> None:
        """The client is gone."""
        for each in self._subscriptions:
            self._service.rpc.unsubscribe(each)
        self._subscriptions.clear()

    def _request(self, method: str, params: Sequence[Any] | Mapping[str, Any]) -> Any:
        if method == "eth_subscribe":
            return self._subscribe(params)
        if method == "eth_unsubscribe":
            return self._unsubscribe(params)
        return self._service.request(method, params)

    def _subscribe(self, params: Sequence[Any] | Mapping[str, Any]) -> str:
        values = list(params.values() if isinstance(params, dict) else params)
        if not values or not isinstance(values[0], str):
            raise RpcError("missing argument 0: kind (newHeads, logs, ...)", code=INVALID_PARAMS)
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise RpcError(f"a client has at most {MAX_SUBSCRIPTIONS} subscriptions", code=INVALID_PARAMS)
        wanted = values[1] if len(values) > 1 else None
        subscription = self._service.rpc.subscribe(values[0], wanted, self._push)
        self._subscriptions.add(subscription)
        return subscription

    def _unsubscribe(self, params: Sequence[Any] | Mapping[str, Any]) -> bool:
        values = list(params.values() if isinstance(params, dict) else params)
        if not values or not isinstance(values[0], str):
            raise RpcError("missing argument 0: subscription (its id)", code=INVALID_PARAMS)
        if values[0] not in self._subscriptions:
            return False
        self._subscriptions.discard(values[0])
        return self._service.rpc.unsubscribe(values[0])

    def _push(self, subscription: str, result: Any) -> None:
        params = {"subscription": subscription, "result": result}
        news = dump({"jsonrpc": "2.0", "method": "eth_subscription", "params": params})
        if threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self._write, news)
        elif self._held is not None:
            self._held.append(news)
        else:
            self._write(news)
