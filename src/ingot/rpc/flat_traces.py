"""Parity's traces: calls in a row, each with its address in the tree. Source: OpenEthereum's trace module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc.answers import data
from ingot.rpc.call_tracer import caller_of, frames_of, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.engine import Frame, Outcome

__all__ = ["flat_traces"]

_ERRORS = {
    "revert": "Reverted",
    "out of gas": "Out of gas",
    "invalid jump destination": "Bad jump destination",
}


def flat_traces(outcome: Outcome, place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of an execution. place: block and transaction, added to each."""
    frames = frames_of(outcome)
    addresses: list[list[int]] = []
    children = [0] * len(frames)
    traces = []
    for index, frame in enumerate(frames):
        if frame.parent is None:
            addresses.append([])
        else:
            addresses.append([*addresses[frame.parent], children[frame.parent]])
            children[frame.parent] += 1
        traces.append({**_trace(frames, frame), "traceAddress": addresses[index], **place})
    for trace, count in zip(traces, children, strict=True):
        trace["subtraces"] = count
    return traces


def _trace(frames: Sequence[Frame], frame: Frame) -> dict[str, Any]:
    kind = frame.kind
    if kind == "SELFDESTRUCT":
        action = {
            "address": frame.sender.lower(),
            "balance": hex(frame.value),
            "refundAddress": frame.to.lower(),
        }
        return {"type": "suicide", "action": action, "result": None}
    gas, value = hex(frame.gas), hex(frame.value)
    if kind in ("CREATE", "CREATE2"):
        action = {
            "from": frame.sender.lower(),
            "gas": gas,
            "init": data(frame.input),
            "value": value,
            "creationMethod": kind.lower(),
        }
        result = {
            "address": frame.to.lower(),
            "code": data(frame.output),
            "gasUsed": hex(frame.gas_used),
        }
        return _ended({"type": "create", "action": action}, result, frame)
    action = {
        "callType": kind.lower(),
        "from": caller_of(frames, frame),
        "gas": gas,
        "input": data(frame.input),
        "to": target_of(frame),
        "value": value,
    }
    result = {"gasUsed": hex(frame.gas_used), "output": data(frame.output)}
    return _ended({"type": "call", "action": action}, result, frame)


def _ended(trace: dict[str, Any], result: dict[str, Any], frame: Frame) -> dict[str, Any]:
    if frame.status == "success":
        return {**trace, "result": result}
    ended = {**trace, "error": _ERRORS.get(frame.status, frame.status)}
    if frame.status == "revert" and trace["type"] == "call":
        ended["result"] = result
    return ended
