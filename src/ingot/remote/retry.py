"""When a request is repeated, and how long to wait before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingot.errors import RateLimited, Unreachable

__all__ = ["Retries", "is_read"]

_READS = re.compile(
    r"eth_(get|call|estimate|block|chain|fee|gasPrice|max|blob|syncing|accounts|protocol|simulate|createAccessList)"
    r"|(net|web3|trace|erigon|txpool|ots|bor|arb|rollup|optimism|rpc)_"
    r"|debug_(trace|get|storageRange|accountRange)"
    r"|(anvil_(nodeInfo|metadata|get)|hardhat_(metadata|get))"
)


def is_read(method: str) -> bool:
    """Whether a request may be repeated without asking: it changes nothing. What is not known does change something."""
    return _READS.match(method) is not None and method != "eth_getFilterChanges"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often reads are repeated.

    timeout_s: for one answer.      attempts: at most, the first included.      first_delay_s: doubled each time.
    longest_delay_s: what a server asks to wait is cut to this.      budget_s: no repetition begins later than this.
    """

    timeout_s: float = 30.0
    attempts: int = 5
    first_delay_s: float = 0.25
    longest_delay_s: float = 10.0
    budget_s: float = 60.0

    def delay_s(self, attempt: int, error: Unreachable) -> float:
        """Seconds to wait after the failed `attempt` (from 0)."""
        asked = error.retry_after_s if isinstance(error, RateLimited) else None
        chosen: float = self.first_delay_s * 2**attempt if asked is None else asked
        return min(chosen, self.longest_delay_s)
