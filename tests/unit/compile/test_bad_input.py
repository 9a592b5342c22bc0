"""Everything that can be wrong with files and folders: one clear message each, and the former build intact."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ingot.compile.source import hash_of
from ingot.compile.storage import Storage
from ingot.errors import IngotError, UsageError


def refused(workspace: Any, error: type[Exception] = UsageError) -> str:
    with pytest.raises(error) as raised:
        workspace.compile()
    assert type(raised.value) is error
    return str(raised.value)


def test_a_source_that_is_not_utf8(workspace: Any) -> None:
    workspace.write("contracts/A.sol").write_bytes(b"// ok\n// caf\xe9\ncontract A {}")
    assert refused(workspace) == "contracts/A.sol:2: not UTF-8 (byte 0xe9): save the file in that encoding"


def test_a_folder_that_is_called_like_a_source(workspace: Any) -> None:
    (workspace.root / "contracts" / "A.sol").mkdir(parents=True)
    assert refused(workspace) == (
        "contracts/A.sol is a folder, though its name ends like a source: rename it, or list it under `exclude:`"
    )
    workspace.write("ape-config.yaml", "exclude: [contracts/A.sol]\n")
    assert workspace.compile().state.units == {}


def test_an_import_of_a_folder(workspace: Any) -> None:
    (workspace.root / "contracts" / "B.sol").mkdir(parents=True)
    workspace.write("ape-config.yaml", "exclude: [B.sol]\n")
    workspace.contract("A", "./B.sol")
    assert "contracts/B.sol is a folder" in refused(workspace)


def test_a_file_that_cannot_be_read(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a mode where that counts; root may read everything."""
    path = workspace.contract("A")
    path.chmod(0)
    if os.geteuid() == 0:
        real = Path.read_bytes

        def read_bytes(self: Path) -> bytes:
            if self == path:
                raise PermissionError(errno.EACCES, "Permission denied")
            return real(self)

        monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert refused(workspace) == "cannot read contracts/A.sol: Permission denied"


def test_a_link_to_nowhere(workspace: Any) -> None:
    (workspace.root / "contracts").mkdir()
    (workspace.root / "contracts" / "A.sol").symlink_to("gone.sol")
    assert refused(workspace) == "cannot read contracts/A.sol: No such file or directory"


def test_a_huge_file(workspace: Any) -> None:
    path = workspace.contract("A")
    with path.open("r+b") as file:
        file.truncate(33 * 2**20)
    assert "contracts/A.sol has 34,603,008 bytes: that is no source (the limit is 33,554,432)" in refused(
        workspace
    )


def test_links_between_folders_end(workspace: Any) -> None:
    workspace.write("contracts/deep/A.sol", "contract A {}\n")
    (workspace.root / "contracts" / "deep" / "up").symlink_to("../..")
    (workspace.root / "contracts" / "self").symlink_to(".")
    other = workspace.root.parent / "elsewhere"
    other.mkdir()
    (other / "B.sol").write_text("pragma solidity ^0.8.0;\ncontract B {}\n")
    (workspace.root / "contracts" / "linked").symlink_to(other)
    assert sorted(workspace.compile().artifacts) == ["contracts/deep/A.sol:A", "contracts/linked/B.sol:B"]


def test_the_contracts_folder_is_a_file(workspace: Any) -> None:
    workspace.write("contracts", "oops")
    assert refused(workspace) == "contracts is a file, not the folder with the contracts"


def test_an_empty_project_has_no_contracts(workspace: Any) -> None:
    build = workspace.compile()
    assert len(build.artifacts) == 0
    assert workspace.compilers.resolved == []
    (workspace.root / "contracts").mkdir()
    assert workspace.compile().compiled == ()


def test_a_source_without_contracts(workspace: Any) -> None:
    workspace.write("contracts/Types.sol", "uint256 constant ONE = 1;\n")
    assert len(workspace.compile().artifacts) == 0
    assert workspace.compile().compiled == ()


def test_a_file_name_that_is_not_utf8(workspace: Any) -> None:
    workspace.contract("A")
    os.rename(  # noqa: PTH104 - pathlib takes no bytes
        os.fsencode(workspace.root / "contracts" / "A.sol"),
        os.fsencode(workspace.root / "contracts") + b"/\xff.sol",
    )
    assert "its name is not UTF-8: rename it" in refused(workspace)


@pytest.mark.parametrize("is_old", [False, True])
def test_a_file_that_changes_while_it_is_compiled(workspace: Any, is_old: bool) -> None:
    """What was compiled and what is remembered are one content, whether the file had to be read or was known."""
    path = workspace.contract("A")
    workspace.compile()
    if is_old:
        time.sleep(0.15)
        workspace.compile()
    workspace.contract("B", "./A.sol")
    real = workspace.compilers.resolve

    def resolve(version: str) -> Any:
        workspace.compilers.resolve = real
        path.write_text(path.read_text() + "// changed\n")
        return real(version)

    workspace.compilers.resolve = resolve
    build = workspace.compile()
    sent = workspace.compilers.calls[-1]["sources"]["contracts/A.sol"]["content"]
    assert build.state.units["contracts/A.sol"].content_hash == hash_of(sent.encode())
    assert ("// changed" in sent) == is_old
    later = workspace.compile().compiled
    assert later == (() if is_old else ("contracts/A.sol", "contracts/B.sol"))


# The build folder ------------------------------------------------------------------------------


def test_a_build_folder_that_cannot_be_written(workspace: Any) -> None:
    """/sys takes no files, not even root's."""
    workspace.contract("A")
    (workspace.root / ".ingot").symlink_to("/sys/kernel")
    text = refused(workspace)
    assert text.startswith("cannot write to ")
    assert text.endswith("make the project's folder writable and repeat")


def test_a_read_only_project_that_is_compiled_still_answers(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workspace.contract("A")
    workspace.compile()
    os.utime(path, (5, 5))

    def write_text(self: Path, *_: Any, **__: Any) -> int:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "write_text", write_text)
    build = workspace.compile()
    assert build.compiled == ()
    assert build.artifacts["A"].name == "A"


def test_a_file_in_place_of_the_build_folder(workspace: Any) -> None:
    workspace.contract("A")
    workspace.write(".ingot", "oops")
    assert "cannot write" in refused(workspace, IngotError)


@pytest.mark.parametrize("victim", [".state.json", "artifacts/contracts/A.sol/.A.json"])
def test_a_full_disk_keeps_the_former_build(workspace: Any, victim: str) -> None:
    """/dev/full behind the temporary file: a real ENOSPC."""
    workspace.contract("A")
    good = workspace.compile().artifacts["A"].initcode
    workspace.contract("A", body="uint x;")
    trap = workspace.root / ".ingot" / f"{victim}.{os.getpid()}.tmp"
    trap.symlink_to("/dev/full")
    text = refused(workspace, IngotError)
    assert text.startswith("the disk is full: could not write ")
    assert text.endswith("The former build is intact; make room and repeat.")
    assert workspace.compile().artifacts["A"].initcode != good
    assert not trap.exists()


def test_a_contract_name_that_the_file_system_cannot_hold(workspace: Any) -> None:
    workspace.write("contracts/A.sol", f"contract {'A' * 252} {{}}\n")
    assert "the name is too long for this file system" in refused(workspace)


def test_git_ignores_the_build_folder(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    assert (workspace.root / ".ingot" / ".gitignore").read_text() == "*\n"


def test_no_unit_name_leads_out_of_the_build_folder() -> None:
    storage = Storage(Path("/p/.ingot"))
    for unit in ("../../etc/x.sol", "/abs/x.sol", "a//b/./x.sol"):
        path = storage.artifact_path(unit, "X")
        assert path.is_relative_to("/p/.ingot/artifacts")
        assert ".." not in path.parts
