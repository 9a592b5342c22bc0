"""From a version to a compiler: every route in order, and every reason if none is open."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Lock

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.download import downloaded_solc
from ingot.compile.solc.native import find_natives
from ingot.compile.solc.npm import NpmError, find_npm
from ingot.compile.solc.progress import Progress, to_stderr
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.routes import explicit_solc, native_solc, node_solc
from ingot.compile.solc.settings import Settings
from ingot.compile.solc.soljson import cached_versions, project_version
from ingot.compile.solc.version import Version
from ingot.compile.solc.wasm.routes import compiled_solc, wasmtime_solc
from ingot.errors import SolcNotFound

__all__ = ["Resolver", "resolve"]

_OPENERS: Mapping[str, Callable[[Version, Context], Solc]] = {
    "native": native_solc,
    "cached": compiled_solc,
    "download": downloaded_solc,
    "wasmtime": wasmtime_solc,
    "node": node_solc,
}
_LIST_AGE_S = 24 * 3600
_OLDEST = Version(0, 4, 11)  # the first that takes standard JSON


class Resolver:
    """Finds compilers, each once. Threads may share it.

    progress: takes a line for the user when something takes long.
    """

    def __init__(self, settings: Settings | None = None, *, progress: Progress = to_stderr) -> None:
        self.settings = settings or Settings.from_environment()
        self._context = Context(self.settings, Cache(self.settings.cache, warn=progress), progress)
        self._found: dict[Version, Solc] = {}
        self._lock = Lock()

    def resolve(self, version: Version | str) -> Solc:
        """The compiler of exactly `version`, made ready if need be.

        Raises: SolcNotFound, which lists every route and why it is closed.
        """
        wanted = Version.parse(version)
        with self._lock:
            if wanted not in self._found:
                self._found[wanted] = (
                    self._explicit(wanted) if self.settings.explicit else self._search(wanted)
                )
            return self._found[wanted]

    def _explicit(self, wanted: Version) -> Solc:
        solc = explicit_solc(self._context)
        if solc.version != wanted:
            raise SolcNotFound(
                f"solc {wanted} is needed, but INGOT_SOLC or `solidity.solc` names {solc.path}, which is "
                f"{solc.version}.\nName another solc, or remove the setting so that ingot finds {wanted}",
                version=str(wanted),
                tried=[("explicit", f"{solc.path} is {solc.version}")],
            )
        return solc

    def _search(self, wanted: Version) -> Solc:
        self._refuse_unknown(wanted)
        tried: list[tuple[str, str]] = []
        fixes: list[str] = []
        for route in self.settings.routes:
            try:
                return _OPENERS[route](wanted, self._context)
            except RouteClosed as error:
                tried.append((route, str(error)))
                if error.fix and error.fix not in fixes:
                    fixes.append(error.fix)
        raise SolcNotFound(_report(wanted, tried, fixes), version=str(wanted), tried=tried)

    def _refuse_unknown(self, wanted: Version) -> None:
        if wanted < _OLDEST:
            raise SolcNotFound(
                f"solc {wanted} is too old: the first that takes standard JSON is {_OLDEST}",
                version=str(wanted),
            )
        known = known_releases()
        newest = max(known)
        if wanted in known or wanted > newest:
            return
        near = min(known, key=lambda version: _distance(version, wanted))
        if wanted not in self.installed_versions():
            raise SolcNotFound(f"there is no solc {wanted}; the nearest is {near}", version=str(wanted))

    def installed_versions(self) -> list[Version]:
        """Versions that resolve without the network, newest first."""
        if self.settings.explicit:
            return [explicit_solc(self._context).version]
        found: set[Version] = set()
        routes = self.settings.routes
        if "native" in routes:
            natives = find_natives(self.settings.environ, cache=self._context.cache)
            found.update(native.version for native in natives)
        if {"wasmtime", "node"} & set(routes):
            found.update(cached_versions(self._context.cache))
            if version := project_version(self.settings.project):
                found.add(version)
        return sorted(found, reverse=True)

    def obtainable_versions(self) -> list[Version]:
        """Versions at hand, and those that npm has, newest first. npm is asked once a day at most."""
        if self.settings.explicit:
            return self.installed_versions()
        known = known_releases()
        fetched = {version for version in self._listed() if version not in known}
        on_npm = {version for version, release in known.items() if release.npm}
        return sorted(fetched | on_npm | set(self.installed_versions()), reverse=True)

    def _listed(self) -> list[Version]:
        cache = self._context.cache
        entry = cache.read_json("versions.json")
        entry = entry if isinstance(entry, dict) else {}
        old = [Version.parse(str(version)) for version in entry.get("versions", ())]
        fresh = float(entry.get("at", 0)) > time.time() - _LIST_AGE_S
        if fresh or self.settings.offline or cache.failure("npm-versions") is not None:
            return old
        npm = find_npm(self.settings.environ, folder=self.settings.project)
        if npm is None:
            return old
        try:
            versions = _releases(npm.versions())
        except NpmError as error:
            cache.remember_failure("npm-versions", str(error), for_s=600)
            return old
        cache.write_json(
            "versions.json", {"at": time.time(), "versions": [str(version) for version in versions]}
        )
        return versions


def _releases(names: Iterable[str]) -> list[Version]:
    return [version for name in names if "-" not in name and (version := Version.parse(name)) >= _OLDEST]


def _distance(one: Version, other: Version) -> tuple[int, int, int]:
    return (abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch))


def _report(wanted: Version, tried: list[tuple[str, str]], fixes: list[str]) -> str:
    lines = [f"no route leads to solc {wanted}:"]
    width = max((len(route) for route, _ in tried), default=0)
    lines += [f"  {route:<{width}}  {reason}" for route, reason in tried]
    if fixes:
        lines += ["to fix it, do one of these:", *(f"  {fix}" for fix in fixes)]
    return "\n".join(lines)


def resolve(version: Version | str, *, project: Path | None = None, progress: Progress = to_stderr) -> Solc:
    """The compiler of `version`, by the settings of the environment. Raises: SolcNotFound."""
    return Resolver(Settings.from_environment(project=project), progress=progress).resolve(version)
