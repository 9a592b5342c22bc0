"""The lines of a journal: one frozen class for each kind, and how they become JSON and back.

docs/journal.md documents every field; a test holds it to that. Amounts of wei are decimal strings in the file, so that
readers with 53-bit numbers keep them whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, ClassVar

from ingot.errors import DeployError

__all__ = [
    "ENTRY_KINDS",
    "VERSION",
    "Adopted",
    "Bumped",
    "Checked",
    "Confirmed",
    "Dropped",
    "Entry",
    "Failed",
    "Header",
    "Intended",
    "Mined",
    "Reorged",
    "Replaced",
    "Sent",
    "Signed",
    "Wiped",
    "entry_of",
    "header_of",
    "line_of",
]

VERSION = 1
"""Of the format. A reader refuses a higher one."""

Wei = int
"""In the file: a decimal string."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line. genesis_hash: tells a stand-in from the network whose chain id it borrows.

    network, name: as in the path.      choice: what `--network` takes for it, or "".
    """

    kind: ClassVar[str] = "journal"
    version: int = VERSION
    chain_id: int
    genesis_hash: str
    network: str
    name: str
    choice: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. step: the id that the script gave.      at: when it was written, UTC, RFC 3339."""

    kind: ClassVar[str] = ""
    step: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended(Entry):
    """What a step is to do, all that will be signed included. Written together with `signed`.

    action: create, create2 or call.      words: the call as a person would write it.
    content: hash of target, data and value (`ingot.deploy.intent.content_hash`): what the transaction does.
    code_hash, bare_code_hash: of the creation code, without arguments and libraries; without the compiler's metadata too.
    arguments: the constructor's, encoded, hex.      libraries: qualified name -> address.
    address: where the contract will be.      after: ids of the steps whose contracts it names.
    layout: of the storage of what is behind a proxy, JSON (`ingot.deploy.layout`).
    """

    kind: ClassVar[str] = "intent"
    action: str
    words: str
    sender: str
    to: str | None
    value: Wei
    content: str
    nonce: int
    gas_limit: int
    max_fee: Wei | None = None
    max_priority_fee: Wei | None = None
    gas_price: Wei | None = None
    contract: str = ""
    compiler: str = ""
    build_id: str = ""
    code_hash: str = ""
    bare_code_hash: str = ""
    arguments: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)
    salt: str = ""
    address: str | None = None
    after: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Entry):
    """The transaction, before it is sent. raw: EIP-2718 encoded; it can be sent again without the key."""

    kind: ClassVar[str] = "signed"
    hash: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Entry):
    """A node took it."""

    kind: ClassVar[str] = "sent"
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined(Entry):
    """It is in a block. status: 1, or 0 if it failed.      address: of the contract that it made."""

    kind: ClassVar[str] = "mined"
    hash: str
    block_number: int
    block_hash: str
    status: int
    gas_used: int
    gas_price: Wei
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed(Entry):
    """So many blocks were on top of its own."""

    kind: ClassVar[str] = "confirmed"
    hash: str
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(Entry):
    """There is code at the address. code_hash: of it, as the node gave it."""

    kind: ClassVar[str] = "checked"
    address: str
    code_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped(Entry):
    """The node does not know it (any more), or refused it."""

    kind: ClassVar[str] = "dropped"
    hash: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced(Entry):
    """Another transaction used its nonce. by: that one's hash.      same_effect: it did the same, and is taken for ours."""

    kind: ClassVar[str] = "replaced"
    hash: str
    by: str
    same_effect: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bumped(Entry):
    """Signed again with the same nonce and a higher fee, before it is sent. Either of them may be mined."""

    kind: ClassVar[str] = "bumped"
    old: str
    new: str
    raw: str
    max_fee: Wei | None = None
    max_priority_fee: Wei | None = None
    gas_price: Wei | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reorged(Entry):
    """The block that it was mined in is no longer in the chain."""

    kind: ClassVar[str] = "reorged"
    hash: str
    block_number: int
    block_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Entry):
    """It was mined and reverted. reason: why, as far as the node says."""

    kind: ClassVar[str] = "failed"
    hash: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiped(Entry):
    """Forgotten, by `ingot deployments wipe` or to be done anew. The next run does the step again."""

    kind: ClassVar[str] = "wiped"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted(Entry):
    """Done by somebody else: forge, hardhat-ignition or hand. build_id: of the project's contract with that code."""

    kind: ClassVar[str] = "adopted"
    source: str
    address: str | None
    contract: str = ""
    code_hash: str = ""
    hash: str = ""
    build_id: str = ""


ENTRY_KINDS: Mapping[str, type[Entry]] = {
    each.kind: each
    for each in (
        Intended,
        Signed,
        Sent,
        Mined,
        Confirmed,
        Checked,
        Dropped,
        Replaced,
        Bumped,
        Reorged,
        Failed,
        Wiped,
        Adopted,
    )
}


# To and from JSON


def line_of(entry: Header | Entry) -> bytes:
    """The line, newline included. What has its default is left out; `kind` and `step` come first."""
    content: dict[str, Any] = {"kind": entry.kind}
    if isinstance(entry, Entry):
        content["step"] = entry.step
    for each in fields(entry):
        value = getattr(entry, each.name)
        if each.name != "step" and (value != _default(each) or each.name == "version"):
            content[each.name] = _to_json(value, str(each.type))
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def header_of(content: object, *, where: object = "the journal") -> Header:
    """From the first line's JSON. Raises: ValueError, in words; DeployError, for a version that is not known here."""
    if not isinstance(content, dict) or content.get("kind") != Header.kind:
        raise ValueError("it is not the header of a journal")
    version = content.get("version")
    if isinstance(version, int) and version > VERSION:
        raise DeployError(
            f"{where} has version {version}, and this ingot reads up to {VERSION}: use a newer ingot for it"
        )
    return Header(**_values(Header, content))


def entry_of(content: object) -> Entry:
    """From the JSON of any other line. Raises: ValueError, in words."""
    if not isinstance(content, dict):
        raise ValueError("it is not a JSON object")
    kind = ENTRY_KINDS.get(str(content.get("kind")))
    if kind is None:
        raise ValueError(f"there is no kind {content.get('kind')!r} of line")
    return kind(**_values(kind, content))


def _default(each: Field[Any]) -> Any:
    if each.default_factory is not MISSING:
        return each.default_factory()
    return each.default


def _values(kind: type[Header | Entry], content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `kind`; what it does not have is left to later versions."""
    values = {}
    for each in fields(kind):
        if each.name in content:
            values[each.name] = _from_json(each.name, content[each.name], str(each.type))
        elif _default(each) is MISSING:
            raise ValueError(f"`{each.name}` is missing")
    return values


def _to_json(value: Any, type_name: str) -> Any:
    if value is not None and type_name.startswith("Wei"):
        return str(value)
    return dict(value) if isinstance(value, Mapping) else value


def _from_json(name: str, value: Any, type_name: str) -> Any:
    base, _, optional = type_name.partition(" | ")
    if value is None and optional:
        return None
    if base == "Wei" and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if base == "bool" and isinstance(value, bool):
        return value
    if base == "int" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if base == "str" and isinstance(value, str):
        return value
    if base.startswith("tuple") and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if (
        base.startswith("Mapping")
        and isinstance(value, dict)
        and all(isinstance(each, str) for each in value.values())
    ):
        return value
    raise ValueError(f"`{name}` is {value!r}, which is no {_IN_WORDS.get(base.partition('[')[0], base)}")


_IN_WORDS = {
    "Wei": "decimal string",
    "bool": "true or false",
    "int": "whole number from 0",
    "str": "text",
    "tuple": "list of texts",
    "Mapping": "object of texts",
}
