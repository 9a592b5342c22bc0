"""Transactions of ape as the engine takes them, and the engine's as ape has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.utils.misc import ZERO_ADDRESS
from eth_pydantic_types import HexBytes
from eth_utils.address import to_checksum_address

from ape_ingot.receipts import plain_address, signature_of

if TYPE_CHECKING:
    from ape.api.networks import EcosystemAPI
    from ape.api.transactions import TransactionAPI

    from ingot.engine import Transaction

__all__ = ["overrides_of", "request_of", "topic_of", "transaction_of"]


def request_of(txn: Any) -> dict[str, Any]:
    """Keyword arguments of `Engine.send`. txn: of any type, each of which is a class of ape's with fields of its own."""
    kind = int(txn.type)
    to = txn.receiver
    if to == ZERO_ADDRESS and kind < 3:
        to = None  # as ape signs it
    request: dict[str, Any] = {
        "sender": txn.sender,
        "to": to or None,
        "data": txn.data,
        "value": txn.value,
        "nonce": txn.nonce,
        "gas_limit": txn.gas_limit,
        "type": kind,
    }
    if kind < 2:
        request["gas_price"] = txn.gas_price
    else:
        request["max_fee"] = txn.max_fee
        request["max_priority_fee"] = txn.max_priority_fee
    if kind and txn.access_list:
        request["access_list"] = [
            (entry.address, [bytes(key) for key in entry.storage_keys]) for entry in txn.access_list
        ]
    if kind == 3:
        request["blob_hashes"] = [bytes(digest) for digest in txn.blob_versioned_hashes]
        request["max_fee_per_blob_gas"] = txn.max_fee_per_blob_gas
    if kind == 4:
        request["authorizations"] = [
            {
                "chain_id": given.chain_id,
                "address": given.address,
                "nonce": given.nonce,
                "y_parity": given.v,
                "r": int.from_bytes(given.r),
                "s": int.from_bytes(given.s),
            }
            for given in txn.authorizations
        ]
    return request


def transaction_of(native: Transaction, ecosystem: EcosystemAPI) -> TransactionAPI:
    """As ape makes it of what a node answers."""
    fields: dict[str, Any] = {
        "type": native.type,
        "chainId": native.chain_id,
        "from": plain_address(native.sender),
        "to": plain_address(native.to) or ZERO_ADDRESS,  # as ape reads it from a node
        "gas": native.gas_limit,
        "nonce": native.nonce,
        "value": native.value,
        "data": HexBytes(native.data),
    }
    if native.type < 2:
        fields["gas_price"] = native.max_fee_per_gas
    else:
        fields["max_fee"] = native.max_fee_per_gas
        fields["max_priority_fee"] = native.max_priority_fee_per_gas
    if native.type:
        fields["accessList"] = [
            {"address": plain_address(address), "storageKeys": [HexBytes(key) for key in keys]}
            for address, keys in native.access_list
        ]
    if native.type == 3:
        fields["blobVersionedHashes"] = [HexBytes(digest) for digest in native.blob_hashes]
        fields["maxFeePerBlobGas"] = native.max_fee_per_blob_gas
    if native.type == 4:
        fields["authorizationList"] = [
            {
                "chainId": given["chain_id"],
                "address": plain_address(given["address"]),
                "nonce": given["nonce"],
                "yParity": given["y_parity"],
                "r": HexBytes(given["r"].to_bytes(32)),
                "s": HexBytes(given["s"].to_bytes(32)),
            }
            for given in native.authorizations
        ]
    txn = ecosystem.create_transaction(**fields)
    txn.signature = signature_of(native)
    return txn


def topic_of(topic: Any) -> Any:
    """One place of a log filter: anything (None), a word, or one of several."""
    if topic is None:
        return None
    if isinstance(topic, (list, tuple)):
        return [bytes(HexBytes(one)) for one in topic]
    return bytes(HexBytes(topic))


def overrides_of(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """eth_call's overrides, whose numbers may be hex text."""
    if not state:
        return None

    def number(value: Any) -> int:
        return int(value, 16) if isinstance(value, str) else int(value)

    def slots(given: dict[Any, Any]) -> dict[int, int]:
        return {number(slot): number(value) for slot, value in given.items()}

    overrides: dict[str, Any] = {}
    for address, given in state.items():
        changes: dict[str, Any] = {}
        for name, value in given.items():
            if name in ("balance", "nonce"):
                changes[name] = number(value)
            elif name == "code":
                changes[name] = bytes(HexBytes(value))
            elif name in ("state", "stateDiff"):
                changes["storage" if name == "stateDiff" else "state"] = slots(value)
        overrides[to_checksum_address(address)] = changes
    return overrides
