"""Which compilers are at hand without the network, and which npm has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.context import Context
from ingot.compile.solc.native import find_natives
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.soljson import cached_soljsons, project_version
from ingot.compile.solc.version import Version
from ingot.compile.solc.wasm.module import entry_name, entry_version

__all__ = ["OLDEST", "at_hand", "obtainable"]

OLDEST = Version(0, 4, 11)
"""The first solc that takes standard JSON."""

_RELEASE = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_LIST_AGE_S = 24 * 3600.0
_SILENCE_S = 600.0


def at_hand(context: Context) -> dict[Version, list[tuple[str, Path]]]:
    """(what, where) of each version, in the order in which the resolver would take them."""
    found: dict[Version, list[tuple[str, Path]]] = {}
    for version, what, path in _ways(context):
        found.setdefault(version, []).append((what, path))
    return found


def _ways(context: Context) -> Iterator[tuple[Version, str, Path]]:
    settings, cache = context.settings, context.cache
    if "native" in settings.routes:
        for native in find_natives(settings.environ, cache=cache):
            yield native.version, "native", native.path
    if "cached" in settings.routes:
        yield from ((version, "wasmtime", path) for version, path in _compiled(cache))
    if {"wasmtime", "node"} & set(settings.routes):
        if found := project_version(settings.project):
            yield found[0], "node_modules", found[1]
        yield from ((version, "soljson", path) for version, path in cached_soljsons(cache))


def _compiled(cache: Cache) -> Iterator[tuple[Version, Path]]:
    by_entry = {entry_name(release.soljson_sha256): version for version, release in known_releases().items()}
    for folder in cache.find_all("wasm"):
        for path in sorted(folder.glob("[0-9a-f]*")):
            version = by_entry.get(f"wasm/{path.name}") or entry_version(path)
            if version:
                yield version, path


def obtainable(context: Context) -> set[Version]:
    """Versions that npm has, by what is known and by npm's list, which is asked for once a day at most."""
    known = known_releases()
    on_npm = {version for version, release in known.items() if release.npm}
    return on_npm | {version for version in _listed(context) if version not in known}


def _listed(context: Context) -> list[Version]:
    cache, settings = context.cache, context.settings
    content, age_s = cache.read_dated("versions.json")
    kept = _releases(content if isinstance(content, list) else [])
    if settings.offline or age_s < _LIST_AGE_S or cache.failure("npm-versions"):
        return kept
    from ingot.compile.solc.npm import NpmError, find_npm

    npm = find_npm(settings.environ, folder=settings.project)
    if npm is None:
        return kept
    try:
        names = npm.versions()
    except NpmError as error:
        cache.remember_failure("npm-versions", str(error), for_s=_SILENCE_S)
        return kept
    cache.write_dated("versions.json", names)
    return _releases(names)


def _releases(names: Iterable[object]) -> list[Version]:
    found = [Version.parse(str(name)) for name in names if _RELEASE.fullmatch(str(name))]
    return [version for version in found if version >= OLDEST]
