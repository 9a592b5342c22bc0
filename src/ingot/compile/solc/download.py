"""The official native binary from the network, checked against the official list.

py-solc-x would fetch the same file, but checks no hash and knows one architecture only; the binary is put where
py-solc-x looks, so that both find it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from functools import partial
from pathlib import Path
from typing import Any

from ingot.compile.solc.cache import put_in_place
from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.context import Context, RouteClosed
from ingot.compile.solc.native import identify, solcx_folder
from ingot.compile.solc.routes import of_native
from ingot.compile.solc.version import Version
from ingot.errors import SolcCrashed

__all__ = ["downloaded_solc", "platform_name"]

_OFFICIAL = "https://binaries.soliditylang.org"
_LIST_TIMEOUT_S = 4.0
_FILE_TIMEOUT_S = 20.0
_LIST_AGE_S = 24 * 3600.0
_SILENCE_S = 3600.0  # how long a network that does not answer is left alone
_PLATFORMS = {
    ("linux", "x86_64"): "linux-amd64",
    ("linux", "aarch64"): "linux-arm64",
    ("darwin", "x86_64"): "macosx-amd64",
    ("darwin", "arm64"): "macosx-amd64",  # universal binaries, or Rosetta
}


def platform_name(system: str, machine: str) -> str:
    """Folder of the official binaries, "" if there is none for this machine."""
    return _PLATFORMS.get((system, machine), "")


def downloaded_solc(version: Version, context: Context) -> Solc:
    """The official binary, downloaded now."""
    settings = context.settings
    if settings.offline:
        raise RouteClosed("INGOT_OFFLINE forbids it", fix=f"on a network: ingot solc install {version}")
    folder = platform_name(sys.platform, platform.machine())
    if not folder:
        raise RouteClosed(f"there are no official binaries for {sys.platform} on {platform.machine()}")
    if reason := context.cache.failure("download"):
        raise RouteClosed(f"{reason} (not tried again for an hour)")
    base = f"{settings.environ.get('INGOT_SOLC_MIRROR') or _OFFICIAL}/{folder}"
    build = _official_build(version, base, context)
    path = _fetch_checked(version, base, build, context)
    try:
        native = identify(path, cache=context.cache)
    except SolcCrashed as error:
        path.unlink(missing_ok=True)
        raise RouteClosed(f"the official binary does not run here: {error}") from error
    return of_native(native, "download", context)


def _official_build(version: Version, base: str, context: Context) -> dict[str, str]:
    name = f"list-{hashlib.sha256(base.encode()).hexdigest()[:12]}.json"
    builds, age_s = context.cache.read_dated(name)
    if age_s > _LIST_AGE_S or not isinstance(builds, dict):
        builds = _parse_list(_fetch(f"{base}/list.json", context, timeout_s=_LIST_TIMEOUT_S), base)
        context.cache.write_dated(name, builds)
    build = builds.get(str(version))
    if build is None:
        raise RouteClosed(f"{base} has no solc {version}")
    return dict(build)


def _parse_list(content: bytes, base: str) -> dict[str, dict[str, str]]:
    """Version -> {path, sha256} of the releases."""
    try:
        listed: Any = json.loads(content)
        hashes = {build["path"]: build["sha256"].removeprefix("0x") for build in listed["builds"]}
        return {
            version: {"path": path, "sha256": hashes[path]} for version, path in listed["releases"].items()
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RouteClosed(f"{base}/list.json is not the official list") from error


def _fetch_checked(version: Version, base: str, build: dict[str, str], context: Context) -> Path:
    if "/" in build["path"] or build["path"].startswith("."):
        raise RouteClosed(f"{base}/list.json names a file outside its folder")
    context.progress(f"downloading solc {version}")
    content = _fetch(f"{base}/{build['path']}", context, timeout_s=_FILE_TIMEOUT_S)
    found = hashlib.sha256(content).hexdigest()
    if found != build["sha256"]:
        raise RouteClosed(f"the download has the wrong sha256: {found}, not {build['sha256']}")
    try:
        return _install(version, content, context)
    except OSError as error:
        raise RouteClosed(f"the binary cannot be stored: {error.strerror or error}") from error


def _install(version: Version, content: bytes, context: Context) -> Path:
    """Where py-solc-x looks, unless something (a launcher, say) is there or the folder cannot be written."""
    target = solcx_folder(context.settings.environ) / f"solc-v{version}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        taken = target.exists() or not os.access(target.parent, os.W_OK)
    except OSError:
        taken = True
    if taken:
        target = context.cache.writable() / "native" / f"solc-v{version}"
        target.parent.mkdir(mode=0o700, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.chmod(0o755)
        put_in_place(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    return target


def _fetch(url: str, context: Context, *, timeout_s: float) -> bytes:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=timeout_s) as response:
            content = b"".join(iter(partial(response.read, 1 << 20), b""))
    except HTTPError as error:
        error.close()
        raise RouteClosed(f"{url} answers {error.code} {error.reason}") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = f"{url} does not answer: {getattr(error, 'reason', None) or error}"
        context.cache.remember_failure("download", reason, for_s=_SILENCE_S)
        raise RouteClosed(reason) from error
    return content
