"""One configuration for both tools: ape compiles the sample contracts as they are."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingot.compile.solc.settings import cache_folder

ROOT = Path(__file__).parents[3]
APE = Path(sys.executable).with_name("ape")


@pytest.mark.skipif(not APE.exists(), reason="eth-ape is not installed")
def test_ape_compiles_the_samples_with_our_configuration_and_our_compiler(tmp_path):
    project, home = tmp_path / "project", tmp_path / "home"
    home.mkdir()
    shutil.copytree(ROOT / "contracts", project / "contracts")
    shutil.copy(ROOT / "ape-config.yaml", project)
    (project / "node_modules").symlink_to(ROOT / "node_modules")
    link = [sys.executable, "-m", "ingot", "solc", "link", "0.8.37", "--to", str(home / "solcx")]
    subprocess.run(link, check=True, capture_output=True)
    launcher = next((home / "solcx").iterdir())
    launcher.rename(launcher.with_name("solc-v0.8.37"))
    # ape compiles a project below the folder for temporary files in place, any other in a copy of it.
    env = {**os.environ, "HOME": str(home), "APE_DATA_FOLDER": str(home / "ape"), "TMPDIR": str(home)}
    env |= {"SOLCX_BINARY_PATH": str(home / "solcx"), "INGOT_CACHE_DIR": str(cache_folder(os.environ))}
    done = subprocess.run([APE, "compile"], cwd=project, env=env, capture_output=True, text=True, check=False)
    assert "SUCCESS" in done.stdout + done.stderr, done.stderr
    assert (project / ".build" / "__local__.json").is_file()
