"""The same deployment script under `ape run`: on the network, and through the node, that ape was given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from anvil import REPOSITORY
from stand_in import StartAnvil

from ingot.compile.solc.settings import cache_folder

APE = Path(sys.executable).with_name("ape")
CONTRACT = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Tiny {
    uint256 public number = 5;
}
"""
SCRIPT = """
import ingot


def main():
    deploy = ingot.deployment()
    tiny = deploy("Tiny")
    print(f"{deploy.network}: {tiny.number()} at {tiny.address}")
"""


@pytest.mark.skipif(not APE.exists(), reason="eth-ape is not installed")
def test_a_script_runs_on_the_network_that_ape_was_given(tmp_path: Path, anvil: StartAnvil) -> None:
    project, home = tmp_path / "tiny", tmp_path / "home"
    for folder in (project / "contracts", project / "scripts", home):
        folder.mkdir(parents=True)
    node = anvil()
    (project / "contracts" / "Tiny.sol").write_text(CONTRACT)
    (project / "scripts" / "deploy.py").write_text(SCRIPT)
    (project / "ape-config.yaml").write_text(
        f"name: tiny\nsolidity:\n  version: 0.8.37\nnode:\n  ethereum:\n    sepolia:\n      uri: {node.url}\n"
    )
    environment = {
        **os.environ,
        "HOME": str(home),
        "APE_DATA_FOLDER": str(home / "ape"),
        "TMPDIR": str(home),
        "PYTHONPATH": str(REPOSITORY / "src"),
        "INGOT_CACHE_DIR": str(cache_folder(os.environ)),
    }
    done = subprocess.run(
        [APE, "run", "deploy", "--network", "ethereum:sepolia:node"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sepolia: 5 at 0x5FbDB2315678afecb367f032d93F642f64180aa3" in done.stdout
    assert node.number("eth_blockNumber") == 1
