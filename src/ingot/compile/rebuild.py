"""One build: read, plan, compile, write, remember."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingot.artifacts.files import artifact_json
from ingot.compile.choice import Choice, Compiler, Compilers
from ingot.compile.dependencies import packages_of
from ingot.compile.diagnostic import Diagnostic
from ingot.compile.freshness import in_force
from ingot.compile.graph import SourceGraph
from ingot.compile.plan import Job, Target, group, plan_targets, select
from ingot.compile.reading import read_graph
from ingot.compile.remapping import project_remappings
from ingot.compile.report import counted, files_in_words
from ingot.compile.resolution import Resolution
from ingot.compile.run import MAX_THREADS, Result, run_jobs
from ingot.compile.source import hash_of, read_source
from ingot.compile.state import Output, State, fingerprint
from ingot.compile.storage import Storage
from ingot.config.model import Config
from ingot.errors import CompileError, SolcNotFound

__all__ = ["Outcome", "default_compilers", "rebuild"]

_SAFE_VIA_IR = (0, 8, 37)


@dataclass(frozen=True)
class Outcome:
    """state: stored.      compiled: units, sorted.      fresh: diagnostics that are new."""

    state: State
    compiled: tuple[str, ...]
    fresh: tuple[Diagnostic, ...]


def default_compilers(config: Config, progress: Callable[[str], None] | None) -> Compilers:
    """Every route that there is to a solc."""
    from ingot.compile.solc import Resolver, Settings

    settings = Settings.from_environment(project=config.root, explicit=config.solc)
    return Resolver(settings) if progress is None else Resolver(settings, progress=progress)


class _PlanIsVoid(Exception):
    """What the plan was made from has changed while we worked: a file, or the compiler behind a version."""


def rebuild(
    config: Config,
    storage: Storage,
    *,
    force: bool,
    patterns: Sequence[str],
    progress: Callable[[str], None],
    compilers: Compilers | None,
) -> Outcome:
    """Compile what is not up to date. The caller holds the lock. Raises: CompileError."""
    rebuilding = _Rebuild(
        config, storage, compilers or default_compilers(config, progress), progress, force=force
    )
    while True:
        try:
            return rebuilding.run(patterns)
        except _PlanIsVoid:
            continue  # The next turn reads anew, and keeps what it read.
        except SolcNotFound:
            if not rebuilding.remembers_choices:
                raise
            # What was chosen then is not to be had any more: choose anew, once.
            rebuilding.remembers_choices = False


@dataclass(frozen=True)
class _Plan:
    """state: what will be remembered, without what is compiled now.      dirty: the targets to compile."""

    graph: SourceGraph
    targets: Sequence[Target]
    dirty: Sequence[Target]
    state: State


class _Rebuild:
    def __init__(
        self,
        config: Config,
        storage: Storage,
        compilers: Compilers,
        progress: Callable[[str], None],
        *,
        force: bool,
    ) -> None:
        self.config = config
        self.storage = storage
        self.compilers = compilers
        self.progress = progress
        self.force = force
        self.remembers_choices = not force
        self.versions = _Versions(compilers)

    def run(self, patterns: Sequence[str]) -> Outcome:
        plan = self._plan(patterns)
        state, outcome = self._compile(plan)
        errors = [diagnostic for diagnostic in outcome.fresh if diagnostic.severity == "error"]
        # With patterns, other sources may be left out of date: then only another run can tell.
        is_complete = not errors and not patterns
        state = replace(state, is_complete=is_complete, long_versions=dict(self.versions.known))
        self.storage.write_json(self.storage.state_path, state.to_json())
        self._sweep(state)
        if errors:
            raise _refused(outcome.fresh)
        return replace(outcome, state=state)

    def _plan(self, patterns: Sequence[str]) -> _Plan:
        # READ
        former = State.from_json(self.storage.read_json(self.storage.state_path))
        resolution = Resolution(
            self.config.root,
            project_remappings(self.config),
            packages=packages_of(self.config),
            contracts_folder=self.config.contracts_folder,
        )
        graph = read_graph(self.config, resolution, known=former.units)
        contracts = {name: output.contracts for name, output in former.outputs.items()}
        roots = select(graph.units, patterns, contracts)
        _refuse_problems(graph, roots)

        # CHOOSE
        is_same_config = former.fingerprint == fingerprint(self.config)
        self.remembers_choices &= is_same_config and bool(former.choices)
        choices = dict(former.choices) if self.remembers_choices else {}
        choice = Choice(self.compilers)
        targets = plan_targets(self.config, graph, roots, resolution.remappings, choice, choices)
        if not self.force:
            self.versions.remember(former.long_versions)
        state = replace(
            former,
            fingerprint=fingerprint(self.config),
            remappings=in_force(self.config),
            units=graph.units,
            outputs={name: output for name, output in former.outputs.items() if name in graph.units},
            absent=graph.absent,
            choices=choices,
            is_complete=False,
        )
        return _Plan(
            graph, targets, [target for target in targets if self._is_dirty(target, graph, state)], state
        )

    def _is_dirty(self, target: Target, graph: SourceGraph, state: State) -> bool:
        output = state.outputs.get(target.unit)
        if self.force or output is None:
            return True
        if output.key != target.key(graph, self.versions.long_version(target.release)):
            return True
        paths = (self.storage.artifact_path(target.unit, name) for name in output.contracts)
        return not all(path.exists() for path in paths)

    def _compile(self, plan: _Plan) -> tuple[State, Outcome]:
        graph, state = plan.graph, plan.state
        jobs = group(plan.dirty, processors=min(os.cpu_count() or 1, MAX_THREADS))
        for line in _announced(graph, jobs):
            self.progress(line)
        compilers = {job.release: self.versions.compiler(job.release) for job in jobs}
        sources = _contents(graph, jobs)
        keys = {
            target.unit: target.key(graph, self.versions.long_version(target.release))
            for target in plan.dirty
        }
        outputs = dict(state.outputs)
        found = {diagnostic: None for diagnostic in state.diagnostics if diagnostic.file in graph.units}
        shown: dict[Diagnostic, None] = {}
        for result in run_jobs(jobs, compilers, sources):
            shown.update(dict.fromkeys(result.diagnostics))
            if result.failed:
                continue
            outputs.update(self._write(result, keys))
            # A file has the warnings of the job that compiles it, not those of jobs that only import it.
            units = set(result.job.units)
            found = {diagnostic: None for diagnostic in found if diagnostic.file not in units}
            found.update({diagnostic: None for diagnostic in result.diagnostics if diagnostic.file in units})
        for diagnostic in _advice(plan.targets):
            found[diagnostic] = shown[diagnostic] = None
        known = set(state.diagnostics)
        fresh = [
            diagnostic
            for diagnostic in shown
            if diagnostic.severity == "error"
            or (diagnostic not in known and _concerns_user(diagnostic, graph, found))
        ]
        state = replace(state, outputs=outputs, diagnostics=tuple(found))
        compiled = tuple(sorted(target.unit for target in plan.dirty))
        return state, Outcome(state, compiled, tuple(fresh))

    def _write(self, result: Result, keys: Mapping[str, str]) -> dict[str, Output]:
        outputs = {}
        if any(result.contracts.get(unit) for unit in result.job.units):
            self.storage.write_json(self.storage.build_info_path(result.build_id), result.build_info())
        for unit in result.job.units:
            contracts: Mapping[str, Any] = result.contracts.get(unit, {})
            for name, output in contracts.items():
                content = artifact_json(
                    unit, name, output, build_id=result.build_id, compiler=result.long_version
                )
                self.storage.write_json(self.storage.artifact_path(unit, name), content)
            outputs[unit] = Output(keys[unit], result.build_id, result.job.release, tuple(contracts))
        return outputs

    def _sweep(self, state: State) -> None:
        """Remove what belongs to no source any more."""
        keep = {
            self.storage.artifact_path(unit, name)
            for unit, output in state.outputs.items()
            for name in output.contracts
        }
        builds = {output.build_id for output in state.outputs.values()}
        keep |= {
            path
            for build in builds
            for path in (
                self.storage.build_info_path(build),
                self.storage.ast_path(build),
                self.storage.plain_path(build),
            )
        }
        for kind in ("artifacts", "build-info", "ast", "plain"):
            for path in self.storage.leftovers(kind, keep):
                self.storage.remove(path)


class _Versions:
    """Long versions of compilers: known from former builds, else asked for."""

    def __init__(self, compilers: Compilers) -> None:
        self._compilers = compilers
        self._ready: dict[str, Compiler] = {}
        self.known: dict[str, str] = {}

    def remember(self, long_versions: Mapping[str, str]) -> None:
        """Those of the last build; what was asked since then is surer."""
        self.known = {**long_versions, **self.known}

    def long_version(self, release: str) -> str:
        if release not in self.known:
            self.compiler(release)
        return self.known[release]

    def compiler(self, release: str) -> Compiler:
        """Raises: _PlanIsVoid, if it is another build of that release than the keys were made with."""
        if release not in self._ready:
            self._ready[release] = self._compilers.resolve(release)
        actual = self._ready[release].long_version
        if self.known.setdefault(release, actual) != actual:
            self.known[release] = actual
            raise _PlanIsVoid(release)
        return self._ready[release]


def _refuse_problems(graph: SourceGraph, roots: Sequence[str]) -> None:
    if not graph.problems:
        return
    reached = frozenset().union(*(graph.closure(root) for root in roots))
    problems = [problem for problem in graph.problems if problem.file in reached]
    if problems:
        raise _refused(problems)


def _refused(diagnostics: Sequence[Diagnostic]) -> CompileError:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    shown = "\n\n".join(error.formatted for error in errors)
    return CompileError(
        f"compiling failed with {counted(len(errors), 'error')}\n\n{shown}", diagnostics=diagnostics
    )


def _contents(graph: SourceGraph, jobs: Sequence[Job]) -> dict[str, bytes]:
    found = {}
    for name in frozenset().union(*(job.sources for job in jobs)) if jobs else ():
        content = graph.contents.get(name)
        if content is None:
            content = read_source(graph.units[name].path, name)
            if hash_of(content) != graph.units[name].content_hash:
                raise _PlanIsVoid(name)
        found[name] = content
    return found


def _announced(graph: SourceGraph, jobs: Sequence[Job]) -> list[str]:
    """A line for each compiler, however many jobs it has."""
    units: dict[str, list[str]] = {}
    for job in jobs:
        units.setdefault(job.release, []).extend(job.units)
    lines = []
    for release, names in units.items():
        own = sum(graph.units[name].is_own for name in names)
        lines.append(f"compiling {files_in_words(own, len(names) - own)} with solc {release}")
    return lines


def _concerns_user(diagnostic: Diagnostic, graph: SourceGraph, found: Container[Diagnostic]) -> bool:
    """Warnings about a dependency's sources are for its authors."""
    unit = graph.units.get(diagnostic.file)
    return unit is None or (unit.is_own and diagnostic in found)


def _advice(targets: Iterable[Target]) -> list[Diagnostic]:
    """Known faults of a compiler that the settings walk into."""
    releases = {target.release for target in targets if '"viaIR": true' in target.settings}
    return [
        Diagnostic(_via_ir_fault(release), severity="warning", kind="ViaIR")
        for release in sorted(releases)
        if tuple(map(int, release.split("."))) < _SAFE_VIA_IR
    ]


def _via_ir_fault(release: str) -> str:
    fault = "may spill variables wrongly under mutual recursion"
    if tuple(map(int, release.split("."))) < (0, 8, 34):
        fault = f"may clear the wrong storage (fixed in 0.8.34), and {fault}"
    return f"via_ir with solc {release} {fault}; use 0.8.37 or later (`solidity.version`), or turn via_ir off"
