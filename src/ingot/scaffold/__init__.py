"""New projects: the sample contracts, their tests and a script, in the shape that every project of ours has."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ingot.errors import UsageError

__all__ = ["TEMPLATES", "create_project", "name_for"]

TEMPLATES = Path(__file__).parent / "templates"
"""The files of a new project as they are, but for PLACEHOLDER and RENAMED."""

PLACEHOLDER = "PROJECT_NAME"
_RENAMED = {"gitignore": ".gitignore"}
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_NAME_RULE = "a name has 1 to 64 of a-z, 0-9 and -, and neither starts nor ends with -"


def name_for(folder: Path) -> str:
    """A project's name made from its folder's: lower case, `-` for whatever a name cannot have.

    Raises: UsageError, if nothing is left.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:64].strip("-")
    if not name:
        raise UsageError(f"no project name can be made from the folder {str(folder)!r}: give one with --name")
    return name


def create_project(folder: Path, *, name: str | None = None) -> list[Path]:
    """Write a new project into `folder`, all of it or nothing. Returns its files, relative to `folder`.

    folder: made where it does not exist; what is in it already stays.      name: default from the folder.
    Raises: UsageError, if a file is in the way, the name is not one, or nothing can be written there.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no project name: {_NAME_RULE}")
    name = name_for(folder) if name is None else name
    contents = {
        _target(path): path.read_bytes() for path in sorted(TEMPLATES.rglob("*")) if _is_template(path)
    }
    _refuse_conflicts(folder, list(contents))
    made: list[Path] = []
    try:
        for relative, content in contents.items():
            _make_parents(folder / relative, made)
            with (folder / relative).open("xb") as file:
                made.append(folder / relative)
                file.write(content.replace(PLACEHOLDER.encode(), name.encode()))
    except OSError as err:
        _take_back(made)
        raise UsageError(f"nothing was made: cannot write {err.filename}: {err.strerror}") from err
    except BaseException:
        _take_back(made)
        raise
    return list(contents)


def _is_template(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _target(template: Path) -> Path:
    relative = template.relative_to(TEMPLATES)
    return relative.with_name(_RENAMED.get(relative.name, relative.name))


def _refuse_conflicts(folder: Path, files: list[Path]) -> None:
    if os.path.lexists(folder) and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder, or a new one")
    in_the_way = [str(path) for path in files if os.path.lexists(folder / path)]
    parents = {parent for path in files for parent in path.parents if parent != Path()}
    in_the_way += [
        str(path)
        for path in sorted(parents)
        if os.path.lexists(folder / path) and not (folder / path).is_dir()
    ]
    if in_the_way:
        raise UsageError(
            f"nothing was made: {folder} has files of the names that a new project needs:\n"
            + "\n".join(f"  {path}" for path in in_the_way)
            + "\nMove them away, or name another folder."
        )


def _make_parents(path: Path, made: list[Path]) -> None:
    missing = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir()
        made.append(parent)


def _take_back(made: list[Path]) -> None:
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
