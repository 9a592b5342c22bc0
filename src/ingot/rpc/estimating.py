"""How much gas a transaction needs. Source: geth, eth/gasestimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ingot.errors import InvalidTransaction
from ingot.rpc.answers import data
from ingot.rpc.calling import BLOB_GAS, balance_of, check_styles, scene_of, terms_of
from ingot.rpc.failure import failure, server_error
from ingot.rpc.rules import is_since

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.engine import Outcome
    from ingot.rpc.calling import Scene
    from ingot.rpc.rpc import Rpc

__all__ = ["estimate"]

_TRANSFER: Final = 21_000
_CAP: Final = 1 << 24
"""The most gas of a transaction, from Osaka on (EIP-7825)."""
_STIPEND: Final = 2_300
_SLACK: Final = 0.015
"""How much too high, as a part of it, geth lets an estimate be."""


def estimate(
    rpc: Rpc,
    fields: Mapping[str, Any],
    number: int | None,
    state_overrides: dict[str, Any] | None = None,
    block_overrides: dict[str, Any] | None = None,
    *,
    is_sent: bool = False,
) -> int:
    """A gas limit with which a transaction succeeds: the least, or with `is_client` what geth finds.

    is_sent: whether it is sent then: the witness is told of it only if it cannot be.      Raises: RpcError, if it cannot.
    """
    engine = rpc.engine
    if number is None:
        rpc.clock.prepare()
    scene = scene_of(rpc, number, block_overrides)
    most = _most(rpc, fields, scene, state_overrides)
    # What the sender can pay for is in `most`.
    terms = terms_of(
        rpc,
        {**fields, "gas_limit": most},
        scene,
        state_overrides=state_overrides,
        block_overrides=block_overrides,
    )
    overrides: Any = state_overrides
    if rpc.is_client:
        return _found_by_geth(rpc, {**terms, "block": number, "overrides": overrides}, most)
    result = engine.estimate_gas(block=number, overrides=overrides, **terms)
    failed = None if isinstance(result, int) else result
    if rpc.witness is not None and not (failed is None and is_sent):
        rpc.witness({**terms, "overrides": overrides}, number, failed)
    if isinstance(result, int):
        return result
    raise _failed(result, most)


def _most(
    rpc: Rpc, fields: Mapping[str, Any], scene: Scene, state_overrides: Mapping[str, Any] | None
) -> int:
    """The highest limit that is tried: of the block, the protocol, the sender's balance and the node."""
    check_styles(fields)
    most: int = scene.gas_limit
    if fields.get("gas_limit", 0) >= _TRANSFER:
        most = fields["gas_limit"]
    if is_since(scene.hardfork, "osaka") and not is_since(scene.hardfork, "amsterdam"):
        most = min(most, _CAP)
    is_london = is_since(scene.hardfork, "london")
    price = fields.get("gas_price", fields.get("max_fee", 0) if is_london else 0)
    if price:
        left = _left(rpc, fields, scene, state_overrides)
        most = min(most, left // price)
    cap: int = rpc.gas_cap
    return min(most, cap)


def _left(
    rpc: Rpc, fields: Mapping[str, Any], scene: Scene, state_overrides: Mapping[str, Any] | None
) -> int:
    """Wei that the sender can pay gas with."""
    sender, value = fields.get("sender", bytes(20)), fields.get("value", 0)
    balance = balance_of(rpc, sender, scene, state_overrides)
    if value >= balance:
        raise server_error("insufficient funds for transfer")
    left: int = balance - value
    blobs: int = len(fields.get("blob_hashes", ())) * BLOB_GAS * fields.get("max_fee_per_blob_gas", 0)
    if blobs and blobs >= left:
        raise server_error("insufficient funds for gas * price + value")
    return left - blobs


def _failed(outcome: Outcome | None, limit: int) -> Exception:
    is_short = outcome is None or (outcome.halt_reason or "") in ("out of gas", "write protection")
    if is_short or outcome is None:
        return server_error(f"gas required exceeds allowance ({limit})")
    return failure(outcome)


def _found_by_geth(rpc: Rpc, terms: dict[str, Any], high: int) -> int:
    """Geth's search: it begins near what was used, and ends when it is near enough."""

    def run(limit: int) -> Outcome | None:
        """None, if that is not even enough to begin."""
        return _run(rpc.engine.call, terms, limit)

    if not terms.get("data") and "to" in terms and not _has_code(rpc, terms):
        outcome = run(_TRANSFER)
        if outcome is not None and outcome.succeeded:
            return outcome.gas_used
    outcome = run(high)
    if outcome is None or not outcome.succeeded:
        raise _failed(outcome, high)
    low = outcome.gas_used - 1
    first = (outcome.gas_used + outcome.gas_refunded + _STIPEND) * 64 // 63
    if first < high:
        outcome = run(first)
        if outcome is not None and outcome.succeeded:
            high = first
        else:
            low = first
    while low + 1 < high and (high - low) / high >= _SLACK:
        middle = min(low + (high - low) // 2, 2 * low)
        outcome = run(middle)
        if outcome is not None and outcome.succeeded:
            high = middle
        else:
            low = middle
    return high


def _run(call: Callable[..., Outcome], terms: dict[str, Any], limit: int) -> Outcome | None:
    try:
        return call(**{**terms, "gas_limit": limit})
    except InvalidTransaction as error:
        if error.reason.startswith("intrinsic gas too low"):
            return None
        raise server_error(f"failed with {limit} gas: {error}") from error


def _has_code(rpc: Rpc, terms: Mapping[str, Any]) -> bool:
    to = terms["to"]
    given = (terms["overrides"] or {}).get(data(to), {}).get("code")
    return bool(rpc.engine.code(to, terms["block"]) if given is None else given)
