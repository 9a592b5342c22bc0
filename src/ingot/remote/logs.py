"""Logs of a range of blocks, in pieces where a node refuses the whole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError
from ingot.remote.answer import is_too_large
from ingot.remote.quantity import garbage, quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ingot.remote.transport import Transport

__all__ = ["logs_between"]

_METHOD = "eth_getLogs"


def logs_between(
    transport: Transport,
    first: int,
    last: int,
    criteria: Mapping[str, Any],
    *,
    progress: Callable[[str], None] | None = None,
) -> Iterator[dict[str, Any]]:
    """Logs of blocks first <= number <= last, in order. criteria: address and topics, as eth_getLogs takes them.

    Where a node says that this is too much, half is asked; pieces that were small enough grow again.
    Raises: ProviderError, also if one block alone is too much.
    """
    start, size, told = first, last - first + 1, time.monotonic()
    while start <= last:
        stop = min(start + size - 1, last)
        try:
            answer = transport.request(
                _METHOD, [{**criteria, "fromBlock": quantity(start), "toBlock": quantity(stop)}]
            )
        except ProviderError as error:
            if not is_too_large(error) or stop == start:
                raise
            size = (stop - start + 1) // 2
            continue
        if not isinstance(answer, list):
            garbage(answer, _METHOD)
        yield from answer
        start = stop + 1
        if start <= last and size < last - first + 1:
            size += size // 2  # one refusal may have been about a few crowded blocks
            if progress is not None and time.monotonic() - told > 1:
                told = time.monotonic()
                progress(f"logs of blocks {first} to {last}: {100 * (start - first) // (last - first + 1)} %")
