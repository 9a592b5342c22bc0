"""eth_createAccessList: which accounts and slots a transaction meets (EIP-2930)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_FRAMES, RECORD_STEPS, RECORD_STORAGE, create_address
from ingot.rpc import prestate
from ingot.rpc.call_tracer import error_of, frames_of
from ingot.rpc.eth_transactions import run_call
from ingot.rpc.method import method, optional
from ingot.rpc.moments import state_of
from ingot.rpc.parameters import BLOCK
from ingot.rpc.transactions import STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from ingot.engine import Outcome
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

_PRECOMPILES = 0x1FF
"""The highest address that is one, or may become one."""

_ROUNDS = 8


def _met(rpc: Rpc, fields: dict[str, Any], outcome: Outcome, number: int | None) -> dict[str, list[int]]:
    """Accounts and slots that are not warm anyway, in the order of being met."""
    frames = frames_of(outcome)
    top = frames[0] if frames else None
    warm = {rpc.engine.coinbase, *(() if top is None else (top.sender, top.to))}
    if "to" not in fields and top is not None:
        warm.add(create_address(top.sender, rpc.engine.nonce(top.sender, number)))
    found: dict[str, list[int]] = {}
    for address, slots in prestate.touched(outcome, ()).items():
        if int(address, 16) <= _PRECOMPILES or (address in warm and not slots):
            continue
        found[address] = sorted(slots)
    return found


@method(
    "eth_createAccessList",
    transaction=TRANSACTION,
    block=optional(BLOCK, "latest"),
    state_overrides=optional(STATE_OVERRIDES),
)
def create_access_list(
    rpc: Rpc, transaction: dict[str, Any], block: BlockId, state_overrides: dict[str, Any] | None
) -> dict[str, Any]:
    """The access list that a transaction should carry, and the gas that it uses with it."""
    recording = RECORD_FRAMES | RECORD_STORAGE | RECORD_STEPS
    fields, known = dict(transaction), None
    with state_of(rpc, block) as number:
        # Gas that is left over may decide the path: again, until the list stays the same.
        for _ in range(_ROUNDS):
            outcome = run_call(rpc, fields, block, state_overrides=state_overrides, recording=recording)
            met = _met(rpc, transaction, outcome, number)
            if met == known:
                break
            known = met
            fields["access_list"] = [
                (address, [slot.to_bytes(32, "big") for slot in slots]) for address, slots in met.items()
            ]
    answer: dict[str, Any] = {
        "accessList": [
            {"address": address.lower(), "storageKeys": [f"0x{slot:064x}" for slot in slots]}
            for address, slots in met.items()
        ],
        "gasUsed": hex(outcome.gas_used),
    }
    if not outcome.succeeded:
        answer["error"] = error_of("revert" if outcome.status == "revert" else outcome.halt_reason or "")
    return answer
