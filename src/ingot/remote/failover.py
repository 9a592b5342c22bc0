"""Several nodes of one network: the next is asked where one does not answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from ingot.errors import ProviderError, Unreachable, WrongChain
from ingot.remote.quantity import number_of
from ingot.remote.retry import is_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingot.remote.node import Node

__all__ = ["Failover"]

T = TypeVar("T")

_PAUSES_S = (1.0, 2.0, 4.0)
_ROUNDS = len(_PAUSES_S) + 1


class Failover:
    """A Transport over several nodes in order of preference. It stays with the one that answered last.

    A node is asked for its chain id and its block 0 before it is used: all must be of one chain.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        progress: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._nodes = tuple(nodes)
        self._progress = progress
        self._sleep = sleep
        self._current = 0
        self._identity: tuple[int, str | None] | None = None
        self._known: set[int] = set()

    @property
    def shown(self) -> str:
        """The URL in use, without its secrets."""
        return self._nodes[self._current].shown

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """See Transport."""
        return self._with_any(lambda node: node.request(method, params), [method])

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """See Transport."""
        return self._with_any(lambda node: node.batch(requests), [method for method, _ in requests])

    def close(self) -> None:
        """See Transport."""
        for node in self._nodes:
            node.close()

    def _with_any(self, ask: Callable[[Node], T], methods: Sequence[str]) -> T:
        repeatable = all(map(is_read, methods))
        for attempt in range(_ROUNDS * len(self._nodes)):
            if attempt and attempt % len(self._nodes) == 0:  # none of them answered
                self._sleep(_PAUSES_S[attempt // len(self._nodes) - 1])
            index = self._current
            node = self._nodes[index]
            is_sent = False
            try:
                self._check(index)
                is_sent = not repeatable
                return ask(node)
            except Unreachable as error:
                if is_sent and error.may_have_arrived:
                    raise
                last = error
            self._current = (index + 1) % len(self._nodes)
            if self._progress is not None:
                self._progress(f"{node.shown} does not answer; trying {self.shown}")
        raise last

    def _check(self, index: int) -> None:
        """Raises: WrongChain, if the node is of another chain than those before."""
        if index in self._known:
            return
        node = self._nodes[index]
        chain_id, genesis = node.batch([("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])])
        if isinstance(chain_id, ProviderError):
            raise chain_id
        answered = number_of(chain_id, "eth_chainId")
        block_hash = genesis.get("hash") if isinstance(genesis, dict) else None
        if self._identity is None:
            self._identity = (answered, block_hash)
        expected, known_hash = self._identity
        if answered != expected or (known_hash and block_hash and known_hash != block_hash):
            what = f"chain {answered}" if answered != expected else f"another chain with the id {answered}"
            raise WrongChain(
                f"{node.shown} is a node of {what}, the others are of {expected}: all URLs of a network are of one chain",
                expected=expected,
                answered=answered,
            )
        self._known.add(index)
