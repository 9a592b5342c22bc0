"""geth's callTracer, 4byteTracer and flatCallTracer: trees of calls. Source: geth, eth/tracers/native."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc.failure import revert_reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.engine import Frame, Outcome

__all__ = ["call_tree", "caller_of", "four_bytes", "frames_of"]

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


def error_of(status: str) -> str:
    """Geth's words."""
    return "execution reverted" if status == "revert" else status


def call_tree(
    outcome: Outcome, options: Mapping[str, Any], *, gas_limit: int | None = None
) -> dict[str, Any]:
    """The calls of an execution, nested.

    options: onlyTopCall, withLog.      gas_limit: the transaction's; the first frame's gas by default.
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
        _add_logs(outcome, frames, shown)
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
        entry["error"] = error_of(frame.status)
        if kind in _CREATES:
            del entry["to"]
        if frame.status == "revert" and (reason := revert_reason(frame.output)):
            entry["revertReason"] = reason
    if kind != "STATICCALL":
        entry["value"] = hex(frame.value)
    entry["type"] = kind
    return entry


def _add_logs(outcome: Outcome, frames: Sequence[Frame], shown: Sequence[dict[str, Any]]) -> None:
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
            "index": hex(index),
            "position": hex(before),
        }
        shown[frame].setdefault("logs", []).append(entry)


def four_bytes(outcome: Outcome) -> dict[str, int]:
    """How often each selector was called, with the size of its arguments."""
    counts: dict[str, int] = {}
    for frame in frames_of(outcome):
        is_call = frame.kind not in (*_CREATES, "SELFDESTRUCT")
        if not is_call or len(frame.input) < 4 or 0 < int(target_of(frame), 16) < 0x400:
            continue
        key = f"0x{frame.input[:4].hex()}-{len(frame.input) - 4}"
        counts[key] = counts.get(key, 0) + 1
    return counts
