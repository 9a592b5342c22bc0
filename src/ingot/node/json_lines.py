"""From events to JSON, one object on each line, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from ingot.node.events import Answered, BlocksPassed, Listening, Mined, NotMined, WentBack
from ingot.node.telling import MAX_TRANSACTIONS, hash_of
from ingot.rpc.failure import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.engine import Block, Transaction
    from ingot.node.events import Execution
    from ingot.node.explanation import Explainer, Explanation
    from ingot.node.telling import Wanted

__all__ = ["JsonTeller"]


class JsonTeller:
    """Makes JSON of events. Every object says in `event` what it is about."""

    def __init__(self, explainer: Explainer, wanted: Wanted) -> None:
        self._explainer = explainer
        self._wanted = wanted

    def __call__(self, event: object) -> str:
        """An event, with the end of its last line."""
        return "".join(f"{_line(each)}\n" for each in self._objects(event))

    def left_out(self, count: int) -> str:
        """So many events were not told."""
        return f'{{"event":"left_out","count":{count}}}\n'

    def _objects(self, event: object) -> Iterator[dict[str, Any]]:
        if isinstance(event, Answered):
            error = None if event.code is None else {"code": event.code, "message": event.message}
            yield {
                "event": "request",
                "method": event.method,
                "ms": round(event.took_s * 1e3, 3),
                "error": error,
            }
            for execution in event.executions:
                yield from self._execution(execution)
        elif isinstance(event, Mined):
            yield from self._block(event.block)
        elif isinstance(event, BlocksPassed):
            yield {"event": "blocks", "first": event.first, "last": event.last}
        elif isinstance(event, WentBack):
            yield {"event": "back", "number": event.number}
        elif isinstance(event, NotMined):
            yield {"event": "not_mined", "message": event.message}
        elif isinstance(event, Listening):
            yield {"event": "listening", **event.facts}

    def _execution(self, execution: Execution) -> Iterator[dict[str, Any]]:
        outcome, wanted = execution.outcome, self._wanted
        failed = outcome is not None and not outcome.succeeded
        logs, calls = wanted.logs and wanted.can_log, wanted.calls_of(failed=failed)
        if failed or logs or calls:
            found = self._explainer.execution(execution, logs=logs, calls=calls)
            if failed or found.logs or found.calls:
                yield {"event": "call", **_explained(found, found.reason)}

    def _block(self, block: Block) -> Iterator[dict[str, Any]]:
        for transaction in block.transactions[:MAX_TRANSACTIONS]:
            yield self._transaction(transaction)
        yield {
            "event": "block",
            "number": block.number,
            "hash": hash_of(block),
            "timestamp": block.timestamp,
            "gas_used": block.gas_used,
            "transactions": len(block.transactions),
        }

    def _transaction(self, transaction: Transaction) -> dict[str, Any]:
        outcome, wanted = transaction.outcome, self._wanted
        logs, calls = wanted.logs and wanted.can_log, wanted.calls_of(failed=not outcome.succeeded)
        found = self._explainer.transaction(transaction, logs=logs, calls=calls)
        reason = "" if outcome.succeeded else found.reason or failure(outcome).message
        return {
            "event": "transaction",
            "hash": f"0x{transaction.hash.hex()}",
            "block": transaction.block_number,
            "gas_used": outcome.gas_used,
            "created": outcome.contract_address,
            "contract": found.created or None,
            **_explained(found, reason),
        }


def _line(told: dict[str, Any]) -> str:
    """JSON, of which nothing does anything to a terminal."""
    text = orjson.dumps(told).decode()
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def _explained(found: Explanation, reason: str) -> dict[str, Any]:
    told: dict[str, Any] = {"call": found.words or None, "logs": list(found.logs), "error": reason or None}
    if found.stops:
        told["at"] = [
            {
                "call": stop.words,
                "source": stop.place.unit if stop.place else None,
                "line": stop.place.line if stop.place else None,
            }
            for stop in found.stops
        ]
    if found.calls:
        told["calls"] = list(found.calls)
    return told
