"""Parity's vmTrace: every step, what it pushed and wrote, calls inside of the step that made them. Source: OpenEthereum, Erigon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.rpc.answers import data
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.opcodes import NAMES
from ingot.rpc.struct_logs import columns, costs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.engine import Frame, Outcome, Recording

__all__ = ["vm_trace"]

_SSTORE: Final = 0x55
_CALLING: Final = frozenset((0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFA))
_SILENT: Final = frozenset(
    (0x00, 0x37, 0x39, 0x3C, 0x3E, 0x50, 0x52, 0x53, *range(0x55, 0x58), 0x5B, 0x5D, 0x5E, *range(0xA0, 0xA5))
) | {0xF3, 0xFD, 0xFE, 0xFF}
"""What pushes nothing: STOP, copies, POP, stores, jumps, logs, and what ends a frame."""

_WRITTEN: Final[Mapping[int, tuple[int, int | None]]] = {
    0x37: (0, 2),
    0x39: (0, 2),
    0x3C: (1, 3),
    0x3E: (0, 2),
    0x5E: (0, 2),
    0xF1: (5, 6),
    0xF2: (5, 6),
    0xF4: (4, 5),
    0xFA: (4, 5),
    0x51: (0, None),
    0x52: (0, None),
    0x53: (0, None),
}
"""Where on the stack it stands which memory is written, and how much; of MLOAD and MSTORE a word, of MSTORE8 a byte."""


def vm_trace(outcome: Outcome, codes: Mapping[str, bytes]) -> dict[str, Any]:
    """The steps of an execution. codes: by address, of the accounts that it met, before it."""
    recording, frames = outcome.recording, frames_of(outcome)
    if recording is None or not frames:
        return {"code": "0x", "ops": []}
    traces = _Traces(recording, frames, codes)
    return traces.of(0)


class _Traces:
    def __init__(self, recording: Recording, frames: Sequence[Frame], codes: Mapping[str, bytes]) -> None:
        self._recording, self._frames = recording, frames
        self._codes = dict(codes)
        self._steps = columns(recording)
        self._costs = costs(recording, self._steps)
        self._in: list[list[int]] = [[] for _ in frames]
        for step, frame in enumerate(self._steps["frame"]):
            self._in[frame].append(step)
        self._children: list[list[int]] = [[] for _ in frames]
        for index, frame in enumerate(frames):
            if frame.parent is not None and frame.kind != "SELFDESTRUCT":
                self._children[frame.parent].append(index)
            if frame.kind in ("CREATE", "CREATE2") and frame.status == "success":
                self._codes[frame.to] = frame.output

    def of(self, root: int) -> dict[str, Any]:
        """The trace of a frame. Later frames first, so that none waits for what it calls."""
        made: dict[int, dict[str, Any]] = {}
        for index in range(len(self._frames) - 1, root - 1, -1):
            frame = self._frames[index]
            is_create = frame.kind in ("CREATE", "CREATE2")
            code = frame.input if is_create else self._codes.get(frame.code_address, b"")
            made[index] = {"code": data(code), "ops": self._operations(index, made)}
        return made[root]

    def _operations(self, index: int, made: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
        steps, ops = self._in[index], self._steps["op"]
        children = iter(self._children[index])
        shown = []
        for place, step in enumerate(steps):
            after = steps[place + 1] if place + 1 < len(steps) else None
            child = next(children, None) if ops[step] in _CALLING else None
            sub = made[child] if child is not None and self._in[child] else None
            shown.append(
                {
                    "cost": self._costs[step],
                    "ex": self._executed(index, step, after),
                    "pc": self._steps["pc"][step],
                    "sub": sub,
                    "op": NAMES[ops[step]],
                }
            )
        return shown

    def _executed(self, index: int, step: int, after: int | None) -> dict[str, Any] | None:
        """What a step left; None if it failed."""
        frame, op = self._frames[index], self._steps["op"][step]
        if after is None:
            if frame.status not in ("success", "revert"):
                return None
            return {"mem": None, "push": [], "store": None, "used": max(frame.gas - frame.gas_used, 0)}
        stack = self._recording.stack(step)
        store = {"key": hex(stack[-1]), "val": hex(stack[-2])} if op == _SSTORE else None
        return {
            "mem": self._written(op, stack, after),
            "push": [hex(item) for item in self._pushed(op, after)],
            "store": store,
            "used": self._steps["gas"][after],
        }

    def _pushed(self, op: int, after: int) -> list[int]:
        if op in _SILENT:
            return []
        count = 1
        if 0x80 <= op <= 0x9F:  # DUP and SWAP: as far down as they reach
            count = (op & 15) + 2
        return self._recording.stack(after)[-count:]

    def _written(self, op: int, stack: list[int], after: int) -> dict[str, Any] | None:
        place = _WRITTEN.get(op)
        if place is None:
            return None
        at, size_at = place
        offset = stack[-1 - at]
        size = stack[-1 - size_at] if size_at is not None else (1 if op == 0x53 else 32)
        if not size:
            return None
        return {"data": data(self._recording.memory(after)[offset : offset + size]), "off": offset}
