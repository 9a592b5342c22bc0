"""The order of the routes, what is said when none is open, and every release by some route."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from solc_cases import NEWEST, OTHER, standard_json

from ingot.compile.solc import Resolver, Settings, Solc, Version
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.probe import PROBES, check_answers
from ingot.compile.solc.releases import known_releases
from ingot.errors import SolcNotFound, UsageError

Make = Callable[..., Resolver]
Write = Callable[..., Path]

ALL = bool(os.environ.get("INGOT_TEST_ALL_SOLC"))  # an hour and three gigabytes, where nothing is cached
ON_NODE = [
    *("0.4.26", "0.5.17", "0.6.12", "0.7.6"),
    *("0.8.0", "0.8.4", "0.8.5", "0.8.12", "0.8.13", "0.8.16", "0.8.17"),
]
ON_WASMTIME = [str(v) for v, r in known_releases().items() if r.probe_sha256] if ALL else [OTHER, NEWEST]


@pytest.mark.network
@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("version", ON_NODE)
def test_releases_compile_on_node(user_settings: Settings, version: str) -> None:
    solc = Resolver(replace(user_settings, routes=("node",))).resolve(version)
    assert (solc.version, solc.route) == (Version.parse(version), "node")
    output = solc.compile(
        standard_json("contract A { function f() public pure returns (uint) { return 1; } }")
    )
    assert output["contracts"]["A.sol"]["A"]["evm"]["bytecode"]["object"]


def test_node_answers_all_probes(user_settings: Settings) -> None:
    solc = Resolver(replace(user_settings, routes=("node",))).resolve(NEWEST)
    check_answers(solc.answer, expected=known_releases()[solc.version].probe_sha256)


@pytest.mark.parametrize("version", ON_WASMTIME)
def test_releases_answer_the_probes_on_wasmtime(wasm: Callable[[str], Solc], version: str) -> None:
    solc = wasm(version)
    assert solc.route == "wasmtime"
    check_answers(solc.answer, expected=known_releases()[Version.parse(version)].probe_sha256)


def test_native_comes_before_a_compiled_module(
    user_settings: Settings, fake_solc: Write, tmp_path: Path
) -> None:
    path = fake_solc(f"{OTHER}+commit.e11b9ed9.Linux.g++")
    environ = {**user_settings.environ, "PATH": f"{path.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    both = replace(user_settings, routes=("native", "cached"), environ=environ)
    assert Resolver(both).resolve(OTHER).route == "native"
    assert Resolver(replace(both, routes=("cached", "native"))).resolve(OTHER).route == "wasmtime"


@pytest.mark.usefixtures("wasm")
def test_versions_at_hand_are_listed_with_their_routes(
    wasm: Callable[[str], Solc], user_settings: Settings
) -> None:
    solc = wasm(NEWEST)
    resolver = Resolver(user_settings)
    assert ("wasmtime", solc.path) in resolver.at_hand()[solc.version]
    installed = resolver.installed_versions()
    assert installed == sorted(installed, reverse=True)
    assert solc.version in installed


def test_a_closed_search_lists_every_route_its_reason_and_the_fix(make_resolver: Make) -> None:
    with pytest.raises(SolcNotFound) as caught:
        make_resolver(INGOT_OFFLINE="1").resolve("0.8.24")
    error = caught.value
    assert error.version == "0.8.24"
    assert [route for route, _ in error.tried] == ["native", "cached", "download", "wasmtime", "node"]
    assert all(f"  {route}" in str(error) and reason in str(error) for route, reason in error.tried)
    assert "on a network: ingot solc install 0.8.24" in str(error)
    assert "install Node.js with npm" in str(error)


def test_a_dead_registry_is_said_and_does_not_take_minutes(
    make_resolver: Make, with_tools: Callable[..., None]
) -> None:
    with_tools("node", "npm", "bash", "uname", "dirname", "readlink", "sed")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    resolver = make_resolver(npm_config_registry=dead, INGOT_SOLC_ROUTES="native node")
    with pytest.raises(SolcNotFound, match=r"`npm view solc@0\.8\.24` failed: .*ECONNREFUSED") as caught:
        resolver.resolve("0.8.24")
    assert "check the network and npm's registry" in str(caught.value)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.8.99999", "is not a version of solc"),
        ("latest", "'latest' is not a version of solc; write it as 0.8.24"),
        ("0.7.9", r"there is no solc 0\.7\.9; the nearest is 0\.7\.6"),
        ("0.4.12", r"there is no solc 0\.4\.12; the nearest is 0\.4\.1[13]"),
        ("0.4.2", r"solc 0\.4\.2 is too old: the first that takes standard JSON is 0\.4\.11"),
        (
            "0.8.999",
            r"the newest that this ingot knows is 0\.8\.\d+",
        ),
    ],
)
def test_a_version_that_does_not_exist_is_said_with_the_nearest(
    make_resolver: Make, version: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        make_resolver(INGOT_OFFLINE="1").resolve(version)


@pytest.mark.network
@pytest.mark.usefixtures("registry")
def test_npm_is_asked_for_a_version_newer_than_the_table(user_settings: Settings) -> None:
    with pytest.raises(SolcNotFound, match=r"No match found for version 0\.8\.999|ETARGET|E404"):
        Resolver(replace(user_settings, routes=("node",))).resolve("0.8.999")


def test_a_compiler_is_found_once_however_many_threads_ask(
    make_resolver: Make, script: Write, tmp_path: Path
) -> None:
    script(
        f'case "$1" in --version) echo x >> {tmp_path}/asked; echo "Version: 0.8.24+commit.e11b9ed9";; esac'
    )
    resolver = make_resolver()
    found: list[Solc] = []
    threads = [threading.Thread(target=lambda: found.append(resolver.resolve("0.8.24"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(solc) for solc in found}) == 1
    assert (tmp_path / "asked").read_text() == "x\n"


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    make_resolver: Make, fake_solc: Write, tmp_path: Path, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "file").touch()
    fake_solc()
    solc = make_resolver(INGOT_CACHE_DIR=str(tmp_path / "file" / "cache")).resolve("0.8.24")
    assert solc.compile({}) == {"sources": {}}
    assert len(notices) == 1
    assert "cannot be written (Not a directory)" in notices[0]


def test_loading_the_package_loads_no_slow_library() -> None:
    code = (
        "import sys; import ingot.compile.solc; "
        "print(*sorted({name.split('.')[0] for name in sys.modules} & "
        "{'wasmtime', 'solcx', 'requests', 'urllib3', 'tarfile', 'subprocess', 'argparse', 'ape', 'web3', 'hypothesis'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_search_that_ends_at_a_compiled_module_loads_no_network_library(
    wasm: Callable[[str], Solc], user_settings: Settings
) -> None:
    wasm(NEWEST)
    code = (
        "import sys; from ingot.compile.solc import Resolver, Settings; "
        f"assert Resolver(Settings.from_environment()).resolve('{NEWEST}').route == 'wasmtime'; "
        "print(*sorted({name.split('.')[0] for name in sys.modules} & {'solcx', 'requests', 'urllib3', 'tarfile', 'socket'}))"
    )
    environ = {**user_settings.environ, "INGOT_SOLC_ROUTES": "native cached", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip() == ""


def test_the_cache_of_the_user_is_private(wasm: Callable[[str], Solc], user_settings: Settings) -> None:
    wasm(NEWEST)
    assert Cache(user_settings.cache, warn=pytest.fail).writable().stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("route", ["cached", "node"])
def test_a_release_newer_than_the_table_works_the_same(
    wasm: Callable[[str], Solc],
    user_settings: Settings,
    soljson: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    route: str,
) -> None:
    module = wasm(NEWEST)
    older = {version: release for version, release in known_releases().items() if version != module.version}
    for name in ("soljson", "resolver", "wasm.compiled"):
        monkeypatch.setattr(f"ingot.compile.solc.{name}.known_releases", lambda: older)
    package = tmp_path / "node_modules" / "solc"
    package.mkdir(parents=True)
    (package / "package.json").write_text(f'{{"version": "{NEWEST}"}}')
    (package / "soljson.js").symlink_to(soljson)
    solc = Resolver(replace(user_settings, project=tmp_path, routes=(route,))).resolve(NEWEST)
    assert (solc.identity, solc.version) == (module.identity, module.version)
    assert solc.answer(PROBES[0]) == module.answer(PROBES[0])
