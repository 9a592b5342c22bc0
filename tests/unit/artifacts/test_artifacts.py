"""Artifacts: names, linking, immutables, and the files of forge and Hardhat."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingot.artifacts import Artifact, ArtifactEntry, Artifacts, Bytecode, LinkReference
from ingot.artifacts.files import parse_artifact, written_anew
from ingot.errors import UsageError

PLACEHOLDER = "__$0123456789abcdef0123456789abcdef01$__"[:40]
ADDRESS = "0x" + "Ab" * 20


def artifact(code: str = "6001", runtime: str = "6002", **more: Any) -> Artifact:
    return Artifact("A", "contracts/A.sol", [], Bytecode(code), Bytecode(runtime), **more)


def unlinked() -> Artifact:
    references = (LinkReference("contracts/M.sol", "M", 1), LinkReference("contracts/N.sol", "N", 22))
    code = f"73{PLACEHOLDER}73{PLACEHOLDER}00"
    return Artifact("A", "contracts/A.sol", [], Bytecode(code, references), Bytecode(code, references))


def test_linked_code_is_bytes() -> None:
    assert artifact().initcode == b"\x60\x01"
    assert artifact().runtime_code == b"\x60\x02"
    assert artifact().runtime_code_size == 2


def test_what_is_written_anew_reads_as_it_was(tmp_path: Path) -> None:
    whole = replace(
        unlinked(),
        runtime_object=replace(unlinked().runtime_object, immutable_references={"7": ((3, 32), (50, 32))}),
        path=tmp_path / "A.json",
        build_id="b1",
        compiler="0.8.24+commit.e11b9ed9",
        method_ids={"a()": "0dbe671f"},
        storage_layout={"storage": []},
        metadata="{}",
    )
    for one in (whole, artifact(path=tmp_path / "A.json")):
        written = json.loads(json.dumps(written_anew(one)))
        assert parse_artifact(written, ArtifactEntry("A", "contracts/A.sol", tmp_path / "A.json")) == one


def test_unlinked_code_names_what_is_missing() -> None:
    message = r"contracts/A\.sol:A is not linked: it needs contracts/M\.sol:M, contracts/N\.sol:N\. .*link\(\{\"M\": address\}\)"
    for read in (lambda: unlinked().initcode, lambda: unlinked().runtime_code):
        with pytest.raises(UsageError, match=message):
            read()
    assert unlinked().runtime_code_size == 43


def test_linking_puts_the_addresses_in() -> None:
    one = unlinked().link({"M": ADDRESS})
    assert one.initcode_object.missing_libraries == ("contracts/N.sol:N",)
    both = one.link({"contracts/N.sol:N": bytes(range(20))})
    assert both.initcode == b"\x73" + b"\xab" * 20 + b"\x73" + bytes(range(20)) + b"\x00"
    assert both.runtime_code == both.initcode
    assert unlinked().link_references[0].library == "contracts/M.sol:M"


@pytest.mark.parametrize("address", ["0x12", "Ab" * 20, b"short", 7, None])
def test_what_is_no_address_cannot_be_linked(address: Any) -> None:
    with pytest.raises(UsageError, match=r"is no address for the library contracts/M\.sol:M"):
        unlinked().link({"M": address})


def test_a_library_that_is_not_needed_is_a_mistake() -> None:
    with pytest.raises(UsageError, match=r"does not need X; it needs contracts/M\.sol:M, contracts/N\.sol:N"):
        unlinked().link({"X": ADDRESS})
    with pytest.raises(UsageError, match="does not need X; it needs no library"):
        artifact().link({"X": ADDRESS})


def test_an_interface_has_no_code_to_deploy() -> None:
    interface = artifact("", "")
    assert not interface.is_deployable
    assert interface.runtime_code == b""
    with pytest.raises(
        UsageError, match=r"contracts/A\.sol:A is an interface or an abstract contract: it has no code"
    ):
        _ = interface.initcode


def test_code_on_the_chain_is_recognised_up_to_immutables_and_libraries() -> None:
    runtime = Bytecode(
        "60" + "00" * 32 + "73" + PLACEHOLDER,
        (LinkReference("M.sol", "M", 34),),
        immutable_references={"7": ((1, 32),)},
    )
    found = Artifact("A", "A.sol", [], Bytecode("00"), runtime)
    code = b"\x60" + bytes(range(32)) + b"\x73" + bytes(range(20))
    assert found.is_code_of(code)
    assert not found.is_code_of(b"\x61" + code[1:])
    assert not found.is_code_of(code + b"\x00")
    assert not artifact("", "").is_code_of(b"")


def test_a_deployed_library_is_recognised_in_spite_of_its_own_address() -> None:
    library = artifact("00", "73" + "00" * 20 + "3014")
    assert library.is_code_of(b"\x73" + b"\x11" * 20 + b"\x30\x14")
    assert not library.is_code_of(b"\x74" + b"\x11" * 20 + b"\x30\x14")


# By name ---------------------------------------------------------------------------------------


def many(*entries: tuple[str, str, bool]) -> Artifacts:
    return Artifacts([ArtifactEntry(name, source, Path("/nowhere"), own) for source, name, own in entries])


def test_two_contracts_of_one_name_are_listed() -> None:
    artifacts = many(("contracts/A.sol", "Token", False), ("contracts/B.sol", "Token", False))
    with pytest.raises(UsageError) as raised:
        artifacts.entry("Token")
    assert str(raised.value).splitlines() == [
        "2 contracts are called Token; write which one:",
        "  contracts/A.sol:Token",
        "  contracts/B.sol:Token",
    ]
    assert "Token" not in artifacts
    assert artifacts.entry("contracts/B.sol:Token").source == "contracts/B.sol"
    assert artifacts.entry("B.sol:Token").source == "contracts/B.sol"


def test_the_projects_own_contract_wins_over_a_dependencys() -> None:
    artifacts = many(
        ("@oz/Token.sol", "Token", True), ("contracts/A.sol", "Token", False), ("@oz/X.sol", "X", True)
    )
    assert artifacts.entry("Token").source == "contracts/A.sol"
    assert artifacts.entry("X").source == "@oz/X.sol"
    assert artifacts.names() == ["Token"]
    assert [entry.name for entry in artifacts.own] == ["Token"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("Tokn", "did you mean 'Token'?"),
        ("token", "did you mean 'Token'?"),
        ("Zzz", "there are Token, Vault"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(asked: str, hint: str) -> None:
    artifacts = many(("contracts/A.sol", "Token", False), ("contracts/B.sol", "Vault", False))
    with pytest.raises(UsageError) as raised:
        artifacts[asked]
    assert hint in str(raised.value)
    assert artifacts.get(asked) is None


def test_no_contracts_at_all() -> None:
    with pytest.raises(UsageError, match="has no contract 'A': it has no contracts at all"):
        Artifacts([])["A"]


def test_a_file_is_read_when_it_is_asked_for_and_once(tmp_path: Path) -> None:
    path = tmp_path / "A.json"
    artifacts = Artifacts([ArtifactEntry("A", "A.sol", path), ArtifactEntry("B", "B.sol", tmp_path / "gone")])
    path.write_text(json.dumps({"abi": [], "bytecode": "0x60", "deployedBytecode": "0x"}))
    first = artifacts["A"]
    path.unlink()
    assert artifacts["A"] is first
    assert len(artifacts) == 2
    with pytest.raises(UsageError, match=r"cannot read the artifact of B\.sol:B, .*Compile again"):
        artifacts["B"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [("{", "is not valid JSON"), ("[]", "is not an artifact: it has no ABI"), ("{}", "is not an artifact")],
)
def test_a_torn_file_is_one_clear_message(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "A.json").write_text(content)
    with pytest.raises(UsageError, match=problem):
        Artifacts([ArtifactEntry("A", "A.sol", tmp_path / "A.json")])["A"]


# Folders of other tools ------------------------------------------------------------------------

FORGE = {
    "abi": [{"type": "function", "name": "f", "inputs": [], "outputs": [], "stateMutability": "view"}],
    "bytecode": {
        "object": f"0x73{PLACEHOLDER}",
        "sourceMap": "1:2:3",
        "linkReferences": {"src/M.sol": {"M": [{"start": 1, "length": 20}]}},
    },
    "deployedBytecode": {
        "object": "0x6001",
        "sourceMap": "4:5:6",
        "linkReferences": {},
        "immutableReferences": {"3": [{"start": 1, "length": 1}]},
    },
    "methodIdentifiers": {"f()": "26121ff0"},
    "rawMetadata": "{}",
    "metadata": {
        "compiler": {"version": "0.8.24+commit.e11b9ed9"},
        "output": {"userdoc": {"kind": "user"}, "devdoc": {"kind": "dev"}},
        "settings": {"compilationTarget": {"src/Counter.sol": "Counter"}},
    },
    "id": 7,
}


def put(folder: Path, path: str, content: Any) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(json.dumps(content))


def test_artifacts_of_forge(tmp_path: Path) -> None:
    put(tmp_path, "out/Counter.sol/Counter.json", FORGE)
    put(tmp_path, "out/build-info/abc.json", {"id": "abc"})
    artifacts = Artifacts.load_folder(tmp_path / "out")
    assert list(artifacts) == ["src/Counter.sol:Counter"]
    counter = artifacts["Counter"]
    assert counter.compiler == "0.8.24+commit.e11b9ed9"
    assert counter.initcode_object.missing_libraries == ("src/M.sol:M",)
    assert counter.runtime_code == b"\x60\x01"
    assert counter.immutable_references == {"3": ((1, 1),)}
    assert counter.initcode_object.source_map == "1:2:3"
    assert counter.method_ids == {"f()": "26121ff0"}
    assert counter.devdoc == {"kind": "dev"}


def test_artifacts_of_hardhat(tmp_path: Path) -> None:
    put(
        tmp_path,
        "artifacts/contracts/Lock.sol/Lock.json",
        {
            "_format": "hh-sol-artifact-1",
            "contractName": "Lock",
            "sourceName": "contracts/Lock.sol",
            "abi": FORGE["abi"],
            "bytecode": "0x6001",
            "deployedBytecode": "0x6002",
            "linkReferences": {},
            "deployedLinkReferences": {},
        },
    )
    put(tmp_path, "artifacts/contracts/Lock.sol/Lock.dbg.json", {"_format": "hh-sol-dbg-1", "buildInfo": "x"})
    put(tmp_path, "artifacts/build-info/x.json", {"id": "x"})
    for folder in (tmp_path, tmp_path / "artifacts"):
        artifacts = Artifacts.load_folder(folder)
        assert list(artifacts) == ["contracts/Lock.sol:Lock"]
        assert artifacts["Lock"].initcode == b"\x60\x01"
        assert artifacts["Lock"].runtime_code == b"\x60\x02"


@pytest.mark.parametrize("version", [2, 3])
def test_what_hardhat_keeps_in_its_build_info_is_found(tmp_path: Path, version: int) -> None:
    runtime = {"immutableReferences": {"9": [{"start": 1, "length": 32}]}, "sourceMap": "4:5:6"}
    evm = {
        "bytecode": {"sourceMap": "1:2:3"},
        "deployedBytecode": runtime,
        "methodIdentifiers": {"f()": "26121ff0"},
    }
    source = "contracts/Lock.sol" if version == 2 else "project/contracts/Lock.sol"
    output = {"contracts": {source: {"Lock": {"evm": evm}}}}
    info = {"id": "x", "solcLongVersion": "0.8.24+commit.e11b9ed9"}
    artifact = {
        "_format": "hh-sol-artifact-1" if version == 2 else "hh3-artifact-1",
        "contractName": "Lock",
        "sourceName": "contracts/Lock.sol",
        "abi": [],
        "bytecode": "0x6001",
        "deployedBytecode": "0x7f" + "00" * 32,
    }
    if version == 2:
        put(tmp_path, "artifacts/build-info/x.json", {**info, "output": output})
        put(tmp_path, "artifacts/contracts/Lock.sol/Lock.dbg.json", {"buildInfo": "../../build-info/x.json"})
    else:
        put(tmp_path, "artifacts/build-info/x.json", info)
        put(tmp_path, "artifacts/build-info/x.output.json", {"id": "x", "output": output})
        artifact |= {"inputSourceName": source, "buildInfoId": "x"}
    put(tmp_path, "artifacts/contracts/Lock.sol/Lock.json", artifact)
    lock = Artifacts.load_folder(tmp_path)["Lock"]
    assert lock.compiler == "0.8.24+commit.e11b9ed9"
    assert lock.build_id == "x"
    assert lock.method_ids == {"f()": "26121ff0"}
    assert lock.runtime_object.source_map == "4:5:6"
    assert lock.is_code_of(b"\x7f" + bytes(range(32)))
    (tmp_path / "artifacts/build-info/x.json").unlink()
    assert Artifacts.load_folder(tmp_path)["Lock"].immutable_references == {}


def test_a_folder_without_artifacts(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"holds no artifacts: expected files such as Token\.sol/Token\.json"
    ):
        Artifacts.load_folder(tmp_path)
    with pytest.raises(UsageError, match=r"there is no folder .*: compile first"):
        Artifacts.load_folder(tmp_path / "out")
