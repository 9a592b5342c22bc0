"""compile_project from end to end, with the compiler that is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingot.compile import compile_project
from ingot.config import load_config
from ingot.errors import CompileError

SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.20;\n"


def make_project(root: Path, **files: str) -> Path:
    (root / "ape-config.yaml").write_text("name: sample\n")
    for name, body in files.items():
        path = root / "contracts" / f"{name}.sol"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE + body)
    return root


def test_a_contract_has_code_and_abi(tmp_path: Path) -> None:
    build = compile_project(load_config(make_project(tmp_path, A="contract A { uint256 public x = 7; }")))
    artifact = build.artifacts["A"]
    assert [entry["name"] for entry in artifact.abi] == ["x"]
    assert artifact.initcode.endswith(artifact.runtime_code)
    assert artifact.qualified_name == "contracts/A.sol:A"


def test_an_error_keeps_the_last_good_artifact(tmp_path: Path) -> None:
    project = make_project(tmp_path, A="contract A { uint256 public x = 7; }")
    before = compile_project(load_config(project)).artifacts["A"]
    make_project(tmp_path, A="contract A { uint256 public x = y; }")
    with pytest.raises(
        CompileError, match=r"contracts/A\.sol:3:33: error\[7576\]: Undeclared identifier"
    ) as raised:
        compile_project(load_config(project))
    assert raised.value.diagnostics[0].line == 3
    assert before.path is not None
    assert before.path.exists()
