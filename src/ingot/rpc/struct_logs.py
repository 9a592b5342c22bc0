"""geth's default tracer: every step. Source: geth, eth/tracers/logger; execution-apis, debug_traceTransaction."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import orjson

from ingot.rpc.call_tracer import error_of
from ingot.rpc.failure import server_error
from ingot.rpc.opcodes import CALLS, CONSTANT_GAS, CREATES, NAMES, SLOAD, SSTORE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from ingot.engine import Outcome, Recording

__all__ = ["columns", "costs", "failed_steps", "struct_logs"]

_WIDTHS = {"frame": "I", "pc": "I", "op": "B", "gas": "Q", "refund": "q", "stack_len": "H", "memory_len": "I"}


def columns(recording: Recording) -> dict[str, Any]:
    """The columns of the recorded steps, each a sequence of numbers."""
    return {name: array(_WIDTHS[name], raw) for name, raw in recording.steps().items()}


_BEFORE_EXECUTION = (
    "out of gas",
    "stack underflow",
    "stack limit reached",
    "gas uint64 overflow",
    "write protection",
)
"""How frames end whose last instruction was not executed any more."""


def failed_steps(recording: Recording) -> dict[int, str]:
    """The steps that were not executed any more -> why."""
    frames = recording.frames
    wrong = {index for index, frame in enumerate(frames) if frame.status.startswith(_BEFORE_EXECUTION)}
    if not wrong:
        return {}
    last = {frame: step for step, frame in enumerate(columns(recording)["frame"]) if frame in wrong}
    return {step: error_of(frames[frame]) for frame, step in last.items()}


def struct_logs(outcome: Outcome, options: Mapping[str, Any]) -> dict[str, Any]:
    """The trace of an execution whose steps were recorded. limit: bytes of the rows, after which no other begins."""
    recording = outcome.recording
    if recording is None:
        raise server_error("nothing was recorded of this execution")
    is_halt = outcome.status == "halt"
    return {
        "gas": outcome.gas_used,
        "failed": not outcome.succeeded,
        "returnValue": "0x" if is_halt else "0x" + outcome.output.hex(),
        "structLogs": _limited(_rows(recording, options), options.get("limit") or 0),
    }


def _limited(rows: Iterator[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    if not limit:
        return list(rows)
    kept, size = [], 0
    for row in rows:
        if size > limit:
            break
        kept.append(row)
        encoded = orjson.dumps(row)
        # Go writes < and > in six bytes.
        size += len(encoded) + 5 * (encoded.count(b"<") + encoded.count(b">"))
    return kept


def _rows(recording: Recording, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    steps, frames = columns(recording), recording.frames
    frame_of, pcs, ops, gas, refunds = (steps[name] for name in ("frame", "pc", "op", "gas", "refund"))
    failed = failed_steps(recording)
    cost_of = costs(steps, frames, failed)
    with_stack = not options.get("disableStack")
    with_storage = not options.get("disableStorage")
    with_memory, with_data = bool(options.get("enableMemory")), bool(options.get("enableReturnData"))
    storage: dict[str, dict[str, str]] = {}
    accesses = iter(recording.storage) if with_storage else iter(())
    returned = _ReturnData(frames)
    for index, op in enumerate(ops):
        frame = frame_of[index]
        row: dict[str, Any] = {
            "pc": pcs[index],
            "op": NAMES[op],
            "gas": gas[index],
            "gasCost": cost_of[index],
            "depth": frames[frame].depth + 1,
        }
        if index in failed:
            row["error"] = failed[index]
        if with_stack:
            row["stack"] = [hex(item) for item in recording.stack(index)]
        if with_data and (data := returned.before(frame)):
            row["returnData"] = "0x" + data.hex()
        if with_memory and (memory := recording.memory(index)):
            row["memory"] = ["0x" + memory[at : at + 32].hex() for at in range(0, len(memory), 32)]
        if (
            with_storage
            and op in (SLOAD, SSTORE)
            and index not in failed
            and (access := next(accesses, None))
        ):
            _, is_write, account, slot, before, after = access
            known = storage.setdefault(account, {})
            known[f"0x{slot:064x}"] = f"0x{(after if is_write else before):064x}"
            row["storage"] = dict(known)
        if refunds[index] > 0:
            row["refund"] = refunds[index]
        yield row


def costs(steps: Mapping[str, Any], frames: Any, failed: Container[int] = ()) -> list[int]:
    """What each step cost, from the gas that was there before it and after it.

    failed: steps that were not executed any more; of those it is what they cost at least.
    """
    frame_of, ops, gas = steps["frame"], steps["op"], steps["gas"]
    following: dict[int, int] = {}
    found = [0] * len(ops)
    child_of: dict[int, int] = {}
    for index in range(len(ops) - 1, -1, -1):
        frame = frame_of[index]
        after = following.get(frame)
        if after is None:
            entered = frames[frame]
            left = entered.gas - entered.gas_used
            if entered.kind in ("CREATE", "CREATE2") and entered.status == "success":
                left += 200 * len(entered.output)
            cost = gas[index] - left if entered.status in ("success", "revert") else 0
        else:
            cost = gas[index] - gas[after]
            child = child_of.pop(frame, None)
            if child is not None and ops[index] in CALLS:
                cost += frames[child].gas - frames[child].gas_used
            elif child is not None and ops[index] in CREATES:
                cost -= frames[child].gas_used
        found[index] = CONSTANT_GAS.get(ops[index], 0) if index in failed else max(cost, 0)
        following[frame] = index
        parent = frames[frame].parent
        if parent is not None:
            child_of[parent] = frame
    return found


class _ReturnData:
    """What RETURNDATASIZE tells, by frame."""

    def __init__(self, frames: Any) -> None:
        self._frames = frames
        self._seen = 0
        self._known: dict[int, bytes] = {}

    def before(self, frame: int) -> bytes:
        """The data of the call that returned last into `frame`."""
        frames = self._frames
        if frame > self._seen:
            self._seen = frame
        ended = [
            index
            for index in range(self._seen, frame, -1)
            if frames[index].parent == frame and frames[index].kind != "SELFDESTRUCT"
        ]
        if not ended:
            return b""
        child = frames[ended[0]]
        if child.kind in ("CREATE", "CREATE2") and child.status == "success":
            return b""
        output: bytes = child.output
        return output
