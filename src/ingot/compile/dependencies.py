"""The dependencies of the configuration, where they are: what `ingot install` wrote down, and what needs no install."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingot.config.model import Config, Dependency, Remapping

__all__ = [
    "Installed",
    "Package",
    "dependency_files",
    "installed_packages",
    "local_folder",
    "names_dependency",
    "packages_of",
    "read_index",
    "unit_path",
    "write_index",
]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Package:
    """keys: what imports of it start with.      folders: where such an import continues, as unit names, best first."""

    keys: tuple[str, ...]
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installed:
    """What `ingot install` found or brought for a dependency.

    asked: the version in the configuration.      version: the one that came, "" if it is not known.
    path: the package's folder, relative to the project where it lies inside.
    integrity: "sha512-..." of the archive, "" if nothing was downloaded.
    needs: packages that its sources import, installed beside it.
    """

    name: str
    kind: str
    reference: str
    asked: str
    version: str
    path: str
    integrity: str = ""
    needs: tuple[str, ...] = ()

    def is_for(self, dependency: Dependency) -> bool:
        """Whether it is what the configuration asks for today."""
        return (self.kind, self.reference, self.asked) == (
            dependency.kind,
            dependency.reference,
            dependency.version,
        )


def index_path(config: Config) -> Path:
    """`.ingot/packages/index.json`."""
    return config.build_folder / "packages" / "index.json"


def read_index(config: Config) -> dict[str, Installed]:
    """By dependency name; empty where nothing was installed."""
    try:
        data: Any = json.loads(index_path(config).read_bytes())
        if data["format"] != _FORMAT:
            return {}
        entries = [Installed(**{**entry, "needs": tuple(entry["needs"])}) for entry in data["packages"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {entry.name: entry for entry in entries}


def write_index(config: Config, packages: Mapping[str, Installed]) -> None:
    """Replace the index at once. Raises: IngotError."""
    from ingot.compile.storage import Storage

    content = {"format": _FORMAT, "packages": [asdict(package) for _, package in sorted(packages.items())]}
    Storage(config.build_folder).write_json(index_path(config), content, indent=2)


def installed_packages(config: Config) -> dict[str, Installed]:
    """Those of the index whose folder is still there."""
    return {name: entry for name, entry in read_index(config).items() if (config.root / entry.path).is_dir()}


def dependency_files(config: Config) -> list[str]:
    """What `packages_of` looks at."""
    watched = [str(index_path(config))]
    for dependency in config.dependencies:
        if dependency.kind == "local":
            watched.append(str(local_folder(config, dependency)))
        elif dependency.kind == "npm":
            watched.append(str(config.root / "node_modules" / dependency.reference))
    return watched


def packages_of(config: Config) -> tuple[Package, ...]:
    """What imports of the dependencies mean."""
    if not config.dependencies:
        return ()
    index = installed_packages(config)
    found = []
    for dependency in config.dependencies:
        path = _path_of(config, dependency, index)
        if path is not None:
            keys = (*_keys(dependency), *_remapped_keys(config, dependency))
            if not (config.root / path / "contracts").is_dir():
                # The package is what its repository has in `contracts`.
                found.append(Package(tuple(f"{key}/contracts" for key in keys), (path,)))
            found.append(Package(keys, tuple(_folders(config, dependency, path))))
    for entry in index.values():
        # Brought because a dependency's sources import it.
        if entry.name.startswith("npm:"):
            found.append(Package((entry.reference,), (entry.path,)))
    return tuple(found)


def _path_of(config: Config, dependency: Dependency, index: Mapping[str, Installed]) -> str | None:
    entry = index.get(dependency.name)
    if entry is not None and entry.is_for(dependency):
        return entry.path
    if dependency.kind == "local":
        return unit_path(config, local_folder(config, dependency))
    if dependency.kind == "npm" and not dependency.version:
        path = config.root / "node_modules" / dependency.reference
        return unit_path(config, path) if path.is_dir() else None
    return None


def local_folder(config: Config, dependency: Dependency) -> Path:
    """Folder of a `local:` dependency."""
    return Path(os.path.normpath(config.root / Path(dependency.reference).expanduser()))


def unit_path(config: Config, path: Path) -> str:
    """`path` as unit names have it: relative to the project if inside, else absolute."""
    relative = os.path.relpath(path, config.root).replace(os.sep, "/")
    return Path(path).absolute().as_posix() if relative.startswith("..") else relative


def _keys(dependency: Dependency) -> tuple[str, ...]:
    """ape: the name, with and without @; npm: the package's own name too."""
    keys = [f"@{dependency.name}", dependency.name]
    if dependency.kind == "npm":
        keys.insert(0, dependency.reference)
    return tuple(dict.fromkeys(keys))


def names_dependency(config: Config, remapping: Remapping) -> bool:
    """Whether a remapping leads to a dependency, as ape writes it: `@oz=openzeppelin`, `@oz=openzeppelin/4.9.0`."""
    parts = remapping.target.strip("/").split("/")
    is_name = any(dependency.name == parts[0] for dependency in config.dependencies)
    return is_name and len(parts) <= 2 and not (config.root / remapping.target).exists()


def _remapped_keys(config: Config, dependency: Dependency) -> list[str]:
    return [
        remapping.prefix.rstrip("/")
        for remapping in config.remappings
        if remapping.target.split("/")[0] == dependency.name and names_dependency(config, remapping)
    ]


def _folders(config: Config, dependency: Dependency, path: str) -> list[str]:
    """The package itself, then its contracts folder."""
    folders = [path]
    names = [dependency.contracts_folder] if dependency.contracts_folder else ["contracts", "src"]
    folders += [f"{path}/{name}" for name in names if (config.root / path / name).is_dir()]
    return folders
