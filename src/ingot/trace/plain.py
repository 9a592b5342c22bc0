"""Plain code in place of optimized code: by way of Yul, the optimizer loses where most of its code comes from.

The sources are compiled once more with as little optimization as can always be done, and an execution is repeated with that code in
its accounts. If it ends as it did, its steps stand for those that say less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingot.errors import IngotError
from ingot.trace.frames import is_creation
from ingot.trace.steps import Steps

if TYPE_CHECKING:
    from ingot.artifacts import Bytecode
    from ingot.engine import Frame
    from ingot.trace.program import Program
    from ingot.trace.repetition import Repetition
    from ingot.types import Address

__all__ = ["is_vague", "plain_settings", "plain_steps", "transplanted"]

_MINIMAL: Final[Mapping[str, Any]] = {
    "peephole": False,
    "inliner": False,
    "jumpdestRemover": False,
    "orderLiterals": False,
    "deduplicate": False,
    "cse": False,
    "constantOptimizer": False,
    "yul": True,
    "yulDetails": {"stackAllocation": True, "optimizerSteps": "u"},
}
"""What remains is needed, or the stack may get too deep. Source: forge's `--ir-minimum`."""

_MORE_GAS: Final = 4
"""So many times as much as the original had: plain code needs more."""

_PUSH20: Final = 0x73
_OUT_OF_GAS: Final = "out of gas"


def is_vague(settings: Mapping[str, Any]) -> bool:
    """Whether code that is made with these settings of solc's standard JSON has lost its places."""
    optimizer = settings.get("optimizer", {})
    return bool(settings.get("viaIR") and optimizer.get("enabled")) and optimizer.get("details") != _MINIMAL


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings with as little optimization as can be."""
    return {**settings, "optimizer": {"enabled": True, "details": dict(_MINIMAL)}}


def transplanted(found: bytes, of: Bytecode, into: Bytecode) -> bytes | None:
    """The code `into` with what `found`, code or initcode `of` the same contract, has in it: immutables, libraries and arguments.

    None, if `found` does not tell all of them.
    """
    code = bytearray(into.unlinked)
    libraries = {one.library: found[one.offset : one.offset + 20] for one in of.link_references}
    for reference in into.link_references:
        if reference.library not in libraries:
            return None
        code[reference.offset : reference.offset + 20] = libraries[reference.library]
    for variable, places in into.immutable_references.items():
        known = of.immutable_references.get(variable)
        if not known:
            return None
        start, length = known[0]
        for at, _ in places:
            code[at : at + length] = found[start : start + length]
    if found[:1] == code[:1] == bytes([_PUSH20]) and not any(code[1:21]):
        code[1:21] = found[1:21]  # a library's own address
    return bytes(code) + found[of.size :]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """codes: by account, what is to be there.      programs: of these.      initcode: of the transaction itself."""

    codes: Mapping[Address, bytes]
    programs: Mapping[Address, Program]
    initcode: bytes | None


def plain_steps(
    steps: Steps,
    repetition: Repetition,
    numbers: Iterable[int],
    *,
    recording: int,
    code_of: Callable[[Frame], bytes],
    plain_of: Callable[[Program], Program | None],
    find: Callable[[Frame, Sequence[Frame]], Program | None],
) -> Steps:
    """The steps of the same execution with plain code; `steps`, if nothing is gained by that or it ends otherwise.

    numbers: of the frames that matter.      code_of: what runs in a frame, if an account has it.      plain_of: a program's plain one.      find: the program of a frame among
    others, plain ones included.
    """
    if not steps.frames or steps.frames[0].status == _OUT_OF_GAS:
        return steps  # plain code would run out of it elsewhere
    vague = {
        number: program
        for number in numbers
        if (program := steps.program(number)) is not None and program.is_vague
    }
    exchange = _exchange(steps, vague, code_of, plain_of) if vague else None
    if exchange is None:
        return steps
    try:
        outcome = repetition.altered(recording, exchange.codes, exchange.initcode, more_gas=_MORE_GAS)
    except IngotError:
        return steps  # its sender cannot pay for more gas, or it was undone
    made = outcome.recording
    if made is None or made.is_truncated or _end(made.frames[0]) != _end(steps.frames[0]):
        return steps

    def program_of(frame: Frame) -> Program | None:
        known = None if is_creation(frame) else exchange.programs.get(frame.code_address)
        return known or find(frame, made.frames)

    return Steps(made, program_of)


def _end(frame: Frame) -> tuple[str, bytes]:
    """How it ended. What a creation leaves is its code, which is another."""
    is_code = is_creation(frame) and frame.status == "success"
    return frame.status, b"" if is_code else frame.output


def _exchange(
    steps: Steps,
    vague: Mapping[int, Program],
    code_of: Callable[[Frame], bytes],
    plain_of: Callable[[Program], Program | None],
) -> _Exchange | None:
    """None, if some of it cannot be."""
    codes: dict[Address, bytes] = {}
    programs: dict[Address, Program] = {}
    initcode: bytes | None = None
    for number, program in vague.items():
        frame = steps.frames[number]
        creates = is_creation(frame)
        if frame.code_address in codes or (creates and number):
            continue  # what makes contracts is exchanged itself, and makes others
        found = frame.input if creates else code_of(frame)
        if not found:
            continue
        plain = plain_of(program)
        code = None if plain is None else transplanted(found, program.bytecode, plain.bytecode)
        if plain is None or code is None:
            return None
        if creates:
            initcode = code
        else:
            codes[frame.code_address], programs[frame.code_address] = code, plain
    return _Exchange(codes, programs, initcode)
