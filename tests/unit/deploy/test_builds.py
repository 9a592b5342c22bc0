"""What is kept of a build beside the journal, and what front ends are given."""

import json
import os
from dataclasses import replace

import pytest

from ingot.deploy.builds import Builds
from ingot.deploy.entries import Adopted, Header, Wiped
from ingot.deploy.journal import Journal
from ingot.deploy.outputs import write_outputs
from ingot.errors import DeployError

LEDGER = "contracts/Ledger.sol:Ledger"


@pytest.fixture
def ledger(sample):
    return sample.artifacts["Ledger"]


def files(folder):
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def test_what_is_kept_is_what_verification_needs(ledger, sample, tmp_path):
    Builds(tmp_path).keep(ledger)
    kept = Builds(tmp_path).artifact(ledger.build_id, LEDGER)
    assert replace(kept, path=ledger.path) == ledger
    info = json.loads((tmp_path / "build-info" / f"{ledger.build_id}.json").read_text())
    theirs = json.loads((sample.config.build_folder / "build-info" / f"{ledger.build_id}.json").read_text())
    assert info["input"] == theirs["input"]
    assert info["solcLongVersion"] == ledger.compiler
    assert set(info["output"]) == {"sources"}
    assert {unit: source["id"] for unit, source in info["output"]["sources"].items()} == {
        unit: source["id"] for unit, source in theirs["output"]["sources"].items()
    }


def test_contracts_of_a_build_share_its_input(ledger, sample, tmp_path):
    builds, factory = Builds(tmp_path), sample.artifacts["Factory"]
    builds.keep(ledger)
    before = {path: path.stat().st_mtime_ns for path in files(tmp_path).values()}
    builds.keep(factory)
    builds.keep(ledger)
    assert factory.build_id == ledger.build_id
    assert len(files(tmp_path / "build-info")) == 1
    assert len(files(tmp_path / "artifacts")) == 2
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_was_not_kept_is_none(ledger, tmp_path):
    builds = Builds(tmp_path)
    assert builds.artifact(ledger.build_id, LEDGER) is None
    assert builds.artifact("", "") is None
    builds.keep(replace(ledger, build_id=""))
    builds.keep(replace(ledger, build_id="gone"))
    assert not files(tmp_path)


def test_a_torn_file_is_written_again(ledger, tmp_path):
    (tmp_path / "build-info").mkdir()
    torn = tmp_path / "build-info" / f".{ledger.build_id}.json.tmp"
    torn.write_text('{"half":')
    Builds(tmp_path).keep(ledger)
    assert not torn.exists()
    assert Builds(tmp_path).artifact(ledger.build_id, LEDGER) is not None


def test_what_cannot_be_kept_stops_the_deployment(ledger, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DeployError, match=r"cannot write .*build-info.*No space left.*Nothing is sent"):
        Builds(tmp_path).keep(ledger)


ONE, OTHER = "contracts/Token.sol:Token", "contracts/other/Token.sol:Token"
HEADER = Header(chain_id=1, genesis_hash="0x0a", network="mainnet", name="default")


def adopted(step, contract):
    return Adopted(step=step, source="by hand", address="0x" + "11" * 20, contract=contract)


def abis(folder):
    return {str(path): json.loads(whole.read_text()) for path, whole in files(folder / "abis").items()}


def test_contracts_of_one_name_have_an_abi_each(tmp_path):
    with Journal(tmp_path, HEADER) as journal:
        journal.append(adopted("first", ONE), adopted("second", OTHER))
        write_outputs(journal, {OTHER: ["other"], ONE: ["one"]})
        both = {"Token.json": ["one"], "contracts/other/Token.sol/Token.json": ["other"]}
        assert abis(tmp_path) == both
        write_outputs(journal, {OTHER: ["other"]})  # a script that has only the second of them
        assert abis(tmp_path) == both


def test_a_contract_that_moved_keeps_its_file(tmp_path):
    with Journal(tmp_path, HEADER) as journal:
        journal.append(adopted("Token", ONE))
        write_outputs(journal, {ONE: ["one"]})
        journal.append(Wiped(step="Token", reason="moved"), adopted("Token", OTHER))
        write_outputs(journal, {OTHER: ["other"]})
        assert abis(tmp_path) == {"Token.json": ["other"]}
