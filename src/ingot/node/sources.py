"""What the project knows of contracts that a node meets: whose code it is, and what that was compiled from."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from ingot.errors import IngotError

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.config import Config
    from ingot.interface import Interface
    from ingot.project import Project
    from ingot.trace import Compilation, Program

__all__ = ["Sources"]

_REMEMBERED: Final = 512
"""Codes of which it is known whose they are."""

_BUILDS: Final = 8
"""Builds whose sources are kept."""

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
        key = (artifact.build_id, artifact.qualified_name, is_creation)
        if key not in self._programs:
            compilation = self._compilation_of(artifact)
            if compilation is None:
                return None
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
        reading = self._readings.get(artifact.build_id)
        if reading is None:
            assert self._project is not None
            reading = self._readings[artifact.build_id] = _Reading(self._project.config, artifact)
            if len(self._readings) > _BUILDS:
                self._readings.popitem(last=False)
            reading.join(_WAIT_S)
        return reading.found


class _Reading(threading.Thread):
    """Reads the sources of a build; the compiler is asked for syntax trees, unless somebody has asked for them before."""

    def __init__(self, config: Config, artifact: Artifact) -> None:
        super().__init__(name="ingot.sources", daemon=True)
        self.found: Compilation | None = None
        self._config = config
        self._artifact = artifact
        self.start()

    def run(self) -> None:
        from ingot.artifacts.build_info import build_info_of
        from ingot.compile.ast import load_asts
        from ingot.trace import compilation_of

        try:
            build_info = build_info_of(self._artifact)
            trees = load_asts(self._config, self._artifact)
            self.found = compilation_of(build_info["input"], build_info["output"]["sources"], trees)
        except (
            IngotError,
            KeyError,
            OSError,
        ):  # of another tool, or without a compiler: there are no lines then
            return


def _changed(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
