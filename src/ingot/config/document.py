"""Configuration files as plain data that knows the line of each value.

Scalars become bool, None, a decimal int, or the text as written: `version: 0.10` stays "0.10", `0x12` stays "0x12".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingot.config.section import KeyPath
from ingot.errors import ConfigError

__all__ = ["Document", "read_text", "read_toml_tables", "read_yaml"]

_INT = re.compile(r"0|-?[1-9][0-9]*")
_MAX_DEPTH = 40


@dataclass(frozen=True)
class Document:
    """One file. lines: key path -> line, from 1."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]


def read_text(path: Path) -> str:
    """Text of `path`. Raises: ConfigError, if it cannot be read or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path.name} is not UTF-8 (byte {error.start}): save it in that encoding", path=str(path)
        ) from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}", path=str(path)) from error


def read_yaml(path: Path) -> Document:
    """A YAML (or JSON) file. An empty one is an empty mapping. Raises: ConfigError, with the line."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        problem = error.problem or error.context or "cannot be read"
        hint = "; YAML is indented with spaces" if "\\t" in problem or "\t" in text else ""
        raise ConfigError(f"{path.name}:{line}: not valid YAML: {problem}{hint}", path=str(path)) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path.name}: not valid YAML: {error}", path=str(path)) from error
    if node is None:
        return Document(path, {}, {})
    reader = _YamlReader(path)
    if not isinstance(node, yaml.MappingNode):
        reader.refuse(node, "the file must hold `key: value` lines, such as `name: my-project`")
    data = reader.value(node, (), 0)
    return Document(path, data, reader.lines)


class _YamlReader:
    """Turns YAML nodes into data, keeping their lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}

    def refuse(self, node: Any, problem: str) -> None:
        raise ConfigError(f"{self.path.name}:{node.start_mark.line + 1}: {problem}", path=str(self.path))

    def value(self, node: Any, path: KeyPath, depth: int) -> Any:
        import yaml

        self.lines.setdefault(path, node.start_mark.line + 1)
        if depth > _MAX_DEPTH:
            self.refuse(node, "values are nested too deeply, or an alias contains itself")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
        return _scalar(node.tag, node.value)

    def _mapping(self, node: Any, path: KeyPath, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += value_node.value if value_node.tag.endswith(":seq") else [value_node]
                continue
            if not isinstance(key_node.value, str):
                self.refuse(key_node, "a key must be a word")
            key = key_node.value
            if key in result:
                self.refuse(
                    key_node, f"{key!r} is written twice (first on line {self.lines[(*path, key)]}): keep one"
                )
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, (*path, key), depth + 1)
        for other in merged:
            for key, value in self._mapping(other, path, depth + 1).items():
                result.setdefault(key, value)
        return result


def _scalar(tag: str, text: str) -> Any:
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    if kind == "int" and _INT.fullmatch(text):
        return int(text)
    return text


def read_toml_tables(path: Path, *names: str) -> dict[str, Document]:
    """The tables `[tool.<name>]` of a TOML file, those that are there. Raises: ConfigError, with the line."""
    text = read_text(path)
    if not any(re.search(rf"^\s*\[+\s*tool\s*\.\s*{name}\b", text, re.MULTILINE) for name in names):
        return {}
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        problem = re.sub(r" \(at .*\)$", "", str(error))
        raise ConfigError(f"{path.name}:{line}: not valid TOML: {problem}", path=str(path)) from error
    lines = _toml_lines(text)
    found = {}
    for name in names:
        table = data.get("tool", {}).get(name)
        if isinstance(table, dict):
            below = {key[2:]: line for key, line in lines.items() if key[:2] == ("tool", name)}
            found[name] = Document(path, _plain(table), below)
    return found


_TABLE = re.compile(r"\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'/:@*-]+)\s*=")


def _toml_lines(text: str) -> dict[KeyPath, int]:
    """Lines of tables and keys, good enough for messages: tomllib tells none."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE.match(line):
            table = _toml_key(match[2])
            if match[1] == "[[":
                index = counts[table] = counts.get(table, -1) + 1
                table = (*table, index)
            lines.setdefault(table, number)
        elif match := _KEY.match(line):
            lines.setdefault((*table, *_toml_key(match[1])), number)
    return lines


def _toml_key(text: str) -> KeyPath:
    parts = re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s.]+)", text)
    return tuple(next(filter(None, part), "") for part in parts)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, str)) else str(value)
