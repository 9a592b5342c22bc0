"""One type for a solc, whatever runs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingot.compile.solc.version import Version
from ingot.errors import IngotError, SolcCrashed

__all__ = ["Solc"]


@dataclass(frozen=True)
class Solc:
    """A compiler that is ready to run. Safe to share: threads may compile at the same time.

    long_version: with the commit, as metadata spells it: `0.8.24+commit.e11b9ed9`.
    route: how it was reached: "explicit", "native", "download", "wasmtime" or "node".
    path: the binary, soljson.js or compiled module behind it.
    run: standard JSON in, standard JSON out; raises SolcCrashed.
    fallback: another way to run the same compiler, used when `run` crashes; may raise IngotError itself.
    """

    version: Version
    long_version: str
    route: str
    path: Path
    run: Callable[[bytes], bytes] = field(repr=False, compare=False)
    fallback: Callable[[], Solc] | None = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """Key for caches: equal for all routes to the same compiler."""
        return self.long_version

    def compile(self, standard_json: Mapping[str, Any] | bytes) -> dict[str, Any]:
        """Output of solc for `standard_json`, in which the sources are complete: solc reads no file.

        Errors in the contracts are in `["errors"]`, never raised.
        Raises: SolcCrashed, if the compiler itself died and so did every other way to run it.
        Source: solc docs, "Compiler Input and Output JSON Description".
        """
        text = standard_json if isinstance(standard_json, bytes) else json.dumps(standard_json).encode()
        return self._parse(self.answer(text))

    def answer(self, text: bytes) -> bytes:
        """As `compile`, but from bytes to bytes: the answer as solc wrote it."""
        try:
            return self.run(text)
        except SolcCrashed as error:
            if self.fallback is None:
                raise
            try:
                other = self.fallback()
            except IngotError:
                raise error from None
            return other.answer(text)

    def _parse(self, output: bytes) -> dict[str, Any]:
        try:
            parsed = json.loads(output)
        except RecursionError as error:
            raise SolcCrashed(
                f"the answer of solc {self.version} ({self.route}) is nested too deeply to be read; split the "
                "deepest expression of the sources",
                version=str(self.version),
                route=self.route,
            ) from error
        except ValueError as error:
            start = output[:200].decode(errors="replace")
            raise SolcCrashed(
                f"solc {self.version} ({self.route}: {self.path}) answered no JSON but: {start!r}",
                version=str(self.version),
                route=self.route,
            ) from error
        if not isinstance(parsed, dict):
            raise SolcCrashed(
                f"solc {self.version} ({self.route}: {self.path}) answered no JSON object",
                version=str(self.version),
                route=self.route,
            )
        return parsed
