"""Storage layouts: whether the data behind a proxy keeps its meaning under another implementation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["incompatibilities", "layout_text"]


def layout_text(layout: Mapping[str, Any] | None) -> str:
    """A layout for the journal: solc's, without what depends on the rest of the build. "" where there is none."""
    if not layout:
        return ""
    types = layout.get("types") or {}
    variables = [
        {
            "label": each["label"],
            "slot": int(each["slot"]),
            "offset": each["offset"],
            "type": _shape(each["type"], types),
        }
        for each in layout.get("storage") or ()
    ]
    return json.dumps(variables, separators=(",", ":"))


def _shape(name: str, types: Mapping[str, Any], seen: tuple[str, ...] = ()) -> Any:
    """A type by what it stores: AST ids, which change with every edit, left out."""
    declared = types.get(name)
    if declared is None or name in seen:
        return name.partition(")")[0]
    seen = (*seen, name)
    shape: dict[str, Any] = {
        "label": declared["label"],
        "bytes": int(declared["numberOfBytes"]),
        "encoding": declared["encoding"],
    }
    if "members" in declared:
        shape["members"] = [
            [each["label"], int(each["slot"]), each["offset"], _shape(each["type"], types, seen)]
            for each in declared["members"]
        ]
    for part in ("key", "value", "base"):
        if part in declared:
            shape[part] = _shape(declared[part], types, seen)
    return shape


def incompatibilities(old: str, new: str) -> list[str]:
    """What of the old layout the new one does not keep, in words; empty if data keeps its meaning.

    Variables may be added at the end, and in the place of an array that is called `__gap`.
    Source: OpenZeppelin docs, Writing Upgradeable Contracts. What lies at slots of a contract's own choosing (ERC-7201) is
    in no layout, and not compared.
    """
    if not old or not new:
        return ["one of the two has no storage layout: compile with ingot's own settings"]
    found = []
    there = {(each["slot"], each["offset"]): each for each in json.loads(new)}
    for each in json.loads(old):
        if each["label"].startswith("__gap"):
            continue
        other = there.get((each["slot"], each["offset"]))
        where = f"slot {each['slot']}" + (f", byte {each['offset']}" if each["offset"] else "")
        if other is None:
            found.append(f"{each['label']} ({_type(each)}) at {where} is gone")
        elif _without_names(other["type"]) != _without_names(each["type"]):
            found.append(
                f"{where} was {each['label']} ({_type(each)}), and would be read as {other['label']} ({_type(other)})"
            )
        elif other["label"] != each["label"]:
            found.append(f"{where} was {each['label']}, and would be {other['label']} (both {_type(each)})")
    return found


def _type(variable: Mapping[str, Any]) -> str:
    kind = variable["type"]
    return str(kind["label"] if isinstance(kind, dict) else kind)


def _without_names(shape: Any) -> Any:
    """A contract's or enum's name does not matter for what is stored; a struct's members are compared one by one."""
    if isinstance(shape, list):
        return [_without_names(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    label = shape["label"]
    if label.startswith(("contract ", "enum ", "struct ")) or "members" in shape:
        label = label.partition(" ")[0]
    elif any(part in shape for part in ("key", "value", "base")):
        label = "" if "base" not in shape else label[label.rfind("[") :]
    if label == "contract":
        label = "address"
    return {name: label if name == "label" else _without_names(value) for name, value in shape.items()}
