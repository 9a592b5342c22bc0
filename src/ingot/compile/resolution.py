"""From an import to a file: source unit names, remappings, node_modules, `lib/` and the dependencies of the config."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingot.compile.dependencies import Package
from ingot.compile.remapping import absolute_import, apply_remappings
from ingot.config.model import Remapping

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

    remappings: as solc gets them, the weaker ones first.      packages: dependencies that are installed.
    contracts_folder: imports may start there, as ape allows.

    What solc could not find by itself becomes a remapping: `derived`. Reading the sources again with those in force
    must change nothing; the reader repeats until that is so.
    """

    def __init__(
        self,
        root: Path,
        remappings: Sequence[Remapping],
        *,
        packages: Sequence[Package] = (),
        contracts_folder: str = "contracts",
    ) -> None:
        self._root = root
        self._given = tuple(remappings)
        self._packages = tuple(packages)
        self._contracts_folder = contracts_folder
        self.derived: dict[tuple[str, str], Remapping] = {}
        self._paths: dict[str, Resolved] = {}
        self._module_folders = tuple(_module_folders(root))

    @property
    def remappings(self) -> tuple[Remapping, ...]:
        """Those given, and above them the derived ones."""
        return (*self._given, *sorted(self.derived.values(), key=str))

    def resolve(self, path: str, importer: str, importer_path: Path) -> Resolved:
        """What `import "path"` in the unit `importer` means."""
        absolute = absolute_import(path, importer)
        unit = apply_remappings(self.remappings, absolute, importer)
        if unit != path or path.startswith("/") or (self._root / path).is_file():
            return self.locate(unit)
        return (
            self._in_package(path)
            or self._in_own_modules(path, importer, importer_path)
            or self._found(self.locate(path))
            or self._below_contracts(path)
            or self.locate(path)
        )

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

    def _found(self, resolved: Resolved) -> Resolved | None:
        return resolved if resolved.path is not None else None

    def _derive(self, context: str, prefix: str, target: str, unit: str) -> Resolved | None:
        """The file of `unit`, which the remapping leads to; it is kept only if the file is there."""
        found = self._found(self.locate(unit))
        if found is not None:
            self.derived[(context, prefix)] = Remapping(context, prefix, target)
        return found

    def _in_package(self, path: str) -> Resolved | None:
        """A dependency of the configuration, by its name or its npm package's."""
        for package in self._packages:
            for key in package.keys:
                if not path.startswith(f"{key}/"):
                    continue
                inner = path[len(key) + 1 :]
                # The remapping is for one folder: another one may lie elsewhere in the package.
                first = inner.split("/")[0] + "/" if "/" in inner else inner
                for folder in package.folders:
                    found = self._derive("", f"{key}/{first}", f"{folder}/{first}", f"{folder}/{inner}")
                    if found is not None:
                        return found
        return None

    def _below_contracts(self, path: str) -> Resolved | None:
        unit = f"{self._contracts_folder}/{path}"
        return self._derive("", path, unit, unit) if self._contracts_folder != "." else None

    def _in_own_modules(self, path: str, importer: str, importer_path: Path) -> Resolved | None:
        """A package in `node_modules` may have its own version of another package, in its own node_modules."""
        if _NODE_MODULES not in importer_path.parts:
            return None
        package = _package_name(path)
        shared = self.locate(path).path
        for start in dict.fromkeys((importer_path, Path(os.path.realpath(importer_path)))):
            for folder in start.parents:
                modules = folder / _NODE_MODULES
                if folder.name == _NODE_MODULES or not (modules / path).is_file():
                    continue
                if shared is not None and (modules / path).samefile(shared):
                    return None
                target = self._unit_of(modules / package)
                context = _package_prefix(importer, importer_path)
                return self._derive(context, f"{package}/", f"{target}/", target + path[len(package) :])
        return None

    def _unit_of(self, folder: Path) -> str:
        relative = os.path.relpath(folder, self._root).replace(os.sep, "/")
        return folder.as_posix() if relative.startswith("..") else relative


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
    yield root / _NODE_MODULES
    for folder in root.parents:
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
