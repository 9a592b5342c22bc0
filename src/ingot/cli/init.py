"""Make a new project: two contracts, their tests, a script and the configuration. It passes its tests at once."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """DIR and --name."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="where; default: the current folder"
    )
    parser.add_argument("--name", help="the project's name; default: the folder's")


def run(arguments: argparse.Namespace) -> int:
    """Write the files, name them, and say what to do next."""
    from ingot.scaffold import create_project

    folder = Path(arguments.folder)
    files = create_project(folder, name=arguments.name)
    print(f"A new project in {folder.resolve()}:")
    for path in files:
        print(f"  {path}")
    print("\nNext:")
    if folder.resolve() != Path.cwd():
        print(f"  cd {folder}")
    print("  pytest                         # its tests, properties included")
    print("  ingot run scripts/deploy.py    # deploy on a local chain")
    print("  ingot console                  # try it by hand")
    return 0
