"""However a project was edited, what is built step by step equals what is built from nothing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingot.errors import CompileError

NAMES = [f"contracts/{name}.sol" for name in ("A", "B", "C", "deep/D", "deep/E")] + ["node_modules/pkg/L.sol"]
PRAGMAS = ["pragma solidity ^0.8.0;\n", "pragma solidity 0.8.20;\n", "pragma solidity >=0.8.4 <0.8.24;\n"]


def edit(workspace: Any, random: Random) -> str:
    """One change of the sources or the settings. Returns it in words."""
    name = random.choice(NAMES)
    path: Path = workspace.root / name
    kinds = {"write": 10, "remove": 1, "rename": 1, "touch": 2, "settings": 2, "remapping": 1, "break": 1}
    kind = random.choices(list(kinds), list(kinds.values()))[0]
    match kind:
        case "write" | "break":
            workspace.write(
                name, source(workspace, name, random, broken=kind == "break"), header=random.choice(PRAGMAS)
            )
        case "remove":
            path.unlink(missing_ok=True)
        case "rename" if path.exists():
            target: Path = workspace.root / random.choice(NAMES)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        case "touch" if path.exists():
            path.touch()
        case "settings":
            runs, via_ir = random.choice([1, 200]), random.choice(["true", "false"])
            workspace.write(
                "ape-config.yaml",
                f"name: sample\nsolidity:\n  optimization_runs: {runs}\n"
                f"  overrides: [{{files: 'contracts/deep/*', via_ir: {via_ir}}}]\n",
            )
        case "remapping":
            target_name = random.choice(["node_modules/pkg/", "contracts/deep/"])
            workspace.write("remappings.txt", f"@x/={target_name}\n")
    return f"{kind} {name}"


def repair(workspace: Any, random: Random, errors: str) -> None:
    for name in NAMES:
        if name.removeprefix("node_modules/") in errors:
            workspace.write(name, f"contract {Path(name).stem} {{ uint x{random.randrange(3)}; }}\n")


def source(workspace: Any, name: str, random: Random, *, broken: bool) -> str:
    """A contract that imports a few others: mostly such that are there."""
    there = [other for other in NAMES if (workspace.root / other).exists() or random.random() < 0.03]
    up = "../" * name.count("/")
    paths = [
        f"{up}{other}" if other.startswith("node") or random.random() < 0.5 else other for other in there
    ]
    paths += ["pkg/L.sol", "@x/L.sol", "@x/D.sol"] if random.random() < 0.1 else []
    imports = "".join(
        f'import "{path}";\n' for path in random.sample(paths, min(len(paths), random.choice([0, 1, 1, 2])))
    )
    warning = random.choice(["", "", "WARN"])
    return f"{imports}contract {Path(name).stem} {{ uint x{random.randrange(3)}; {warning} {'ERROR' if broken else ''} }}\n"


def outcome(compile_: Callable[[], Any]) -> Any:
    """Everything that a user can see of a build, or its error. Build ids and order of calls are not part of it."""
    try:
        build = compile_()
    except CompileError as error:
        return "error", sorted(
            {d.formatted for d in error.diagnostics if d.severity == "error"} or {str(error)}
        )
    return {
        name: (
            build.artifacts[name].abi,
            build.artifacts[name].compiler,
            build.state.outputs[build.artifacts[name].source].key,
        )
        for name in build.artifacts
    }, sorted(diagnostic.formatted for diagnostic in build.diagnostics)


@pytest.mark.parametrize("seed", range(12))
def test_step_by_step_equals_from_nothing(workspace: Any, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    done = []
    goods = 0
    for step in range(30):
        done.append(edit(workspace, random))
        if random.random() < 0.3:
            continue
        if random.random() < 0.2:
            with contextlib.suppress(CompileError, Exception):
                workspace.compile(random.choice(["A", "contracts/deep"]))
        found = outcome(workspace.compile)
        clean = type(workspace)(tmp_path / f"clean{step}" / "sample", compilers=type(workspace.compilers)())
        shutil.copytree(workspace.root, clean.root, ignore=shutil.ignore_patterns(".ingot"))
        expected = outcome(clean.compile)
        assert found == expected, f"seed {seed}: {'; '.join(done)}"
        goods += found[0] != "error"
        if found[0] == "error" and random.random() < 0.7:
            repair(workspace, random, str(found[1]))
            done.append("repair")
        if found[0] != "error":
            assert workspace.files() == clean.files()
            assert workspace.compile().compiled == ()
    assert goods >= 3, f"seed {seed} hardly ever compiled: {'; '.join(done)}"
