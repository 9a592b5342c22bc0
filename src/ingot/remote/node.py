"""One node: requests go out, answers come back as results or errors; reads are repeated while nobody answers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from ingot.errors import ProviderError, RateLimited, Unreachable
from ingot.remote.answer import error_of_answer
from ingot.remote.retry import Retries, is_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Node", "Wire"]

_LARGE_BATCH = 100
_SMALL_BATCH = 10
"""Public nodes take batches of 10 to 1000 requests; one that refuses even ten takes none."""


class Wire(Protocol):
    """What carries requests to a node and answers back, once."""

    def exchange(self, payload: object) -> Any:
        """Send a JSON-RPC request, or a list of them; return the parsed answer.

        Raises: Unreachable, if there is none.
        """

    def close(self) -> None:
        """End the connection; `exchange` opens another."""


class Node:
    """A Transport to one URL."""

    def __init__(
        self,
        wire: Wire,
        shown: str,
        *,
        retries: Retries,
        progress: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.shown = shown
        self._wire = wire
        self._retries = retries
        self._progress = progress
        self._sleep = sleep
        self._lock = threading.RLock()
        self._last_id = 0
        self._batch_size = _LARGE_BATCH

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """See Transport."""
        return self._repeated(lambda: self._once(method, params), method, repeatable=is_read(method))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """See Transport."""
        answers: list[Any] = []
        while len(answers) < len(requests):
            piece = requests[len(answers) : len(answers) + self._batch_size]
            answers += self._piece(piece)
        return answers

    def _piece(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Answers to as many requests as fit in one exchange; none, if that turned out to be too many."""
        if len(requests) == 1:
            return [self._kept(*requests[0])]
        repeatable = all(is_read(method) for method, _ in requests)
        words = f"{requests[0][0]} and {len(requests) - 1} more"
        answers = self._repeated(lambda: self._batch_once(requests), words, repeatable=repeatable)
        if answers is None:
            self._batch_size = len(requests) // 2 if len(requests) > _SMALL_BATCH and repeatable else 1
            return []
        return [self._again(*pair) for pair in zip(requests, answers, strict=True)]

    def close(self) -> None:
        """See Transport."""
        with self._lock:
            self._wire.close()

    # One exchange

    def _once(self, method: str, params: Sequence[Any]) -> Any:
        with self._lock:
            request = self._request(method, params)
            answer = self._wire.exchange(request)
            if not isinstance(answer, dict) or answer.get("id") not in (request["id"], None):
                self._wire.close()  # whatever else is on its way answers something else
        return self._result(answer, request)

    def _batch_once(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any] | None:
        """None: the node takes no batches, or none so large."""
        with self._lock:
            sent = [self._request(method, params) for method, params in requests]
            answers = self._wire.exchange(sent)
            if isinstance(answers, dict) and "error" in answers:
                error = error_of_answer("batch", answers["error"], self.shown)
                if isinstance(error, RateLimited):
                    raise error
                return None
            if not isinstance(answers, list):
                self._wire.close()
                raise self._garbled(answers, requests[0][0])
        by_id = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        return [self._result_or_error(by_id.get(request["id"]), request) for request in sent]

    def _request(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        self._last_id += 1
        return {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": list(params)}

    def _result(self, answer: Any, request: dict[str, Any]) -> Any:
        method: str = request["method"]
        is_ours = isinstance(answer, dict) and answer.get("id") in (request["id"], None)
        if is_ours and answer.get("error") is not None:  # without an id: the node could not read the request
            raise error_of_answer(method, answer["error"], self.shown)
        if not isinstance(answer, dict) or "result" not in answer or answer.get("id") != request["id"]:
            raise self._garbled(answer, method)
        return answer["result"]

    def _result_or_error(self, answer: Any, request: dict[str, Any]) -> Any:
        try:
            return self._result(answer, request)
        except ProviderError as error:
            return error

    def _garbled(self, answer: object, method: str) -> Unreachable:
        found = "nothing" if answer is None else f"{type(answer).__name__} {str(answer)[:60]!r}"
        return Unreachable(
            f"{self.shown} answered {method} with {found}, which is no JSON-RPC answer to it: is it the URL of a node?",
            method=method,
            may_have_arrived=True,
        )

    # Repetition

    def _kept(self, method: str, params: Sequence[Any]) -> Any:
        try:
            return self.request(method, params)
        except Unreachable:
            raise
        except ProviderError as error:
            return error

    def _again(self, request: tuple[str, Sequence[Any]], answer: Any) -> Any:
        """A read inside a batch that was refused for too many requests, or got no answer, by itself."""
        if isinstance(answer, Unreachable) and is_read(request[0]):
            return self._kept(*request)
        return answer

    def _repeated(self, once: Callable[[], Any], method: str, *, repeatable: bool) -> Any:
        started = time.monotonic()
        for attempt in range(self._retries.attempts if repeatable else 1):
            try:
                return once()
            except Unreachable as error:
                last = error
            delay_s = self._retries.delay_s(attempt, last)
            elapsed_s = time.monotonic() - started
            if attempt + 1 == self._retries.attempts or elapsed_s + delay_s > self._retries.budget_s:
                break
            if repeatable:
                if self._progress is not None and (attempt or delay_s >= 1):
                    self._progress(f"{self.shown}: {method} again in {delay_s:g} s ({last})")
                self._sleep(delay_s)
        raise last
