"""Traces as ape has them, made of the frames that the engine recorded."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ape.exceptions import TransactionNotFoundError
from ape_ethereum._print import CONSOLE_ADDRESS, extract_debug_logs
from ape_ethereum.trace import Trace, TraceApproach, TransactionTrace
from eth_pydantic_types import HexBytes
from evm_trace import CallTreeNode, CallType
from evm_trace.base import EventNode
from pydantic import PrivateAttr

from ingot.engine import RECORD_FRAMES, RECORD_STEPS, RECORD_STORAGE
from ingot.trace import Repetition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ape.api.transactions import TransactionAPI
    from ape.types.trace import SourceTraceback

    from ingot.engine import Outcome, Transaction

__all__ = ["IngotCallTrace", "IngotTrace", "call_tree", "console_lines", "uses_console"]


_CONSOLE: str = CONSOLE_ADDRESS


def uses_console(outcome: Outcome) -> bool:
    """Whether a contract has called console.log."""
    recording = outcome.recording
    return recording is not None and any(frame.to == _CONSOLE for frame in recording.frames)


def console_lines(outcome: Outcome) -> list[str]:
    """What contracts have written with console.log, or Vyper's print."""
    return [" ".join(map(str, line)) for line in extract_debug_logs(call_tree(outcome))]


def call_tree(outcome: Outcome, *, gas_used: int | None = None) -> CallTreeNode:
    """The calls, nested. gas_used: of the whole transaction."""
    recording = outcome.recording
    assert recording is not None
    nodes: list[CallTreeNode] = []
    for frame in recording.frames:
        kind = frame.kind
        node = CallTreeNode(
            call_type=CallType(kind),
            address=HexBytes(frame.code_address if kind in ("DELEGATECALL", "CALLCODE") else frame.to),
            value=frame.value,
            depth=frame.depth,
            gas_limit=frame.gas,
            gas_cost=frame.gas_used,
            calldata=HexBytes(frame.input),
            returndata=HexBytes(frame.output),
            calls=[],
            failed=frame.status != "success",
            selfdestruct=kind == "SELFDESTRUCT",
            events=[],
        )
        nodes.append(node)
        if frame.parent is not None:
            nodes[frame.parent].calls.append(node)
    for number, begun, _, address, topics, data in recording.logs:
        node = nodes[number]
        children = sum(1 for frame in recording.frames[:begun] if frame.parent == number)
        node.events.append(
            EventNode(
                data=HexBytes(data),
                depth=node.depth + 1,
                topics=[HexBytes(topic) for topic in topics],
                address=HexBytes(address),
                position=children,
            )
        )
    root = nodes[0]
    if gas_used is not None:
        root.gas_cost = gas_used
    return root


class IngotTrace(TransactionTrace):
    """What a transaction did."""

    call_trace_approach: TraceApproach | None = TraceApproach.GETH_CALL_TRACER

    @cached_property
    def native(self) -> Transaction:
        """The engine's."""
        native: Transaction | None = self.provider.engine.transaction(bytes(HexBytes(self.transaction_hash)))
        if native is None:
            raise TransactionNotFoundError(
                transaction_hash=self.transaction_hash,
                error_message="It is not on the chain any more: a snapshot from before it was restored.",
            )
        return native

    @cached_property
    def outcome(self) -> Outcome:
        """With its frames: recorded when it ran, or by running it again."""
        outcome = self.native.outcome
        if outcome.recording is None:
            outcome = self.provider.engine.replay(self.native, RECORD_FRAMES)
        return outcome

    def get_calltree(self) -> CallTreeNode:
        """The calls, nested."""
        return call_tree(self.outcome, gas_used=self.native.gas_used)

    @cached_property
    def return_value(self) -> Any:
        """The decoded values, one or more, as a tuple."""
        if not (abi := self.root_method_abi):
            return (None,)
        if not self.outcome.succeeded:
            return tuple(None for _ in abi.outputs)
        return self._ecosystem.decode_returndata(abi, HexBytes(self.outcome.output))

    @property
    def raw_trace_frames(self) -> Iterator[dict[str, Any]]:
        """Step by step, as debug_traceTransaction has them. The transaction is run again for it."""
        recorded = self.provider.engine.replay(self.native, RECORD_FRAMES | RECORD_STEPS | RECORD_STORAGE)
        yield from struct_logs(recorded)


class IngotCallTrace(Trace):
    """What a call did, which left nothing behind."""

    call_trace_approach: TraceApproach | None = TraceApproach.GETH_CALL_TRACER
    tx: dict[str, Any]
    _outcome: Any = PrivateAttr(default=None)
    _request: Any = PrivateAttr(default=None)

    @classmethod
    def of(cls, txn: TransactionAPI, outcome: Outcome, request: dict[str, Any]) -> IngotCallTrace:
        """The trace of a call that has been made. request: what the engine was asked."""
        data = {**txn.model_dump(mode="json", by_alias=True), "gas_used": outcome.gas_used}
        trace = cls(tx=data)
        trace._outcome = outcome
        trace._request = request
        return trace

    @property
    def transaction(self) -> dict[str, Any]:
        """What was called."""
        return self.tx

    def get_calltree(self) -> CallTreeNode:
        """The calls, nested."""
        return call_tree(self._outcome, gas_used=self._outcome.gas_used)

    @cached_property
    def return_value(self) -> Any:
        """The data that was returned."""
        return HexBytes(self._outcome.output)

    @property
    def source_traceback(self) -> SourceTraceback | None:
        """The way through the sources. The call is made again for it; None if that ends otherwise than it did."""
        provider = self.provider
        repetition = Repetition(provider.engine, terms=self._request)
        outcome = repetition(RECORD_STEPS)
        if (outcome.status, outcome.output) != (self._outcome.status, self._outcome.output):
            return None
        return provider.lines.traceback(outcome, repetition) or None

    @property
    def raw_trace_frames(self) -> Iterator[dict[str, Any]]:
        """Step by step."""
        recorded = self.provider.engine.call(
            **self._request, recording=RECORD_FRAMES | RECORD_STEPS | RECORD_STORAGE
        )
        yield from struct_logs(recorded)


def struct_logs(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The steps of an execution, as geth's struct logger writes them."""
    from ape_ingot.opcodes import NAMES

    recording = outcome.recording
    assert recording is not None
    columns = recording.steps()
    frames = memoryview(columns["frame"]).cast("I")
    counters = memoryview(columns["pc"]).cast("I")
    operations = columns["op"]
    gases = memoryview(columns["gas"]).cast("Q")
    depths = [frame.depth + 1 for frame in recording.frames]
    for step in range(recording.step_count):
        memory = recording.memory(step)
        following = gases[step + 1] if step + 1 < recording.step_count else gases[step]
        yield {
            "pc": counters[step],
            "op": NAMES.get(operations[step], f"opcode {operations[step]:#04x} not defined"),
            "gas": gases[step],
            "gasCost": max(0, gases[step] - following)
            if frames[step : step + 2].tolist().count(frames[step]) == 2
            else 0,
            "depth": depths[frames[step]],
            "stack": [f"{word:#066x}" for word in recording.stack(step)],
            "memory": [memory[at : at + 32].ljust(32, b"\0").hex() for at in range(0, len(memory), 32)],
            "storage": {},
        }
