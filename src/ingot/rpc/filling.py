"""Transactions with the fields that were missing. Source: geth, internal/ethapi/transaction_args.go (setDefaults)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.rpc.calling import check_styles, scene_of
from ingot.rpc.estimating import estimate
from ingot.rpc.failure import server_error
from ingot.rpc.method import invalid
from ingot.rpc.moments import state_of
from ingot.rpc.rules import is_since

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.rpc.calling import Scene
    from ingot.rpc.rpc import Rpc

__all__ = ["check_signing", "checked", "completed", "sender_of", "with_fees"]

_MAX_BLOBS: Final = 6
"""Of one transaction (EIP-7594)."""


def _settled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the fields of what is to be sent. Raises: RpcError, if they contradict each other."""
    fields = dict(fields)
    if fields.pop("other_data", None) is not None:
        raise server_error(
            'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data'
        )
    check_styles(fields)
    return fields


def sender_of(rpc: Rpc, given: Mapping[str, Any]) -> bytes:
    """Who is meant, if nobody is named: the first account, or for a client nobody."""
    sender: bytes | None = given.get("sender")
    if sender is None:
        sender = bytes(20) if rpc.is_client else bytes(rpc.default_sender)
    return sender


def checked(rpc: Rpc, fields: dict[str, Any]) -> dict[str, Any]:
    """A transaction's fields with its sender, its gas limit and its fees. Raises: RpcError, if it cannot be sent from here."""
    fields = _settled(fields)
    chain_id = fields.pop("chain_id", None)
    if chain_id is not None and chain_id != rpc.engine.chain_id:
        raise server_error(f"invalid chain id: this chain is {rpc.engine.chain_id}, not {chain_id}")
    if "sender" not in fields:
        fields["sender"] = sender_of(rpc, fields)
    rpc.senders.check(fields["sender"])
    if "to" not in fields and not fields.get("data"):
        raise invalid("invalid argument 0: transaction: a creation needs data: the code of the new contract")
    if "gas_limit" not in fields:
        with state_of(rpc, "pending"):
            fields["gas_limit"] = estimate(rpc, fields, None, is_sent=True)
    return _offered(rpc, fields)


def check_signing(fields: Mapping[str, Any]) -> None:
    """Raises: RpcError, if a client would have to choose something of what it signs."""
    if "gas_limit" not in fields:
        raise server_error("gas not specified")
    if "gas_price" not in fields and not {"max_fee", "max_priority_fee"} <= fields.keys():
        raise server_error("missing gasPrice or maxFeePerGas/maxPriorityFeePerGas")
    if "nonce" not in fields:
        raise server_error("nonce not specified")


def with_fees(rpc: Rpc, given: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    """The fields with fees for the block after `scene`. Raises: RpcError for fees that cannot be."""
    fields = dict(given)
    if fields.get("max_fee_per_blob_gas") == 0:
        raise server_error("maxFeePerBlobGas, if specified, must be non-zero")
    if fields.get("blob_hashes") is not None and is_since(scene.hardfork, "cancun"):
        fields.setdefault("max_fee_per_blob_gas", 2 * scene.blob_base_fee)
    check_styles(fields)
    if "gas_price" in fields and "authorizations" in fields:
        raise server_error("both gasPrice and authorizationList specified")
    is_london = is_since(scene.hardfork, "london")
    if "gas_price" in fields:
        if not fields["gas_price"] and is_london:
            raise server_error("gasPrice must be non-zero after london fork")
        return fields
    if fields.keys() >= {"max_fee", "max_priority_fee"}:
        _check_pair(fields["max_fee"], fields["max_priority_fee"])
        return fields
    if not is_london:
        if "max_fee" in fields or "max_priority_fee" in fields:
            raise server_error("maxFeePerGas and maxPriorityFeePerGas are not valid before London is active")
        fields["gas_price"] = rpc.tip
        return fields
    # A development node's tip gives way to what is offered.
    most = fields.get("max_fee", rpc.tip)
    tip = fields.setdefault("max_priority_fee", rpc.tip if rpc.is_client else min(rpc.tip, most))
    most = fields.setdefault("max_fee", tip + 2 * scene.base_fee)
    if most < tip:
        raise _reversed(most, tip)
    return fields


def _offered(rpc: Rpc, fields: dict[str, Any]) -> dict[str, Any]:
    """With the fees that a node offers for those who name none: its tip, and up to twice the base fee."""
    if "gas_price" in fields or "max_priority_fee" in fields or not is_since(rpc.engine.hardfork, "london"):
        return fields
    base_fee, tip = rpc.engine.base_fee, rpc.tip
    if fields.get("type", 2) < 2:
        return fields | {"gas_price": base_fee + tip}
    most = fields.get("max_fee", tip + 2 * base_fee)
    return fields | {"max_fee": most, "max_priority_fee": min(tip, most)}


def _check_pair(most: int, tip: int) -> None:
    if not most:
        raise server_error("maxFeePerGas must be non-zero")
    if most < tip:
        raise _reversed(most, tip)


def _reversed(most: int, tip: int) -> Exception:
    return server_error(f"maxFeePerGas ({most:#x}) < maxPriorityFeePerGas ({tip:#x})")


def completed(rpc: Rpc, given: Mapping[str, Any], sender: bytes) -> dict[str, Any]:
    """Every field that a transaction needs to be signed. Raises: RpcError, if it cannot be."""
    engine = rpc.engine
    number = engine.block_number if rpc.is_client else None
    if not rpc.is_client:
        given = _as_typed(rpc, given)
    fields = _settled(with_fees(rpc, given, scene_of(rpc, number)))
    fields.pop("sender", None)
    fields.setdefault("nonce", rpc.pool.next_nonce(sender))
    _check(fields)
    if "gas_limit" not in fields:
        of_any_chain = {name: value for name, value in fields.items() if name != "chain_id"}
        fields["gas_limit"] = estimate(rpc, {**of_any_chain, "sender": sender}, number, is_sent=True)
    if fields.setdefault("chain_id", engine.chain_id) != engine.chain_id:
        raise server_error(
            f"chainId does not match node's (have={fields['chain_id']}, want={engine.chain_id})"
        )
    fields["type"] = _kind(fields, is_client=rpc.is_client)
    for name in _FOREIGN[fields["type"]]:
        fields.pop(name, None)
    for name, default in (("to", None), ("value", 0), ("data", b"")):
        fields.setdefault(name, default)
    return fields


_FOREIGN: Final = (
    ("access_list", "authorizations", "blob_hashes", "max_fee_per_blob_gas"),
    ("authorizations", "blob_hashes", "max_fee_per_blob_gas"),
    ("authorizations", "blob_hashes", "max_fee_per_blob_gas"),
    ("authorizations",),
    ("blob_hashes", "max_fee_per_blob_gas"),
)
"""What transactions of a type have not."""


def _as_typed(rpc: Rpc, given: Mapping[str, Any]) -> dict[str, Any]:
    """With the one kind of price that the type has, if there is a type."""
    fields, kind = dict(given), given.get("type")
    if kind is not None and kind >= 2:
        fields.pop("gas_price", None)
    elif kind is not None and "gas_price" not in fields:
        fields["gas_price"] = rpc.engine.base_fee + rpc.tip
    return fields


def _check(fields: Mapping[str, Any]) -> None:
    hashes = fields.get("blob_hashes")
    if hashes == []:
        raise server_error("need at least 1 blob for a blob transaction")
    if hashes is not None and len(hashes) > _MAX_BLOBS:
        raise server_error(f"too many blobs in transaction (have={len(hashes)}, max={_MAX_BLOBS})")
    if fields.get("authorizations") == []:
        raise server_error("EIP-7702 transaction with empty auth list")
    if "to" in fields:
        return
    if hashes is not None:
        raise server_error('missing "to" in blob transaction')
    if not fields.get("data"):
        raise server_error("contract creation without any data provided")
    if "authorizations" in fields:
        raise server_error('authorizationList provided for contract creation, but "to" field is missing')


def _kind(fields: Mapping[str, Any], *, is_client: bool) -> int:
    """What the fields make of it; a development node does as `type` says."""
    if "type" in fields and not is_client:
        return int(fields["type"])
    if "gas_price" in fields:
        return 1 if "access_list" in fields else 0
    if "authorizations" in fields:
        return 4
    return 3 if "blob_hashes" in fields else 2
