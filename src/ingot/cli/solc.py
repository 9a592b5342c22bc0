"""List, get and link compilers.

ingot solc list                   versions at hand, and how each is reached; --all: those that can be had too
ingot solc which 0.8.24           the file behind a version
ingot solc install 0.8.24         make a version ready now, so that nothing is fetched or compiled later
ingot solc link 0.8.24            a launcher that stands in for the native solc, where py-solc-x looks
ingot solc link 0.8.24 --to DIR   the same, into a folder for the PATH: slither, forge --use DIR/solc-v0.8.24
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingot.errors import SolcNotFound, UsageError

if TYPE_CHECKING:
    from ingot.compile.solc import Resolver, Version


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the four actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|which|install|link")
    listing = actions.add_parser("list", help="versions at hand, and how each is reached")
    listing.add_argument("--all", action="store_true", help="those that can be had from npm, too")
    which = actions.add_parser("which", help="print the file behind a version")
    which.add_argument("version", metavar="VERSION")
    install = actions.add_parser("install", help="make versions ready to compile at once")
    install.add_argument("versions", nargs="+", metavar="VERSION")
    link = actions.add_parser("link", help="write launchers that stand in for the native solc")
    link.add_argument("versions", nargs="+", metavar="VERSION")
    link.add_argument("--to", type=Path, metavar="DIR", help="folder (default: where py-solc-x looks)")


def run(arguments: Namespace) -> int:
    """Do it. Returns the exit code."""
    if arguments.action == "list":
        return _list(arguments.all)
    if arguments.action == "which":
        return _which(arguments.version)
    if arguments.action == "install":
        return _install(arguments.versions)
    return _link(arguments.versions, arguments.to)


def _resolver(*, build: str = "") -> Resolver:
    from ingot.compile.solc import Resolver, Settings

    environ = {**os.environ, "INGOT_SOLC_BUILD": build} if build else None
    return Resolver(Settings.from_environment(environ=environ, explicit=_configured()))


def _configured() -> str | None:
    """`solidity.solc` of the project around, if there is one that can be read."""
    from ingot.config import load_config
    from ingot.errors import ConfigError

    try:
        return load_config(Path.cwd()).solc
    except ConfigError:
        return None


def _list(everything: bool) -> int:
    resolver = _resolver()
    at_hand = resolver.at_hand()
    for version in resolver.obtainable_versions() if everything else sorted(at_hand, reverse=True):
        ways = at_hand.get(version, ())
        print(f"{version!s:<8}", ", ".join(f"{route} ({path})" for route, path in ways) if ways else "-")
    if not at_hand and not everything:
        print("no solc is at hand; `ingot solc list --all` shows what can be had", file=sys.stderr)
    return 0


def _which(text: str) -> int:
    solc = _resolver(build="never").resolve(text)
    print(solc.path)
    print(f"solc {solc.long_version}, by the route {solc.route}", file=sys.stderr)
    return 0


def _install(texts: list[str]) -> int:
    resolver = _resolver(build="wait")
    for text in texts:
        solc = resolver.resolve(text)
        print(f"solc {solc.long_version} is ready: {solc.route} ({solc.path})")
    return 0


def _link(texts: list[str], folder: Path | None) -> int:
    from ingot.compile.solc import Version
    from ingot.compile.solc.launcher.script import write_launcher
    from ingot.compile.solc.native import solcx_folder

    versions = [Version.parse(text) for text in texts]
    _require_reachable(versions)
    target = solcx_folder(os.environ) if folder is None else folder
    for version in versions:
        print(write_launcher(version, target / f"solc-v{version}"))
    if folder is not None and len(versions) == 1:
        print(write_launcher(versions[0], target / "solc"))
    return 0


def _require_reachable(versions: list[Version]) -> None:
    """A launcher of a version that no route leads to would only disappoint later."""
    from ingot.compile.solc import Resolver, Settings

    resolver = Resolver(replace(Settings.from_environment(), explicit=None))
    for version in versions:
        try:
            resolver.resolve(version)
        except SolcNotFound as error:
            raise UsageError(f"no launcher was written: {error}") from error
