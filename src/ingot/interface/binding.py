"""Some or all fields of an event or error, as a test writes them down, bound to the ABI's inputs."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ingot.abi import decode, encode
from ingot.errors import AbiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["bind_fields", "in_words", "normalise", "suggest"]


def suggest(name: str, known: Sequence[str]) -> str:
    """`; did you mean 'x'?`, or the known names, or nothing."""
    near = get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; there {'are' if len(known) > 1 else 'is'} {', '.join(known)}" if known else ""


def normalise(type_name: str, value: object) -> Any:
    """`value` as the ABI would give it back: checksummed address, bytes, tuple. Raises: AbiError."""
    return decode([type_name], encode([type_name], [value]))[0]


def bind_fields(
    what: str,
    inputs: Sequence[tuple[str, str]],
    values: Sequence[object],
    fields: Mapping[str, object],
) -> dict[int, Any]:
    """Index -> expected value, for what was given. None by position leaves that field open.

    what: the signature, for messages.      Raises: UsageError for a field that does not exist; AbiError for a value.
    """
    if len(values) > len(inputs):
        raise UsageError(f"{what} has {len(inputs)} fields; {len(values)} values were given")
    expected = {index: value for index, value in enumerate(values) if value is not None}
    names = [name for name, _ in inputs]
    for field, value in fields.items():
        index = _index(what, names, field)
        if index < len(values):
            raise UsageError(f"{what}: field {field!r} is given twice, by position and by name")
        expected[index] = value
    return {index: _checked(what, inputs[index], value) for index, value in expected.items()}


def _index(what: str, names: list[str], field: str) -> int:
    known = field if field in names else field.rstrip("_")
    if known not in names or not known:
        raise UsageError(f"{what} has no field {field!r}{suggest(field, [name for name in names if name])}")
    if names.count(known) > 1:
        raise UsageError(f"{what} has several fields named {known!r}: give them by position")
    return names.index(known)


def _checked(what: str, declared: tuple[str, str], value: object) -> Any:
    try:
        return normalise(declared[1], value)
    except AbiError as error:
        raise AbiError(f"{what}: {declared[0] or 'value'}: {error}") from None


def in_words(inputs: Sequence[tuple[str, str]], values: Sequence[object]) -> str:
    """`to=0x..., value=5`; long bytes are cut."""
    parts = zip(inputs, values, strict=False)
    return ", ".join(f"{name}={short(value)}" if name else short(value) for (name, _), value in parts)


def short(value: object) -> str:
    """repr, with bytes as hex and cut after 36 of them."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}" if len(value) <= 36 else f"0x{value[:32].hex()}...({len(value)} bytes)"
    if isinstance(value, list):
        shown = [short(item) for item in value[:8]] + (["..."] if len(value) > 8 else [])
        return f"[{', '.join(shown)}]"
    return repr(value)
