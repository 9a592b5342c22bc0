"""eth_createAccessList: which accounts and slots a transaction meets (EIP-2930)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ingot.engine import RECORD_FRAMES, RECORD_STEPS, create_address, to_address
from ingot.rpc import prestate
from ingot.rpc.answers import data
from ingot.rpc.call_tracer import error_of, frames_of
from ingot.rpc.calling import scene_of, terms_of
from ingot.rpc.filling import with_fees
from ingot.rpc.method import method, optional
from ingot.rpc.moments import state_of
from ingot.rpc.opcodes import CALLS, READS_ACCOUNT, SLOAD, SSTORE
from ingot.rpc.parameters import BLOCK
from ingot.rpc.rules import precompile_addresses
from ingot.rpc.struct_logs import columns
from ingot.rpc.transactions import STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from ingot.engine import Outcome
    from ingot.rpc.calling import Scene
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

Entries = dict[str, set[int]]
"""Slots by account."""

_ROUNDS = 32

_FEES = {"gas_price", "max_fee", "max_priority_fee", "max_fee_per_blob_gas"}

_FIRST_MANY = 5
"""Words that must be on the stack for a call to be one. Source: geth, eth/tracers/logger/access_list_tracer.go."""


def _met(outcome: Outcome, begun: Entries, left_out: Container[str]) -> Entries:
    """What the execution met, beside what it began with. left_out: accounts that are warm anyway, their slots are not."""
    found = {address: set(slots) for address, slots in begun.items()}
    frames, recording = frames_of(outcome), outcome.recording
    if recording is None:
        return found
    steps = columns(recording)
    for index, op in enumerate(steps["op"]):
        if op not in _INTERESTING:
            continue
        stack = recording.stack(index)
        if op in (SLOAD, SSTORE) and stack:
            found.setdefault(frames[steps["frame"][index]].to.lower(), set()).add(stack[-1])
            continue
        word = None
        if op in READS_ACCOUNT and stack:
            word = stack[-1]
        elif op in CALLS and len(stack) >= _FIRST_MANY:
            word = stack[-2]
        if word is None:
            continue
        address = f"0x{word & ((1 << 160) - 1):040x}"
        if address not in left_out:
            found.setdefault(address, set())
    return found


_INTERESTING = frozenset((SLOAD, SSTORE, *READS_ACCOUNT, *CALLS))


def _left_out(rpc: Rpc, fields: Mapping[str, Any], scene: Scene, nonce: int) -> set[str]:
    sender = to_address(fields.get("sender", bytes(20)))
    to = to_address(fields["to"]) if "to" in fields else create_address(sender, nonce)
    chain_ids = (0, rpc.engine.chain_id)
    valid = [each for each in fields.get("authorizations", ()) if each["chain_id"] in chain_ids]
    warm = {each.lower() for each in (sender, to, *prestate.authorities(valid))}
    return warm | precompile_addresses(scene.hardfork)


def _begun(fields: Mapping[str, Any], left_out: Container[str]) -> Entries:
    """The list that the transaction has already."""
    found: Entries = {}
    for address, slots in fields.get("access_list", ()):
        name = data(address)
        if name not in left_out:
            found.setdefault(name, set()).update(int.from_bytes(slot) for slot in slots)
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
    engine, overrides = rpc.engine, cast("Any", state_overrides)
    with state_of(rpc, block) as found:
        number = engine.block_number if block == "latest" else found
        scene = scene_of(rpc, number)
        fields = with_fees(rpc, transaction, scene) if transaction.keys() & _FEES else dict(transaction)
        sender = fields.get("sender", bytes(20))
        changes = (overrides or {}).get(data(sender), {})
        nonce = fields.get("nonce", changes.get("nonce"))
        left_out = _left_out(rpc, fields, scene, engine.nonce(sender, number) if nonce is None else nonce)
        entries = _begun(fields, left_out)
        # Gas that is left over may decide the path: again, until the list stays the same.
        for _ in range(_ROUNDS):
            fields["access_list"] = _sorted(entries)
            terms = terms_of(rpc, fields, scene, state_overrides=overrides)
            outcome = engine.call(
                block=number, overrides=overrides, recording=RECORD_FRAMES | RECORD_STEPS, **terms
            )
            met = _met(outcome, entries, left_out)
            if met == entries:
                break
            entries = met
    return _answer(outcome, entries)


def _sorted(entries: Entries) -> list[tuple[bytes, list[bytes]]]:
    return [
        (bytes.fromhex(address[2:]), [slot.to_bytes(32, "big") for slot in sorted(entries[address])])
        for address in sorted(entries)
    ]


def _answer(outcome: Outcome, entries: Entries) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "accessList": [
            {"address": data(address), "storageKeys": [data(slot) for slot in slots]}
            for address, slots in _sorted(entries)
        ],
        "gasUsed": hex(outcome.gas_used),
    }
    if not outcome.succeeded:
        answer["error"] = error_of(frames_of(outcome)[0])
    return answer
