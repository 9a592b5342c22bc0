"""Which solc compiles a source: the newest that every pragma of its closure allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ingot.compile.pragma import Range, Release, parse_range, parse_release, release_text
from ingot.errors import CompileError, ConfigError

__all__ = ["Choice", "Compiler", "Compilers", "Demand"]


class Compiler(Protocol):
    """A solc that is ready to run."""

    @property
    def long_version(self) -> str:
        """`0.8.24+commit.e11b9ed9`."""

    def compile(self, standard_json: dict[str, Any], /) -> dict[str, Any]:
        """Output for standard JSON; errors in the contracts are in `["errors"]`."""


class Compilers(Protocol):
    """Where compilers come from; `ingot.compile.solc.Resolver` is the real one."""

    def installed_versions(self) -> Sequence[Any]:
        """Versions at hand."""

    def obtainable_versions(self) -> Sequence[Any]:
        """Versions at hand or within reach."""

    def resolve(self, version: str, /) -> Compiler:
        """The compiler of exactly that version."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Somebody asks for a range. place: `contracts/A.sol:2`, or the configuration."""

    place: str
    text: str


class Choice:
    """Chooses versions for one build; asks the resolver once, and only if it must."""

    def __init__(self, compilers: Compilers) -> None:
        self._compilers = compilers
        self._installed: list[Release] | None = None
        self._obtainable: list[Release] | None = None

    def choose(self, demands: Sequence[Demand]) -> Release:
        """The newest version at hand that meets all demands, else the newest obtainable.

        Raises: CompileError with a table, if demands contradict each other or no solc meets them; ConfigError, for a
        pragma that is no range.
        """
        ranges = [_range_of(demand) for demand in demands]
        exact = _exact(ranges)
        if exact is not None and all(exact in allowed for allowed in ranges):
            return exact
        if self._installed is None:
            self._installed = _releases(self._compilers.installed_versions())
        found = _newest(self._installed, ranges)
        if found is not None:
            return found
        if self._obtainable is None:
            self._obtainable = _releases(self._compilers.obtainable_versions())
        found = _newest(self._obtainable, ranges)
        if found is not None:
            return found
        raise CompileError(_conflict(demands, ranges, self._obtainable))


def _range_of(demand: Demand) -> Range:
    try:
        return parse_range(demand.text)
    except ValueError as error:
        raise ConfigError(f"{demand.place}: {error}") from None


def _exact(ranges: Iterable[Range]) -> Release | None:
    """The one release that a range leaves open, if one does."""
    for allowed in ranges:
        if len(allowed.alternatives) == 1:
            low, high = allowed.alternatives[0]
            if high == (low[0], low[1], low[2] + 1):
                return low
    return None


def _newest(releases: Sequence[Release], ranges: Sequence[Range]) -> Release | None:
    return max(
        (release for release in releases if all(release in allowed for allowed in ranges)), default=None
    )


def _releases(versions: Iterable[Any]) -> list[Release]:
    return [parse_release(str(version)) for version in versions]


def _conflict(demands: Sequence[Demand], ranges: Sequence[Range], known: Sequence[Release]) -> str:
    by_range: dict[str, list[str]] = {}
    for demand, allowed in zip(demands, ranges, strict=True):
        by_range.setdefault(allowed.text, []).append(demand.place)
    width = max(map(len, by_range))
    rows = []
    for text, places in by_range.items():
        newest = parse_range(text).newest(known)
        answer = f"newest {release_text(newest)}" if newest else "no such solc"
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        rows.append(f"  {text:<{width}}  {answer:<15}  {', '.join(places[:3])}{more}")
    title = (
        "no version of solc satisfies them all"
        if len(by_range) > 1
        else "there is no solc within reach that satisfies it"
    )
    return "\n".join(
        [
            f"{title}:",
            *rows,
            "Change a pragma (or `solidity.version`), or use another version of the dependency.",
        ]
    )
