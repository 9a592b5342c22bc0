"""From revert data and frames to a typed error that says what failed, where it arose, and in whose call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.abi import decode
from ingot.errors import AbiError, ExecutionError, Halt, Panic, Revert, RevertString
from ingot.interface.binding import short
from ingot.receipt.wording import interface_at, scopes, words_of_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingot.interface import DeclaredError, Interface
    from ingot.provider import FrameLike, OutcomeLike, Provider
    from ingot.receipt.receipt import Receipt

__all__ = ["error_of_data", "failing_frames", "failure"]

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


def failure(
    outcome: OutcomeLike,
    chain: Provider,
    *,
    interface: Interface | None = None,
    frames: Sequence[FrameLike] = (),
    call: str = "",
    receipt: Receipt | None = None,
) -> ExecutionError:
    """The error of an outcome that did not succeed.

    interface: of the contract that was called.      frames: of the execution; they say where the failure arose.
    call: the outermost call in words.
    """
    path = [frames[index] for index in failing_frames(frames)]
    inner = [words_of_frame(frame, chain, interface) for frame in path[1:]]
    where = "\n  in ".join([*reversed(inner), *([call] if call else [])])
    if outcome.status == "halt":
        return Halt(outcome.halt_reason or "halted", receipt=receipt, call=where)
    if not outcome.output:
        return Revert(_without_reason(path), receipt=receipt, call=where)
    known = _known_errors(outcome.output, chain, interface, path)
    return error_of_data(outcome.output, known, receipt=receipt, call=where)


def error_of_data(
    data: bytes,
    known: Iterable[type[DeclaredError]] = (),
    *,
    receipt: Receipt | None = None,
    call: str = "",
) -> ExecutionError:
    """The typed error that revert data holds; a plain Revert if it is none that is known."""
    selector = data[:4]
    try:
        if selector == _ERROR_STRING:
            return RevertString(decode(["string"], data[4:])[0], data=data, receipt=receipt, call=call)
        if selector == _PANIC:
            return Panic(decode(["uint256"], data[4:])[0], data=data, receipt=receipt, call=call)
    except AbiError:
        pass
    for error in known:
        try:
            return error.from_data(data, receipt=receipt, call=call)
        except AbiError:
            continue
    unknown = f"reverted with data that no known error explains: {short(data)}"
    return Revert(unknown, data=data, receipt=receipt, call=call)


def _known_errors(
    data: bytes, chain: Provider, interface: Interface | None, path: Sequence[FrameLike]
) -> Iterable[type[DeclaredError]]:
    """The called contract's errors, then those of the contracts where it arose, then the projects'."""
    inner = (interface_at(frame.code_address, chain, interface) for frame in reversed(path))
    for near in (interface, *inner):
        error = None if near is None else near.error_of(data)
        if error is not None:
            yield error
    for scope in scopes(chain, interface):
        yield from scope.errors_of(data)


def failing_frames(frames: Sequence[FrameLike]) -> list[int]:
    """Indices of the frames through which the failure came up, outermost first.

    A frame passes a failure on if the last of its calls failed with the very same data.
    """
    if not frames or frames[0].status == "success":
        return []
    last_call: dict[int, int] = {}
    for index, frame in enumerate(frames):
        if frame.parent is not None:
            last_call[frame.parent] = index
    path = [0]
    while path[-1] in last_call:
        outer, inner = frames[path[-1]], frames[last_call[path[-1]]]
        if inner.status == "success" or inner.output != outer.output:
            break
        path.append(last_call[path[-1]])
    return path


def _without_reason(path: Sequence[FrameLike]) -> str:
    inside = path[-1].status if path else "revert"
    halted = f": a call inside ended with {inside}" if inside != "revert" else ""
    return f"reverted without a reason{halted}"
