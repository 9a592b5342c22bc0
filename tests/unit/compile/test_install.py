"""`ingot install`: npm packages through a stand-in for npm, everything else from folders."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import stat
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ingot.compile.packages import install_packages
from ingot.config import load_config
from ingot.errors import IngotError, UsageError

NPM = """#!{python}
import json, pathlib, shutil, sys
shelf = pathlib.Path(__file__).parent
with (shelf / "log").open("a") as file:
    file.write(" ".join(sys.argv[1:3]) + "\\n")
catalogue = json.loads((shelf / "catalogue.json").read_text())
action, spec = sys.argv[1:3]
name, _, version = spec.rpartition("@")
versions = sorted(found for found in catalogue if found.startswith(name + "@"))
if spec not in catalogue:
    versions = [found for found in versions if version == "latest" or found.startswith(f"{{name}}@{{version.strip('^')}}")]
else:
    versions = [spec]
if not versions:
    print("npm error code E404", file=sys.stderr)
    print(f"npm error 404 Not Found - {{spec}}", file=sys.stderr)
    raise SystemExit(1)
if action == "view" and sys.argv[3] == "version":
    found = [one.rpartition("@")[2] for one in versions]
    print(json.dumps(found if len(found) > 1 else found[0]))
elif action == "view":
    print(json.dumps(catalogue[versions[-1]]["integrity"]))
else:
    folder = sys.argv[sys.argv.index("--pack-destination") + 1]
    shutil.copy(shelf / catalogue[versions[-1]]["file"], folder)
"""


class Shelf:
    """npm packages to be had."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.catalogue: dict[str, Any] = {}
        npm = folder / "npm"
        npm.write_text(NPM.format(python=sys.executable))
        npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
        self.environ = {**os.environ, "PATH": str(folder)}

    def put(
        self, name: str, version: str, files: dict[str, str], *, top: str = "package", **manifest: Any
    ) -> None:
        archive = self.folder / f"{name.replace('/', '-')}-{version}.tgz"
        files = {"package.json": json.dumps({"name": name, "version": version, **manifest}), **files}
        with tarfile.open(archive, "w:gz") as tar:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{top}/{path}")
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        self.catalogue[f"{name}@{version}"] = {"file": archive.name, "integrity": f"sha512-{digest}"}
        (self.folder / "catalogue.json").write_text(json.dumps(self.catalogue))

    @property
    def packed(self) -> list[str]:
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line.removeprefix("pack ") for line in lines if line.startswith("pack ")]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path / "shelf")
    made.put("@oz/contracts", "5.0.0", {"token/T.sol": "pragma solidity ^0.8.0;\nlibrary Old {}\n"})
    made.put("@oz/contracts", "5.1.0", {"token/T.sol": "pragma solidity ^0.8.0;\nlibrary New {}\n"})
    made.put(
        "@oz/upgradeable",
        "5.1.0",
        {"U.sol": 'pragma solidity ^0.8.0;\nimport "@oz/contracts/token/T.sol";\nlibrary U {}\n'},
        peerDependencies={"@oz/contracts": "5.1.0"},
        dependencies={"left-pad": "1.0.0"},
    )
    return made


def install(workspace: Any, shelf: Shelf, dependencies: str, **more: Any) -> dict[str, Any]:
    workspace.write("ape-config.yaml", f"name: sample\ndependencies:\n{dependencies}\n")
    found = install_packages(
        load_config(workspace.root),
        progress=workspace.said.append,
        environ=shelf.environ,
        home=workspace.root.parent / "home",
        **more,
    )
    return {entry.name: entry for entry in found}


def test_an_npm_package_is_brought_checked_and_found(workspace: Any, shelf: Shelf) -> None:
    found = install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: 5.0.0}')
    assert found["oz"].path == ".ingot/packages/@oz/contracts@5.0.0"
    assert found["oz"].integrity == shelf.catalogue["@oz/contracts@5.0.0"]["integrity"]
    workspace.contract("A", "@oz/contracts/token/T.sol")
    workspace.contract("B", "oz/token/T.sol", "@oz/token/T.sol")
    build = workspace.compile()
    assert build.artifacts["Old"].source == ".ingot/packages/@oz/contracts@5.0.0/token/T.sol"
    assert not (workspace.root / "node_modules").exists()
    assert not (workspace.root / "package.json").exists()


def test_a_second_install_asks_nobody_and_force_does(workspace: Any, shelf: Shelf) -> None:
    line = '  - {name: oz, npm: "@oz/contracts", version: ^5}'
    assert install(workspace, shelf, line)["oz"].version == "5.1.0"
    install(workspace, shelf, line)
    assert shelf.packed == ["@oz/contracts@5.1.0"]
    install(workspace, shelf, line, force=True)
    assert shelf.packed == ["@oz/contracts@5.1.0"] * 2


def test_another_version_is_compiled_at_once(workspace: Any, shelf: Shelf) -> None:
    workspace.contract("A", "@oz/contracts/token/T.sol")
    install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: 5.0.0}')
    assert "Old" in workspace.compile().artifacts
    install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: 5.1.0}')
    build = workspace.compile()
    assert "New" in build.artifacts
    assert "Old" not in build.artifacts


def test_what_the_sources_of_a_package_import_comes_too_and_nothing_else(
    workspace: Any, shelf: Shelf
) -> None:
    found = install(workspace, shelf, '  - {name: up, npm: "@oz/upgradeable"}')
    assert set(found) == {"up", "npm:@oz/contracts"}
    workspace.contract("A", "@oz/upgradeable/U.sol")
    assert {"A", "U", "New"} <= {entry.name for entry in workspace.compile().artifacts.entries}
    install(workspace, shelf, '  - {name: up, npm: "@oz/upgradeable"}')
    assert shelf.packed == ["@oz/upgradeable@5.1.0", "@oz/contracts@5.1.0"]


def test_a_package_in_node_modules_of_the_right_version_is_used_as_it_is(
    workspace: Any, shelf: Shelf
) -> None:
    workspace.write("node_modules/@oz/contracts/package.json", json.dumps({"version": "5.0.3"}))
    found = install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: ^5.0}')
    assert found["oz"].path == "node_modules/@oz/contracts"
    assert shelf.packed == []
    found = install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: 5.1.0}')
    assert found["oz"].path == ".ingot/packages/@oz/contracts@5.1.0"


def test_a_wrong_checksum_is_refused_and_leaves_nothing(workspace: Any, shelf: Shelf) -> None:
    shelf.catalogue["@oz/contracts@5.0.0"]["integrity"] = "sha512-AAAA"
    (shelf.folder / "catalogue.json").write_text(json.dumps(shelf.catalogue))
    with pytest.raises(IngotError, match="has the wrong sha512"):
        install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts", version: 5.0.0}')
    assert workspace.files("packages") == []


def test_an_archive_that_leaves_its_folder_is_refused(workspace: Any, shelf: Shelf) -> None:
    shelf.put("evil", "1.0.0", {"x.sol": ""}, top="../../evil")
    with pytest.raises(IngotError, match="is not a sound archive"):
        install(workspace, shelf, "  - {name: evil, npm: evil}")
    assert workspace.files("packages") == []


def test_a_package_that_npm_does_not_have(workspace: Any, shelf: Shelf) -> None:
    with pytest.raises(IngotError, match=r"npm view.*failed: .*404 Not Found - @oz/contract@latest"):
        install(workspace, shelf, '  - {name: oz, npm: "@oz/contract"}')


def test_no_npm_at_all(workspace: Any, shelf: Shelf) -> None:
    shelf.environ["PATH"] = str(workspace.root)
    with pytest.raises(
        UsageError, match=r"npm is needed to bring @oz/contracts, and there is none: install Node\.js"
    ):
        install(workspace, shelf, '  - {name: oz, npm: "@oz/contracts"}')


def test_local_folders(workspace: Any, shelf: Shelf) -> None:
    (workspace.root.parent / "other" / "contracts").mkdir(parents=True)
    assert install(workspace, shelf, "  - {name: other, local: ../other}")["other"].kind == "local"
    with pytest.raises(
        UsageError, match=r"the dependency gone is not there: .*/gone is no folder\. Correct `local:`"
    ):
        install(workspace, shelf, "  - {name: gone, local: ../gone}")


@pytest.mark.parametrize("spelling", ["4.9.0", "4_9_0", "v4.9.0", "v4_9_0"])
def test_a_github_repository_that_ape_has_installed(workspace: Any, shelf: Shelf, spelling: str) -> None:
    folder = workspace.root.parent / "home" / ".ape" / "packages" / "projects" / "OZ_oz-contracts" / spelling
    (folder / "contracts").mkdir(parents=True)
    (folder / "contracts" / "T.sol").write_text("pragma solidity ^0.8.0;\nlibrary T {}\n")
    install(workspace, shelf, "  - {name: oz, github: OZ/oz-contracts, version: 4.9.0}")
    workspace.contract("A", "@oz/contracts/T.sol", "@oz/T.sol")
    assert workspace.compile().artifacts["T"].source == f"{folder.as_posix()}/contracts/T.sol"


def test_a_github_repository_that_is_an_npm_package(workspace: Any, shelf: Shelf) -> None:
    manifest = {
        "version": "5.0.2",
        "repository": {"type": "git", "url": "git+https://github.com/OZ/oz-contracts.git"},
    }
    workspace.write("node_modules/@oz/contracts/package.json", json.dumps(manifest))
    workspace.write("node_modules/@oz/contracts/T.sol", "library T {}\n")
    install(workspace, shelf, "  - {name: openz, github: OZ/oz-contracts, version: 5.0.2}")
    workspace.contract("A", "@openz/T.sol", "@openz/contracts/T.sol")
    assert "T" in workspace.compile().artifacts
    with pytest.raises(
        UsageError, match=r"(?s)OZ/oz-contracts 4\.0\.0, is not on this machine; .*git clone --depth 1"
    ):
        install(workspace, shelf, "  - {name: openz, github: OZ/oz-contracts, version: 4.0.0}")


def test_nothing_to_install(
    workspace: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ingot.cli import main

    monkeypatch.chdir(workspace.root)
    assert main(["install"]) == 0
    assert "names no dependencies: list them under `dependencies:`" in capsys.readouterr().out


@pytest.mark.network
def test_a_real_package_of_npm(workspace: Any) -> None:
    workspace.write(
        "ape-config.yaml", 'dependencies:\n  - {name: oz, npm: "@openzeppelin/contracts", version: 5.0.2}\n'
    )
    try:
        install_packages(load_config(workspace.root), progress=workspace.said.append)
    except IngotError as error:
        pytest.skip(str(error))
    workspace.contract("A", "@openzeppelin/contracts/utils/math/Math.sol")
    assert workspace.compile(real=True).artifacts["Math"].is_deployable
