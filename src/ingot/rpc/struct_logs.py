"""geth's default tracer: every step. Source: geth, eth/tracers/logger; execution-apis, debug_traceTransaction."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import orjson

from ingot.rpc.call_tracer import error_of
from ingot.rpc.failure import server_error
from ingot.rpc.opcodes import CALLS, CONSTANT_GAS, CREATES, NAMES, RETURN, SELFDESTRUCT, SLOAD, SSTORE

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from ingot.engine import Outcome, Recording

__all__ = ["children", "columns", "costs", "failed_steps", "struct_logs"]

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


def children(steps: Mapping[str, Any], frames: Any) -> dict[int, int]:
    """The steps that began a frame -> which."""
    found: dict[int, int] = {}
    upcoming, frame_of = 1, steps["frame"]
    for index, op in enumerate(steps["op"]):
        if op not in CALLS and op not in CREATES and op != SELFDESTRUCT:
            continue
        if upcoming == len(frames):
            break
        if frames[upcoming].parent == frame_of[index] and frames[upcoming].kind == NAMES[op]:
            found[index] = upcoming
            upcoming += 1
    return found


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
    cost_of = costs(recording, steps, failed)
    with_stack = not options.get("disableStack")
    with_storage = not options.get("disableStorage")
    with_memory, with_data = bool(options.get("enableMemory")), bool(options.get("enableReturnData"))
    storage: dict[str, dict[str, str]] = {}
    accesses = iter(recording.storage) if with_storage else iter(())
    returned = _ReturnData(frames)
    for index, op in enumerate(ops):
        frame = frame_of[index]
        if not frames[frame].input and frames[frame].kind in ("CREATE", "CREATE2"):
            continue  # the STOP of code that is not there
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


def costs(recording: Recording, steps: Mapping[str, Any], failed: Container[int] = ()) -> list[int]:
    """What each step cost, from the gas that was there before it and after it.

    failed: steps that were not executed any more; of those it is what they cost at least.
    """
    frame_of, ops, gas, frames = steps["frame"], steps["op"], steps["gas"], recording.frames
    child_of = children(steps, frames)
    following: dict[int, int] = {}
    found = [0] * len(ops)
    for index in range(len(ops) - 1, -1, -1):
        frame, op = frame_of[index], ops[index]
        entered, after = frames[frame], following.get(frame)
        following[frame] = index
        if index in failed or (after is None and entered.status not in ("success", "revert")):
            is_unknown = entered.status.startswith("invalid opcode")
            found[index] = 0 if is_unknown else CONSTANT_GAS.get(op, 0)
            if op == RETURN and not entered.status.startswith(_BEFORE_EXECUTION):
                # A creation failed after its last step: its code cannot be stored.
                found[index] = _expansion(steps["memory_len"][index], recording.stack(index))
            continue
        left = _left(entered) if after is None else gas[after]
        child = child_of.get(index)
        if child is not None and op in CALLS:
            left -= frames[child].gas - frames[child].gas_used
        elif child is not None and op in CREATES:
            left += frames[child].gas_used
        found[index] = max(gas[index] - left, 0)
    return found


def _expansion(size: int, stack: Sequence[int]) -> int:
    """What RETURN costs: the memory that it reads and that was not there yet. Source: Yellow Paper, appendix H.1."""

    def cost(words: int) -> int:
        return 3 * words + words * words // 512

    length, offset = stack[-2:]
    words = (offset + length + 31) // 32 if length else 0
    return max(cost(words) - cost(size // 32), 0)


def _left(frame: Any) -> int:
    """Gas after a frame's last step."""
    left: int = frame.gas - frame.gas_used
    if frame.kind in ("CREATE", "CREATE2") and frame.status == "success":
        left += 200 * len(frame.output)
    return left


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
