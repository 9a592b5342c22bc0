"""The calls of a transaction as simple objects, decoded where their contract is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.errors import AbiError
from ingot.receipt.wording import interface_at, words_of_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingot.interface import Interface
    from ingot.provider import FrameLike, OutcomeLike, Provider
    from ingot.types import Address

__all__ = ["CallFrame", "Trace"]


@dataclass(frozen=True, slots=True)
class CallFrame:
    """One call. depth: 0 for the outermost.      calls: what it called, in order."""

    kind: str
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
    """success, revert, or the halt's reason"""
    contract_name: str
    """"" if it is not known."""
    method: str
    """Signature; "" if it is not known."""
    arguments: Any
    """Named tuple, or None."""
    return_value: Any
    words: str
    calls: tuple[CallFrame, ...]

    @property
    def failed(self) -> bool:
        """Whether it reverted or halted."""
        return self.status != "success"

    def __iter__(self) -> Iterator[CallFrame]:
        """The call itself and all below it, in the order of entering."""
        yield self
        for inner in self.calls:
            yield from inner

    def __str__(self) -> str:
        mark = f" [{self.status}]" if self.failed else ""
        return f"{'  ' * self.depth}{self.kind}: {self.words}{mark} [{self.gas_used} gas]"


class Trace:
    """The calls of one execution. Printing it shows a line for each."""

    def __init__(self, outcome: OutcomeLike, chain: Provider, near: Interface | None) -> None:
        self.outcome = outcome
        recording = outcome.recording
        self.raw_frames: Sequence[FrameLike] = () if recording is None else recording.frames
        self._chain = chain
        self._near = near
        self._root: CallFrame | None = None

    @property
    def root(self) -> CallFrame:
        """The outermost call."""
        if self._root is None:
            children: dict[int | None, list[int]] = {}
            for index, frame in enumerate(self.raw_frames):
                children.setdefault(frame.parent, []).append(index)
            self._root = self._build(0, children)
        return self._root

    def _build(self, index: int, children: dict[int | None, list[int]]) -> CallFrame:
        frame = self.raw_frames[index]
        interface = interface_at(frame.code_address, self._chain, self._near)
        method, arguments, returned = _decoded(frame, interface)
        return CallFrame(
            kind=frame.kind,
            depth=frame.depth,
            sender=frame.sender,
            to=frame.to,
            code_address=frame.code_address,
            value=frame.value,
            gas=frame.gas,
            gas_used=frame.gas_used,
            input=frame.input,
            output=frame.output,
            status=frame.status,
            contract_name=interface.name if interface else "",
            method=method,
            arguments=arguments,
            return_value=returned,
            words=words_of_frame(frame, self._chain, self._near),
            calls=tuple(self._build(child, children) for child in children.get(index, ())),
        )

    @property
    def frames(self) -> list[CallFrame]:
        """All calls in the order of entering."""
        return list(self.root) if self.raw_frames else []

    def __iter__(self) -> Iterator[CallFrame]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.raw_frames)

    def __getitem__(self, index: int) -> CallFrame:
        return self.frames[index]

    def __str__(self) -> str:
        return "\n".join(map(str, self.frames))

    def __repr__(self) -> str:
        return f"<trace of {len(self)} calls>"


def _decoded(frame: FrameLike, interface: Interface | None) -> tuple[str, Any, Any]:
    if interface is None or frame.kind in ("CREATE", "CREATE2"):
        return "", None, None
    function = interface.function_of(frame.input)
    if function is None:
        return "", None, None
    try:
        arguments = function.decode_input(frame.input)
        returned = function.decode_output(frame.output) if frame.status == "success" else None
    except AbiError:
        return function.signature, None, None
    return function.signature, arguments, returned
