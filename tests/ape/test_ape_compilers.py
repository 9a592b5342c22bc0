"""Which compilers a project of ape's asks for. Without ape: what is read of it is little."""

from types import SimpleNamespace

import pytest
from ape_process import module_of_the_plugin

from ingot.compile.solc import Resolver, Settings, Version


@pytest.fixture(scope="module")
def compilers():
    return module_of_the_plugin("compilers")


class Known(Resolver):
    """Finds these and no others."""

    def __init__(self, *versions):
        super().__init__(Settings.from_environment(environ={}))
        self._versions = [Version.parse(version) for version in versions]

    def installed_versions(self):
        return self._versions

    def obtainable_versions(self):
        return self._versions


def project_in(path, **config):
    settings = {"contracts_folder": None, "dependencies": [], "solidity": SimpleNamespace(version=None)}
    return SimpleNamespace(path=path, config=SimpleNamespace(**{**settings, **config}))


def write(path, pragma):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"pragma solidity {pragma};\ncontract A {{}}\n")


RESOLVER = Known("0.8.37", "0.8.26", "0.8.20", "0.7.6")


def test_what_sources_and_dependencies_pin(compilers, tmp_path):
    """Two versions of one dependency: ape takes them."""
    write(tmp_path / "src" / "A.sol", "^0.8.0")
    write(tmp_path / "src" / "deep" / "B.sol", "0.8.20")
    write(tmp_path / "lib" / "one" / "C.sol", "=0.7.6")
    write(tmp_path / "node_modules" / "@two" / "D.sol", ">=0.8.21 <0.8.30")
    dependencies = [
        {"name": "same", "version": "1", "local": "lib/one"},
        {"name": "same", "version": "2", "npm": "@two"},
        {"name": "far", "github": "nobody/nothing"},
        {"name": "gone", "local": "lib/gone"},
    ]
    project = project_in(tmp_path, dependencies=dependencies)
    assert compilers.wanted_versions(project, RESOLVER) == ["0.7.6", "0.8.20", "0.8.26", "0.8.37"]


def test_the_version_of_the_configuration_is_the_only_one(compilers, tmp_path):
    write(tmp_path / "contracts" / "A.sol", "^0.8.0")
    project = project_in(tmp_path, solidity=SimpleNamespace(version="0.8.26+commit.8a97fa7a"))
    assert compilers.wanted_versions(project, RESOLVER) == ["0.8.26"]


def test_what_nobody_can_compile_is_left_to_ape(compilers, tmp_path):
    write(tmp_path / "own" / "A.sol", "^0.8.0")
    write(tmp_path / "own" / "B.sol", ">=0.4.1 <0.4.3")
    write(tmp_path / "own" / "C.sol", "nonsense")
    write(tmp_path / "contracts" / "D.sol", "0.7.6")
    project = project_in(tmp_path, contracts_folder="own")
    assert compilers.wanted_versions(project, RESOLVER) == ["0.8.37"]
