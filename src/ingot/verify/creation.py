"""With which arguments a contract was made: what stands behind our initcode in the code that created it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingot.abi import decode
from ingot.artifacts import Artifact
from ingot.conversion import to_int
from ingot.errors import AbiError, UsageError, VerifyError
from ingot.interface import Interface
from ingot.verify.comparison import creation_matches

__all__ = ["Creation", "arguments_in_words", "encoded_arguments", "recovered_arguments"]


@dataclass(frozen=True)
class Creation:
    """transaction: hash in hex, or "".      arguments: ABI-encoded.      is_from_chain: read from the creation's own code."""

    transaction: str
    arguments: bytes = field(repr=False)
    is_from_chain: bool


def recovered_arguments(artifact: Artifact, creation_code: bytes) -> bytes:
    """The arguments behind our initcode in `creation_code`.

    Raises: VerifyError, if it does not start with our initcode, or what follows it are not the constructor's types.
    """
    difference = creation_matches(artifact, creation_code)
    if difference is not None:
        raise VerifyError(
            f"the code that created it is not that of {artifact.qualified_name}: they differ first at byte {difference:,}. "
            "Compile the sources as they were when it was deployed"
        )
    arguments = creation_code[artifact.initcode_object.size :]
    _checked(artifact, arguments)
    return arguments


def encoded_arguments(artifact: Artifact, words: Sequence[object]) -> bytes:
    """ABI-encode what a user gave: the arguments one by one, or all of them as hex.

    Raises: AbiError, if they do not fit; VerifyError, if the hex does not decode.
    """
    constructor = _interface(artifact).constructor
    kinds = [kind for _, kind in constructor.inputs]
    single = words[0] if len(words) == 1 else None
    if isinstance(single, str) and single.startswith("0x"):
        encoded = _bytes(single)
        if (
            encoded is not None
            and len(encoded) % 32 == 0
            and len(encoded) >= 32
            and kinds not in (["bytes"], ["bytes32"], ["string"])
        ):
            _checked(artifact, encoded)
            return encoded
    # Too many or too few: the encoder says so, in terms of the constructor.
    padded = [*kinds, *("string" for _ in words[len(kinds) :])]
    return constructor.encode([_value(word, kind) for word, kind in zip(words, padded, strict=False)])


def arguments_in_words(artifact: Artifact, arguments: bytes) -> str:
    """`(initialSupply=1000000, owner=0x...)`; "()" for none."""
    inputs = _interface(artifact).constructor.inputs
    values = decode([kind for _, kind in inputs], arguments)
    named = zip(inputs, values, strict=True)
    return f"({', '.join(f'{name}={value!r}' if name else repr(value) for (name, _), value in named)})"


def _interface(artifact: Artifact) -> Interface:
    return Interface(artifact.name, artifact.abi, artifact=artifact)


def _checked(artifact: Artifact, arguments: bytes) -> None:
    inputs = _interface(artifact).constructor.inputs
    kinds = [kind for _, kind in inputs]
    declared = f"constructor({', '.join(f'{kind} {name}'.rstrip() for name, kind in inputs)})"
    try:
        decode(kinds, arguments)
    except AbiError as error:
        raise VerifyError(
            f"these {len(arguments)} bytes are no arguments of {artifact.name}'s {declared}: {error}"
        ) from error
    if arguments and not kinds:
        raise VerifyError(
            f"{artifact.name} has no constructor arguments, but {len(arguments)} bytes stand behind its initcode"
        )


def _bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        return None


def _value(word: object, kind: str) -> object:
    """What the text `word` says of a `kind`: numbers, amounts and flags by type, arrays and structs as JSON."""
    if not isinstance(word, str):
        return word
    if kind.endswith("]") or kind.startswith("("):
        import json

        try:
            return json.loads(word)
        except ValueError as error:
            raise UsageError(f'{word!r} is no {kind}: write it as JSON, such as ["0x...", 5]') from error
    if kind.startswith(("uint", "int")):
        return to_int(word)
    if kind == "bool" and word in ("true", "false"):
        return word == "true"
    return word
