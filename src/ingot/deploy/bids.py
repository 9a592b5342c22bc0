"""Offering more for a transaction that waits: the same with higher fees, written down before it is sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ingot.deploy.entries import Bumped
from ingot.deploy.fees import bumped
from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.deploy.journal import Journal
    from ingot.deploy.reconcile import Facts
    from ingot.deploy.state import StepState
    from ingot.deploy.teller import Teller
    from ingot.remote import RemoteChain, UnsignedTransaction

__all__ = ["Bids"]

_PASSED_OVER = 3
"""Blocks that could have taken a transaction and did not, until its tip counts as too low."""

_MOST_TIPS = 4
"""So often a tip is raised, all runs together. Source: Hardhat Ignition's maxFeeBumps."""


class Bids:
    """may_cost: whether a step may be sent at a higher price."""

    def __init__(
        self,
        chain: RemoteChain,
        journal: Journal,
        *,
        may_cost: Callable[[str, UnsignedTransaction], bool],
        teller: Teller,
    ) -> None:
        self._chain = chain
        self._journal = journal
        self._may_cost = may_cost
        self._teller = teller
        self._waiting: dict[str, tuple[int, float]] = {}

    def raised(self, step: StepState) -> bool:
        """Sign a step's transaction with higher fees and write it down, to be sent.

        Returns: False, if nobody can sign here or caps forbid.
        """
        attempt = next(each for each in reversed(step.attempts) if each.raw)
        transaction = bumped(self._chain, attempt)
        if transaction is None or not self._may_cost(step.step, transaction):
            return False
        try:
            signed = self._chain.sign(transaction)
        except UsageError as error:  # resumed without the key
            self._teller.once(
                f"{step.step} key", f"{step.step}: its fee is too low, and cannot be raised: {error}"
            )
            return False
        self._teller.say(f"{step.step}: offering {transaction.fee_per_gas} wei for each gas instead")
        self._journal.append(
            Bumped(
                step=step.step,
                old=attempt.hash,
                new=f"0x{signed.hash.hex()}",
                raw=f"0x{signed.raw.hex()}",
                max_fee=transaction.max_fee,
                max_priority_fee=transaction.max_priority_fee,
                gas_price=transaction.gas_price,
            ),
            sync=True,
        )
        return True

    def is_passed_over(self, step: StepState, facts: Facts, *, patience_s: float) -> bool:
        """Whether its sender's turn came and went: blocks take others, which pay more. Once for each time that it waits."""
        latest = step.attempts[-1]
        if (
            step.intent is None
            or facts.nonce != step.intent.nonce
            or latest.hash not in facts.seen
            or not latest.raw
        ):
            return False
        head, since = self._waiting.setdefault(latest.hash, (facts.head, time.monotonic()))
        if facts.head - head < _PASSED_OVER or time.monotonic() - since < patience_s:
            return False
        del self._waiting[latest.hash]
        return True

    def tip_raised(self, step: StepState) -> bool:
        """`raised`, for one that is passed over; so often and no more."""
        if len(step.attempts) <= _MOST_TIPS and self.raised(step):
            return True
        self._teller.once(
            f"{step.step} tip",
            f"{step.step}: blocks pass {step.attempts[-1].hash} over, for others with higher tips, and it offers no more "
            f"(--max-fee, --max-cost, the sender's key, or {_MOST_TIPS} times already)",
        )
        return False
