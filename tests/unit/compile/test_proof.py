"""What is about to be deployed is compiled once more, from nothing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import ingot
from ingot.compile.proof import prove
from ingot.errors import UsageError

SAMPLE = Path(__file__).parents[1] / "sample"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proof") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".ingot"))
    return ingot.load(folder)


@pytest.fixture
def project(built):
    built.path.joinpath(".ingot", "proven.json").unlink(missing_ok=True)
    source = built.path / "contracts" / "Ledger.sol"
    text = source.read_text()
    yield built
    source.write_text(text)


def artifacts(project, *names):
    return [project.artifacts[name] for name in names]


def test_artifacts_are_proved_once(project):
    members = artifacts(project, "Ledger", "Doubler", "Doubling")
    assert prove(project.config, members) == 3
    assert prove(project.config, members) == 0
    assert prove(project.config, members[:1]) == 1
    assert prove(project.config, []) == 0


def test_code_that_its_source_does_not_give_is_refused(project):
    (ledger,) = artifacts(project, "Ledger")
    text = ledger.initcode_object.text
    forged = replace(ledger, initcode_object=replace(ledger.initcode_object, text=text[:-2] + "00"))
    with pytest.raises(UsageError, match="is not what its sources compile to"):
        prove(project.config, [forged])
    assert prove(project.config, [ledger]) == 1


def test_a_source_that_was_edited_since_is_refused(project):
    source = project.path / "contracts" / "Ledger.sol"
    source.write_text(source.read_text() + "\n// edited\n")
    with pytest.raises(UsageError, match=r"contracts/Ledger\.sol is not as it was"):
        prove(project.config, artifacts(project, "Ledger"))


def test_without_its_build_info_nothing_is_proved(project):
    (ledger,) = artifacts(project, "Ledger")
    with pytest.raises(UsageError, match="compile --force"):
        prove(project.config, [replace(ledger, build_id="0" * 32)])


def test_the_memory_of_proofs_holds_hashes_only(project):
    prove(project.config, artifacts(project, "Ledger"))
    kept = json.loads((project.path / ".ingot" / "proven.json").read_text())
    assert [len(each) for each in kept] == [64]
