"""A home of ape's own, and a project that is compiled in it."""

import os
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from ape_process import OTHER, PLUGIN, ROOT, ape


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """A home of ape's own, without a compiler; the plugin, installed or not."""
    home = tmp_path_factory.mktemp("home")
    env = {**os.environ, "HOME": str(home), "APE_DATA_FOLDER": str(home / "ape"), "TMPDIR": str(home)}
    env |= {"SOLCX_BINARY_PATH": str(home / "solcx")}
    env |= {"INGOT_CACHE_DIR": os.environ.get("INGOT_CACHE_DIR") or str(Path.home() / ".cache" / "ingot")}
    if OTHER or not _is_installed("ape-ingot"):
        site = home / "site"
        _pretend_to_install(site, "ape_ingot", "ape_ingot = ape_ingot_pytest")
        if OTHER:
            _pretend_to_install(site, "ingot", "ingot = ingot.testing.plugin")
        env["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(PLUGIN), str(site)])
    return env


def _is_installed(name):
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _pretend_to_install(site, name, pytest_plugin):
    folder = site / f"{name}-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 0.1.0\n"
    )
    (folder / "top_level.txt").write_text(f"{name}\n")
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{pytest_plugin}\n")


@pytest.fixture(scope="session")
def compiled(environment):
    """The ape project, compiled by ape-solidity with nothing set up: the plugin links the compiler."""
    project = Path(environment["HOME"]) / "parity"
    shutil.copytree(PLUGIN / "tests" / "project", project)
    code, text = ape("compile", cwd=project, env=environment)
    assert code == 0, text
    assert (Path(environment["HOME"]) / "solcx" / "solc-v0.8.37").exists()
    return project
