"""Where a project begins. Light: `ingot compile` in an unchanged project needs nothing else of the configuration."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ingot.errors import UsageError

__all__ = ["APE_FILES", "find_root", "is_project"]

APE_FILES = ("ape-config.yaml", "ape-config.yml", "ape-config.json")
_OUR_TABLE = re.compile(rb"^\s*\[+\s*tool\s*\.\s*ingot\s*[.\]]", re.MULTILINE)


def is_project(folder: Path) -> bool:
    """Whether `folder` is the root of a project: it has ape-config.yaml, or pyproject.toml with [tool.ingot]."""
    if any((folder / name).is_file() for name in APE_FILES):
        return True
    try:
        return _OUR_TABLE.search((folder / "pyproject.toml").read_bytes()) is not None
    except OSError:
        return False


def find_root(start: str | os.PathLike[str] = ".") -> Path:
    """The project at or above `start`. A folder that has `contracts/` but no configuration counts too.

    The search ends at the root of a repository and below the home folder. Raises: UsageError, if there is no project.
    """
    if not isinstance(start, (str, os.PathLike)):
        raise UsageError(f"a project is named by its folder, as text or a Path; {start!r} is neither")
    here = Path(start).absolute()
    if here.is_file():
        here = here.parent
    if not here.is_dir():
        raise UsageError(f"there is no folder {start}: name the folder of a project")
    folders = _upwards(Path(os.path.normpath(here)))
    for folder in folders:
        if is_project(folder):
            return folder
    for folder in folders:
        if (folder / "contracts").is_dir():
            return folder
    raise UsageError(
        f"{here} is not in a project: there is no ape-config.yaml, no pyproject.toml with [tool.ingot] and no contracts/ "
        "here or above. `ingot init` makes a project."
    )


def _upwards(here: Path) -> list[Path]:
    home = Path.home()
    folders: list[Path] = []
    for folder in (here, *here.parents):
        if folder == home and folder != here:
            break
        folders.append(folder)
        if (folder / ".git").exists():
            break
    return folders
