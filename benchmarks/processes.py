"""Rows of whole processes, and the raw engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.bare import write_bare_suite
from benchmarks.measure import MIN_ROUNDS, OURS, Row, Turn, interleave, process_turn

FUZZ_RUNS = 20_000
UNWANTED_PLUGINS = ("-p", "no:ape_test")
UNIT_TESTS = ("-m", "not hypothesis", "--ignore=tests/test_token_properties.py")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What children get: ours without the switches of the surrounding session, and with compiled Python files, as users have."""
    unwanted = ("PYTEST_", "COV_", "PYTHONDONTWRITEBYTECODE")
    env = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return {**env, **(extra or {})}


def command(name: str) -> Path:
    """A console script of this environment."""
    script = Path(sys.executable).parent / name
    if not script.exists():
        raise peers.Unavailable(f"{script} is missing")
    return script


def row(
    name: str,
    title: str,
    rounds: int,
    makers: Mapping[str, Callable[[], Turn]],
    *,
    unit: str = "ms",
    target: float | None = None,
    more_is_better: bool = False,
    ratio_target: float | None = None,
    ratio_peer: str = "",
    notes: Sequence[str] = (),
) -> Row:
    """Set everyone up (one untimed turn each), then measure."""
    turns: dict[str, Turn] = {}
    missing: dict[str, str] = {}
    for contestant, make in makers.items():
        print(f"{name}: setting up {contestant} ...", file=sys.stderr)
        try:
            turn = make()
            turn()
        except (peers.Unavailable, OSError, RuntimeError, subprocess.SubprocessError) as error:
            missing[contestant] = str(error)
        else:
            turns[contestant] = turn
    series, failures = interleave(turns, rounds) if turns else ({}, {})
    return Row(
        name,
        title,
        unit,
        series,
        target=target,
        more_is_better=more_is_better,
        ratio_target=ratio_target,
        ratio_peer=ratio_peer,
        failures={**missing, **failures},
        notes=notes,
    )


# RAW ENGINE


def _example(row: str) -> Callable[[], Turn]:
    """Transfers per second in a row of the engine's own benchmark, `cargo run --release --example transfers`."""

    def make() -> Turn:
        manifest = peers.REPOSITORY / "Cargo.toml"
        build: list[str | Path] = ["cargo", "build", "--release", "--quiet", "--manifest-path", manifest]
        peers.run_setup([*build, "-p", "ingot-engine", "--example", "transfers"], cwd=peers.REPOSITORY)
        target = Path(os.environ.get("CARGO_TARGET_DIR", peers.REPOSITORY / "target"))
        program = target / "release" / "examples" / "transfers"

        def turn() -> float:
            done = subprocess.run([program], capture_output=True, text=True, timeout=300, check=True)
            found = re.search(rf"^{row}  +[\d.]+ +([\d.]+) ", done.stdout, re.MULTILINE)
            if not found:
                raise RuntimeError(f"{program.name} printed no row {row!r}")
            return 1e6 / float(found[1])

        return turn

    return make


def _forge_raw() -> Turn:
    program, folder = peers.forge()
    words: list[str | Path] = [
        program,
        "test",
        "--match-test",
        "testFuzz_transfer",
        "--fuzz-runs",
        str(FUZZ_RUNS),
        "--threads",
        "1",
    ]

    def turn() -> float:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=True)
        found = re.search(r"finished in [\d.]+m?s \(([\d.]+)(m?)s CPU time\)", done.stdout)
        if not found:
            raise RuntimeError("forge test did not print how long it took")
        return FUZZ_RUNS / (float(found[1]) / (1000 if found[2] else 1))

    return turn


def raw(rounds: int) -> Row:
    """Transfers per second without Python."""
    return row(
        "raw",
        "ERC-20 transfers in the engine, one core",
        rounds,
        {OURS: _example("transfer"), "forge fuzz runs": _forge_raw},
        unit="/s",
        target=250_000,
        more_is_better=True,
    )


def edges(rounds: int) -> Row:
    """What recording the edges that are taken costs."""
    return row(
        "edges",
        "the same with taken edges recorded",
        rounds,
        {OURS: _example("transfer, edges"), "recording off": _example("transfer")},
        unit="/s",
        more_is_better=True,
        ratio_target=1.3,
        ratio_peer="recording off",
    )


# START-UP


def _python(code: str) -> Callable[[], Turn]:
    return lambda: process_turn([sys.executable, "-c", code], cwd=peers.HOME, env=environment())


def _beyond(make: Callable[[], Turn]) -> Callable[[], Turn]:
    """What a process costs beyond a bare Python, each turn measured back to back."""

    def build() -> Turn:
        whole, bare = make(), _python("pass")()
        return lambda: whole() - bare()

    return build


def import_(rounds: int) -> Row:
    """Import ingot."""
    return row(
        "import",
        "import ingot, beyond a bare Python",
        rounds,
        {
            OURS: _beyond(_python("import ingot")),
            "ingot, used": _beyond(_python("import ingot; ingot.load; ingot.Chain")),
            "ape, used": _beyond(_python("import ape; ape.project; ape.chain")),
        },
        target=60.0,
        notes=(
            "both packages import most of themselves when a name is first used; ape reads its plugins then.",
        ),
    )


def _ape_help() -> Turn:
    python, folder, env = peers.ape()
    return process_turn([python.parent / "ape", "--help"], cwd=folder, env=environment(env))


def help_(rounds: int) -> Row:
    """Ingot --help."""
    return row(
        "help",
        "ingot --help, whole process",
        rounds,
        {
            OURS: lambda: process_turn([command("ingot"), "--help"], cwd=peers.HOME, env=environment()),
            "bare Python": _python("pass"),
            "ape --help": _ape_help,
            "forge --help": lambda: process_turn(
                [peers.native("forge"), "--help"], cwd=peers.HOME, env=environment()
            ),
        },
        target=120.0,
    )


# COMPILE


def _ours_project() -> Path:
    folder = peers.project("ingot-project")
    config = (peers.REPOSITORY / "ape-config.yaml").read_text()
    if not (folder / "ape-config.yaml").exists() or (folder / "ape-config.yaml").read_text() != config:
        (folder / "ape-config.yaml").write_text(config)
    peers.run_setup([command("ingot"), "compile"], cwd=folder)
    return folder


def _forge_build() -> Turn:
    program, folder = peers.forge()
    return process_turn([program, "build"], cwd=folder, env=environment())


def compile_(rounds: int) -> Row:
    """Ingot compile with nothing changed."""
    return row(
        "compile",
        "compile, nothing changed, whole process",
        rounds,
        {
            OURS: lambda: process_turn([command("ingot"), "compile"], cwd=_ours_project(), env=environment()),
            "bare Python": _python("pass"),
            "forge build": _forge_build,
        },
        target=80.0,
    )


# TESTS


def _isolate(folder: Path) -> None:
    """The settings of this repository's own suite are not the samples'."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pytest.ini").write_text("[pytest]\n")


def _copy_tests(folder: Path) -> None:
    _isolate(folder)
    shutil.rmtree(folder / "tests", ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", ".hypothesis")
    shutil.copytree(peers.REPOSITORY / "tests" / "contracts", folder / "tests", ignore=unwanted)


def _pytest(folder: Path, *options: str) -> Turn:
    words: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--hypothesis-seed=0",
        *UNWANTED_PLUGINS,
        *options,
        "tests",
    ]
    return process_turn(words, cwd=folder, env=environment())


def _ours_pytest(*options: str) -> Callable[[], Turn]:
    def make() -> Turn:
        folder = _ours_project()
        _copy_tests(folder)
        return _pytest(folder, *options)

    return make


def _bare_pytest() -> Turn:
    folder = peers.HOME / "bare-project"
    shutil.rmtree(folder, ignore_errors=True)
    _isolate(folder)
    write_bare_suite(peers.REPOSITORY / "tests" / "contracts", folder / "tests")
    return _pytest(folder, "-p", "no:ingot")


def _ape_test() -> Turn:
    python, folder, env = peers.ape()
    _copy_tests(folder)
    words: list[str | Path] = [
        python.parent / "ape",
        "test",
        *UNIT_TESTS,
        "tests",
        "--network",
        "ethereum:local:test",
    ]
    return process_turn(words, cwd=folder, env=environment(env))


def _forge_test() -> Turn:
    program, folder = peers.forge()
    return process_turn([program, "test"], cwd=folder, env=environment())


def pytest_(rounds: int) -> Row:
    """Pytest on the samples, properties included."""
    return row(
        "pytest",
        "pytest on the samples, nothing changed, whole process",
        rounds,
        {OURS: _ours_pytest(), "bare pytest": _bare_pytest, "forge test": _forge_test},
        ratio_target=1.3,
        ratio_peer="bare pytest",
        notes=(
            "bare pytest: the same strategies and machines, empty bodies; forge test: one fuzz test of 100 runs.",
            "ape's plugin is blocked in ours and in the bare one.",
        ),
    )


def units(rounds: int) -> Row:
    """Pytest on the samples without the properties, which take ape more than ten minutes."""
    return row(
        "units",
        "pytest on the samples without Hypothesis, whole process",
        min(rounds, MIN_ROUNDS),
        {OURS: _ours_pytest(*UNIT_TESTS), "ape test": _ape_test},
        notes=("`ape test` with the properties did not end within 10 minutes, hence this row.",),
    )


ROWS: dict[str, Callable[[int], Row]] = {
    "raw": raw,
    "edges": edges,
    "import": import_,
    "help": help_,
    "compile": compile_,
    "pytest": pytest_,
    "units": units,
}
