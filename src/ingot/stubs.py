"""Type stubs for the contracts of a project: what `ingot gen-types` writes."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ingot.interface import Interface
    from ingot.project import BaseProject

__all__ = ["render_stubs", "write_stubs"]

MODULE = "project_types"

_HEADER = '''"""The project's contracts, typed. Written by `ingot gen-types`: do not edit, write again."""

# A function of a contract may be called like an attribute of ours, and a string may stand for an address.
# mypy: disable-error-code="assignment, override, overload-cannot-match, overload-overlap"

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, overload

from ingot import Address, AddressLike, Receipt
from ingot.contract import BaseContract, BaseDeployer, PreparedTransaction
from ingot.interface import DeclaredError, EventType
from ingot.project import BaseProject
from ingot.provider import Provider
'''

_ALWAYS_OURS = frozenset({"address", "balance", "methods"})
_ENTRY = dict[str, Any]


def write_stubs(project: BaseProject, folder: Path) -> Path:
    """Write `project_types.pyi` into `folder`, made if need be. Returns: its path. Raises: UsageError."""
    if folder.is_file():
        raise UsageError(
            f"cannot write stubs: {folder} is a file; name the folder that {MODULE}.pyi goes into"
        )
    path = folder / f"{MODULE}.pyi"
    text = render_stubs(project)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".pyi.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    return path


def render_stubs(project: BaseProject) -> str:
    """The text of the stub file: contracts in the order of their sources, those that share a name left out."""
    unique = [deployer for deployer in project if deployer.name in project.artifacts]
    parts = [_HEADER, *(part for deployer in unique for part in _contract(deployer.interface))]
    parts.append(_project([(deployer.name, deployer.artifact.qualified_name) for deployer in unique]))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _contract(interface: Interface) -> Iterator[str]:
    name = interface.name
    entries: list[_ENTRY] = [dict(entry) for entry in interface.abi]
    functions: dict[str, list[_ENTRY]] = {}
    for entry in entries:
        if entry.get("type", "function") == "function":
            functions.setdefault(entry["name"], []).append(entry)
    for function, overloads in functions.items():
        yield from _method(name, function, overloads)
    members = [(function, _method_class(name, function)) for function in functions]
    named = [(entry["name"], entry["type"]) for entry in entries if entry.get("type") in ("event", "error")]
    kinds = {"event": "EventType", "error": "type[DeclaredError]"}
    described = list(dict.fromkeys((member, kinds[kind]) for member, kind in named))
    yield _class(name, "BaseContract", [_attribute(member, kind) for member, kind in [*members, *described]])
    yield _deployer(name, entries, described)


def _attribute(name: str, kind: str) -> str:
    if name in _ALWAYS_OURS or not _is_name(name):
        return f"# {name}: {kind}, reached as contract[{name!r}]"
    return f"{name}: {kind}"


def _class(name: str, base: str, lines: Sequence[str]) -> str:
    shown = lines if any(not line.startswith("#") for line in lines) else [*lines, "..."]
    body = "\n".join(f"    {line}" for part in shown for line in part.split("\n"))
    return f"class {name}({base}):\n{body}" if base else f"class {name}:\n{body}"


def _method_class(contract: str, function: str) -> str:
    return f"_{contract}_{function}"


def _method(contract: str, function: str, overloads: Sequence[_ENTRY]) -> Iterator[str]:
    """The class of a function's callable, and of its result if there are several."""
    results = []
    for index, entry in enumerate(overloads):
        suffix = str(index) if len(overloads) > 1 else ""
        result, definition = _result(f"_{contract}_{function}{suffix}_Result", entry.get("outputs", []))
        results.append(result)
        if definition:
            yield definition
    lines = ["name: str"]
    if len(overloads) == 1:
        lines += ["signature: str", "selector: bytes"]
    for method in ("__call__", "call", "transact", "as_transaction", "estimate_gas", "estimate_gas_cost"):
        lines += _signatures(method, overloads, results)
    lines += _encoders(overloads)
    lines.append("def decode_input(self, calldata: bytes) -> tuple[str, dict[str, Any]]: ...")
    yield _class(_method_class(contract, function), "", lines)


def _signatures(method: str, overloads: Sequence[_ENTRY], results: Sequence[str]) -> list[str]:
    returned = {
        "transact": "Receipt",
        "as_transaction": "PreparedTransaction",
        "estimate_gas": "int",
        "estimate_gas_cost": "int",
    }
    lines = []
    for entry, result in zip(overloads, results, strict=True):
        gives = returned.get(method, result)
        if method == "__call__" and entry.get("stateMutability") not in ("view", "pure"):
            gives = "Receipt"
        lines.append(f"def {method}(self{_parameters(entry)}{_settings(entry)}) -> {gives}: ...")
    return _overloaded(lines)


def _encoders(overloads: Sequence[_ENTRY]) -> list[str]:
    return _overloaded([f"def encode_input(self{_parameters(entry)}) -> bytes: ..." for entry in overloads])


def _overloaded(lines: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(lines))
    return [f"@overload\n{line}" for line in distinct] if len(distinct) > 1 else distinct


def _parameters(entry: Mapping[str, Any]) -> str:
    """`, to: AddressLike, value: int`; by position only where Python cannot take the names."""
    inputs = entry.get("inputs", [])
    names = [given["name"] for given in inputs]
    by_name = all(_is_name(name) for name in names) and len(set(names)) == len(names)
    if not by_name or (_is_payable(entry) and "value" in names) or "self" in names:
        names = [f"arg{index}" for index in range(len(inputs))]
        shown = [f"{name}: {_taken(given)}" for name, given in zip(names, inputs, strict=True)]
        return "".join(f", {part}" for part in [*shown, *(["/"] if shown else [])])
    return "".join(f", {name}: {_taken(given)}" for name, given in zip(names, inputs, strict=True))


def _settings(entry: Mapping[str, Any], extra: str = "") -> str:
    names = {given["name"] for given in entry.get("inputs", [])}
    settings = "" if "sender" in names else "sender: AddressLike | None = None, "
    settings += "value: int | str = 0, " if _is_payable(entry) else ""
    return f", *, {settings}{extra}**options: Any" if settings or extra else ", **options: Any"


def _is_payable(entry: Mapping[str, Any]) -> bool:
    return entry.get("stateMutability") == "payable"


def _is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _result(name: str, outputs: Sequence[_ENTRY]) -> tuple[str, str]:
    """The type of what a function returns, and the definition of that type where it needs one."""
    if not outputs:
        return "None", ""
    types = [_given(output) for output in outputs]
    if len(outputs) == 1:
        return types[0], ""
    names = [output["name"] for output in outputs]
    if any(not _is_name(field) or field.startswith("_") for field in names) or len(set(names)) < len(names):
        return f"tuple[{', '.join(types)}]", ""
    fields = [f"{field}: {kind}" for field, kind in zip(names, types, strict=True)]
    return name, _class(name, "NamedTuple", fields)


_ARRAY = re.compile(r"^(.*)\[\d*\]$")


def _taken(given: Mapping[str, Any]) -> str:
    """The Python type of an argument."""
    return _python_type(
        str(given["type"]), address="AddressLike", many="Sequence", record="Sequence[Any] | Mapping[str, Any]"
    )


def _given(output: Mapping[str, Any]) -> str:
    """The Python type of a result."""
    return _python_type(str(output["type"]), address="Address", many="list", record="Any")


def _python_type(solidity: str, *, address: str, many: str, record: str) -> str:
    array = _ARRAY.match(solidity)
    if array:
        return f"{many}[{_python_type(array[1], address=address, many=many, record=record)}]"
    if solidity == "address":
        return address
    if solidity == "tuple":
        return record
    if solidity.startswith(("uint", "int")):
        return "int"
    if solidity.startswith(("bytes", "function")):
        return "bytes"
    return {"bool": "bool", "string": "str"}.get(solidity, "Any")


def _deployer(name: str, entries: Iterable[_ENTRY], described: Sequence[tuple[str, str]]) -> str:
    constructor: _ENTRY = next(
        (entry for entry in entries if entry.get("type") == "constructor"), {"inputs": []}
    )
    extra = "salt: int | bytes | None = None, chain: Provider | None = None, "
    lines = [
        f"def deploy(self{_parameters(constructor)}{_settings(constructor, extra)}) -> {name}: ...",
        f"def at(self, address: AddressLike, *, chain: Provider | None = None) -> {name}: ...",
        *(f"{member}: {kind}" for member, kind in described if _is_name(member)),
    ]
    return _class(f"{name}Deployer", "BaseDeployer", lines)


def _project(contracts: Sequence[tuple[str, str]]) -> str:
    lines = [f"{name}: {name}Deployer" for name, _ in contracts]
    for name, qualified in contracts:
        literal = f'Literal["{name}", "{qualified}"]'
        lines.append(f"@overload\ndef __getitem__(self, name: {literal}) -> {name}Deployer: ...")
    if contracts:
        lines.append("@overload\ndef __getitem__(self, name: str) -> Any: ...")
    return _class("Project", "BaseProject", lines)
