"""Read a project's configuration.

Reading YAML costs more than a whole no-change compile may: the plain data is cached in `.ingot/config.json`, keyed by
the files' stat and content. Environment variables are replaced afterwards, so no value of theirs is ever stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.config.fields import build_config
from ingot.config.model import Config
from ingot.config.root import APE_FILES
from ingot.config.section import KeyPath, Section
from ingot.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from ingot.config.document import Document

__all__ = ["CONFIG_FILES", "load_config", "section_with_lines"]

CONFIG_FILES = (*APE_FILES, "pyproject.toml", "remappings.txt")
_CACHE_FORMAT = 2
_HYPHENATED = ("contracts-folder", "default-ecosystem", "base-path", "interfaces-folder", "request-headers")


def load_config(root: str | os.PathLike[str] = ".", *, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration of the project in `root`.

    environ: what `$NAME` in values stands for. Keys of other ape plugins are kept unread in `Config.extra`.
    Raises: ConfigError, for a file that is malformed, with file and line; UsageError, if `root` is no folder.
    """
    folder = Path(root).absolute()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {root}: name the folder of a project")
    stamps = {name: _stamp(folder / name) for name in CONFIG_FILES}
    cached = _read_cache(folder, stamps)
    if cached is not None:
        try:
            return _config_of(folder, cached, environ)
        except ConfigError:
            pass  # Refused again below, with the line.
    layers = _read_layers(folder)
    config = _config_of(folder, layers, environ)
    _write_cache(folder, stamps, layers)
    return config


def section_with_lines(root: Path, *, environ: Mapping[str, str] = os.environ) -> Section:
    """The whole configuration of the project in `root` anew, with the lines that a refusal names."""
    layers = _read_layers(root)
    return Section(layers.data, places=layers.places, environ=environ)


@dataclass(frozen=True)
class _Layers:
    """What the files hold, the stronger ones on top. `places` is empty when it comes from the cache."""

    data: dict[str, Any]
    remappings: list[tuple[str, int]]
    places: Mapping[KeyPath, tuple[str, str]]
    ours: tuple[str, ...]


def _config_of(folder: Path, layers: _Layers, environ: Mapping[str, str]) -> Config:
    section = Section(layers.data, places=layers.places, environ=environ)
    config = build_config(folder, section, remappings_txt=layers.remappings, ours=layers.ours)
    return replace(config, uses_environment="$" in json.dumps(layers.data))


def _read_layers(folder: Path) -> _Layers:
    from ingot.config.document import read_toml_tables, read_yaml

    tables: dict[str, Document] = {}
    if (folder / "pyproject.toml").is_file():
        tables = read_toml_tables(folder / "pyproject.toml", "ape", "ingot")
    present = [name for name in APE_FILES if (folder / name).is_file()]
    if len(present) > 1:
        raise ConfigError(
            f"{' and '.join(present)} are both there: keep one of them", path=str(folder / present[1])
        )
    # As in ape, its file wins over [tool.ape]; ours wins over both.
    own_file = read_yaml(folder / present[0]) if present else None
    documents = [document for document in (tables.get("ape"), own_file, tables.get("ingot")) if document]
    ours = tuple(tables["ingot"].data) if "ingot" in tables else ()
    data: dict[str, Any] = {}
    places: dict[KeyPath, tuple[str, str]] = {}
    for document in documents:
        _merge(data, _without_hyphens(document.data), document, (), places)
    return _Layers(data, _read_remappings(folder / "remappings.txt"), places, ours)


def _without_hyphens(data: dict[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_") if key in _HYPHENATED else key: value for key, value in data.items()}


def _merge(
    into: dict[str, Any],
    data: Mapping[str, Any],
    document: Document,
    path: KeyPath,
    places: dict[KeyPath, tuple[str, str]],
) -> None:
    if not path:
        for key_path, line in document.lines.items():
            if key_path:
                places[key_path] = (str(document.path), f"{document.path.name}:{line}")
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value, document, (*path, key), places)
        else:
            into[key] = value


def _read_remappings(path: Path) -> list[tuple[str, int]]:
    if not path.is_file():
        return []
    from ingot.config.document import read_text

    numbered = enumerate((line.strip() for line in read_text(path).splitlines()), 1)
    return [(line, number) for number, line in numbered if line and not line.startswith("#")]


def _stamp(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]


def _cache_path(folder: Path) -> Path:
    return folder / ".ingot" / "config.json"


def _read_cache(folder: Path, stamps: Mapping[str, list[int] | None]) -> _Layers | None:
    try:
        with _cache_path(folder).open("rb") as file:
            cached = json.load(file)
        if cached["format"] != _CACHE_FORMAT or cached["stamps"] != stamps:
            return None
        remappings = [(line, number) for line, number in cached["remappings"]]
        return _Layers(cached["data"], remappings, {}, tuple(cached["ours"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_cache(folder: Path, stamps: Mapping[str, list[int] | None], layers: _Layers) -> None:
    """Best effort: only where a build has made the folder, and only once the files are old enough to trust stat."""
    import time

    newest = max((stamp[0] for stamp in stamps.values() if stamp), default=0)
    target = _cache_path(folder)
    if not target.parent.is_dir() or time.time_ns() - newest < 50_000_000:
        return
    content = {
        "format": _CACHE_FORMAT,
        "stamps": stamps,
        "data": layers.data,
        "remappings": layers.remappings,
        "ours": layers.ours,
    }
    beside = target.with_name(f"config.{os.getpid()}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
