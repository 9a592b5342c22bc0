"""From a version to a compiler: every route in order, and every reason if none is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.progress import Progress, to_stderr
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.settings import Settings
from ingot.compile.solc.version import Version
from ingot.errors import SolcNotFound

__all__ = ["Resolver", "resolve"]


class Resolver:
    """Finds compilers, each once. Threads may share it.

    progress: takes a line for the user when something takes long.
    """

    def __init__(self, settings: Settings | None = None, *, progress: Progress = to_stderr) -> None:
        self.settings = settings or Settings.from_environment()
        self._context = Context(self.settings, Cache(self.settings.cache, warn=progress), progress)
        self._found: dict[Version, Solc] = {}
        self._locks: dict[Version, Lock] = {}

    def resolve(self, version: Version | str) -> Solc:
        """The compiler of exactly `version`, made ready if need be.

        Raises: SolcNotFound, which lists every route and why it is closed.
        """
        wanted = Version.parse(version)
        with self._locks.setdefault(wanted, Lock()):
            if wanted not in self._found:
                self._found[wanted] = (
                    self._explicit(wanted) if self.settings.explicit else self._search(wanted)
                )
            return self._found[wanted]

    def installed_versions(self) -> list[Version]:
        """Versions that resolve without the network, newest first."""
        return sorted(self.at_hand(), reverse=True)

    def obtainable_versions(self) -> list[Version]:
        """Versions at hand, and those that npm has, newest first. npm is asked once a day at most."""
        at_hand = set(self.at_hand())
        if self.settings.explicit is None:
            from ingot.compile.solc.inventory import obtainable

            at_hand |= obtainable(self._context)
        return sorted(at_hand, reverse=True)

    def at_hand(self) -> Mapping[Version, Sequence[tuple[str, Path]]]:
        """(what, where) of each version that resolves without the network."""
        if self.settings.explicit is None:
            from ingot.compile.solc.inventory import at_hand

            return at_hand(self._context)
        from ingot.compile.solc.routes import explicit_solc

        solc = explicit_solc(self._context)
        return {solc.version: [(solc.route, solc.path)]}

    def _explicit(self, wanted: Version) -> Solc:
        from ingot.compile.solc.routes import explicit_solc

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
        tried: list[tuple[str, str]] = []
        fixes: list[str] = []
        for route in self.settings.routes:
            try:
                return _opener(route)(wanted, self._context)
            except RouteClosed as error:
                tried.append((route, str(error)))
                if error.fix and error.fix not in fixes:
                    fixes.append(error.fix)
            if route in ("native", "cached"):
                _refuse_unknown(wanted)  # before anything is fetched
        raise SolcNotFound(_report(wanted, tried, fixes), version=str(wanted), tried=tried)


def _opener(route: str) -> Callable[[Version, Context], Solc]:
    """What opens the route. Each is loaded when it is its turn: most searches end at the first or second."""
    if route == "native":
        from ingot.compile.solc.routes import native_solc as opener
    elif route == "cached":
        from ingot.compile.solc.wasm.compiled import compiled_solc as opener
    elif route == "download":
        from ingot.compile.solc.download import downloaded_solc as opener
    elif route == "wasmtime":
        from ingot.compile.solc.wasm.compiling import wasmtime_solc as opener
    else:
        from ingot.compile.solc.routes import node_solc as opener
    return opener


def _refuse_unknown(wanted: Version) -> None:
    """Raises: SolcNotFound, for a version that was never released. What is newer than the newest known may exist."""
    known = known_releases()
    if wanted in known or wanted > max(known):
        return
    oldest = min(known)
    if wanted < oldest:
        reason = f"solc {wanted} is too old: the first that takes standard JSON is {oldest}"
    else:
        near = min(known, key=lambda version: _distance(version, wanted))
        reason = f"there is no solc {wanted}; the nearest is {near}"
    raise SolcNotFound(reason, version=str(wanted), tried=[("releases", reason)])


def _distance(one: Version, other: Version) -> tuple[int, int, int]:
    return (abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch))


def _report(wanted: Version, tried: list[tuple[str, str]], fixes: list[str]) -> str:
    lines = [f"no route leads to solc {wanted}:"]
    width = max((len(route) for route, _ in tried), default=0)
    lines += [f"  {route:<{width}}  {reason}" for route, reason in tried]
    newest = max(known_releases())
    if wanted > newest:
        lines.append(f"the newest that this ingot knows is {newest}")
    if fixes:
        lines += ["to fix it, do one of these:", *(f"  {fix}" for fix in fixes)]
    return "\n".join(lines)


def resolve(version: Version | str, *, project: Path | None = None, progress: Progress = to_stderr) -> Solc:
    """The compiler of `version`, by the settings of the environment. Raises: SolcNotFound."""
    return Resolver(Settings.from_environment(project=project), progress=progress).resolve(version)
