"""What is compiled again, and what is not."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ingot.compile import compile_project, load_build
from ingot.compile.report import summary
from ingot.config import load_config
from ingot.errors import CompileError, SolcNotFound, UsageError


def test_an_unchanged_project_calls_no_compiler(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    build = workspace.compile()
    assert workspace.compilers.compiled == [["contracts/A.sol"]]
    assert build.compiled == ()
    assert build.artifacts["A"].name == "A"


def test_only_the_changed_file_and_its_importers_are_compiled(workspace: Any) -> None:
    workspace.contract("Base")
    workspace.contract("Child", "./Base.sol")
    workspace.contract("Other")
    workspace.compile()
    workspace.contract("Base", body="uint x;")
    build = workspace.compile()
    assert build.compiled == ("contracts/Base.sol", "contracts/Child.sol")
    workspace.contract("Child", "./Base.sol", body="uint y;")
    assert workspace.compile().compiled == ("contracts/Child.sol",)
    assert set(workspace.compilers.calls[-1]["sources"]) == {"contracts/Base.sol", "contracts/Child.sol"}


def test_an_equal_content_with_a_new_time_is_not_compiled(workspace: Any) -> None:
    path = workspace.contract("A")
    workspace.compile()
    os.utime(path, (1, 1))
    assert workspace.compile().compiled == ()


def test_a_change_that_keeps_size_and_time_is_seen(workspace: Any) -> None:
    path = workspace.contract("A", body="uint a;")
    workspace.compile()
    before = path.stat()
    workspace.contract("A", body="uint b;")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert workspace.compile().compiled == ("contracts/A.sol",)


def test_files_written_at_the_very_moment_of_the_build_are_hashed_later(workspace: Any) -> None:
    """No matter how coarse the clock of the file system is."""
    for number in range(5):
        workspace.contract("A", body=f"uint a{number};")
        assert workspace.compile().compiled == ("contracts/A.sol",)


def test_returning_to_an_old_content_compiles_again(workspace: Any) -> None:
    workspace.contract("A", body="uint a;")
    first = workspace.compile().artifacts["A"].initcode
    workspace.contract("A", body="uint b;")
    workspace.compile()
    workspace.contract("A", body="uint a;")
    assert workspace.compile().artifacts["A"].initcode == first


def test_settings_decide_too(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    workspace.write("ape-config.yaml", "name: sample\nsolidity:\n  optimization_runs: 1\n")
    assert workspace.compile().compiled == ("contracts/A.sol",)
    workspace.write("ape-config.yaml", "name: other\nsolidity:\n  optimization_runs: 1\n")
    assert workspace.compile().compiled == ()


def test_another_build_of_the_same_version_decides_too(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    workspace.compilers.commit = "12345678"
    assert workspace.compile(force=True).artifacts["A"].compiler == "0.8.24+commit.12345678"


def test_another_build_behind_a_known_version_compiles_all_that_it_concerns(workspace: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    workspace.compile()
    workspace.compilers.commit = "12345678"
    assert workspace.compile().compiled == ()  # nobody asked the compiler
    workspace.contract("B", body="uint b;")
    build = workspace.compile()
    assert build.compiled == ("contracts/A.sol", "contracts/B.sol")
    assert {build.artifacts[name].compiler for name in "AB"} == {"0.8.24+commit.12345678"}
    assert workspace.compile().compiled == ()


def test_a_new_compiler_on_the_machine_changes_nothing_by_itself(workspace: Any) -> None:
    workspace.contract("A")
    assert workspace.compile().releases == ["0.8.24"]
    workspace.compilers.installed = ("0.8.30", "0.8.24")
    workspace.contract("A", body="uint a;")
    assert workspace.compile().releases == ["0.8.24"]
    assert workspace.compile(force=True).releases == ["0.8.30"]


def test_force_compiles_everything(workspace: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    workspace.compile()
    assert workspace.compile(force=True).compiled == ("contracts/A.sol", "contracts/B.sol")


def test_removed_and_renamed_sources_drop_their_artifacts(workspace: Any) -> None:
    workspace.contract("A")
    path = workspace.contract("B")
    workspace.compile()
    assert workspace.files() == ["contracts/A.sol/A.json", "contracts/B.sol/B.json"]
    path.rename(path.with_name("C.sol"))
    build = workspace.compile()
    assert workspace.files() == ["contracts/A.sol/A.json", "contracts/C.sol/B.json"]
    assert build.artifacts["B"].source == "contracts/C.sol"
    path.with_name("C.sol").unlink()
    assert list(workspace.compile().artifacts) == ["contracts/A.sol:A"]
    assert len(workspace.files("build-info")) == 1


def test_a_contract_renamed_within_its_file_drops_the_old_artifact(workspace: Any) -> None:
    workspace.write("contracts/A.sol", "contract Old {}\n")
    workspace.compile()
    workspace.write("contracts/A.sol", "contract New {}\n")
    assert workspace.compile().artifacts.names() == ["New"]
    assert workspace.files() == ["contracts/A.sol/New.json"]


def test_a_lost_artifact_is_made_again(workspace: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    path = workspace.compile().artifacts["A"].path
    path.unlink()
    assert workspace.compile().compiled == ("contracts/A.sol",)
    assert path.exists()


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"format": 3}', '{"format": 3, "units": 7}', "\x00\xff"])
def test_a_torn_state_is_rebuilt(workspace: Any, rubbish: str) -> None:
    workspace.contract("A")
    workspace.compile()
    (workspace.root / ".ingot" / "state.json").write_text(rubbish)
    (workspace.root / ".ingot" / "stamp.json").unlink(missing_ok=True)
    assert workspace.compile().compiled == ("contracts/A.sol",)


def test_an_error_keeps_the_last_good_artifacts_and_is_said_again(workspace: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    good = workspace.compile().artifacts["A"].initcode
    workspace.contract("A", body="ERROR")
    for _ in range(2):
        with pytest.raises(CompileError, match=r"contracts/A\.sol:3:14: error\[1234\]: ERROR was met"):
            workspace.compile()
    assert load_build(load_config(workspace.root)).artifacts["A"].initcode == good
    workspace.contract("A")
    assert workspace.compile().artifacts["A"].initcode == good


def test_an_error_in_one_group_keeps_the_success_of_another(workspace: Any) -> None:
    workspace.contract("New")
    workspace.write("contracts/Old.sol", "contract Old { ERROR }", header="pragma solidity 0.8.20;\n")
    with pytest.raises(CompileError):
        workspace.compile()
    workspace.compilers.calls.clear()
    workspace.write("contracts/Old.sol", "contract Old {}", header="pragma solidity 0.8.20;\n")
    assert workspace.compile().compiled == ("contracts/Old.sol",)


def test_patterns_leave_the_rest_alone(workspace: Any) -> None:
    workspace.contract("A")
    workspace.contract("B")
    workspace.contract("deep/C")
    assert workspace.compile("A").compiled == ("contracts/A.sol",)
    assert workspace.compile("contracts/deep").compiled == ("contracts/deep/C.sol",)
    assert workspace.compile("contracts/B.sol").compiled == ("contracts/B.sol",)
    assert workspace.compile().compiled == ()


def test_a_pattern_without_a_match_names_the_nearest(workspace: Any) -> None:
    workspace.contract("Token")
    for _ in range(2):
        with pytest.raises(
            UsageError, match=r"no source matches 'Tokne'; did you mean contracts/Token\.sol\?"
        ):
            workspace.compile("Tokne")
        workspace.compile()


def test_warnings_are_fresh_once(workspace: Any) -> None:
    workspace.contract("A", body="WARN")
    workspace.contract("B")
    first = workspace.compile()
    assert [diagnostic.message for diagnostic in first.fresh] == ["WARN was met."]
    workspace.contract("B", body="uint b;")
    second = workspace.compile()
    assert second.fresh == ()
    assert [diagnostic.place for diagnostic in second.diagnostics] == ["contracts/A.sol:3:14"]
    workspace.contract("A")
    assert workspace.compile().diagnostics == ()


def test_a_warning_seen_by_two_compilers_counts_once(workspace: Any) -> None:
    workspace.write("contracts/Shared.sol", "contract Shared { WARN }", header="pragma solidity >=0.8.0;\n")
    workspace.contract("A", "./Shared.sol")
    workspace.write(
        "contracts/B.sol", 'import "./Shared.sol"; contract B {}', header="pragma solidity 0.8.20;\n"
    )
    build = workspace.compile()
    assert build.releases == ["0.8.20", "0.8.24"]
    assert len(build.diagnostics) == 1


def test_two_settings_are_two_jobs_with_their_own_build_info(workspace: Any) -> None:
    workspace.write(
        "ape-config.yaml",
        "name: sample\nsolidity:\n  overrides:\n    - {files: contracts/Heavy*.sol, via_ir: true}\n",
    )
    workspace.contract("Heavy1")
    workspace.contract("Light")
    build = workspace.compile()
    assert sorted(workspace.compilers.compiled) == [["contracts/Heavy1.sol"], ["contracts/Light.sol"]]
    assert build.artifacts["Heavy1"].build_id != build.artifacts["Light"].build_id
    assert len(workspace.files("build-info")) == 2


def test_the_stamp_answers_only_for_what_it_saw(workspace: Any) -> None:
    from ingot import __version__
    from ingot.compile.stamp import read_stamp

    folder = workspace.root / ".ingot"
    path = workspace.contract("A")
    old = time.time() - 100
    for settled in (path, path.parent, workspace.root / "ape-config.yaml"):
        os.utime(settled, (old, old))
    time.sleep(0.15)  # ctime cannot be set
    workspace.compile()
    assert read_stamp(folder, version=__version__) == "1 contract, solc 0.8.24"
    assert read_stamp(folder, version="another") is None
    workspace.contract("B")
    assert read_stamp(folder, version=__version__) is None
    workspace.compile()
    time.sleep(0.15)
    workspace.compile()
    assert read_stamp(folder, version=__version__) == "2 contracts, solc 0.8.24"
    workspace.compile().artifacts["B"].path.unlink()
    assert read_stamp(folder, version=__version__) is None


def test_a_copy_of_a_project_is_a_project_of_its_own(workspace: Any, tmp_path: Path) -> None:
    from ingot import __version__
    from ingot.compile.stamp import read_stamp

    path = workspace.contract("A")
    old = time.time() - 100
    for settled in (path, path.parent, workspace.root / "ape-config.yaml"):
        os.utime(settled, (old, old))
    time.sleep(0.15)
    workspace.compile()
    copy = tmp_path / "copy"
    shutil.copytree(workspace.root, copy)
    assert read_stamp(workspace.root / ".ingot", version=__version__) is not None
    assert read_stamp(copy / ".ingot", version=__version__) is None
    same = compile_project(load_config(copy), compilers=workspace.compilers)
    assert same.compiled == ()  # what is the same is not compiled again
    changed = copy / "contracts" / "A.sol"
    changed.write_text(changed.read_text().replace("contract A", "contract B"))
    build = compile_project(load_config(copy), compilers=workspace.compilers)
    assert build.compiled == ("contracts/A.sol",)
    assert build.artifacts["B"].path == copy / ".ingot" / "artifacts" / "contracts" / "A.sol" / "B.json"
    assert workspace.compile().artifacts["A"].name == "A"


def test_no_stamp_where_the_environment_decides(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_EVM", "paris")
    workspace.write("ape-config.yaml", "name: sample\nsolidity:\n  evm_version: $SAMPLE_EVM\n")
    workspace.contract("A")
    time.sleep(0.15)
    workspace.compile()
    assert not (workspace.root / ".ingot" / "stamp.json").exists()
    monkeypatch.setenv("SAMPLE_EVM", "london")
    assert workspace.compile().compiled == ("contracts/A.sol",)
    assert workspace.compilers.calls[-1]["settings"]["evmVersion"] == "london"


def test_load_build_takes_what_was_compiled_last(workspace: Any) -> None:
    workspace.contract("A")
    config = load_config(workspace.root)
    with pytest.raises(UsageError, match="has not been compiled yet: run `ingot compile`"):
        load_build(config)
    compile_project(config, compilers=workspace.compilers)
    workspace.contract("A", body="ERROR")
    assert load_build(config).artifacts.names() == ["A"]


def test_warnings_of_dependencies_are_for_their_authors(workspace: Any) -> None:
    workspace.write("node_modules/pkg/L.sol", "library L { WARN }\n")
    workspace.contract("A", "pkg/L.sol", body="WARN")
    build = workspace.compile()
    assert [diagnostic.file for diagnostic in build.fresh] == ["contracts/A.sol"]
    assert len(build.diagnostics) == 2
    assert summary(build) == "1 contract, solc 0.8.24, 1 warning"
    workspace.write("node_modules/pkg/L.sol", "library L { ERROR }\n")
    with pytest.raises(CompileError, match=r"pkg/L\.sol:3:13: error"):
        workspace.compile()


def test_a_choice_that_is_not_to_be_had_any_more_is_made_anew(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    workspace.contract("A", body="uint a;")
    real = workspace.compilers.resolve

    def resolve(version: str) -> Any:
        if version == "0.8.24":
            raise SolcNotFound("gone", version=version)
        return real(version)

    workspace.compilers.resolve = resolve
    workspace.compilers.installed = ("0.8.20",)
    assert workspace.compile().releases == ["0.8.20"]
    workspace.compilers.installed = ("0.8.24",)
    with pytest.raises(SolcNotFound):
        workspace.compile(force=True)


def test_a_large_project_is_split_among_the_processors(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    workspace.contract("Base")
    for number in range(70):
        workspace.contract(f"C{number:02}", "./Base.sol")
    build = workspace.compile()
    parts = workspace.compilers.compiled
    assert len(parts) == 3
    assert sorted(unit for part in parts for unit in part) == sorted(build.state.outputs)
    for call in workspace.compilers.calls:
        wanted = set(call["settings"]["outputSelection"])
        assert set(call["sources"]) == wanted | {"contracts/Base.sol"}
    assert len(build.artifacts) == 71
    assert len(workspace.files("build-info")) == 3


def test_sources_in_src_are_found_where_there_is_no_contracts_folder(workspace: Any) -> None:
    workspace.write("src/A.sol", "contract A {}\n")
    assert list(workspace.compile().artifacts) == ["src/A.sol:A"]
    time.sleep(0.15)
    workspace.compile()
    workspace.contract("B")
    assert list(workspace.compile().artifacts) == ["contracts/B.sol:B"]
