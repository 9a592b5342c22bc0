"""geth's prestateTracer: what an execution read, and what it changed. Source: geth, eth/tracers/native/prestate.go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256, recover_hash, to_address
from ingot.errors import IngotError
from ingot.rpc import rlp
from ingot.rpc.answers import data
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.opcodes import CALLS, CREATES, READS_ACCOUNT, SELFDESTRUCT, SLOAD, SSTORE
from ingot.rpc.struct_logs import children, columns, failed_steps

if TYPE_CHECKING:
    from ingot.engine import Outcome

__all__ = [
    "Met",
    "View",
    "after",
    "authorities",
    "delegate_of",
    "difference",
    "meet",
    "overridden",
    "prestate",
    "views",
]

View = tuple[int, int, bytes, list[int]]
"""Balance, nonce, code, words."""

Views = Mapping[str, tuple[int, int, bytes, dict[int, int]]]
"""By address, the words by slot."""


@dataclass(slots=True)
class Met:
    """What an execution met. slots: of each account, in order.      created, deleted: accounts that it tried to make or destroyed."""

    slots: dict[str, dict[int, None]] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)

    @property
    def wanted(self) -> list[tuple[str, list[int]]]:
        """As the engine is asked for them."""
        return [(address, list(slots)) for address, slots in self.slots.items()]


def meet(outcome: Outcome, first: Iterable[str], *, keeps_old_code: bool) -> Met:
    """The accounts that an execution met, and their slots. first: those that it met before its first step.

    keeps_old_code: whether a SELFDESTRUCT only destroys what the same transaction made (EIP-6780).
    """
    met = Met(dict.fromkeys(first))  # type: ignore[arg-type]
    met.slots = {address: {} for address in met.slots}
    frames, recording = frames_of(outcome), outcome.recording
    if recording is None or not frames:
        return met
    if frames[0].kind in ("CREATE", "CREATE2"):
        met.created.add(frames[0].to)
    steps, failed = columns(recording), failed_steps(recording)
    child_of = children(steps, frames)
    for index, op in enumerate(steps["op"]):
        if op not in _INTERESTING or index in failed:
            continue
        account = frames[steps["frame"][index]].to
        if op in (SLOAD, SSTORE):
            met.slots.setdefault(account, {}).setdefault(recording.stack(index)[-1])
        if op in READS_ACCOUNT:
            met.slots.setdefault(_address(recording.stack(index)[-1]), {})
        if op == SELFDESTRUCT and (not keeps_old_code or account in met.created):
            met.deleted.add(account)
        child = child_of.get(index)
        if child is not None and op in CALLS:
            met.slots.setdefault(_address(recording.stack(index)[-2]), {})
            met.slots.setdefault(frames[child].code_address, {})
        elif child is not None and op in CREATES:
            met.slots.setdefault(frames[child].to, {})
            met.created.add(frames[child].to)
    return met


_INTERESTING = frozenset((SLOAD, SSTORE, *READS_ACCOUNT, *CALLS, *CREATES))


def _address(word: int) -> str:
    return to_address((word & ((1 << 160) - 1)).to_bytes(20, "big"))


def delegate_of(code: bytes) -> str | None:
    """To whom code of EIP-7702 delegates."""
    return to_address(code[3:]) if len(code) == 23 and code[:3] == b"\xef\x01\x00" else None


def authorities(authorizations: Iterable[Mapping[str, Any]]) -> list[str]:
    """Who signed authorizations of EIP-7702; those that nobody can have signed are left out."""
    found: list[str] = []
    for entry in authorizations:
        address = entry["address"]
        raw = address if isinstance(address, bytes) else bytes.fromhex(address[2:])
        digest = keccak256(b"\x05" + rlp.encode([entry["chain_id"], raw, entry["nonce"]]))
        r, s = (entry[name].to_bytes(32, "big") for name in "rs")
        try:
            found.append(recover_hash(digest, r + s + bytes([27 + entry["y_parity"]])))
        except IngotError:
            continue
    return found


def views(met: Met, read: Callable[[list[tuple[str, list[int]]]], list[View]]) -> Views:
    """Those accounts at a moment."""
    wanted = met.wanted
    return {
        address: (balance, nonce, code, dict(zip(slots, words, strict=True)))
        for (address, slots), (balance, nonce, code, words) in zip(wanted, read(wanted), strict=True)
    }


def _account(
    balance: int, nonce: int, code: bytes, words: Mapping[int, int], options: Mapping[str, Any]
) -> dict[str, Any]:
    shown: dict[str, Any] = {"balance": hex(balance)}
    if nonce:
        shown["nonce"] = nonce
    if code:
        shown["codeHash"] = data(keccak256(code))
        if not options.get("disableCode"):
            shown["code"] = data(code)
    if words and not options.get("disableStorage"):
        shown["storage"] = {f"0x{slot:064x}": f"0x{word:064x}" for slot, word in words.items()}
    return shown


def prestate(before: Views, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the execution found. includeEmpty: also accounts that were not there."""
    return {
        address.lower(): _account(balance, nonce, code, words, options)
        for address, (balance, nonce, code, words) in before.items()
        if balance or nonce or code or options.get("includeEmpty")
    }


def difference(
    before: Views,
    now: Views,
    options: Mapping[str, Any],
    *,
    deleted: Iterable[str] = (),
    is_there: Callable[[str], bool] = lambda _: True,
) -> dict[str, Any]:
    """What the execution changed, as it was and as it is.

    deleted: accounts of which only is told what they were.      is_there: whether an account exists although it is empty.
    """
    pre, post, gone = {}, {}, set(deleted)
    for address, was in before.items():
        balance, nonce, code, slots = was
        if address not in gone:
            is_gone = not any(now[address][:3]) and not is_there(address)
            changed = _changes(was, now[address], options, is_gone=is_gone)
            if changed is None:
                continue
            post[address.lower()] = changed
            slots = {slot: word for slot, word in slots.items() if word and now[address][3][slot] != word}
        if balance or nonce or code:
            pre[address.lower()] = _account(balance, nonce, code, slots, options)
    return {"post": post, "pre": pre}


def _changes(was: Any, now: Any, options: Mapping[str, Any], *, is_gone: bool) -> dict[str, Any] | None:
    """What is different in an account; None if nothing is. What became zero is left out."""
    changed: dict[str, Any] = {}
    if now[0] != was[0]:
        changed["balance"] = hex(now[0])
    if now[1] != was[1] and now[1]:
        changed["nonce"] = now[1]
    if is_gone:
        changed["codeHash"] = "0x" + "00" * 32
    elif now[2] != was[2]:
        changed["codeHash"] = data(keccak256(now[2]))
    if now[2] != was[2] and not options.get("disableCode"):
        changed["code"] = data(now[2])
    slots = (
        []
        if options.get("disableStorage")
        else [slot for slot, word in was[3].items() if now[3][slot] != word]
    )
    written = {f"0x{slot:064x}": f"0x{now[3][slot]:064x}" for slot in slots if now[3][slot]}
    if written:
        changed["storage"] = written
    return changed if changed or slots or now[1] != was[1] else None


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


def after(before: Views, outcome: Outcome) -> Views:
    """Those accounts as an execution left them, whose RECORD_ENDS are recorded."""
    found = dict(before)
    recording = outcome.recording
    for address, balance, nonce, code, slots in () if recording is None else recording.ends:
        if address in found:
            words = dict(found[address][3])
            words.update((slot, word) for slot, word in slots if slot in words)
            found[address] = (balance, nonce, code, words)
    return found
