"""What contracts write with console.log: Hardhat's and Foundry's console.sol, the selectors of old ones, Vyper's print.

All of them are calls of an address where nothing is. Source: hardhat/console.sol, forge-std/console.sol.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from ingot.abi import decode
from ingot.engine import keccak256
from ingot.errors import AbiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingot.provider import OutcomeLike

__all__ = ["CONSOLE", "console_line", "console_lines", "mentions_console"]

CONSOLE: Final = "0x000000000000000000636F6e736F6c652e6c6f67"
"""Ends with "console.log" in ASCII."""

_MARK: Final = b"console.log"
_VYPER: Final = bytes.fromhex("23cdd8e8")
"""log(string,bytes): the types of what follows, and that, encoded."""

_MAX_ARGUMENTS: Final = 4


def mentions_console(code: bytes) -> bool:
    """Whether code, or what makes it, has the console's address in it: what has not never calls it."""
    return _MARK in code


def console_lines(outcome: OutcomeLike) -> list[str]:
    """What was written during an execution whose frames were recorded, in order; also by calls that failed later."""
    recording = outcome.recording
    frames: Iterable[Any] = () if recording is None else recording.frames
    lines = (console_line(frame.input) for frame in frames if frame.to == CONSOLE)
    return [line for line in lines if line is not None]


def console_line(calldata: bytes) -> str | None:
    """The text that a call of the console means; None, if it is none that is known."""
    selector, data = calldata[:4], calldata[4:]
    try:
        if selector == _VYPER:
            return _of_vyper(data)
        types = _types_by_selector().get(selector)
        return None if types is None else _formatted(types, _decoded(types, data))
    except AbiError:
        return None


@cache
def _types_by_selector() -> dict[bytes, tuple[str, ...]]:
    signatures: dict[str, tuple[str, ...]] = {}
    # Until 2023, Hardhat's console.sol wrote `uint` and `int` where an ABI has `uint256` and `int256`.
    for count in range(_MAX_ARGUMENTS + 1):
        for types in product(("uint256", "string", "bool", "address"), repeat=count):
            text = ",".join(types)
            signatures[f"log({text})"] = types
            signatures[f"log({text.replace('uint256', 'uint')})"] = types
    fixed = [f"bytes{size}" for size in range(1, 33)]
    for single in ("int256", "bytes", *fixed):
        signatures[f"log({single})"] = (single,)
    signatures["log(int)"] = ("int256",)
    signatures["log(string,int256)"] = signatures["log(string,int)"] = ("string", "int256")
    return {keccak256(signature.encode())[:4]: types for signature, types in signatures.items()}


def _decoded(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values; what is no UTF-8 in a text is replaced, where an ABI would refuse it."""
    values = decode(["bytes" if kind == "string" else kind for kind in types], data)
    return tuple(
        value.decode("utf-8", "replace") if kind == "string" else value
        for kind, value in zip(types, values, strict=True)
    )


def _of_vyper(data: bytes) -> str:
    schema, values = _decoded(("string", "bytes"), data)
    types = _split(schema.strip()[1:-1])
    return " ".join(map(_plain, types, _decoded(types, values)))


def _split(types: str) -> list[str]:
    """The types of a list, whose tuples have lists of their own."""
    found, depth = [""], 0
    for each in types:
        depth += (each == "(") - (each == ")")
        if each == "," and not depth:
            found.append("")
        else:
            found[-1] += each
    return [each for each in found if each]


def _formatted(types: tuple[str, ...], values: tuple[Any, ...]) -> str:
    """As Foundry formats: %s, %d and the like in the first text stand for what follows it."""
    rest = list(zip(types, values, strict=True))
    if not rest or rest[0][0] != "string":
        return " ".join(_plain(*each) for each in rest)
    template: str = rest.pop(0)[1]

    def put(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return _styled(found[2], found[1], *rest.pop(0)) if rest else found[0]

    text = _MARKS.sub(put, template)
    return " ".join([text, *(_plain(*each) for each in rest)])


_MARKS: Final = re.compile(r"%%|%(?:([0-9]{1,3})(?=e))?([sdixeo])")


def _plain(kind: str, value: Any) -> str:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_plain(kind, each) for each in value)}]"
    return str(value)


def _styled(style: str, decimals: str | None, kind: str, value: Any) -> str:
    """A value as %s, %d, %i, %x, %o, %e or %18e has it; a number is asked for in vain where there is none."""
    is_number = "int" in kind
    if style == "s" or (style == "x" and not is_number and kind not in ("bool", "string")):
        return _plain(kind, value)
    if style == "o":
        return str(value) if is_number else f"'{_plain(kind, value)}'"
    if not is_number:
        return str(int(value)) if style == "d" and kind == "bool" else "NaN"
    if style == "x":
        return f"{value % 2**256:#x}"
    if style == "e":
        return _exponential(value) if decimals is None else _shifted(value, int(decimals))
    return str(value)


def _exponential(value: int) -> str:
    digits = str(abs(value))
    fraction = digits[1:].rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[0]}{'.' if fraction else ''}{fraction}e{len(digits) - 1}"


def _shifted(value: int, decimals: int) -> str:
    whole, fraction = divmod(abs(value), 10**decimals)
    shown = f"{fraction:0{decimals}}".rstrip("0") if fraction else ""
    return f"{'-' if value < 0 else ''}{whole}{'.' if shown else ''}{shown}"
