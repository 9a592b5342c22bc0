"""Compilers, real and fake, in folders of their own. Modules are compiled once, into the user's own cache."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from solc_cases import NEWEST, ROOT

from ingot.compile.solc import Resolver, Settings, Solc, Version
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.context import Context
from ingot.compile.solc.npm import find_npm
from ingot.compile.solc.settings import cache_folder


@pytest.fixture(scope="session")
def registry() -> None:
    """Skips where no package registry answers."""
    npm = find_npm(os.environ, folder=ROOT)
    if (
        npm is None
        or subprocess.run([*npm.command, "ping"], capture_output=True, timeout=60, check=False).returncode
    ):
        pytest.skip("no package registry answers")


@pytest.fixture(scope="session")
def user_settings() -> Settings:
    """The user's cache and the repository's node_modules; neither native compilers nor downloads of them."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("INGOT_SOLC")}
    folder = str(cache_folder(os.environ))
    environ |= {"INGOT_SOLC_ROUTES": "cached wasmtime", "INGOT_SOLC_BUILD": "wait", "INGOT_CACHE_DIR": folder}
    return Settings.from_environment(project=ROOT, environ=environ)


@pytest.fixture(scope="session")
def wasm(user_settings: Settings) -> Callable[[str], Solc]:
    """Solc of a version on wasmtime."""
    return Resolver(user_settings).resolve


@pytest.fixture(scope="session")
def soljson(user_settings: Settings) -> Path:
    """A real soljson.js of NEWEST."""
    from ingot.compile.solc.soljson import find_soljson

    cache = Cache(user_settings.cache, warn=pytest.fail)
    return find_soljson(Version.parse(NEWEST), settings=user_settings, cache=cache).path


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cache falls back to must not be the user's."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine without compilers: an empty home, and a PATH with nothing but the shell's tools."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": str(tools(tmp_path, "sh", "env", "cat", "sleep", "kill")),
        "TMPDIR": str(tmp_path),
    }


def tools(folder: Path, *names: str) -> Path:
    """A folder for the PATH that holds links to these programs."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name in names:
        found = shutil.which(name)
        if found and not (bin_folder / name).exists():
            (bin_folder / name).symlink_to(found)
    return bin_folder


@pytest.fixture
def with_tools(tmp_path: Path) -> Callable[..., None]:
    """Put programs of this machine (node, npm) on the PATH of `environ`."""
    return lambda *names: (tools(tmp_path, *names), None)[1]


@pytest.fixture
def notices() -> list[str]:
    """What the user was told."""
    return []


@pytest.fixture
def make_resolver(environ: dict[str, str], tmp_path: Path, notices: list[str]) -> Callable[..., Resolver]:
    """A resolver in `environ`, with a cache of its own; keywords are more variables of the environment."""

    def make(*, explicit: Path | str | None = None, **variables: str) -> Resolver:
        project = tmp_path / "project"
        project.mkdir(exist_ok=True)
        settings = Settings.from_environment(
            project=project,
            explicit=explicit,
            environ={"INGOT_CACHE_DIR": str(tmp_path / "cache"), **environ, **variables},
        )
        return Resolver(settings, progress=notices.append)

    return make


@pytest.fixture
def context(make_resolver: Callable[..., Resolver]) -> Context:
    """What a route is given, on a machine without compilers."""
    return make_resolver()._context


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Write an executable shell script."""

    def write(body: str, *, name: str = "solc", folder: Path | None = None) -> Path:
        path = (folder or tmp_path / "bin") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write


@pytest.fixture
def fake_solc(script: Callable[..., Path]) -> Callable[..., Path]:
    """A native solc that answers every compile with the same JSON."""

    def write(
        long_version: str = "0.8.24+commit.e11b9ed9.Linux.g++",
        *,
        answer: str = '{"sources":{}}',
        **where: object,
    ) -> Path:
        return script(
            f'case "$1" in --version) echo "solc, the solidity compiler commandline interface"; echo "Version: {long_version}";; '
            f"--standard-json) cat > /dev/null; printf '%s' '{answer}';; *) exit 1;; esac",
            **where,
        )

    return write
