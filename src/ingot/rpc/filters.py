"""Filters that are polled: what is new since they were asked last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError
from ingot.rpc.answers import data, log_answer
from ingot.rpc.eth_logs import logs_between
from ingot.rpc.failure import server_error
from ingot.rpc.moments import number_of

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.log_filter import LogFilter
    from ingot.rpc.rpc import Rpc

__all__ = ["MAX_FILTERS", "Filters", "Watch"]

MAX_FILTERS = 1_000
"""The filter that was asked longest ago makes room for a new one."""


@dataclass(slots=True)
class Watch:
    """What was told already. position: on the trail."""

    kind: str
    log_filter: LogFilter
    position: int
    waiting: set[bytes] = field(default_factory=set)


class Filters:
    """The installed filters."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._installed: dict[int, Watch] = {}
        self._last = 0

    def install(self, kind: str, log_filter: LogFilter) -> str:
        """Watch from now on. Returns: the filter's id."""
        while len(self._installed) >= MAX_FILTERS:
            self._installed.pop(next(iter(self._installed)))
        self._last += 1
        watch = Watch(kind, log_filter, self._rpc.trail.begin())
        if kind == "transactions":
            watch.waiting = {each.hash for each in self._rpc.pool.pending}
        self._installed[self._last] = watch
        return hex(self._last)

    def uninstall(self, number: int) -> bool:
        """Returns: whether there was such a filter."""
        was_installed = self._installed.pop(number, None) is not None
        self._rpc.end_trail()
        return was_installed

    @property
    def is_used(self) -> bool:
        """Whether any is installed."""
        return bool(self._installed)

    def log_filter(self, number: int) -> LogFilter:
        """Of a filter for logs. Raises: RpcError."""
        watch = self._watch(number)
        if watch.kind != "logs":
            raise server_error("filter not found: this one is not for logs")
        return watch.log_filter

    def _watch(self, number: int) -> Watch:
        watch = self._installed.pop(number, None)
        if watch is None:
            raise server_error("filter not found")
        self._installed[number] = watch  # now the one that was asked last
        return watch

    def changes(self, number: int) -> list[Any]:
        """What is new since this was asked last. Raises: RpcError."""
        return changes(self._rpc, self._watch(number))


def changes(rpc: Rpc, watch: Watch) -> list[Any]:
    """What is new; it is told once. Logs of blocks that were abandoned come again, marked as removed. Source: geth."""
    gone, new, watch.position = rpc.trail.since(watch.position)
    if watch.kind == "blocks":
        return [data(block.hash) for block in new]
    if watch.kind == "transactions":
        return [data(each) for each in _arrived(rpc, watch, new)]
    found = _removed(watch.log_filter, gone)
    if not new:
        return found
    ends = (watch.log_filter.from_block, watch.log_filter.to_block)
    starts, stops = (None if each in ("latest", "pending") else number_of_end(rpc, each) for each in ends)
    first = new[0].number if starts is None else max(new[0].number, starts)
    last = new[-1].number if stops is None else min(new[-1].number, stops)
    return found + (logs_between(rpc, watch.log_filter, first, last) if first <= last else [])


def number_of_end(rpc: Rpc, end: Any) -> int | None:
    """The number of an end of a range, whether there is such a block already or not."""
    return end if type(end) is int else number_of(rpc, end)


def _removed(wanted: LogFilter, gone: list[Block]) -> list[dict[str, Any]]:
    """The logs of blocks that are not on the chain any more, as far as somebody can have seen them."""
    answers = []
    for block in gone:
        logs = [
            (log, transaction)
            for transaction in block.transactions
            if transaction.is_mined
            for log in transaction.outcome.logs
            if wanted.matches(log) and wanted.spans(block.number)
        ]
        try:
            block_hash = block.hash if logs else b""
        except ProviderError:  # nobody has asked for it, and nobody can any more
            continue
        answers += [log_answer(log, transaction, block_hash, removed=True) for log, transaction in logs]
    return answers


def _arrived(rpc: Rpc, watch: Watch, new: list[Block]) -> list[bytes]:
    told, arrived = watch.waiting, []
    for block in new:
        for transaction in block.transactions:
            if transaction.hash in told:
                told.discard(transaction.hash)
            else:
                arrived.append(transaction.hash)
    waiting = [each.hash for each in rpc.pool.pending]
    arrived += [each for each in waiting if each not in told]
    watch.waiting = set(waiting)
    return arrived
