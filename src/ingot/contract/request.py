"""What goes with a call besides its arguments: sender, value, gas. And which keyword is which."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ingot.accounts.settings import SEND_SETTINGS
from ingot.errors import UsageError
from ingot.interface.binding import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.abi import Function
    from ingot.types import AddressLike

__all__ = ["CALL_SETTINGS", "DEPLOY_SETTINGS", "SEND_SETTINGS", "PreparedTransaction", "split"]

CALL_SETTINGS = frozenset(
    {"sender", "value", "gas_limit", "gas", "block_id", "block_identifier", "block", "overrides"}
)
DEPLOY_SETTINGS = SEND_SETTINGS | {"salt", "chain", "libraries"}


@dataclass(frozen=True, slots=True)
class PreparedTransaction:
    """A transaction that was not sent; `account.call(transaction)` sends it.

    Source of the fields: the execution-specs' transaction types.
    """

    sender: AddressLike | None = None
    to: AddressLike | None = None
    data: bytes = b""
    value: int = 0
    gas_limit: int | None = None
    nonce: int | None = None
    type: int | None = None
    gas_price: int | None = None
    max_fee: int | None = None
    max_priority_fee: int | None = None
    access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] | None = None
    authorizations: Sequence[Mapping[str, Any]] | None = None
    blob_hashes: Sequence[bytes] | None = None
    max_fee_per_blob_gas: int | None = None

    def as_settings(self) -> dict[str, Any]:
        """Keyword arguments for `chain.send`."""
        return {
            field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None
        }


def split(
    function: Function,
    args: Sequence[object],
    given: Mapping[str, Any],
    known: frozenset[str],
    called: str,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sort keywords into settings of the transaction and arguments of the function.

    A keyword that is both (`value`, `sender`) is the argument if no positional one took its place; where that may
    mean something else, an amount for a payable function, it is refused.      Returns: settings, arguments.
    """
    open_names = [name for name, _ in function.inputs[len(args) :]]
    settings: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for keyword, value in given.items():
        if keyword in open_names:
            if keyword == "value" and function.is_payable:
                raise UsageError(
                    f"{called}: `value` is an argument of {function.signature} and the ether sent with it: "
                    "give the arguments by position, and `value=` for the ether"
                )
            arguments[keyword] = value
        elif keyword in known:
            settings[keyword] = value
        elif keyword.endswith("_") and keyword.rstrip("_") in open_names:
            arguments[keyword.rstrip("_")] = value
        else:
            raise _unknown_keyword(function, keyword, args, known, called)
    return settings, arguments


def _unknown_keyword(
    function: Function, keyword: str, args: Sequence[object], known: frozenset[str], called: str
) -> UsageError:
    names = [name for name, _ in function.inputs if name]
    if keyword in [name for name, _ in function.inputs[: len(args)]]:
        return UsageError(f"{called}: {keyword!r} is given twice, by position and by name")
    return UsageError(f"{called} takes no keyword {keyword!r}{suggest(keyword, [*names, *sorted(known)])}")
