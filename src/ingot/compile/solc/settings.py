"""What the resolver is told from outside: configuration and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from ingot.errors import UsageError

__all__ = ["ROUTES", "Build", "Settings"]

Build = Literal["auto", "wait", "background", "never"]
"""When a module must be compiled ahead of time: in the background while node serves, if there is a node (auto),
before the first compile (wait), never in this process (background), or not at all (never)."""

ROUTES = ("native", "cached", "download", "wasmtime", "node")
"""In the order in which they are tried. An explicit path comes before all and excludes them."""


@dataclass(frozen=True)
class Settings:
    """Where compilers may come from.

    explicit: a solc binary or a soljson.js that serves every request, or None.
    project: the folder whose node_modules may hold solc, and whose .npmrc npm reads.
    cache: the folder for downloads and compiled modules.
    offline: no route may use the network.
    routes: those allowed, a subset of ROUTES.
    """

    explicit: Path | None = None
    project: Path = field(default_factory=Path.cwd)
    cache: Path = field(default_factory=lambda: cache_folder(os.environ))
    offline: bool = False
    routes: tuple[str, ...] = ROUTES
    build: Build = "auto"
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @classmethod
    def from_environment(
        cls,
        *,
        project: Path | None = None,
        explicit: str | Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Settings from INGOT_SOLC, INGOT_CACHE_DIR, INGOT_OFFLINE, INGOT_SOLC_ROUTES and INGOT_SOLC_BUILD.

        explicit: `solidity.solc` of the configuration, relative to `project`. INGOT_SOLC, relative to the
        current folder, wins over it.
        Raises: UsageError, for a value that means nothing.
        """
        variables = dict(os.environ if environ is None else environ)
        folder = Path.cwd() if project is None else project
        named = variables.get("INGOT_SOLC")
        path = Path.cwd() / Path(named).expanduser() if named else _below(folder, explicit)
        return cls(
            explicit=path,
            project=folder,
            cache=cache_folder(variables),
            offline=_flag(variables, "INGOT_OFFLINE"),
            routes=_routes(variables),
            build=_build(variables),
            environ=variables,
        )


def cache_folder(environ: Mapping[str, str]) -> Path:
    """$INGOT_CACHE_DIR, else $XDG_CACHE_HOME/ingot, else ~/.cache/ingot."""
    if folder := environ.get("INGOT_CACHE_DIR"):
        return Path(folder).expanduser().absolute()
    if folder := environ.get("XDG_CACHE_HOME"):
        return Path(folder) / "ingot"
    return home_folder(environ) / ".cache" / "ingot"


def _below(folder: Path, path: str | Path | None) -> Path | None:
    return (folder / Path(path).expanduser()).absolute() if path else None


def home_folder(environ: Mapping[str, str]) -> Path:
    """The user's home as `environ` has it."""
    return Path(environ.get("HOME") or Path.home())


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value in ("", "0", "false", "no", "off"):
        return False
    if value in ("1", "true", "yes", "on"):
        return True
    raise UsageError(f"{name} is {value!r}; set it to 1 or 0")


def _routes(environ: Mapping[str, str]) -> tuple[str, ...]:
    words = environ.get("INGOT_SOLC_ROUTES", "").replace(",", " ").split()
    if unknown := [word for word in words if word not in ROUTES]:
        raise UsageError(f"INGOT_SOLC_ROUTES names {unknown[0]!r}; the routes are {', '.join(ROUTES)}")
    return tuple(route for route in ROUTES if route in words) if words else ROUTES


def _build(environ: Mapping[str, str]) -> Build:
    value = environ.get("INGOT_SOLC_BUILD") or "auto"
    for choice in get_args(Build):
        if value == choice:
            return choice  # type: ignore[no-any-return]
    raise UsageError(f"INGOT_SOLC_BUILD is {value!r}; choose one of {', '.join(get_args(Build))}")
