"""The peers' environments under `bench-peers/`, made on demand and remembered.

Each function returns where its peer is ready to run, or raises Unavailable with the reason for the table.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
HOME = REPOSITORY / "bench-peers"
CONTRACTS = REPOSITORY / "contracts"
NODE_MODULES = REPOSITORY / "node_modules"

SOLC_VERSION = "0.8.37"
SOLC_COMMIT = "f401782d"
WAKE_VERSION = "5.0.0rc4"
APE_VERSION = "0.8.52"
SETUP_TIMEOUT_S = 1200


class Unavailable(RuntimeError):
    """A peer cannot take part. The text says why."""


def run_setup(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a step of a set-up; its output. Raises: Unavailable with the last line it printed."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=SETUP_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{words[0]}: {error}") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()
        raise Unavailable(f"`{Path(words[0]).name} {' '.join(words[1:4])}` failed: {said[-1]}")
    return done.stdout


def native(name: str) -> Path:
    """The native program behind an npm package of foundry's."""
    program = NODE_MODULES / "@foundry-rs" / f"{name}-linux-amd64" / "bin" / name
    if not program.is_file():
        raise Unavailable(f"@foundry-rs/{name} is not installed: run npm install")
    return program


def solc() -> Path:
    """A stand-in for native solc that every peer takes: ours, `ingot solc link`."""
    folder = HOME / "solc"
    if not (found := sorted(folder.glob(f"solc*{SOLC_VERSION}"))):
        folder.mkdir(parents=True, exist_ok=True)
        run_setup(
            [sys.executable, "-m", "ingot", "solc", "link", SOLC_VERSION, "--to", folder], cwd=REPOSITORY
        )
        found = sorted(folder.glob(f"solc*{SOLC_VERSION}"))
    if not found:
        raise Unavailable(f"`ingot solc link {SOLC_VERSION}` left no launcher in {folder}")
    return found[0]


def project(name: str) -> Path:
    """A folder with the sample contracts and OpenZeppelin, for the peer `name`; refreshed where they changed."""
    folder = HOME / name
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    for source in CONTRACTS.glob("*.sol"):
        copy = folder / "contracts" / source.name
        if not copy.exists() or copy.read_bytes() != source.read_bytes():
            shutil.copyfile(source, copy)
    _copy_openzeppelin(folder / "node_modules" / "@openzeppelin" / "contracts")
    return folder


def _copy_openzeppelin(target: Path) -> None:
    """A copy, because solc reads nothing that a link leads out of the project to."""
    source = NODE_MODULES / "@openzeppelin" / "contracts"
    if not source.is_dir():
        raise Unavailable("@openzeppelin/contracts is not installed: run npm install")
    if not (target / "package.json").is_file():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("build"))


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def environment(name: str, requirement: str) -> Path:
    """The Python of a virtual environment of its own with `requirement` in it."""
    folder = HOME / name
    python = folder / "bin" / "python"
    mark = folder / ".complete"
    if not mark.is_file() or mark.read_text() != requirement:
        print(f"installing {requirement} into {folder.relative_to(REPOSITORY)} ...", file=sys.stderr)
        run_setup([sys.executable, "-m", "venv", "--clear", folder], cwd=REPOSITORY)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--pre",
        ]
        run_setup([*pip, *requirement.split()], cwd=REPOSITORY)
        mark.write_text(requirement)
    return python


# WAKE

WAKE_CONFIG = f"""[compiler.solc]
target_version = "{SOLC_VERSION}"
[compiler.solc.optimizer]
enabled = true
runs = 200
"""


def wake() -> tuple[Path, Path, dict[str, str]]:
    """(python, project folder with generated pytypes, environment)."""
    python = environment("wake", f"eth-wake=={WAKE_VERSION}")
    folder = HOME / "wake-project"
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    token = folder / "contracts" / "Token.sol"
    env = {"XDG_DATA_HOME": str(HOME / "wake-data"), "XDG_CONFIG_HOME": str(HOME / "wake-config")}
    env["PYTHONPATH"] = str(folder)
    if not token.exists() or token.read_bytes() != (CONTRACTS / "Token.sol").read_bytes():
        _stage_solc_for_wake()
        shutil.copyfile(CONTRACTS / "Token.sol", token)
        _write(folder / "wake.toml", WAKE_CONFIG)
        try:
            run_setup([python.parent / "wake", "up", "pytypes"], cwd=folder, env=env)
        except Unavailable:
            token.unlink()
            raise
    return python, folder, env


def _stage_solc_for_wake() -> None:
    """Wake runs only compilers of the official list, by checksum: give it a list with ours."""
    launcher = solc()
    compilers = HOME / "wake-data" / "wake" / "compilers"
    name = f"solc-linux-amd64-v{SOLC_VERSION}+commit.{SOLC_COMMIT}"
    (compilers / name).mkdir(parents=True, exist_ok=True)
    copy = compilers / name / name
    shutil.copy(launcher, copy)
    build = {
        "path": name,
        "version": SOLC_VERSION,
        "build": f"commit.{SOLC_COMMIT}",
        "longVersion": f"{SOLC_VERSION}+commit.{SOLC_COMMIT}",
        "sha256": "0x" + hashlib.sha256(copy.read_bytes()).hexdigest(),
    }
    listed = {"builds": [build], "releases": {SOLC_VERSION: name}, "latestRelease": SOLC_VERSION}
    (compilers / "solc.json").write_text(json.dumps(listed))


# APE


def ape() -> tuple[Path, Path, dict[str, str]]:
    """(python, project folder, environment): ape from this environment if it is there, else its own."""
    python = Path(sys.executable)
    if not (python.parent / "ape").exists():
        python = environment("ape", f"eth-ape=={APE_VERSION} ape-solidity setuptools<81")
    folder = project("ape-project")
    _write(folder / "ape-config.yaml", (REPOSITORY / "ape-config.yaml").read_text())
    launchers = HOME / "solcx"
    launchers.mkdir(parents=True, exist_ok=True)
    link = launchers / f"solc-v{SOLC_VERSION}"
    if not link.exists():
        shutil.copy(solc(), link)
    env = {
        "SOLCX_BINARY_PATH": str(launchers),
        "HOME": str(HOME / "ape-home"),
        "APE_DATA_FOLDER": str(HOME / "ape-home"),
    }
    (HOME / "ape-home").mkdir(exist_ok=True)
    return python, folder, env


# FORGE

FORGE_CONFIG = """[profile.default]
src = "contracts"
test = "forge-test"
out = "out"
libs = []
remappings = ["@openzeppelin/=node_modules/@openzeppelin/"]
solc = "{solc}"
offline = true
optimizer = true
optimizer_runs = 200
[lint]
lint_on_build = false
[fuzz]
runs = 100
"""

FORGE_TEST = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Token} from "../contracts/Token.sol";

contract TokenTest {
    Token private token;

    function setUp() public {
        token = new Token(10 ** 24);
    }

    function testFuzz_transfer(address to, uint256 value) public {
        if (to == address(0)) return;
        require(token.transfer(to, value % 10 ** 18));
    }
}
"""


def forge() -> tuple[Path, Path]:
    """(forge, project folder), built."""
    program = native("forge")
    folder = project("forge-project")
    _write(folder / "foundry.toml", FORGE_CONFIG.format(solc=solc()))
    _write(folder / "forge-test" / "Token.t.sol", FORGE_TEST)
    run_setup([program, "build"], cwd=folder)
    return program, folder


def token_creation_code() -> Path:
    """A file with the Token's creation code in hex, as forge compiled it: the same source for everybody."""
    _, folder = forge()
    artifact = folder / "out" / "Token.sol" / "Token.json"
    creation = folder / "token.hex"
    creation.write_text(json.loads(artifact.read_text())["bytecode"]["object"])
    return creation
