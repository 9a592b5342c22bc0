"""What a node says and what cannot be, or not yet: behind one URL there may be several nodes, and one may lag behind.

Whoever looks at a deployment waits for a while until the node catches up, and stops if it does not: here, and nowhere else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ingot.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingot.deploy.reconcile import Decision, Facts
    from ingot.remote import RemoteChain

    Sights = Mapping[str, tuple[Decision, Facts]]

__all__ = ["Doubts", "patience_of"]

_DOUBTFUL = ("behind", "unknown")
_PAUSE_S = 0.1
_PATIENCE_S = 10.0
_ALONE_S = 1.0


def patience_of(chain: RemoteChain) -> float:
    """How long a node may contradict the journal, in seconds. A development node is no one of several."""
    return _ALONE_S if chain.is_development else _PATIENCE_S


class Doubts:
    """patience_s: how long what the node says of a step may be doubted."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._since: dict[str, float] = {}

    def takes(self, step: str, decision: Decision) -> bool:
        """Whether it is doubtful what is to be done for a step. Raises: DeployError, if it has been for too long."""
        if decision.action not in _DOUBTFUL:
            self._since.pop(step, None)
            return False
        self.add(step, decision.why)
        return True

    def add(self, step: str, why: str) -> None:
        """What is said of a step cannot be. Raises: DeployError, if it has been so for too long."""
        since = self._since.setdefault(step, time.monotonic())
        if time.monotonic() - since < self._patience_s:
            return
        raise DeployError(
            f"step {step}: {why}. Nothing was sent: the node lags behind, is on another fork, or does not keep enough "
            "history. Run again, with another node (--rpc-url) if it stays so",
            step=step,
        )

    def outlast(self, look: Callable[[], Sights]) -> Sights:
        """What `look` sees as soon as none of it is doubtful. Raises: DeployError, if that takes too long."""
        while True:
            seen = look()
            doubtful = [name for name, (decision, _) in seen.items() if self.takes(name, decision)]
            if not doubtful:
                return seen
            time.sleep(_PAUSE_S)
