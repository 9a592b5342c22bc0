"""How executions on a node end: outcomes, logs, frames. They satisfy the Protocols of `ingot.provider`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.remote.quantity import address_of, bytes_of, number_of, object_of
from ingot.remote.words import halt_reason_of
from ingot.types import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingot.types import Address

__all__ = ["RemoteFrame", "RemoteLog", "RemoteOutcome", "RemoteRecording", "frames_of", "outcome_of_frames"]


@dataclass(frozen=True, slots=True)
class RemoteLog:
    """One log entry. log_index: in its block."""

    address: Address
    topics: list[bytes]
    data: bytes
    log_index: int

    @classmethod
    def from_json(cls, given: Any, method: str) -> RemoteLog:
        """From a log of a receipt or of eth_getLogs. Raises: ProviderError."""
        index = object_of(given, method).get("logIndex")
        return cls(
            address_of(given.get("address"), method),
            [bytes_of(topic, method, size=32) for topic in given.get("topics") or ()],
            bytes_of(given.get("data") or "0x", method),
            0 if index is None else number_of(index, method),
        )


@dataclass(frozen=True, slots=True)
class RemoteFrame:
    """One call inside an execution, from a node's callTracer."""

    kind: str
    parent: int | None
    depth: int
    sender: Address
    to: Address
    code_address: Address
    value: int
    gas: int
    gas_used: int
    input: bytes
    output: bytes
    status: str


@dataclass(frozen=True, slots=True)
class RemoteRecording:
    """What a node's tracer saw of one execution."""

    frames: tuple[RemoteFrame, ...]


@dataclass(frozen=True, slots=True)
class RemoteOutcome:
    """The end of a call, or of a transaction executed again."""

    status: str
    output: bytes = b""
    gas_used: int = 0
    halt_reason: str | None = None
    logs: tuple[RemoteLog, ...] = ()
    contract_address: Address | None = None
    recording: RemoteRecording | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it ended with success."""
        return self.status == "success"


def frames_of(trace: Mapping[str, Any], method: str) -> tuple[RemoteFrame, ...]:
    """The calls that geth's callTracer reports, flat, in the order of entering. Raises: ProviderError."""
    return tuple(_walk(trace, method, None, 0, [0]))


def _walk(
    call: Mapping[str, Any], method: str, parent: RemoteFrame | None, position: int, count: list[int]
) -> Iterator[RemoteFrame]:
    index = count[0]
    count[0] += 1
    frame = _frame(call, method, parent, None if parent is None else position)
    yield frame
    for inner in call.get("calls") or ():
        yield from _walk(inner, method, frame, index, count)


def _frame(
    call: Mapping[str, Any], method: str, parent: RemoteFrame | None, position: int | None
) -> RemoteFrame:
    kind = str(object_of(call, method).get("type") or "CALL").upper()
    origin = address_of(call.get("from"), method)
    target = ZERO_ADDRESS if call.get("to") is None else address_of(call["to"], method)
    borrowed = kind in ("DELEGATECALL", "CALLCODE")
    caller = parent.sender if kind == "DELEGATECALL" and parent is not None else origin
    error = call.get("error")
    status = "success" if not error else halt_reason_of(str(error)) or "revert"
    created = kind.startswith("CREATE")
    return RemoteFrame(
        kind=kind,
        parent=position,
        depth=0 if parent is None else parent.depth + 1,
        sender=caller,
        to=origin if borrowed else target,
        code_address=target,
        value=number_of(call.get("value") or "0x0", method),
        gas=number_of(call.get("gas") or "0x0", method),
        gas_used=number_of(call.get("gasUsed") or "0x0", method),
        input=bytes_of(call.get("input") or "0x", method),
        output=b""
        if created and status not in ("success", "revert")
        else bytes_of(call.get("output") or "0x", method),
        status=status,
    )


def outcome_of_frames(
    frames: tuple[RemoteFrame, ...], *, gas_used: int | None = None, logs: tuple[RemoteLog, ...] = ()
) -> RemoteOutcome:
    """The outcome of the execution whose frames these are."""
    outermost = frames[0]
    succeeded = outermost.status == "success"
    halted = not succeeded and outermost.status != "revert"
    return RemoteOutcome(
        status="halt" if halted else outermost.status,
        output=b"" if halted else outermost.output,
        gas_used=outermost.gas_used if gas_used is None else gas_used,
        halt_reason=outermost.status if halted else None,
        logs=logs if succeeded else (),
        contract_address=outermost.to if succeeded and outermost.kind.startswith("CREATE") else None,
        recording=RemoteRecording(frames),
    )
