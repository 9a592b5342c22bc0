"""geth's prestateTracer: what an execution read, and what it changed. Source: geth, eth/tracers/native/prestate.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ingot.engine import to_address
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.opcodes import READS_ACCOUNT
from ingot.rpc.struct_logs import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ingot.engine import Outcome

__all__ = ["View", "after_call", "difference", "overridden", "prestate", "touched", "views"]

View = tuple[int, int, bytes, list[int]]
"""Balance, nonce, code, words."""

Views = Mapping[str, tuple[int, int, bytes, dict[int, int]]]
"""By address, the words by slot."""


def touched(outcome: Outcome, more: Iterable[str]) -> dict[str, set[int]]:
    """The accounts that an execution met, and their slots. more: those that it met outside of its frames."""
    found: dict[str, set[int]] = {address: set() for address in more}
    for frame in frames_of(outcome):
        for address in (frame.sender, frame.to, frame.code_address):
            found.setdefault(address, set())
    recording = outcome.recording
    if recording is None:
        return found
    for _, _, account, slot, _, _ in recording.storage:
        found.setdefault(account, set()).add(slot)
    steps = columns(recording)
    for index, op in enumerate(steps["op"]):
        if op in READS_ACCOUNT and (stack := recording.stack(index)):
            found.setdefault(to_address((stack[-1] & ((1 << 160) - 1)).to_bytes(20, "big")), set())
    return found


def views(met: Mapping[str, set[int]], read: Callable[[list[tuple[str, list[int]]]], list[View]]) -> Views:
    """Those accounts at a moment."""
    wanted = [(address, sorted(slots)) for address, slots in met.items()]
    return {
        address: (balance, nonce, code, dict(zip(slots, words, strict=True)))
        for (address, slots), (balance, nonce, code, words) in zip(wanted, read(wanted), strict=True)
    }


def _account(balance: int, nonce: int, code: bytes, words: Mapping[int, int]) -> dict[str, Any]:
    shown: dict[str, Any] = {"balance": hex(balance)}
    if nonce:
        shown["nonce"] = nonce
    if code:
        shown["code"] = "0x" + code.hex()
    if words:
        shown["storage"] = {f"0x{slot:064x}": f"0x{word:064x}" for slot, word in words.items()}
    return shown


def _without(shown: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    for name, option in (("code", "disableCode"), ("storage", "disableStorage")):
        if options.get(option):
            shown.pop(name, None)
    return shown


def prestate(before: Views, options: Mapping[str, Any], created: Iterable[str]) -> dict[str, Any]:
    """What the execution found. Contracts that it made were not there."""
    new = set(created)
    shown = {}
    for address, (balance, nonce, code, words) in before.items():
        is_empty = not (balance or nonce or code)
        if is_empty and (address in new or not options.get("includeEmpty", True)):
            continue
        shown[address.lower()] = _without(_account(balance, nonce, code, words), options)
    return shown


def difference(before: Views, after: Views, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the execution changed, as it was and as it is."""
    pre, post = {}, {}
    for address, was in before.items():
        now = after[address]
        if was == now:
            continue
        (balance, nonce, code, words), changed = was, {}
        if now[0] != balance:
            changed["balance"] = hex(now[0])
        if now[1] != nonce:
            changed["nonce"] = now[1]  # type: ignore[assignment]
        if now[2] != code:
            changed["code"] = "0x" + now[2].hex()
        slots = [slot for slot, word in words.items() if now[3][slot] != word]
        found = {f"0x{slot:064x}": f"0x{now[3][slot]:064x}" for slot in slots if now[3][slot]}
        if found:
            changed["storage"] = found  # type: ignore[assignment]
        old = {slot: words[slot] for slot in slots if words[slot]}
        if balance or nonce or code:
            pre[address.lower()] = _without(_account(balance, nonce, code, old), options)
        if now[0] or now[1] or now[2]:
            post[address.lower()] = _without(changed, options)
    return {"pre": pre, "post": post}


# Calls, after which there is no state to read


def overridden(before: Views, overrides: Mapping[str, Mapping[str, Any]]) -> Views:
    """Those accounts as a call had them."""
    found = dict(before)
    lowered = {address.lower(): address for address in before}
    for account, changes in overrides.items():
        address = lowered.get(account.lower())
        if address is None:
            continue
        balance, nonce, code, words = found[address]
        everything = changes.get("state")
        if everything is not None:
            words = {slot: everything.get(slot, 0) for slot in words}
        words = {slot: changes.get("storage", {}).get(slot, word) for slot, word in words.items()}
        found[address] = (
            changes.get("balance", balance),
            changes.get("nonce", nonce),
            changes.get("code", code),
            words,
        )
    return found


def after_call(before: Views, outcome: Outcome) -> Views:
    """Those accounts as a call would leave them: what its frames that were not undone moved, made and wrote."""
    frames, recording = frames_of(outcome), outcome.recording
    if recording is None or not frames:
        return before
    stays: list[bool] = []
    for frame in frames:
        kept = frame.status == "success" and (frame.parent is None or stays[frame.parent])
        stays.append(kept)
    balances = {address: view[0] for address, view in before.items()}
    nonces = {address: view[1] for address, view in before.items()}
    codes = {address: view[2] for address, view in before.items()}
    words = {address: dict(view[3]) for address, view in before.items()}
    nonces[frames[0].sender] += 1
    for frame, kept in zip(frames, stays, strict=True):
        is_create = frame.kind in ("CREATE", "CREATE2")
        if is_create and frame.parent is not None and stays[frame.parent]:
            nonces[frame.sender] += 1
        if not kept:
            continue
        if frame.value and frame.kind not in ("DELEGATECALL", "CALLCODE"):
            balances[frame.sender] -= frame.value
            balances[frame.to] += frame.value
        if is_create:
            nonces[frame.to], codes[frame.to] = 1, frame.output
    for index, is_write, account, slot, _, now in recording.storage:
        if is_write and stays[index]:
            words[account][slot] = now
    return {
        address: (max(balances[address], 0), nonces[address], codes[address], words[address])
        for address in before
    }
