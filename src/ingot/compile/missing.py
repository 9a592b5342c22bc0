"""Imports that lead nowhere: where they were looked for, and what brings them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ingot.compile.diagnostic import Diagnostic, Note

if TYPE_CHECKING:
    from ingot.compile.graph import Link
    from ingot.compile.resolution import Resolved
    from ingot.config.model import Config

__all__ = ["missing_import"]


def missing_import(
    config: Config, link: Link, resolved: Resolved, importer: str, source: bytes
) -> Diagnostic:
    """An error at the import directive."""
    text = source.decode().splitlines()[link.line - 1]
    at = text.find(link.path)
    looked = [_shown(path, config.root) for path in resolved.looked] or ["node_modules (there is none)"]
    if not any("node_modules" in path for path in looked) and not link.path.startswith("."):
        looked.append("node_modules (there is none)")
    meant = f" (that is {resolved.unit})" if resolved.unit != link.path else ""
    return Diagnostic(
        message=f'there is no file for import "{link.path}"{meant}',
        file=importer,
        line=link.line,
        column=max(at, 0) + 1,
        text=text,
        length=len(link.path) if at >= 0 else max(1, len(text)),
        kind="MissingImport",
        notes=(Note(f"looked for {', '.join(looked)}"), Note(_remedy(config, link, resolved))),
    )


def _shown(path: Path, root: Path) -> str:
    relative = os.path.relpath(path, root)
    return str(path) if relative.startswith(os.pardir + os.sep + os.pardir) else relative


def _remedy(config: Config, link: Link, resolved: Resolved) -> str:
    if link.path.startswith("."):
        return _nearest_file(config.root, resolved.unit)
    parts = link.path.split("/")
    package = "/".join(parts[:2]) if link.path.startswith("@") else parts[0]
    for dependency in config.dependencies:
        if package == dependency.reference or parts[0].removeprefix("@") == dependency.name:
            return f"the configuration names {dependency.name}: run `ingot install`"
    if package == "forge-std":
        return "run `forge install foundry-rs/forge-std`, or add a remapping to remappings.txt"
    own = ("contracts", "src", config.contracts_folder)
    if not package.endswith(".sol") and (link.path.startswith("@") or package not in own):
        return f"run `npm install {package}`, or name it under `dependencies:` and run `ingot install`"
    return _nearest_file(config.root, resolved.unit)


def _nearest_file(root: Path, unit: str) -> str:
    from difflib import get_close_matches

    folder, _, name = unit.rpartition("/")
    try:
        names = [entry.name for entry in (root / folder).iterdir() if entry.name.endswith(".sol")]
    except OSError:
        return f"there is no folder {folder or '.'}: imports are relative to the importing file, or start at the project"
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {folder + '/' if folder else ''}{near[0]}?"
    return f"{folder or 'the project'} holds {', '.join(sorted(names)[:6]) or 'no .sol file'}"
