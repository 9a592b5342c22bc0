"""What is pushed: new heads, logs, transactions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.rpc.answers import header_answer, transaction_answer
from ingot.rpc.filters import Watch, changes
from ingot.rpc.log_filter import LogFilter, read_log_filter
from ingot.rpc.method import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.rpc.rpc import Rpc

__all__ = ["KINDS", "Subscriptions"]

KINDS = {"newHeads": "blocks", "logs": "logs", "newPendingTransactions": "transactions", "syncing": "syncing"}


@dataclass(slots=True)
class _Subscription:
    watch: Watch
    push: Callable[[str, Any], object]
    wants_all: bool


class Subscriptions:
    """Who is told of what."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._installed: dict[str, _Subscription] = {}

    @property
    def is_used(self) -> bool:
        """Whether anybody subscribed."""
        return bool(self._installed)

    def install(self, kind: str, wanted: Any, push: Callable[[str, Any], object]) -> str:
        """Watch from now on. Returns: the id. Raises: RpcError."""
        if kind not in KINDS:
            raise invalid(f"invalid argument 0: kind: there is no {kind!r}; {', '.join(KINDS)} are known")
        log_filter = LogFilter()
        if kind == "logs" and wanted is not None:
            try:
                log_filter = read_log_filter(wanted)
            except ValueError as error:
                raise invalid(f"invalid argument 1: filter: {error}") from None
        watch = Watch(KINDS[kind], log_filter, self._rpc.trail.begin())
        watch.waiting = {each.hash for each in self._rpc.pool.pending}
        identifier = "0x" + secrets.token_hex(16)
        self._installed[identifier] = _Subscription(watch, push, wanted is True)
        return identifier

    def uninstall(self, identifier: str) -> bool:
        """Returns: whether there was such a subscription."""
        was_installed = self._installed.pop(identifier, None) is not None
        self._rpc.end_trail()
        return was_installed

    def publish(self) -> None:
        """Push what is new."""
        for identifier, subscription in list(self._installed.items()):
            for result in self._new(subscription):
                subscription.push(identifier, result)

    def _new(self, subscription: _Subscription) -> list[Any]:
        rpc, watch = self._rpc, subscription.watch
        if watch.kind == "syncing":
            return []
        if watch.kind == "blocks":
            _, new, watch.position = rpc.trail.since(watch.position)
            return [header_answer(block) for block in new]
        found = changes(rpc, watch)
        if watch.kind == "logs" or not subscription.wants_all:
            return found
        whole = (rpc.pool.find(bytes.fromhex(each[2:])) for each in found)
        return [transaction_answer(each) for each in whole if each is not None]
