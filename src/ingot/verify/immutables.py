"""Immutables with their names and values: the code has only words, the syntax tree knows what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ingot.artifacts import Artifact
from ingot.compile.ast import load_asts
from ingot.config.model import Config
from ingot.conversion import to_address
from ingot.errors import IngotError
from ingot.verify.comparison import Immutable

__all__ = ["in_words", "named_immutables"]


def named_immutables(
    config: Config,
    artifact: Artifact,
    immutables: Iterable[Immutable],
    *,
    progress: Callable[[str], None] | None = None,
) -> dict[str, str]:
    """Name -> value in words. Without the compiler, names are AST ids and values are hex."""
    found = tuple(immutables)
    if not found:
        return {}
    try:
        trees = load_asts(config, artifact, progress=progress)
    except IngotError:
        return {f"#{immutable.ast_id}": _hex(immutable.word) for immutable in found}
    wanted = {int(immutable.ast_id): immutable.word for immutable in found}
    declared: dict[int, Mapping[str, Any]] = {}
    for tree in trees.values():
        declared.update({node["id"]: node for node in _nodes(tree) if node.get("id") in wanted})
    names = [node.get("name") for node in declared.values()]
    result = {}
    for ast_id, word in wanted.items():
        node = declared.get(ast_id, {})
        name = str(node.get("name") or f"#{ast_id}")
        key = name if names.count(name) < 2 else f"{name} (#{ast_id})"
        result[key] = in_words(word, node.get("typeDescriptions", {}).get("typeString", ""))
    return result


def in_words(word: bytes, kind: str) -> str:
    """The value of an immutable. kind: solc's type string, such as `contract IERC20`; hex where it says nothing."""
    if kind.startswith(("address", "contract ")):
        return str(to_address(word[-20:]))
    if kind == "bool":
        return "true" if any(word) else "false"
    if re.fullmatch(r"uint\d+|enum .+", kind):
        return str(int.from_bytes(word, "big"))
    if re.fullmatch(r"int\d+", kind):
        return str(int.from_bytes(word, "big", signed=True))
    if size := re.fullmatch(r"bytes(\d+)", kind):
        return _hex(word[: int(size[1])])
    return _hex(word)


def _hex(word: bytes) -> str:
    return "0x" + word.hex()


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("nodeType") == "VariableDeclaration":
                yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
