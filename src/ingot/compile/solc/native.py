"""Native solc binaries that are on this machine already."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.process import child_environment, last_words, run_process
from ingot.compile.solc.settings import home_folder
from ingot.compile.solc.version import Version, commit_of, is_release
from ingot.errors import IngotError, SolcCrashed

__all__ = ["Native", "find_natives", "identify", "is_launcher", "solcx_folder"]

LAUNCHER_MAGIC = b"ingot-solc-launcher"
"""Stands in the first bytes of every launcher that `ingot solc link` writes."""

_VERSION_LINE = re.compile(r"\b(\d+\.\d+\.\d+)(-[0-9A-Za-z.]+)?\+commit\.([0-9a-f]+)")
_SOLCX_NAME = re.compile(r"solc-v?(\d+\.\d+\.\d+)(?:\.exe)?")


@dataclass(frozen=True)
class Native:
    """A binary that said who it is. long_version: `0.8.24+commit.e11b9ed9`."""

    path: Path
    version: Version
    long_version: str

    def compile(self, text: bytes, *, route: str, empty: Path) -> bytes:
        """Standard JSON in and out. empty: an empty folder, so that a missing source is not read from disk."""
        command = [str(self.path), "--standard-json"]
        return run_process(command, text, version=str(self.version), route=route, cwd=empty)


def identify(path: Path, *, cache: Cache) -> Native:
    """What `path --version` answers; remembered for binaries (not for scripts) until the file changes.

    Raises: SolcCrashed, if it is no solc.
    """
    try:
        status = path.stat()
        is_script = _head(path).startswith(b"#!")
    except OSError as error:
        raise SolcCrashed(f"{path}: {error.strerror or error}") from error
    stamp = f"{path}:{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
    remembered = cache.read_json("natives.json")
    known = remembered if isinstance(remembered, dict) else {}
    long_version = "" if is_script else str(known.get(stamp, ""))
    if not long_version:
        long_version = _ask(path)
        if not is_script:
            cache.write_json("natives.json", {**known, stamp: long_version})
    return Native(path, Version.parse(long_version), long_version)


def _ask(path: Path) -> str:
    import subprocess

    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=child_environment(),
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SolcCrashed(f"{path} does not answer --version") from error
    except OSError as error:
        raise SolcCrashed(f"{path} does not start: {error.strerror or error}") from error
    match = _VERSION_LINE.search(done.stdout.decode(errors="replace"))
    if not match:
        answer = last_words(done.stdout + b"\n" + done.stderr)
        raise SolcCrashed(f"{path} is not a solc: --version answers {answer!r}")
    return f"{match[1]}{match[2] or ''}+commit.{match[3]}"


def is_launcher(path: Path) -> bool:
    """Whether `path` is a launcher of ours, which would only lead back here."""
    try:
        return LAUNCHER_MAGIC in _head(path)
    except OSError:
        return False


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(256)


def solcx_folder(environ: Mapping[str, str]) -> Path:
    """Where py-solc-x keeps binaries: $SOLCX_BINARY_PATH, else ~/.solcx."""
    folder = environ.get("SOLCX_BINARY_PATH")
    return Path(folder) if folder else home_folder(environ) / ".solcx"


def find_natives(
    environ: Mapping[str, str], *, cache: Cache, version: Version | None = None
) -> Iterator[Native]:
    """Native releases on this machine, of `version` if given; what is broken or is ours is passed over."""
    seen: set[Path] = set()
    for path, named in _candidates(environ, version, cache):
        if version and named and named != version:
            continue
        if path in seen or not path.is_file() or not os.access(path, os.X_OK) or is_launcher(path):
            continue
        seen.add(path)
        try:
            native = identify(path, cache=cache)
        except IngotError:
            continue
        if (
            is_release(native.long_version)
            and commit_of(native.long_version)
            and version in (None, native.version)
        ):
            yield native


def _candidates(
    environ: Mapping[str, str], version: Version | None, cache: Cache
) -> Iterator[tuple[Path, Version | None]]:
    """(path, version by its name or None), those of py-solc-x, solc-select and svm included."""
    home = home_folder(environ)
    downloads = cache.find("native")
    search = environ.get("PATH", "")
    for name in ("solc", *((f"solc-{version}", f"solc-v{version}") if version else ())):
        if found := shutil.which(name, path=search):
            yield Path(found), None
    folders = (
        (solcx_folder(environ), "solc-v*"),
        (solcx_folder(environ), "solc-v*/solc.exe"),
        *([(downloads, "solc-v*")] if downloads else []),
        (home / ".solc-select" / "artifacts", "solc-*/solc-*"),
        (home / ".local" / "share" / "svm", "*/solc-*"),
        (home / ".svm", "*/solc-*"),
    )
    for folder, pattern in folders:
        for path in sorted(folder.glob(pattern)):
            match = _SOLCX_NAME.fullmatch(path.parent.name if path.name == "solc.exe" else path.name)
            if match:
                yield path, Version.parse(match[1])
