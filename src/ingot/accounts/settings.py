"""What goes with a transaction besides its data: sender, value, gas, fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.conversion import amount
from ingot.errors import UsageError
from ingot.interface.binding import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.provider import Provider
    from ingot.types import AddressLike

__all__ = ["SEND_SETTINGS", "check_known", "gas_limit_of", "prepare"]

SEND_SETTINGS = frozenset(
    {
        "sender",
        "value",
        "gas_limit",
        "gas",
        "gas_price",
        "max_fee",
        "max_priority_fee",
        "type",
        "nonce",
        "access_list",
        "authorizations",
        "blob_hashes",
        "max_fee_per_blob_gas",
        "recording",
        "raise_on_revert",
        "required_confirmations",
    }
)


def check_known(settings: Mapping[str, Any], called: str) -> None:
    """Raises: UsageError, for a keyword that is no setting of a transaction."""
    for name in settings:
        if name not in SEND_SETTINGS:
            raise UsageError(f"{called} takes no keyword {name!r}{suggest(name, sorted(SEND_SETTINGS))}")


def prepare(
    settings: Mapping[str, Any], chain: Provider, called: str, *, is_payable: bool, to: AddressLike | None
) -> dict[str, Any]:
    """Keyword arguments for `chain.send`, from what a user wrote. Raises: UsageError."""
    ready = {
        name: value for name, value in settings.items() if name not in ("raise_on_revert", "value", "gas")
    }
    ready.pop("required_confirmations", None)
    ready["sender"] = sender_of(settings.get("sender"), chain, called)
    if to is not None:
        ready["to"] = to
    value = amount(settings.get("value") or 0)
    if value:
        if not is_payable:
            raise UsageError(f"{called} is not payable: leave `value=` out (it takes no ether)")
        ready["value"] = value
    limit = gas_limit_of(settings, called)
    ready.pop("gas_limit", None)
    if limit is not None:
        ready["gas_limit"] = limit
    for fee in ("gas_price", "max_fee", "max_priority_fee", "max_fee_per_blob_gas"):
        if ready.get(fee) is not None:
            ready[fee] = amount(ready[fee])
    return ready


def sender_of(sender: AddressLike | None, chain: Provider, called: str) -> AddressLike:
    """`sender`, else the one that `chain.prank` set. Raises: UsageError, if there is none."""
    chosen = sender if sender is not None else chain.default_sender
    if chosen is None:
        raise UsageError(f"{called} sends a transaction: say who sends it, {called}(..., sender=accounts[0])")
    return chosen


def gas_limit_of(settings: Mapping[str, Any], called: str) -> int | None:
    """None: the most that the chain allows."""
    limit = settings.get("gas_limit", settings.get("gas"))
    if limit is None or limit == "max" or limit == "auto":
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise UsageError(f"{called}: gas_limit is an int, or 'max'; {limit!r} is not")
    return limit
