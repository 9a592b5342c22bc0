"""`ingot compile` and `ingot install` as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ingot.cli import main

HEAVY = (
    "web3",
    "ape",
    "pandas",
    "hypothesis",
    "wasmtime",
    "yaml",
    "pytest",
    "ingot.compile.build",
    "ingot.compile.solc",
)


@pytest.fixture
def ingot(workspace: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in the project: exit code, standard output, standard error."""
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


def test_what_was_compiled_and_then_that_nothing_changed(workspace: Any, ingot: Any) -> None:
    workspace.contract("A", body="uint256 public x;")
    code, out, err = ingot("compile")
    assert code == 0
    assert err.startswith("compiling 1 file with solc 0.8.")
    assert out.startswith("compiled 1 file in ")
    assert ": 1 contract, solc 0.8." in out
    code, out, err = ingot("compile")
    assert (code, err) == (0, "")
    assert out.startswith("nothing changed: 1 contract, solc 0.8.")
    assert ingot("compile", "--quiet") == (0, "", "")


def test_an_empty_project_is_told_where_contracts_go(ingot: Any) -> None:
    code, out, _ = ingot("compile")
    assert code == 0
    assert (
        out
        == "nothing to compile: there is no .sol file in contracts/. Write a contract there, or run `ingot init`.\n"
    )


def test_a_failed_compile_exits_1_without_a_traceback(workspace: Any, ingot: Any) -> None:
    workspace.contract("A", body="uint x = y; uint z; function f() public { uint q; }")
    code, out, err = ingot("compile")
    assert (code, out) == (1, "")
    assert "contracts/A.sol:3:23: error[7576]: Undeclared identifier" in err
    assert err.splitlines()[-1] == "compiling failed with 1 error; the last good artifacts are kept"


def test_warnings_are_shown_once_for_each_change_and_counted(workspace: Any, ingot: Any) -> None:
    workspace.contract("A", body="function f() public pure { uint q; }")
    _, out, err = ingot("compile")
    assert err.count("warning[2072]: Unused local variable.") == 1
    assert out.endswith(", 1 warning\n")
    _, out, err = ingot("compile")
    assert err == ""
    assert out.endswith(", 1 warning\n")


def test_a_broken_configuration_exits_2_with_the_line(workspace: Any, ingot: Any) -> None:
    workspace.write("ape-config.yaml", "solidity:\n  optimize: 7\n")
    code, _, err = ingot("compile")
    assert code == 2
    assert err == "ingot: ape-config.yaml:2: solidity.optimize: must be true or false, not 7\n"


def test_no_project_exits_2(workspace: Any, ingot: Any) -> None:
    (workspace.root / "ape-config.yaml").unlink()
    code, _, err = ingot("compile")
    assert code == 2
    assert "`ingot init` makes a project" in err


def test_a_compiler_version_that_does_not_exist(workspace: Any, ingot: Any) -> None:
    workspace.contract("A")
    workspace.write("contracts/B.sol", "contract B {}", header="pragma solidity 0.8.99;\n")
    code, _, err = ingot("compile")
    assert code == 2
    assert "0.8.99" in err
    assert "Traceback" not in err


def test_patterns_and_force(workspace: Any, ingot: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    assert "compiled 1 file" in ingot("compile", "A")[1]
    assert "compiled 1 file" in ingot("compile")[1]
    assert "compiled 2 files" in ingot("compile", "--force")[1]
    code, _, err = ingot("compile", "C*")
    assert (code, err) == (2, "ingot: no source matches 'C*'; there are contracts/A.sol, contracts/B.sol\n")


def test_sizes(workspace: Any, ingot: Any) -> None:
    workspace.contract("A", body="uint256 public x;")
    for _ in range(2):
        assert "\nA  " in ingot("compile", "--sizes")[1]


def test_json(workspace: Any, ingot: Any) -> None:
    workspace.contract("A", body="function f() public pure { uint q; }")
    _, out, _ = ingot("compile", "--json")
    found = json.loads(out)
    assert found["compiled"] == ["contracts/A.sol"]
    assert [contract["name"] for contract in found["contracts"]] == ["A"]
    assert Path(found["contracts"][0]["artifact"]).exists()
    assert found["diagnostics"][0]["code"] == "2072"


def test_ast_goes_into_build_info(workspace: Any, ingot: Any) -> None:
    workspace.contract("A")
    assert ingot("compile", "--ast")[0] == 0
    (path,) = (workspace.root / ".ingot" / "build-info").iterdir()
    sources = json.loads(path.read_text())["output"]["sources"]
    assert sources["contracts/A.sol"]["ast"]["nodeType"] == "SourceUnit"


def test_the_project_may_be_named(workspace: Any, ingot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.contract("A")
    monkeypatch.chdir("/")
    assert ingot("compile", "--project", str(workspace.root / "contracts"))[0] == 0


def test_colours_on_request_only(workspace: Any, ingot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.contract("A", body="ERROR")
    assert "\x1b" not in ingot("compile")[2]
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in ingot("compile")[2]  # not a terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31m" in ingot("compile")[2]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in ingot("compile")[2]


def test_an_unchanged_project_imports_next_to_nothing(workspace: Any) -> None:
    workspace.contract("A")
    time.sleep(0.15)  # the files must be older than the clock's grain
    command = [sys.executable, "-X", "importtime", "-m", "ingot", "compile"]
    environ = {name: value for name, value in os.environ.items() if name != "INGOT_SOLC"}
    for _ in range(2):
        done = subprocess.run(
            command, cwd=workspace.root, env=environ, capture_output=True, text=True, timeout=120, check=True
        )
    assert done.stdout.startswith("nothing changed: 1 contract")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "ingot.compile.stamp" in imported
    assert not imported & set(HEAVY)
    assert len(imported) < 120
