"""From a transaction's fields to a signed transaction."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ingot.conversion import to_address
from ingot.engine import key_address
from ingot.errors import UsageError
from ingot.interface.binding import suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Transaction
    from ingot.types import Address

__all__ = ["check_fields", "sign_fields"]

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
    """What `sign_fields` takes; a field that is None counts as left out. Raises: UsageError, for fields that are no transaction."""
    for name in fields:
        if name not in _REQUIRED and name not in _OPTIONAL:
            raise UsageError(f"a transaction has no field {name!r}{suggest(name, [*_REQUIRED, *_OPTIONAL])}")
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise UsageError(f"a transaction cannot be signed without {', '.join(missing)}: give every field")
    return {name: value for name, value in fields.items() if value is not None or name == "to"}


def sign_fields(key: bytes, fields: Mapping[str, Any]) -> Transaction:
    hidden = [key]
    del key
    return cast("Transaction", _sign(hidden.pop(), fields))


@dataclass(frozen=True, slots=True)
class _Signed:
    raw: bytes
    hash: bytes
    sender: Address
    nonce: int


def _sign(key: bytes, given: Mapping[str, Any]) -> _Signed:
    from eth_account import Account as EthAccount

    sender = key_address(key)
    names = {
        "type": "type",
        "chain_id": "chainId",
        "nonce": "nonce",
        "value": "value",
        "data": "data",
        "gas_limit": "gas",
        "gas_price": "gasPrice",
        "max_fee": "maxFeePerGas",
        "max_priority_fee": "maxPriorityFeePerGas",
        "max_fee_per_blob_gas": "maxFeePerBlobGas",
        "blob_hashes": "blobVersionedHashes",
    }
    fields = {names[name]: value for name, value in given.items() if name in names and value not in ((), [])}
    if given["to"] is not None:
        fields["to"] = str(to_address(given["to"]))
    if given["type"] == 0:
        del fields["type"]
    if given.get("access_list") or given["type"] in (1, 2, 3, 4):
        fields["accessList"] = [
            {"address": str(to_address(address)), "storageKeys": ["0x" + slot.hex() for slot in slots]}
            for address, slots in given.get("access_list") or ()
        ]
    if given.get("authorizations"):
        fields["authorizationList"] = [
            {
                "chainId": one["chain_id"],
                "address": str(to_address(one["address"])),
                "nonce": one["nonce"],
                "yParity": one["y_parity"],
                "r": one["r"],
                "s": one["s"],
            }
            for one in given["authorizations"]
        ]
    signed: Any = None
    with suppress(Exception):  # its errors, and their frames, hold the key
        signed = EthAccount.sign_transaction(fields, key)
    del key
    if signed is None:
        raise UsageError("these fields are no transaction that can be signed")
    return _Signed(bytes(signed.raw_transaction), bytes(signed.hash), sender, given["nonce"])
