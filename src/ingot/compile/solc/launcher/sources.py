"""Files for a compile: those named, and what they import, found as solc's own reader finds them.

Source: solc docs, "Import Path Resolution": base path, include paths, remappings, allowed paths.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ingot.compile.scanning import scan
from ingot.compile.solc.launcher.options import Options
from ingot.compile.solc.version import Version
from ingot.errors import UsageError

__all__ = ["SourceReader"]

_NAMES_FROM_BASE = Version(0, 8, 8)  # since then names of files are relative to the base path


class SourceReader:
    """Reads sources by unit name. remappings: `context:prefix=target` texts."""

    def __init__(self, options: Options, version: Version, *, remappings: Iterable[str] = ()) -> None:
        self._roots = (options.base_path, *options.include_paths)
        self._version = version
        self._remappings = [_parse(text) for text in (*options.remappings, *remappings)]
        allowed = [
            *self._roots,
            *(Path(folder) for folder in options.values.get("--allow-paths", "").split(",") if folder),
        ]
        allowed += [Path(file).parent for file in options.files if file != "-"]
        allowed += [
            Path(target) if target.endswith("/") else Path(target).parent
            for _, _, target in self._remappings
            if target
        ]
        self._allowed = {Path(os.path.realpath(folder)) for folder in allowed}

    def named(self, file: str) -> tuple[str, str]:
        """(unit name, content) of a file on the command line. Raises: UsageError, if it cannot be read."""
        path = Path(file)
        try:
            content = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f'"{file}" is not found.' if not path.exists() else f"{file}: {error.strerror}"
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{file} is not UTF-8") from error
        return self._unit_name(file), content

    def _unit_name(self, file: str) -> str:
        if self._version < _NAMES_FROM_BASE:
            return Path(file).as_posix()
        absolute = Path(os.path.normpath(Path.cwd() / file))
        for root in self._roots:
            folder = Path(os.path.normpath(Path.cwd() / root))
            if absolute.is_relative_to(folder):
                return absolute.relative_to(folder).as_posix()
        return absolute.as_posix()

    def complete(self, sources: dict[str, str]) -> dict[str, str]:
        """`sources` (unit name -> content) and all that they import, as far as it can be found."""
        complete = dict(sources)
        waiting = list(sources)
        while waiting:
            importer = waiting.pop()
            for directive in scan(complete[importer].encode()).imports:
                name = self._remapped(_absolute(directive.path, importer), importer)
                if name not in complete and (content := self.read(name)) is not None:
                    complete[name] = content
                    waiting.append(name)
        return complete

    def read(self, name: str) -> str | None:
        """Content of the unit, or None if it is in no root or outside the allowed folders."""
        for root in self._roots:
            path = root / name.removeprefix("file://")
            if path.is_file() and self._is_allowed(path):
                try:
                    return path.read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    return None
        return None

    def _is_allowed(self, path: Path) -> bool:
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(folder) for folder in self._allowed)

    def _remapped(self, path: str, importer: str) -> str:
        """The longest context wins, then the longest prefix, then the last one."""
        best: tuple[str, str, str] | None = None
        for context, prefix, target in self._remappings:
            fits = importer.startswith(context) and path.startswith(prefix)
            if fits and (best is None or (len(context), len(prefix)) >= (len(best[0]), len(best[1]))):
                best = (context, prefix, target)
        return path if best is None else best[2] + path[len(best[1]) :]


def _parse(remapping: str) -> tuple[str, str, str]:
    left, _, target = remapping.partition("=")
    context, _, prefix = left.rpartition(":")
    return context, prefix, target


def _absolute(path: str, importer: str) -> str:
    """Unit name that `path` has in `importer`: only `./` and `../` depend on it."""
    if path.split("/")[0] not in (".", ".."):
        return path
    folder = importer.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            folder = folder[:-1]
        elif part not in (".", ""):
            folder = [*folder, part]
    return "/".join(folder)
