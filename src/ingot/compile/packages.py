"""`ingot install`: bring what `dependencies:` names into `.ingot/packages`, and touch nothing else.

npm packages come through the npm client, their sha512 checked; GitHub repositories from where another tool has put them.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ingot.compile.dependencies import Installed, installed_packages, local_folder, unit_path, write_index
from ingot.compile.pragma import parse_range, parse_release
from ingot.compile.scanning import scan
from ingot.compile.solc.npm import NpmError, find_npm
from ingot.compile.storage import Storage
from ingot.config.model import Config, Dependency
from ingot.errors import IngotError, UsageError

__all__ = ["install_packages"]

Progress = Callable[[str], None]


def install_packages(
    config: Config,
    *,
    force: bool = False,
    progress: Progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> list[Installed]:
    """Everything that the configuration names. force: bring it again.      home: where `.ape` is.

    Raises: UsageError, for a dependency that is nowhere, with what to do; NpmError; IngotError, if the disk is full.
    """
    storage = Storage(config.build_folder)
    storage.prepare()
    installer = _Installer(config, progress, environ, home or Path.home())
    with storage.locked(waiting=lambda: progress("another ingot works in this project: waiting for it ...")):
        for left in config.build_folder.glob("packages/**/.bringing-*"):
            shutil.rmtree(left, ignore_errors=True)  # Of an install that was killed.
        known = {} if force else installed_packages(config)
        found: dict[str, Installed] = {}
        for dependency in config.dependencies:
            entry = known.get(dependency.name)
            if entry is None or not entry.is_for(dependency):
                entry = installer.install(dependency)
            found[dependency.name] = entry
            for name in entry.needs:
                found[name] = known.get(name) or installer.beside[name]
        write_index(config, found)
    return list(found.values())


class _Installer:
    """beside: packages that the sources of others import."""

    def __init__(self, config: Config, progress: Progress, environ: Mapping[str, str], home: Path) -> None:
        self.config = config
        self.progress = progress
        self.environ = environ
        self.home = home
        self.beside: dict[str, Installed] = {}

    def install(self, dependency: Dependency) -> Installed:
        match dependency.kind:
            case "npm":
                return self._npm(dependency)
            case "local":
                return self._local(dependency)
            case "github":
                return self._github(dependency)
            case _:
                return self._python(dependency)

    def _entry(self, dependency: Dependency, path: Path, version: str, *, integrity: str = "") -> Installed:
        self.progress(f"{dependency.name} {version or 'of any version'}: {unit_path(self.config, path)}")
        return Installed(
            dependency.name,
            dependency.kind,
            dependency.reference,
            dependency.version,
            version,
            unit_path(self.config, path),
            integrity,
        )

    # npm ---------------------------------------------------------------------------------------

    def _npm(self, dependency: Dependency) -> Installed:
        present = self.config.root / "node_modules" / dependency.reference
        version = str(_manifest(present).get("version", ""))
        if version and _satisfies(version, dependency.version):
            return self._entry(dependency, present, version)
        folder, version, integrity = self._bring(dependency.reference, dependency.version)
        entry = self._entry(dependency, folder, version, integrity=integrity)
        return replace(entry, needs=tuple(self._bring_needs(folder, {dependency.reference})))

    def _bring(self, package: str, version: str) -> tuple[Path, str, str]:
        """Folder, version and integrity of an npm package, downloaded if it is not there."""
        npm = find_npm(self.environ, folder=self.config.root)
        if npm is None:
            raise UsageError(f"npm is needed to bring {package}, and there is none: install Node.js with npm")
        spec = f"{package}@{version or 'latest'}"
        self.progress(f"asking npm for {spec} ...")
        exact = _newest(npm.matching(spec), spec)
        target = self.config.build_folder / "packages" / f"{package}@{exact}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".bringing-", dir=target.parent) as work:
            archive, integrity = npm.archive(f"{package}@{exact}", Path(work))
            try:
                _unpack(archive, Path(work) / "unpacked")
                if target.exists():
                    shutil.rmtree(target)
                next((Path(work) / "unpacked").iterdir()).rename(target)
            except OSError as error:
                raise IngotError(f"cannot unpack {spec}: {error.strerror or error}") from error
        return target, exact, integrity

    def _bring_needs(self, folder: Path, seen: set[str]) -> Iterator[str]:
        """Names of the packages that sources in `folder` import, as far as its package.json declares them."""
        manifest = _manifest(folder)
        declared = {**manifest.get("peerDependencies", {}), **manifest.get("dependencies", {})}
        for package in sorted(_imported_packages(folder)):
            if package in seen or package not in declared:
                continue
            seen.add(package)
            if (self.config.root / "node_modules" / package).is_dir():
                continue
            path, version, integrity = self._bring(package, declared[package])
            name = f"npm:{package}"
            self.beside[name] = Installed(
                name, "npm", package, declared[package], version, unit_path(self.config, path), integrity
            )
            yield name
            yield from self._bring_needs(path, seen)

    # Elsewhere ---------------------------------------------------------------------------------

    def _local(self, dependency: Dependency) -> Installed:
        folder = local_folder(self.config, dependency)
        if not folder.is_dir():
            raise UsageError(
                f"the dependency {dependency.name} is not there: {folder} is no folder. Correct `local:`."
            )
        return self._entry(dependency, folder, dependency.version)

    def _github(self, dependency: Dependency) -> Installed:
        owner, _, repository = dependency.reference.partition("/")
        looked = []
        for version in _spellings(dependency.version):
            folder = self.home / ".ape" / "packages" / "projects" / f"{owner}_{repository}" / version
            looked.append(str(folder))
            if folder.is_dir() and any(folder.rglob("*.sol")):
                return self._entry(dependency, folder, dependency.version)
        folder = self.config.root / "lib" / repository
        looked.append(f"lib/{repository}")
        if folder.is_dir():
            return self._entry(dependency, folder, str(_manifest(folder).get("version", "")))
        looked.append("node_modules (by the repository in package.json)")
        if (found := self._module_of(dependency)) is not None:
            return self._entry(dependency, found, str(_manifest(found).get("version", "")))
        raise UsageError(
            f"the dependency {dependency.name}, github: {dependency.reference} {dependency.version}, is not on this machine; "
            f"looked in {', '.join(looked)}.\nBring it with one of:\n"
            f"  git clone --depth 1 {_branch(dependency.version)}https://github.com/{dependency.reference} lib/{repository}\n"
            "  ape pm install\n"
            "or name its npm package instead: `npm: <package>`"
        )

    def _module_of(self, dependency: Dependency) -> Path | None:
        modules = self.config.root / "node_modules"
        for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
            repository = _manifest(manifest.parent).get("repository", "")
            url = repository.get("url", "") if isinstance(repository, dict) else str(repository)
            is_same = url.lower().removesuffix(".git").endswith(f"/{dependency.reference.lower()}")
            if is_same and _satisfies(str(_manifest(manifest.parent).get("version", "")), dependency.version):
                return manifest.parent
        return None

    def _python(self, dependency: Dependency) -> Installed:
        from importlib.util import find_spec

        spec = find_spec(dependency.reference.replace("-", "_").partition(".")[0])
        folders = list(spec.submodule_search_locations or ()) if spec is not None else []
        if not folders:
            raise UsageError(
                f"the dependency {dependency.name} is not installed: run `pip install {dependency.reference}`"
            )
        return self._entry(dependency, Path(folders[0]), dependency.version)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _satisfies(version: str, asked: str) -> bool:
    if not asked or asked == version:
        return bool(version)
    try:
        return parse_release(version) in parse_range(asked)
    except ValueError:
        return False


def _newest(versions: Iterable[str], spec: str) -> str:
    releases = [version for version in versions if "-" not in version] or list(versions)
    if not releases:
        raise NpmError(f"npm has no {spec}")
    return max(releases, key=_sort_key)


def _sort_key(version: str) -> tuple[int, ...]:
    try:
        return parse_release(version)
    except ValueError:
        return (0, 0, 0)


def _spellings(version: str) -> list[str]:
    """Ape names the folders with and without `v`, and with `_` for `.`."""
    bare = version.removeprefix("v")
    return list(
        dict.fromkeys(name for base in (version, bare, f"v{bare}") for name in (base, base.replace(".", "_")))
    )


def _branch(version: str) -> str:
    if not version:
        return ""
    return f"--branch {version if not version[0].isdigit() else 'v' + version} "


def _unpack(archive: Path, folder: Path) -> None:
    """Only regular files below `folder`: the filter refuses links, devices and paths that leave it."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError) as error:
        raise IngotError(f"{archive.name} is not a sound archive: {error}") from error


def _imported_packages(folder: Path) -> set[str]:
    found = set()
    for path in folder.rglob("*.sol"):
        if not path.is_file():
            continue
        for directive in scan(path.read_bytes()).imports:
            parts = directive.path.split("/")
            if not directive.path.startswith((".", "/")) and len(parts) > 1:
                found.add("/".join(parts[:2]) if directive.path.startswith("@") else parts[0])
    return found
