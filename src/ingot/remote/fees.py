"""What a transaction costs: EIP-1559 fees, legacy prices, and what rollups add for their data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.conversion import readable_amount
from ingot.errors import InvalidTransaction, ProviderError
from ingot.remote.answer import is_unsupported
from ingot.remote.quantity import field, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Fees", "fee_requests", "fees_of"]

_HISTORY = "eth_feeHistory"
_BLOCKS = 10
_PERCENTILE = 50
_FALLBACK_TIP = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What the next blocks ask for, in wei for each gas.

    base_fee: of the next block; None on a chain with legacy prices only.      max_priority_fee: the tip.
    max_fee: covers a base fee that doubles, and the tip.      gas_price: instead, on a legacy chain.
    """

    base_fee: int | None
    max_fee: int | None = None
    max_priority_fee: int | None = None
    gas_price: int | None = None

    @property
    def per_gas(self) -> int:
        """The most that one gas may cost."""
        return (self.gas_price if self.max_fee is None else self.max_fee) or 0

    @property
    def expected(self) -> int:
        """What one gas will cost if the base fee stays as it is."""
        if self.base_fee is None or self.max_fee is None:
            return self.per_gas
        return min(self.max_fee, self.base_fee + (self.max_priority_fee or 0))

    def capped(self, cap: int | None) -> Fees:
        """With at most `cap` for each gas. Raises: InvalidTransaction, if no block would take that now."""
        if cap is None or self.per_gas <= cap:
            return self
        market = (self.gas_price if self.base_fee is None else self.base_fee) or 0
        if cap < market:
            what = "the gas price" if self.base_fee is None else "the base fee of the next block"
            raise InvalidTransaction(
                f"the cap of {readable_amount(cap)} for each gas is below {what}, {readable_amount(market)}: "
                "raise the cap, or wait until the network is cheaper",
                reason="max fee per gas less than block base fee",
            )
        if self.base_fee is None:
            return Fees(base_fee=None, gas_price=cap)
        tip = min(self.max_priority_fee or 0, cap)
        return Fees(base_fee=self.base_fee, max_fee=cap, max_priority_fee=tip)


def fee_requests(*, has_base_fee: bool) -> list[tuple[str, Sequence[Any]]]:
    """What to ask a node, for `fees_of`."""
    if not has_base_fee:
        return [("eth_gasPrice", [])]
    return [
        (_HISTORY, [hex(_BLOCKS), "latest", [_PERCENTILE]]),
        ("eth_maxPriorityFeePerGas", []),
        ("eth_gasPrice", []),
    ]


def fees_of(answers: Sequence[Any], *, has_base_fee: bool) -> Fees:
    """From the answers to `fee_requests`. Raises: ProviderError."""
    first = answers[0]
    if isinstance(first, ProviderError):
        if not has_base_fee or not is_unsupported(first) or isinstance(answers[2], ProviderError):
            raise first
        return _without_history(number_of(answers[2], "eth_gasPrice"), answers[1])
    if not has_base_fee:
        return Fees(base_fee=None, gas_price=number_of(first, "eth_gasPrice"))
    base_fees = field(first, "baseFeePerGas", _HISTORY)
    base_fee = number_of(base_fees[-1] if isinstance(base_fees, list) and base_fees else None, _HISTORY)
    tip = _tip(first.get("reward"), answers[1])
    return Fees(base_fee=base_fee, max_fee=2 * base_fee + tip, max_priority_fee=tip)


def _without_history(price: int, suggested: Any) -> Fees:
    """On a node without eth_feeHistory: its gas price is the base fee and a tip."""
    tip = min(price, _FALLBACK_TIP if isinstance(suggested, ProviderError) else number_of(suggested, "a tip"))
    return Fees(base_fee=price - tip, max_fee=2 * (price - tip) + tip, max_priority_fee=tip)


def _tip(rewards: Any, suggested: Any) -> int:
    """The median of what half of the gas in recent blocks paid; the node's own suggestion where they were empty."""
    paid = sorted(number_of(row[0], _HISTORY) for row in rewards or () if row)
    paid = [tip for tip in paid if tip]
    if paid:
        return paid[len(paid) // 2]
    return (
        _FALLBACK_TIP
        if isinstance(suggested, ProviderError)
        else number_of(suggested, "eth_maxPriorityFeePerGas")
    )
