"""Compile a project: what changed, and nothing else.

    build = compile_project(load_config(find_root()))
    build.artifacts["Token"].initcode

The way through an unchanged project touches no compiler and imports none: it compares stats, and hashes where they
cannot be trusted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ingot import __version__
from ingot.artifacts import ArtifactEntry, Artifacts
from ingot.compile.diagnostic import Diagnostic
from ingot.compile.freshness import refreshed_units, watched_paths
from ingot.compile.graph import Sources, find_sources
from ingot.compile.report import summary
from ingot.compile.stamp import remove_stamp, write_stamp
from ingot.compile.state import State, fingerprint
from ingot.compile.storage import Storage
from ingot.config.model import Config

if TYPE_CHECKING:
    from ingot.compile.choice import Compilers

__all__ = ["Build", "compile_project", "load_build"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Build:
    """A project's compiled state.

    compiled: units that this call compiled, dependencies included.      seconds: what it took.
    diagnostics: all warnings that the present sources have.
    fresh: those of the project's own sources that nobody has been shown.
    """

    config: Config
    state: State = field(repr=False)
    artifacts: Artifacts = field(repr=False)
    compiled: tuple[str, ...] = ()
    fresh: tuple[Diagnostic, ...] = field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and infos."""
        return self.state.diagnostics

    @property
    def own_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Those of the project's own sources, and those of no source."""
        units = self.state.units
        return tuple(
            found for found in self.diagnostics if found.file not in units or units[found.file].is_own
        )

    @property
    def releases(self) -> list[str]:
        """Versions of solc in use, sorted."""
        return sorted({output.release for output in self.state.outputs.values()}, key=_release_key)


def _release_key(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def load_build(config: Config) -> Build:
    """The last build, whatever has changed since. Raises: UsageError, if there is none."""
    from ingot.errors import UsageError

    storage = Storage(config.build_folder)
    state = State.from_json(storage.read_json(storage.state_path))
    if not state.fingerprint:
        raise UsageError(f"{config.root} has not been compiled yet: run `ingot compile`")
    return _build(config, storage, state)


def compile_project(
    config: Config,
    *,
    force: bool = False,
    patterns: Sequence[str] = (),
    progress: Progress | None = None,
    compilers: Compilers | None = None,
) -> Build:
    """Compile what changed since the last build.

    force: compile everything, and choose compilers anew.      patterns: only the sources that they name.
    progress: takes a line for the user.      compilers: where solc comes from; by default, wherever it can.
    Raises: CompileError, if solc refuses a source or an import leads nowhere; the last good artifacts stay.
    """
    started = time.perf_counter()
    storage = Storage(config.build_folder)
    if not force and (build := _unchanged(config, storage, patterns)) is not None:
        return replace(build, seconds=time.perf_counter() - started)
    from ingot.compile.rebuild import rebuild

    storage.prepare()
    say = progress or _silent
    with storage.locked(waiting=lambda: say("another process is compiling this project: waiting for it ...")):
        # Whoever had the lock may have done the work.
        if not force and (build := _unchanged(config, storage, patterns)) is not None:
            return replace(build, seconds=time.perf_counter() - started)
        read_at_ns = time.time_ns()
        remove_stamp(storage.folder)
        outcome = rebuild(config, storage, force=force, patterns=patterns, progress=say, compilers=compilers)
        build = _build(config, storage, outcome.state)
        if outcome.state.is_complete:
            _stamp(build, storage, find_sources(config), read_at_ns)
    return replace(
        build, compiled=outcome.compiled, fresh=outcome.fresh, seconds=time.perf_counter() - started
    )


def _silent(_line: str) -> None:
    return


def _unchanged(config: Config, storage: Storage, patterns: Sequence[str]) -> Build | None:
    read_at_ns = time.time_ns()
    state = State.from_json(storage.read_json(storage.state_path))
    if not state.is_complete or state.fingerprint != fingerprint(config):
        return None
    sources = find_sources(config)
    units = refreshed_units(config, storage, state, sources)
    if units is None:
        return None
    if patterns:
        from ingot.compile.plan import select

        select(units, patterns, {name: output.contracts for name, output in state.outputs.items()})
    if units != state.units:
        state = replace(state, units=units)
        _remember(storage, state)
    build = _build(config, storage, state)
    _stamp(build, storage, sources, read_at_ns)
    return build


def _stamp(build: Build, storage: Storage, sources: Sources, read_at_ns: int) -> None:
    """Let the next run take the shortest way, unless the configuration depends on more than files."""
    if build.config.uses_environment:
        return
    paths = watched_paths(build.config, storage, build.state, sources)
    write_stamp(storage.folder, paths, summary=summary(build), version=__version__, read_at_ns=read_at_ns)


def _remember(storage: Storage, state: State) -> None:
    """Store newer stats, so that the next run need not hash. Not needed for correctness: failing is fine."""
    from ingot.errors import IngotError

    try:
        storage.write_json(storage.state_path, state.to_json())
    except IngotError:
        return


def _build(config: Config, storage: Storage, state: State) -> Build:
    units = sorted(state.outputs, key=lambda name: (not _is_own(state, name), name))
    entries = [
        ArtifactEntry(name, unit, storage.artifact_path(unit, name), is_dependency=not _is_own(state, unit))
        for unit in units
        for name in state.outputs[unit].contracts
    ]
    return Build(config, state, Artifacts(entries, where=config.name or "the project"))


def _is_own(state: State, unit: str) -> bool:
    return unit in state.units and state.units[unit].is_own
