"""What the project knows of contracts that a node meets: whose code it is, and what that was compiled from."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ingot.errors import IngotError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.config import Config
    from ingot.interface import Interface
    from ingot.project import Project
    from ingot.trace import Compilation, Program

__all__ = ["Sources"]

T = TypeVar("T")

_REMEMBERED: Final = 512
"""Codes of which it is known whose they are."""

_BUILDS: Final = 16
"""Builds whose sources are kept, and whose plain code."""

_LOOK_S: Final = 1.0
"""So often it is looked whether the project was compiled anew."""

_WAIT_S: Final = 5.0
"""So long the first failure of a build waits for its syntax trees; if they take longer, it is told without lines."""


class Sources:
    """The artifacts of a project as it was compiled last, read when they are first asked for; for one thread.

    start: the project, or a folder in it. Where there is none, or it was never compiled, nothing is known.
    """

    def __init__(self, start: Path) -> None:
        self._start = start
        self._project: Project | None = None
        self._state: Path | None = None
        self._stamp: int | None = None
        self._looked = -_LOOK_S
        self._known: OrderedDict[bytes, Interface | None] = OrderedDict()
        self._readings: OrderedDict[str, _Reading] = OrderedDict()
        self._programs: OrderedDict[tuple[str, str, bool], Program] = OrderedDict()

    @property
    def any_interface(self) -> Interface | None:
        """One of the project's, through which its errors are found."""
        project = self._current()
        return None if project is None else next(iter(project.scope.interfaces), None)

    def of_code(self, code: bytes) -> Interface | None:
        """The contract whose code this is, up to immutables and libraries."""
        return self._find(code, is_initcode=False)

    def of_initcode(self, initcode: bytes) -> Interface | None:
        """The contract that this makes, arguments of its constructor included."""
        return self._find(b"\0initcode" + initcode, is_initcode=True)

    def program(self, artifact: Artifact, *, is_creation: bool) -> Program | None:
        """The code of a contract with its sources, or that which creates it; None, if these are not known, or not yet."""
        compilation = self._compilation_of(artifact)
        return None if compilation is None else self._program(compilation, artifact, is_creation)

    def plain(self, artifact: Artifact, *, is_creation: bool) -> Program | None:
        """The same without the optimizer."""
        compilation, project = self._compilation_of(artifact), self._project
        if compilation is None or project is None:
            return None
        contracts = self._read(f"plain {artifact.build_id}", lambda: _plain(project.config, artifact))
        found = None if contracts is None else contracts.get((artifact.source, artifact.name))
        if found is None or not found.is_deployable:
            return None
        plainly = replace(compilation, is_vague=False)
        return self._program(plainly, replace(found, build_id=f"plain {artifact.build_id}"), is_creation)

    def _program(self, compilation: Compilation, artifact: Artifact, is_creation: bool) -> Program:
        key = (artifact.build_id, artifact.qualified_name, is_creation)
        if key not in self._programs:
            self._programs[key] = compilation.program(artifact, is_creation=is_creation)
            if len(self._programs) > _REMEMBERED:
                self._programs.popitem(last=False)
        return self._programs[key]

    # The project

    def _current(self) -> Project | None:
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked = now
            self._look()
        return self._project

    def _look(self) -> None:
        """Read the project anew if it was compiled since. What tells that is one file, once it is known which."""
        if self._state is not None and _changed(self._state) == self._stamp:
            return
        from ingot.config import find_root, load_config

        self._state, self._stamp, self._project = None, None, None
        self._known.clear()
        self._readings.clear()
        self._programs.clear()
        try:
            config = load_config(find_root(self._start))
            state = config.build_folder / "state.json"
            stamp = _changed(state)
            if stamp is None:
                return
            from ingot.compile import load_build
            from ingot.project import Project

            self._state, self._stamp = state, stamp
            project = Project(config, load_build(config).artifacts)
            project.scope.interface_of(b"")  # reads the artifacts
            self._project = project
        except (IngotError, OSError):
            return

    def _find(self, key: bytes, *, is_initcode: bool) -> Interface | None:
        project = self._current()
        if project is None:
            return None
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if is_initcode:
            initcode = key[len(b"\0initcode") :]
            made = (
                each
                for each in project.scope.interfaces
                if each.artifact is not None
                and each.artifact.initcode_object.is_code_of(initcode, is_initcode=True)
            )
            found = next(made, None)
        else:
            found = project.scope.interface_of(key)
        self._known[key] = found
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _compilation_of(self, artifact: Artifact) -> Compilation | None:
        """The sources of the build that an artifact is of; of the last few builds they are kept."""
        project = self._project
        if project is None:
            return None
        return self._read(artifact.build_id, lambda: _compilation(project.config, artifact))

    def _read(self, name: str, read: Callable[[], T]) -> T | None:
        reading = self._readings.get(name)
        if reading is None:
            reading = self._readings[name] = _Reading(read)
            if len(self._readings) > _BUILDS:
                self._readings.popitem(last=False)
            reading.join(_WAIT_S)
        found: T | None = reading.found
        return found


class _Reading(threading.Thread):
    """Reads what takes long, and what a compiler may have to be asked for."""

    def __init__(self, read: Callable[[], Any]) -> None:
        super().__init__(name="ingot.sources", daemon=True)
        self.found: Any = None
        self._read = read
        self.start()

    def run(self) -> None:
        try:
            self.found = self._read()
        except (
            IngotError,
            KeyError,
            OSError,
        ):  # of another tool, or without a compiler: there are no lines then
            return


def _compilation(config: Config, artifact: Artifact) -> Compilation:
    from ingot.artifacts.build_info import build_info_of
    from ingot.compile.ast import load_asts
    from ingot.trace import compilation_of

    build_info = build_info_of(artifact)
    trees = load_asts(config, artifact)
    return compilation_of(build_info["input"], build_info["output"]["sources"], trees)


def _plain(config: Config, artifact: Artifact) -> dict[tuple[str, str], Artifact]:
    from ingot.compile.plain import load_plain
    from ingot.trace import plain_settings

    return load_plain(config, artifact, plain_settings)


def _changed(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
