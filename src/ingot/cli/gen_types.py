"""Write type stubs for the project's contracts, so that editors and mypy know project.Token and token.transfer.

Use them in tests and scripts:

    from __future__ import annotations
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        from project_types import Project, Token

    def test_transfer(project: Project) -> None: ...

Pylance and pyright look into typings/ by themselves; for mypy set mypy_path = "typings".
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--out", metavar="DIR", help="folder for project_types.pyi; default typings/ in the project"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the stubs. Returns: 0."""
    from ingot.project import load, tell
    from ingot.stubs import write_stubs

    project = load(progress=tell)
    folder = Path(arguments.out) if arguments.out else project.path / "typings"
    path = write_stubs(project, folder)
    print(f"{path}: {len(project)} {'contract' if len(project) == 1 else 'contracts'}")
    return 0
