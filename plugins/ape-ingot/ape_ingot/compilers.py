"""Compilers for ape-solidity where it cannot download them: launchers of ingot's, put where py-solc-x looks first."""

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
from ingot.config import load_config
from ingot.errors import IngotError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingot.config import Config

__all__ = ["link_missing", "wanted_versions"]


def link_missing(root: Path, environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Write a launcher for each version that the project at `root` asks for and py-solc-x does not have.

    Returns: those written. A project that cannot be read, and a version that no route leads to, are left to ape, which
    says what is wrong with them.
    """
    try:
        config = load_config(root)
        resolver = Resolver(Settings.from_environment(explicit=config.solc))
        versions = wanted_versions(config, resolver)
    except IngotError:
        return []
    written = []
    for version in versions:
        path = solcx_folder(environ) / f"solc-v{version}"
        if path.exists():
            continue
        try:
            resolver.resolve(version)
            written.append(write_launcher(Version.parse(version), path))
        except IngotError:
            continue
    return written


def wanted_versions(config: Config, resolver: Resolver) -> list[str]:
    """`solidity.version`, else the newest version that each source allows."""
    choice = Choice(resolver)
    if config.solidity.version:
        return [release_text(choice.choose([Demand("solidity.version", config.solidity.version)]))]
    found = {choice.choose(demands) for demands in _pragmas(config.root / config.contracts_folder) if demands}
    return [release_text(release) for release in sorted(found)]


def _pragmas(folder: Path) -> Iterator[list[Demand]]:
    for path in sorted(folder.rglob("*.sol")):
        directives = scan(path.read_bytes())
        yield [Demand(f"{path.name}:{pragma.line}", pragma.text) for pragma in directives.pragmas]
