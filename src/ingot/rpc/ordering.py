"""Which of the transactions that wait comes first into a block: the one that pays most, as on any network."""

from __future__ import annotations

import heapq
from contextlib import suppress
from typing import TYPE_CHECKING

from ingot.errors import InvalidTransaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.engine import Engine, Transaction

__all__ = ["put_in_order", "sorted_by_fee"]


def put_in_order(engine: Engine) -> None:
    """Let what waits in the engine wait in the order of what it pays. What pays the same keeps its order.

    What has become impossible since it was sent is forgotten, as by every node.
    """
    waiting = engine.pending_transactions()
    wanted = sorted_by_fee(waiting, engine.base_fee)
    if wanted == waiting:
        return
    for each in waiting:
        engine.drop_transaction(each.hash)
    for each in wanted:
        with suppress(InvalidTransaction):
            engine.resend(each)


def sorted_by_fee(waiting: Sequence[Transaction], base_fee: int) -> list[Transaction]:
    """By what a gas of it pays the miner, the most first; those of one sender stay in the order of their nonces."""
    queues: dict[bytes, list[tuple[int, Transaction]]] = {}
    for position, each in enumerate(waiting):
        queues.setdefault(bytes(each.sender), []).append((position, each))
    heap = [(-_tip(queue[0][1], base_fee), queue[0][0], sender) for sender, queue in queues.items()]
    heapq.heapify(heap)
    found = []
    while heap:
        _, _, sender = heapq.heappop(heap)
        queue = queues[sender]
        found.append(queue.pop(0)[1])
        if queue:
            position, following = queue[0]
            heapq.heappush(heap, (-_tip(following, base_fee), position, sender))
    return found


def _tip(transaction: Transaction, base_fee: int) -> int:
    left = transaction.max_fee_per_gas - base_fee
    most = transaction.max_priority_fee_per_gas
    return left if most is None else min(left, most)
