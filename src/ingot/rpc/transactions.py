"""Transaction objects of requests: what the engine takes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ingot.engine import to_address
from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter
from ingot.rpc.parameters import (
    list_of,
    read_address,
    read_data,
    read_hash,
    read_list,
    read_object,
    read_quantity,
    read_small,
)

__all__ = [
    "BLOCK_OVERRIDES",
    "CALL_FIELDS",
    "STATE_OVERRIDES",
    "TRANSACTION",
    "read_transaction",
    "read_withdrawals",
]


def _access_list(value: Any) -> list[tuple[bytes, list[bytes]]]:
    entries = []
    for index, item in enumerate(read_list(value)):
        entry = read_object(item)
        try:
            slots = [read_hash(slot) for slot in read_list(entry.get("storageKeys") or [])]
            entries.append((read_address(entry.get("address")), slots))
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return entries


def _authorizations(value: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for index, item in enumerate(read_list(value)):
        entry = read_object(item)
        try:
            parity = entry.get("yParity", entry.get("v"))
            entries.append(
                {
                    "chain_id": read_quantity(entry.get("chainId")),
                    "address": read_address(entry.get("address")),
                    "nonce": read_small(entry.get("nonce")),
                    "y_parity": read_quantity(parity),
                    "r": read_quantity(entry.get("r")),
                    "s": read_quantity(entry.get("s")),
                }
            )
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
        if entries[-1]["y_parity"] > 1:
            raise ValueError(f"[{index}]: yParity is 0x0 or 0x1")
    return entries


def _fee(value: Any) -> int:
    fee = read_quantity(value)
    if fee >> 128:
        raise ValueError("it is above 2**128 - 1")
    return fee


def _kind(value: Any) -> int:
    kind = read_small(value)
    if kind > 4:
        raise ValueError(f"there are transactions of type 0 to 4, not {kind}")
    return kind


_hashes = list_of(Parameter(read_hash, "hash")).read

FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "from": ("sender", read_address),
    "to": ("to", read_address),
    "data": ("data", read_data),
    "input": ("data", read_data),
    "value": ("value", read_quantity),
    "gas": ("gas_limit", read_small),
    "gasLimit": ("gas_limit", read_small),
    "gasPrice": ("gas_price", _fee),
    "maxFeePerGas": ("max_fee", _fee),
    "maxPriorityFeePerGas": ("max_priority_fee", _fee),
    "maxFeePerBlobGas": ("max_fee_per_blob_gas", _fee),
    "nonce": ("nonce", read_small),
    "chainId": ("chain_id", read_small),
    "type": ("type", _kind),
    "accessList": ("access_list", _access_list),
    "authorizationList": ("authorizations", _authorizations),
    "blobVersionedHashes": ("blob_hashes", _hashes),
}
"""JSON-RPC's name, the engine's, and what reads it."""

CALL_FIELDS = frozenset(
    (
        "sender",
        "to",
        "data",
        "value",
        "gas_limit",
        "gas_price",
        "access_list",
        "authorizations",
        "blob_hashes",
    )
)
"""What a call takes."""


def read_transaction(value: Any) -> dict[str, Any]:
    """The fields of a transaction under the engine's names; those that nobody knows are ignored, as by every node.

    other_data: what "data" says, if "input" says something else, which counts for calls.
    """
    if type(value) is not dict:
        value = read_object(value)
    fields: dict[str, Any] = {}
    for name, given in value.items():
        if given is None or (field := FIELDS.get(name)) is None:
            continue
        key, read = field
        if name == "to" and given in ("", "0x"):
            continue
        try:
            found = read(given)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if fields.setdefault(key, found) == found:
            continue
        if key != "data":
            raise ValueError(f"{name}: it is given twice, differently")
        fields["other_data"] = fields["data"] if name == "input" else found
        if name == "input":
            fields["data"] = found
    return fields


def _state_overrides(value: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for account, changes in read_object(value).items():
        address = read_address(account)
        try:
            changed = _account_override({} if changes is None else read_object(changes))
        except ValueError as error:
            raise ValueError(f"{account}: {error}") from None
        if "state" in changed and "storage" in changed:
            raise server_error(f"account {to_address(address)} has both 'state' and 'stateDiff'")
        found[data(address)] = changed
    return found


def _account_override(given: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name == "balance":
            changes["balance"] = read_quantity(value)
        elif name == "nonce":
            changes["nonce"] = read_small(value)
        elif name == "code":
            changes["code"] = read_data(value)
        elif name == "state":
            changes["state"] = _words(value)
        elif name == "stateDiff":
            changes["storage"] = _words(value)
        elif name in ("movePrecompileToAddress", "MovePrecompileToAddress"):
            changes["move_to"] = read_address(value)
        else:
            raise ValueError(f"there is no {name} to override")
    return changes


def _words(value: Any) -> dict[int, int]:
    return {read_quantity(slot): read_quantity(word) for slot, word in read_object(value).items()}


def read_withdrawals(value: Any) -> list[tuple[int, int, bytes, int]]:
    """Index, validator, address and gwei, each (EIP-4895)."""
    found = []
    for index, item in enumerate(read_list(value)):
        entry = read_object(item)
        try:
            numbers = [read_small(entry.get(name, 0)) for name in ("index", "validatorIndex", "amount")]
            found.append((numbers[0], numbers[1], read_address(entry.get("address", _NOBODY)), numbers[2]))
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return found


_NOBODY = "0x" + "00" * 20

_BLOCK_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "number": ("number", read_quantity),
    "time": ("timestamp", read_small),
    "timestamp": ("timestamp", read_small),
    "gasLimit": ("gas_limit", read_small),
    "feeRecipient": ("coinbase", read_address),
    "coinbase": ("coinbase", read_address),
    "prevRandao": ("prev_randao", read_hash),
    "random": ("prev_randao", read_hash),
    "baseFeePerGas": ("base_fee", read_small),
    "baseFee": ("base_fee", read_small),
    "blobBaseFee": ("blob_base_fee", _fee),
    "difficulty": ("difficulty", read_quantity),
    "beaconRoot": ("parent_beacon_root", read_hash),
    "parentBeaconBlockRoot": ("parent_beacon_root", read_hash),
    "withdrawals": ("withdrawals", read_withdrawals),
}


def _block_overrides(value: Any) -> dict[str, Any]:
    found = {}
    for name, given in read_object(value).items():
        if given is None:
            continue
        if name not in _BLOCK_FIELDS:
            raise ValueError(f"there is no {name} to override")
        key, read = _BLOCK_FIELDS[name]
        try:
            found[key] = read(given)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


TRANSACTION = Parameter(read_transaction, "transaction object")
STATE_OVERRIDES = Parameter(_state_overrides, "state overrides")
BLOCK_OVERRIDES = Parameter(_block_overrides, "block overrides")
