"""From an import to a file: source unit names, remappings, node_modules, `lib/` and the dependencies of the config."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingot.compile.remapping import absolute_import, apply_remappings
from ingot.config import Remapping

__all__ = ["Resolution", "Resolved"]

_NODE_MODULES = "node_modules"


@dataclass(frozen=True, slots=True)
class Resolved:
    """unit: the source unit's name.      path: its file, or None.      looked: where it was looked for, in order."""

    unit: str
    path: Path | None
    looked: tuple[Path, ...] = ()


class Resolution:
    """Resolves the imports of one project.

    remappings: as solc gets them, the weaker ones first.
    """

    def __init__(self, root: Path, remappings: Sequence[Remapping]) -> None:
        self._root = root
        self._given = tuple(remappings)
        self._nested: dict[tuple[str, str], Remapping] = {}
        self._paths: dict[str, Resolved] = {}
        self._module_folders = tuple(_module_folders(root))

    @property
    def remappings(self) -> tuple[Remapping, ...]:
        """Those given, and those that packages with packages of their own have made necessary."""
        return (*sorted(self._nested.values(), key=str), *self._given)

    def resolve(self, path: str, importer: str, importer_path: Path) -> Resolved:
        """What `import "path"` in the unit `importer` means."""
        absolute = absolute_import(path, importer)
        unit = apply_remappings(self.remappings, absolute, importer)
        if unit == path and not path.startswith("/"):
            nested = self._own_package(path, importer, importer_path)
            if nested is not None:
                unit = nested
        return self.locate(unit)

    def locate(self, unit: str) -> Resolved:
        """The file of a source unit."""
        found = self._paths.get(unit)
        if found is None:
            found = self._paths[unit] = _first(unit, self._candidates(unit))
        return found

    def _candidates(self, unit: str) -> Iterator[Path]:
        if unit.startswith("/"):
            yield Path(unit)
            return
        yield self._root / unit
        for folder in self._module_folders:
            yield folder / unit

    def _own_package(self, path: str, importer: str, importer_path: Path) -> str | None:
        """A package in `node_modules` may have its own version of another package, in its own node_modules."""
        inside = importer_path.parts
        if _NODE_MODULES not in inside:
            return None
        package = _package_name(path)
        shared = self.locate(path).path
        for start in dict.fromkeys((importer_path, Path(os.path.realpath(importer_path)))):
            for folder in start.parents:
                if folder.name == _NODE_MODULES:
                    continue
                candidate = folder / _NODE_MODULES / path
                if candidate.is_file():
                    if shared is not None and os.path.realpath(candidate) == os.path.realpath(shared):
                        return None
                    return (
                        self._remap(package, folder / _NODE_MODULES / package, importer, importer_path)
                        + path[len(package) :]
                    )
        return None

    def _remap(self, package: str, folder: Path, importer: str, importer_path: Path) -> str:
        context = _package_prefix(importer, importer_path)
        target = os.path.relpath(folder, self._root).replace(os.sep, "/")
        if target.startswith(".."):
            target = folder.as_posix()
        self._nested[(context, package)] = Remapping(context, f"{package}/", f"{target}/")
        return target


def _first(unit: str, candidates: Iterable[Path]) -> Resolved:
    looked: list[Path] = []
    for candidate in candidates:
        # A folder that is named like the source is found, and refused when it is read.
        if candidate.exists():
            return Resolved(unit, candidate, tuple(looked))
        looked.append(candidate)
    return Resolved(unit, None, tuple(looked))


def _module_folders(root: Path) -> Iterator[Path]:
    """`node_modules` of the project and of the folders above it, as node looks for packages."""
    for folder in (root, *root.parents):
        modules = folder / _NODE_MODULES
        if modules.is_dir():
            yield modules


def _package_name(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if path.startswith("@") else parts[0]


def _package_prefix(unit: str, path: Path) -> str:
    """The part of `unit` that names the package which its file belongs to, with a final `/`."""
    parts = path.parts
    at = len(parts) - 1 - parts[::-1].index(_NODE_MODULES)
    depth = 2 if parts[at + 1].startswith("@") else 1
    below = len(parts) - at - 1 - depth
    names = unit.split("/")
    return "/".join(names[: len(names) - below]) + "/"
