"""Transactions and calls as the objects that JSON-RPC takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.conversion import to_address, to_bytes
from ingot.remote.quantity import hex_data, quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.types import AddressLike

__all__ = ["request_object", "state_overrides"]

_QUANTITIES = {
    "gas_limit": "gas",
    "nonce": "nonce",
    "gas_price": "gasPrice",
    "max_fee": "maxFeePerGas",
    "max_priority_fee": "maxPriorityFeePerGas",
    "max_fee_per_blob_gas": "maxFeePerBlobGas",
    "type": "type",
    "chain_id": "chainId",
}
"""Our names and JSON-RPC's. Source: the Ethereum JSON-RPC specification, GenericTransaction."""


def request_object(
    *,
    sender: AddressLike | None = None,
    to: AddressLike | None = None,
    data: bytes = b"",
    value: int = 0,
    access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
    authorizations: Sequence[Mapping[str, Any]] = (),
    blob_hashes: Sequence[bytes] = (),
    **quantities: int | None,
) -> dict[str, Any]:
    """A transaction object; what is not set is left out."""
    given: dict[str, Any] = {}
    if sender is not None:
        given["from"] = to_address(sender)
    if to is not None:
        given["to"] = to_address(to)
    if data:
        given["data"] = hex_data(data)
    if value:
        given["value"] = quantity(value)
    for name, word in _QUANTITIES.items():
        number = quantities.get(name)
        if number is not None:
            given[word] = quantity(number)
    if access_list:
        given["accessList"] = [
            {"address": to_address(address), "storageKeys": [hex_data(key) for key in keys]}
            for address, keys in access_list
        ]
    if authorizations:
        given["authorizationList"] = [_authorization(entry) for entry in authorizations]
    if blob_hashes:
        given["blobVersionedHashes"] = [hex_data(word) for word in blob_hashes]
    return given


def _authorization(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "chainId": quantity(given["chain_id"]),
        "address": to_address(given["address"]),
        "nonce": quantity(given["nonce"]),
        "yParity": quantity(given["y_parity"]),
        "r": quantity(given["r"]),
        "s": quantity(given["s"]),
    }


def state_overrides(given: Mapping[AddressLike, Mapping[str, Any]]) -> dict[str, Any]:
    """The third parameter of eth_call: balance, nonce, code, storage (some slots) or state (all), by account."""
    return {to_address(account): _override(fields) for account, fields in given.items()}


def _override(fields: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in ("balance", "nonce"):
        if name in fields:
            made[name] = quantity(fields[name])
    if "code" in fields:
        made["code"] = hex_data(to_bytes(fields["code"]))
    for name, word in (("storage", "stateDiff"), ("state", "state")):
        if name in fields:
            made[word] = {_word(slot): _word(value) for slot, value in fields[name].items()}
    return made


def _word(value: int | bytes) -> str:
    number = value if isinstance(value, int) else int.from_bytes(value, "big")
    return hex_data(number.to_bytes(32, "big"))
