"""The releases of solc that this version of ingot knows: commit, npm version, and hashes of the official build.

`releases.txt` was made from npm's packages by `tests/unit/solc/make_releases.py`. npm's solc@0.8.1 contains
0.8.0 and its solc@0.8.7 contains 0.7.5, so the table says which package holds which compiler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingot.compile.solc.version import Version

__all__ = ["Release", "known_releases"]


@dataclass(frozen=True, slots=True)
class Release:
    """One release.

    npm: version of npm's package that holds it, or "" if none does.
    soljson_sha256: of that package's soljson.js, or "".
    probe_sha256: of its answer to `probe.PROBE`, or "".
    """

    version: Version
    commit: str
    npm: str
    soljson_sha256: str
    probe_sha256: str

    @property
    def long_version(self) -> str:
        """As metadata spells it: `0.8.24+commit.e11b9ed9`."""
        return f"{self.version}+commit.{self.commit}"


@cache
def known_releases() -> Mapping[Version, Release]:
    """By version, oldest first."""
    rows = Path(__file__).with_name("releases.txt").read_text(encoding="ascii").splitlines()
    fields = [row.split() for row in rows if row and not row.startswith("#")]
    releases = [
        Release(Version.parse(f[0]), *("" if word == "-" else word for word in f[1:])) for f in fields
    ]
    return {release.version: release for release in releases}
