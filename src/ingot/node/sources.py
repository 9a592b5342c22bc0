"""What the project knows of contracts that a node meets: whose code it is, and from which line an instruction comes."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ingot.errors import IngotError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.artifacts.source_map import Place, SourceMap, SourceTexts
    from ingot.interface import Interface
    from ingot.project import Project

__all__ = ["Sources"]

_REMEMBERED: Final = 512
"""Codes of which it is known whose they are."""

_BUILDS: Final = 8
"""Builds whose sources are kept."""

_LOOK_S: Final = 1.0
"""So often it is looked whether the project was compiled anew."""

_PLACEHOLDER: Final = re.compile(r"__.{36}__|__.{38}")


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
        self._texts: OrderedDict[str, SourceTexts | None] = OrderedDict()
        self._maps = lru_cache(maxsize=64)(self._read_map)

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

    def statement(
        self, artifact: Artifact, code: bytes, counter: int, *, is_creation: bool
    ) -> tuple[Place, str] | None:
        """The statement that an instruction is of, its line and its text; None, if it is of none that is known."""
        texts = self._texts_of(artifact)
        if texts is None:
            return None
        bytecode = artifact.initcode_object if is_creation else artifact.runtime_object
        return self._maps(bytecode.source_map, code).statement(counter, texts)

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
        self._texts.clear()
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
            made = (each for each in project.scope.interfaces if _is_initcode_of(each.artifact, initcode))
            found = next(made, None)
        else:
            found = project.scope.interface_of(key)
        self._known[key] = found
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _texts_of(self, artifact: Artifact) -> SourceTexts | None:
        """The sources of the build that an artifact is of; of the last few builds they are kept."""
        if artifact.build_id not in self._texts:
            from ingot.artifacts.build_info import build_info_of
            from ingot.artifacts.source_map import SourceTexts

            try:
                self._texts[artifact.build_id] = SourceTexts(build_info_of(artifact))
            except UsageError:
                self._texts[artifact.build_id] = None
            if len(self._texts) > _BUILDS:
                self._texts.popitem(last=False)
        return self._texts[artifact.build_id]

    def _read_map(self, source_map: str, code: bytes) -> SourceMap:
        from ingot.artifacts.source_map import SourceMap

        return SourceMap(source_map, code)


def _changed(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def _is_initcode_of(artifact: Artifact | None, initcode: bytes) -> bool:
    if artifact is None or not artifact.is_deployable:
        return False
    creation = artifact.initcode_object
    if not creation.link_references:
        return initcode.startswith(creation.code)
    if len(initcode) < creation.size:
        return False
    expected = bytes.fromhex(_PLACEHOLDER.sub("0" * 40, creation.text))
    return creation.masked(initcode[: creation.size]) == creation.masked(expected)
