"""Bring the dependencies that the configuration names into .ingot/packages.

npm packages are checked against npm's sha512; package.json, lock files and node_modules stay as they are.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

__all__ = ["add_arguments", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `ingot install`."""
    parser.add_argument("--force", action="store_true", help="bring everything again")
    parser.add_argument(
        "--project", metavar="DIR", default=".", help="a folder in the project (default: this one)"
    )


def run(arguments: Namespace) -> int:
    """Returns 0; what cannot be brought is an error that says how it could."""
    from ingot.compile.packages import install_packages
    from ingot.compile.report import counted
    from ingot.config import find_root, load_config

    config = load_config(find_root(arguments.project))
    if not config.dependencies:
        print("the configuration names no dependencies: list them under `dependencies:` in ape-config.yaml")
        return 0
    packages = install_packages(
        config, force=arguments.force, progress=lambda line: print(line, file=sys.stderr, flush=True)
    )
    for package in packages:
        print(f"{package.name:<20}  {package.version or '-':<12}  {package.path}")
    print(f"{counted(len(packages), 'package')} ready")
    return 0
