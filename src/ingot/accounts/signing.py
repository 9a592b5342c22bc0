"""Which fields a transaction is signed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError
from ingot.interface.binding import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_fields"]

_REQUIRED = ("type", "chain_id", "nonce", "to", "value", "data", "gas_limit")
_OPTIONAL = (
    "gas_price",
    "max_fee",
    "max_priority_fee",
    "access_list",
    "authorizations",
    "blob_hashes",
    "max_fee_per_blob_gas",
)


def check_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of `ingot.engine.sign_transaction`; a field that is None counts as left out, but `to`.

    Raises: UsageError, for a name that is no field, and for one that is missing.
    """
    for name in fields:
        if name not in _REQUIRED and name not in _OPTIONAL:
            raise UsageError(f"a transaction has no field {name!r}{suggest(name, [*_REQUIRED, *_OPTIONAL])}")
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise UsageError(f"a transaction cannot be signed without {', '.join(missing)}: give every field")
    return {name: value for name, value in fields.items() if value is not None or name == "to"}
