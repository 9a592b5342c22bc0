"""Source unit names: how solc makes them of imports, and which remappings a project has without being told.

Source: solc docs, "Import Path Resolution" and "Import Remapping".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ingot.compile.dependencies import names_dependency
from ingot.config.fields import parse_remapping
from ingot.config.model import Config, Remapping

__all__ = [
    "absolute_import",
    "apply_remappings",
    "detect_remappings",
    "normalized",
    "project_remappings",
    "remapping_files",
]


def absolute_import(path: str, importer: str) -> str:
    """The name that `path` has in unit `importer`: only `./` and `../` depend on the importer.

    Going above the first folder is not an error for solc: what is left over is dropped.
    """
    parts = path.split("/")
    if parts[0] not in (".", ".."):
        return path
    folder = importer.split("/")[:-1]
    for part in parts:
        if part == "..":
            folder = folder[:-1]
        elif part not in (".", ""):
            folder = [*folder, part]
    return "/".join(folder)


def apply_remappings(remappings: Iterable[Remapping], path: str, importer: str) -> str:
    """As solc does: the longest context wins, then the longest prefix, then the last one."""
    best: Remapping | None = None
    for remapping in remappings:
        if not importer.startswith(remapping.context) or not path.startswith(remapping.prefix):
            continue
        rank = (len(remapping.context), len(remapping.prefix))
        if best is None or rank >= (len(best.context), len(best.prefix)):
            best = remapping
    return path if best is None else best.target + path[len(best.prefix) :]


def normalized(remapping: Remapping, root: Path) -> Remapping:
    """With a target that is relative to the project where it lies inside; a folder's ends with `/`, and its prefix too."""
    prefix, target = remapping.prefix, remapping.target
    if target.startswith("/"):
        relative = os.path.relpath(target, root).replace(os.sep, "/")
        if not relative.startswith(".."):
            target = relative + ("/" if target.endswith("/") else "")
    target = target.removeprefix("./")
    if target and (root / target).is_dir():
        prefix, target = prefix.rstrip("/") + "/", target.rstrip("/") + "/"
    return Remapping(remapping.context, prefix, target)


def detect_remappings(config: Config) -> tuple[Remapping, ...]:
    """Remappings that nobody wrote: for each folder in `lib/`, as forge finds them. Weaker than those written.

    A library's own remappings.txt counts inside that library.
    """
    found: dict[tuple[str, str], Remapping] = {}
    lib = config.root / "lib"
    for name in _libraries(config):
        base = f"lib/{name}"
        inner = next((folder for folder in ("src", "contracts") if (lib / name / folder).is_dir()), "")
        target = f"{base}/{inner}/" if inner else f"{base}/"
        found[("", f"{name}/")] = Remapping("", f"{name}/", target)
        for remapping in _own_remappings(lib / name, base):
            found[(remapping.context, remapping.prefix)] = remapping
    return tuple(sorted(found.values(), key=str))


def _own_remappings(folder: Path, base: str) -> Iterable[Remapping]:
    try:
        lines = (folder / "remappings.txt").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        try:
            own = parse_remapping(line)
        except ValueError:
            continue  # Not ours to refuse.
        if not line.strip().startswith("#") and not own.target.startswith("/"):
            target = f"{base}/{own.target.removeprefix('./')}"
            yield Remapping(f"{base}/", own.prefix, target)
            if own.prefix.startswith("@"):
                yield Remapping("", own.prefix, target)


def project_remappings(config: Config) -> tuple[Remapping, ...]:
    """Those written, and the detected ones that no written one replaces.

    Of several for one context and prefix the last one stays: the configuration wins over remappings.txt.
    """
    written = [
        normalized(remapping, config.root)
        for remapping in config.remappings
        if not names_dependency(config, remapping)
    ]
    by_prefix = {
        (remapping.context, remapping.prefix.rstrip("/")): remapping
        for remapping in (*detect_remappings(config), *written)
    }
    return tuple(by_prefix.values())


def _libraries(config: Config) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(config.root / "lib") if entry.is_dir())
    except OSError:
        return []


def remapping_files(config: Config) -> list[str]:
    """What `detect_remappings` looks at."""
    lib = config.root / "lib"
    watched = [str(lib)]
    for name in _libraries(config):
        watched += [str(lib / name), str(lib / name / "remappings.txt")]
    return watched
