"""Compilers for ape-solidity where it cannot download them: launchers of ingot's, put where py-solc-x looks first.

What is asked for is read from ape's own configuration, which takes more than ingot's does: two versions of one dependency, say.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ingot.compile.choice import Choice, Demand
from ingot.compile.pragma import release_text
from ingot.compile.scanning import scan
from ingot.compile.solc import Resolver, Settings, Version
from ingot.compile.solc.launcher.script import write_launcher
from ingot.compile.solc.native import solcx_folder
from ingot.errors import IngotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ape.managers.project import LocalProject

__all__ = ["link_missing", "resolver_of", "wanted_versions"]

_SOURCES = ("contracts", "sources", "src")
"""Where ape looks for sources, in this order, if the configuration does not say."""


def link_missing(project: LocalProject, environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Write a launcher for each version that `project` asks for and py-solc-x does not have.

    Returns: those written. A project that cannot be read, and a version that no route leads to, are left to ape, which
    says what is wrong with them.
    """
    try:
        resolver = resolver_of(project)
    except IngotError:
        return []
    written = []
    for version in wanted_versions(project, resolver):
        path = solcx_folder(environ) / f"solc-v{version}"
        if path.exists():
            continue
        try:
            resolver.resolve(version)
            written.append(write_launcher(Version.parse(version), path))
        except IngotError:
            continue
    return written


def resolver_of(project: LocalProject) -> Resolver:
    """What finds compilers for a project of ape's. Raises: ConfigError, for a compiler of its own that is not there."""
    explicit = getattr(getattr(project.config, "solidity", None), "solc", None)
    return Resolver(Settings.from_environment(project=project.path, explicit=explicit))


def wanted_versions(project: LocalProject, resolver: Resolver) -> list[str]:
    """`solidity: version`, else the newest version that each source allows; and what the sources of dependencies pin."""
    choice = Choice(resolver)
    version = getattr(getattr(project.config, "solidity", None), "version", None)
    wanted = [[Demand("solidity.version", version.partition("+")[0])]] if version else []
    for folder in () if version else (_sources_of(project), *_dependencies_of(project)):
        wanted += _pragmas(folder)
    chosen = set()
    for demands in {tuple(demand.text for demand in demands): demands for demands in wanted}.values():
        try:
            chosen.add(choice.choose(demands))
        except IngotError:
            continue
    return [release_text(release) for release in sorted(chosen)]


def _sources_of(project: LocalProject) -> Path:
    """Not `project.contracts_folder`, which may ask for the compilers that are being registered."""
    if named := project.config.contracts_folder:
        return project.path / named
    return next((found for name in _SOURCES if (found := project.path / name).is_dir()), project.path)


def _dependencies_of(project: LocalProject) -> Iterator[Path]:
    """The folders of those that lie here; others are installed later, by ape."""
    for dependency in project.config.dependencies:
        if local := dependency.get("local"):
            yield project.path / local
        elif npm := dependency.get("npm"):
            yield project.path / "node_modules" / npm


def _pragmas(folder: Path) -> Iterator[list[Demand]]:
    for path in sorted(folder.rglob("*.sol")):
        if not path.is_file():
            continue
        found = scan(path.read_bytes()).pragmas
        if found:
            yield [Demand(f"{path.name}:{pragma.line}", pragma.text) for pragma in found]
