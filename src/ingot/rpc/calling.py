"""Calls as geth makes them: what it fills in, what it refuses, and in which block they run.

Source: geth, internal/ethapi/transaction_args.go (CallDefaults, ToMessage) and core/state_transition.go (preCheck, buyGas).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ingot.engine import to_address
from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.moments import state_of
from ingot.rpc.rules import is_since
from ingot.rpc.transactions import CALL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Block, Engine, Outcome
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

__all__ = ["CLIENT_GAS_CAP", "MOST_GAS", "Scene", "check_styles", "run_call", "scene_of", "terms_of"]

_MAX_BLOBS: Final = 6
"""Of one transaction, from Osaka on (EIP-7594)."""

CLIENT_GAS_CAP: Final = 50_000_000
"""What a call gets of a client of a network. Source: geth, --rpc.gascap."""

MOST_GAS: Final = 1 << 31
"""What a call gets where blocks have no limit: it ends after seconds."""

BLOB_GAS: Final = 1 << 17
"""Of each blob (EIP-4844)."""

_NOBODY: Final = bytes(20)


@dataclass(frozen=True, slots=True)
class Scene:
    """The block in which a call runs, on the state at its end. number: None for the next block.

    block: the engine's, or the engine itself for the next one.      changes: what the call overrides of it.
    """

    number: int | None
    block: Block | Engine
    hardfork: str
    changes: Mapping[str, Any]

    @property
    def base_fee(self) -> int:
        """Wei."""
        return int(self.changes.get("base_fee", self.block.base_fee))

    @property
    def blob_base_fee(self) -> int:
        """Wei."""
        return int(self.changes.get("blob_base_fee", self.block.blob_base_fee))

    @property
    def gas_limit(self) -> int:
        """Of the block."""
        return int(self.changes.get("gas_limit", self.block.gas_limit))

    @property
    def coinbase(self) -> str:
        """Who gets the tips."""
        return to_address(self.changes.get("coinbase", self.block.coinbase))


def scene_of(rpc: Rpc, number: int | None, block_overrides: Mapping[str, Any] | None = None) -> Scene:
    """The block at `number`, as the call's overrides change it."""
    block = rpc.engine if number is None else rpc.engine.block(number)
    return Scene(number, block, block.hardfork, block_overrides or {})


def known_block_overrides(overrides: dict[str, Any] | None) -> dict[str, Any]:
    """Block overrides that a call can have. Raises: RpcError for those that only eth_simulateV1 has."""
    for key, name in (("parent_beacon_root", "beaconRoot"), ("withdrawals", "withdrawals")):
        if key in (overrides or {}):
            raise server_error(f'block override "{name}" is not supported for this RPC method')
    return dict(overrides or {})


def check_styles(fields: Mapping[str, Any]) -> None:
    """Raises: RpcError, if a price is given in the old way and in the new one."""
    if "gas_price" in fields and ("max_fee" in fields or "max_priority_fee" in fields):
        raise server_error("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified")


def terms_of(
    rpc: Rpc,
    fields: Mapping[str, Any],
    scene: Scene,
    *,
    state_overrides: Mapping[str, Any] | None = None,
    block_overrides: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the engine takes of a call's fields. Raises: RpcError, if such a call cannot be."""
    if not block_overrides and fields.keys() <= _PLAIN:
        return {**fields, "gas_limit": _gas(rpc, fields), "block_overrides": _FREE}
    _check_shape(rpc, fields, scene)
    max_fee, tip, price = _fees(rpc, fields, scene)
    if (max_fee or tip) and is_since(scene.hardfork, "london"):
        _check_fees(fields.get("sender", _NOBODY), max_fee, tip, scene.base_fee if price else 0)
    _check_blob_fee(fields, scene)
    terms = {key: value for key, value in fields.items() if key in CALL_FIELDS}
    terms["gas_limit"] = _gas(rpc, fields)
    _check_funds(rpc, fields, scene, terms["gas_limit"] * max_fee, state_overrides)
    blob_fee = terms.pop("max_fee_per_blob_gas", 0)
    terms["gas_price"] = price
    changes = known_block_overrides(block_overrides)
    if not price:
        changes["base_fee"] = 0
    if fields.get("blob_hashes") and not blob_fee:
        changes["blob_base_fee"] = 0
    if changes:
        terms["block_overrides"] = changes
    return terms


def _check_blob_fee(fields: Mapping[str, Any], scene: Scene) -> None:
    fee = fields.get("max_fee_per_blob_gas", 0)
    if fields.get("blob_hashes") and fee and fee < scene.blob_base_fee:
        raise server_error(
            "max fee per blob gas less than block blob gas fee: "
            f"address {to_address(fields.get('sender', _NOBODY))} blobGasFeeCap: {fee}, blobBaseFee: {scene.blob_base_fee}"
        )


def _check_funds(
    rpc: Rpc, fields: Mapping[str, Any], scene: Scene, gas_cost: int, overrides: Mapping[str, Any] | None
) -> None:
    """Raises: RpcError, if the sender cannot pay for gas, value and blobs."""
    sender = fields.get("sender", _NOBODY)
    blob_cost = len(fields.get("blob_hashes", ())) * BLOB_GAS * fields.get("max_fee_per_blob_gas", 0)
    wanted = gas_cost + fields.get("value", 0) + blob_cost
    if wanted >> 256:
        raise _short(sender, "required balance exceeds 256 bits")
    if wanted and (have := balance_of(rpc, sender, scene, overrides)) < wanted:
        raise _short(sender, f"have {have} want {wanted}")


def _short(sender: bytes, of_what: str) -> Exception:
    return server_error(f"insufficient funds for gas * price + value: address {to_address(sender)} {of_what}")


def _check_shape(rpc: Rpc, fields: Mapping[str, Any], scene: Scene) -> None:
    check_styles(fields)
    if "to" not in fields and "blob_hashes" in fields:
        raise server_error("blob transaction of type create")
    if "to" not in fields and "authorizations" in fields:
        raise server_error("EIP-7702 transaction cannot be used to create contract")
    chain_id = rpc.engine.chain_id
    if fields.get("chain_id", chain_id) != chain_id:
        raise server_error(f"chainId does not match node's (have={fields['chain_id']}, want={chain_id})")
    for name, first, kind in _KINDS:
        if name in fields and not is_since(scene.hardfork, first):
            sender = to_address(fields.get("sender", bytes(20)))
            raise server_error(f"transaction type not supported: {kind} tx (sender {sender})")
    if "blob_hashes" in fields:
        _check_blobs(fields["blob_hashes"], scene.hardfork)
    if fields.get("authorizations") == []:
        raise server_error("EIP-7702 transaction with empty auth list")


_KINDS: Final = (
    ("access_list", "berlin", "access list"),
    ("blob_hashes", "cancun", "blob"),
    ("authorizations", "prague", "setcode"),
)
"""Field, hardfork from which on it exists, and how geth calls such a transaction."""


def _check_blobs(hashes: list[bytes], hardfork: str) -> None:
    if not hashes:
        raise server_error("blob transaction missing blob hashes")
    if is_since(hardfork, "osaka") and len(hashes) > _MAX_BLOBS:
        raise server_error("blob transaction has too many blobs")
    for index, each in enumerate(hashes):
        if each[0] != 1:
            raise server_error(f"blob {index} has invalid hash version")


def _fees(rpc: Rpc, fields: Mapping[str, Any], scene: Scene) -> tuple[int, int, int]:
    """The most for each gas, the most of that as a tip, and what is paid."""
    if "gas_price" in fields:
        price = fields["gas_price"]
        return price, price, price
    if not is_since(scene.hardfork, "london"):
        return 0, 0, 0
    tip = fields.get("max_priority_fee", 0)
    # A tip alone is refused by geth; anvil adds it to the base fee.
    max_fee = fields.get("max_fee", 0 if rpc.is_client or not tip else scene.base_fee + tip)
    return max_fee, tip, min(max_fee, scene.base_fee + tip) if max_fee or tip else 0


def _check_fees(sender: bytes, max_fee: int, tip: int, base_fee: int) -> None:
    if max_fee < tip:
        raise server_error(
            f"max priority fee per gas higher than max fee per gas: address {to_address(sender)}, "
            f"maxPriorityFeePerGas: {tip}, maxFeePerGas: {max_fee}"
        )
    if max_fee < base_fee:
        _refuse_fee(sender, max_fee, base_fee)


def _refuse_fee(sender: bytes, max_fee: int, base_fee: int) -> NoReturn:
    raise server_error(
        f"max fee per gas less than block base fee: address {to_address(sender)}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
    )


def balance_of(rpc: Rpc, sender: bytes, scene: Scene, state_overrides: Mapping[str, Any] | None) -> int:
    """Wei of an account, as the overrides have it."""
    changes = (state_overrides or {}).get(data(sender), {})
    given: int | None = changes.get("balance")
    return rpc.engine.balance(sender, scene.number) if given is None else given


def _gas(rpc: Rpc, fields: Mapping[str, Any]) -> int:
    """What a call gets: no more than geth gives, unless a block has more. Else a call could run for ever, as in anvil."""
    cap: int = rpc.gas_cap
    asked: int | None = fields.get("gas_limit")
    return cap if asked is None else min(asked, max(cap, CLIENT_GAS_CAP))


_PLAIN: Final = frozenset(("sender", "to", "data", "value", "gas_limit"))
_FREE: Final = {"base_fee": 0}


def _run_plain(rpc: Rpc, fields: Mapping[str, Any], block: BlockId, recording: int | None) -> Outcome:
    """The most frequent calls, of which nothing is to be checked that the engine does not check."""
    terms: dict[str, Any] = {**fields, "block_overrides": _FREE}
    if rpc.is_client or "gas_limit" in fields:
        terms["gas_limit"] = _gas(rpc, fields)
    if type(block) is int and block <= rpc.engine.block_number:
        return _executed(rpc, block, terms, recording)
    with state_of(rpc, block) as number:
        return _executed(rpc, number, terms, recording)


def _executed(
    rpc: Rpc, number: int | None, terms: dict[str, Any], recording: int | None, overrides: Any = None
) -> Outcome:
    """The end of a call on the state at `number`. Of one that is not recorded for a tracer, the witness is told."""
    witness = None
    if recording is None:
        witness, recording = rpc.witness, rpc.recording
    if number is None:
        rpc.clock.prepare()
    outcome = rpc.engine.call(block=number, overrides=overrides, recording=recording, **terms)
    if witness is not None:
        witness({**terms, "overrides": overrides}, number, outcome)
    return outcome


def run_call(
    rpc: Rpc,
    fields: Mapping[str, Any],
    block: BlockId,
    *,
    state_overrides: dict[str, Any] | None = None,
    block_overrides: dict[str, Any] | None = None,
    recording: int | None = None,
) -> Outcome:
    """Execute a call at a block."""
    if block == "latest":
        block = rpc.engine.block_number
    if not state_overrides and not block_overrides and fields.keys() <= _PLAIN:
        return _run_plain(rpc, fields, block, recording)
    with state_of(rpc, block) as number:
        if number is None:
            rpc.clock.prepare()
        scene = scene_of(rpc, number, block_overrides)
        terms = terms_of(rpc, fields, scene, state_overrides=state_overrides, block_overrides=block_overrides)
        return _executed(rpc, number, terms, recording, state_overrides)
