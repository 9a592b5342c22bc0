"""geth's callTracer, 4byteTracer and flatCallTracer: trees of calls. Source: geth, eth/tracers/native."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc.failure import revert_reason
from ingot.rpc.opcodes import NAMES, TSTORE, stack_problem

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from ingot.engine import Frame, Outcome

__all__ = ["call_tree", "caller_of", "error_of", "flat_calls", "four_bytes", "frames_of", "target_of"]

_CREATES = ("CREATE", "CREATE2")


def frames_of(outcome: Outcome) -> list[Frame]:
    """The recorded frames; none if nothing was executed."""
    return [] if outcome.recording is None else outcome.recording.frames


def caller_of(frames: Sequence[Frame], frame: Frame) -> str:
    """The account whose code makes the call."""
    if frame.parent is None or frame.kind not in ("DELEGATECALL", "CALLCODE"):
        return frame.sender.lower()
    return frames[frame.parent].to.lower()


def target_of(frame: Frame) -> str:
    """The account whose code runs; the beneficiary of a SELFDESTRUCT."""
    if frame.kind in ("DELEGATECALL", "CALLCODE"):
        return frame.code_address.lower()
    return frame.to.lower()


def error_of(frame: Frame) -> str:
    """Why a frame failed, in geth's words."""
    status, stop = frame.status, frame.halted_at
    if stop is not None and status.startswith("stack "):
        return stack_problem(*stop)
    if stop is not None and status.startswith("invalid opcode"):
        return f"invalid opcode: {NAMES[stop[0]]}"
    if stop is not None and status == "write protection" and stop[0] != TSTORE:
        return "out of gas: write protection"  # geth finds it while it adds up the gas
    return "execution reverted" if status == "revert" else status


def call_tree(
    outcome: Outcome, options: Mapping[str, Any], *, gas_limit: int | None = None, first_log: int = 0
) -> dict[str, Any]:
    """The calls of an execution, nested.

    options: onlyTopCall, withLog.      gas_limit: the transaction's; the first frame's gas by default.
    first_log: index in the block of the transaction's first log.
    """
    frames = frames_of(outcome)
    if not frames:
        return {}
    shown = [_entry(frames, frame) for frame in frames]
    top = shown[0]
    top["gasUsed"] = hex(outcome.gas_used)
    if gas_limit is not None:
        top["gas"] = hex(gas_limit)
    if options.get("withLog"):
        _add_logs(outcome, frames if not options.get("onlyTopCall") else frames[:1], shown, first_log)
    if options.get("onlyTopCall"):
        return top
    for frame, entry in zip(frames[1:], shown[1:], strict=True):
        parent = shown[frame.parent or 0]
        parent.setdefault("calls", []).append(entry)
    return top


def _entry(frames: Sequence[Frame], frame: Frame) -> dict[str, Any]:
    kind = frame.kind
    entry: dict[str, Any] = {
        "from": caller_of(frames, frame),
        "gas": hex(frame.gas),
        "gasUsed": hex(frame.gas_used),
        "to": target_of(frame),
        "input": "0x" + frame.input.hex(),
    }
    if kind == "SELFDESTRUCT":
        entry.update(gas="0x0", gasUsed="0x0", input="0x")
    succeeded = frame.status == "success"
    if frame.output and (succeeded or frame.status == "revert"):
        entry["output"] = "0x" + frame.output.hex()
    if not succeeded:
        entry["error"] = error_of(frame)
        if kind in _CREATES:
            del entry["to"]
        if frame.status == "revert" and (reason := revert_reason(frame.output)):
            entry["revertReason"] = reason
    if kind != "STATICCALL":
        entry["value"] = hex(frame.value)
    entry["type"] = kind
    return entry


def _add_logs(
    outcome: Outcome, frames: Sequence[Frame], shown: Sequence[dict[str, Any]], first_log: int
) -> None:
    recording = outcome.recording
    if recording is None:
        return
    for frame, begun, index, address, topics, data in recording.logs:
        if index is None:
            continue  # undone, as in geth
        before = sum(1 for each in frames[:begun] if each.parent == frame)
        entry = {
            "address": address.lower(),
            "topics": ["0x" + topic.hex() for topic in topics],
            "data": "0x" + data.hex(),
            "index": hex(first_log + index),
            "position": hex(before),
        }
        shown[frame].setdefault("logs", []).append(entry)


def four_bytes(outcome: Outcome, precompiles: Container[str]) -> dict[str, int]:
    """How often each selector was called, with the size of its arguments. precompiles: addresses, in lower case."""
    counts: dict[str, int] = {}
    for frame in frames_of(outcome):
        is_call = frame.kind not in (*_CREATES, "SELFDESTRUCT")
        if not is_call or len(frame.input) < 4 or target_of(frame) in precompiles:
            continue
        key = f"0x{frame.input[:4].hex()}-{len(frame.input) - 4}"
        counts[key] = counts.get(key, 0) + 1
    return counts


# flatCallTracer


_PARITY = {
    "contract creation code storage out of gas": "Out of gas",
    "out of gas": "Out of gas",
    "gas uint64 overflow": "Out of gas",
    "invalid jump destination": "Bad jump destination",
    "execution reverted": "Reverted",
    "return data out of bounds": "Out of bounds",
    "stack limit reached 1024 (1023)": "Out of stack",
    "precompiled failed": "Built-in failed",
    "invalid input length": "Built-in failed",
}
_PARITY_BEGINNINGS = {
    "out of gas:": "Out of gas",
    "invalid opcode:": "Bad instruction",
    "stack underflow": "Stack underflow",
}
NOWHERE: Mapping[str, Any] = {
    "blockHash": None,
    "blockNumber": 0,
    "transactionHash": None,
    "transactionPosition": 0,
}
"""Where a call is: in no block and no transaction."""


def flat_calls(
    outcome: Outcome,
    options: Mapping[str, Any],
    place: Mapping[str, Any],
    precompiles: Container[str],
    *,
    gas_limit: int,
) -> list[dict[str, Any]]:
    """The calls of an execution in a row, as geth's flatCallTracer has them.

    options: convertParityErrors, includePrecompiles.      place: block and transaction, added to each.
    """
    tree = call_tree(outcome, {}, gas_limit=gas_limit)
    flat: list[dict[str, Any]] = []

    def add(call: Mapping[str, Any], address: list[int]) -> None:
        calls = call.get("calls", [])
        if not options.get("includePrecompiles"):
            calls = [each for each in calls if not _is_precompiled(each, precompiles)]
        flat.append({**_flat(call, options), **place, "subtraces": len(calls), "traceAddress": address})
        for index, each in enumerate(calls):
            add(each, [*address, index])

    add(tree, [])
    return flat


def _is_precompiled(call: Mapping[str, Any], precompiles: Container[str]) -> bool:
    return call["type"] in ("CALL", "STATICCALL") and call["to"] in precompiles


def _flat(call: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    kind, error = call["type"], call.get("error")
    value = call.get("value", "0x0")
    if kind == "SELFDESTRUCT":
        action = {"address": call["from"], "balance": value, "refundAddress": call["to"]}
        return {"action": action, "type": "suicide"}
    action = {"from": call["from"], "gas": call["gas"], "value": value}
    result = {"gasUsed": call["gasUsed"]}
    if kind in _CREATES:
        action.update(creationMethod=kind.lower(), init=call["input"])
        result["code"] = call.get("output", "0x")
        if "to" in call:
            result["address"] = call["to"]
    else:
        action.update(callType=kind.lower(), input=call["input"], to=call["to"])
        result["output"] = call.get("output", "0x")
    shown: dict[str, Any] = {"action": action, "type": "create" if kind in _CREATES else "call"}
    if error:
        shown["error"] = _parity_error(error) if options.get("convertParityErrors") else error
    if error in (None, "execution reverted"):
        shown["result"] = result
    return shown


def _parity_error(error: str) -> str:
    beginnings = (theirs for ours, theirs in _PARITY_BEGINNINGS.items() if error.startswith(ours))
    return _PARITY.get(error) or next(beginnings, error)
