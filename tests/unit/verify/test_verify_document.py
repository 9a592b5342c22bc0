import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import ingot
from ingot.artifacts.build_info import build_info_of
from ingot.config import load_config
from ingot.errors import UsageError, VerifyError
from ingot.verify.document import document_of

PRAGMA = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n"


def test_only_what_the_contract_imports_goes_in(sample):
    document = document_of(sample.config, sample.artifacts["Ledger"])
    assert document.is_minimal
    assert list(document.standard_json["sources"]) == ["contracts/Ledger.sol"]
    factory = document_of(sample.config, sample.artifacts["Factory"])
    assert sorted(factory.standard_json["sources"]) == ["contracts/Factory.sol", "contracts/Ledger.sol"]
    assert document.contract == "contracts/Ledger.sol:Ledger"
    assert document.compiler == sample.artifacts["Ledger"].compiler
    assert "+commit." in document.compiler


def test_sources_and_settings_are_those_of_the_build(sample):
    artifact = sample.artifacts["Factory"]
    document = document_of(sample.config, artifact)
    built = build_info_of(artifact)["input"]
    for unit, source in document.standard_json["sources"].items():
        assert source["content"].encode() == (sample.path / unit).read_bytes()
    ours, theirs = dict(document.standard_json["settings"]), dict(built["settings"])
    assert ours.pop("outputSelection") == {"*": {"*": ours_selected(document)}}
    theirs.pop("outputSelection")
    assert ours == theirs
    assert json.loads(document.text) == document.standard_json


def ours_selected(document):
    selected = document.standard_json["settings"]["outputSelection"]["*"]["*"]
    assert {"evm.bytecode", "evm.deployedBytecode", "metadata"} <= set(selected)
    return selected


def test_odd_bytes_survive(tmp_path):
    (tmp_path / "contracts").mkdir()
    odd = f'{PRAGMA}// üñí \u2003 \r\ncontract Odd {{\r\n\tstring public s = unicode"\u00e9";\r\n}}\r\n'.encode()
    (tmp_path / "contracts" / "Odd.sol").write_bytes(odd)
    (tmp_path / "contracts" / "Other.sol").write_text(f"{PRAGMA}contract Other {{}}\n")
    project = ingot.load(_configured(tmp_path))
    document = document_of(project.config, project.artifacts["Odd"])
    assert document.is_minimal
    assert json.loads(document.text)["sources"]["contracts/Odd.sol"]["content"].encode() == odd


def _configured(folder, text="name: odd\n"):
    (folder / "ape-config.yaml").write_text(text)
    return folder


class Wrong:
    """A compiler that makes other code than the build's from less than all of its sources."""

    def __init__(self, long_version):
        self.long_version = long_version
        self.inputs = []

    def resolve(self, _version):
        return self

    def compile(self, standard_json):
        self.inputs.append(standard_json)
        evm = {"bytecode": {"object": "00"}, "deployedBytecode": {"object": "00"}}
        return {"contracts": {"contracts/Ledger.sol": {"Ledger": {"evm": evm}}}}


def test_where_less_makes_other_code_everything_goes_in(sample):
    artifact = sample.artifacts["Ledger"]
    compilers = Wrong(artifact.compiler)
    document = document_of(sample.config, artifact, compilers=compilers)
    assert len(compilers.inputs) == 1
    assert not document.is_minimal
    built = build_info_of(artifact)["input"]["sources"]
    assert document.standard_json["sources"] == built
    assert document.source_count == len(built) > 1


def test_another_build_of_the_compiler_proves_nothing(sample):
    with pytest.raises(VerifyError, match=r"was compiled with solc .* here is 0\.8\.37\+commit\.00000000"):
        document_of(sample.config, sample.artifacts["Ledger"], compilers=Wrong("0.8.37+commit.00000000"))


def test_without_metadata_everything_goes_in(sample):
    artifact = replace(sample.artifacts["Ledger"], metadata="")
    document = document_of(sample.config, artifact)
    assert not document.is_minimal
    assert document.source_count > 1


def test_what_has_no_code_is_refused(sample):
    with pytest.raises(UsageError, match="nothing to verify"):
        document_of(sample.config, sample.artifacts["Unfinished"])


def test_a_missing_build_info_says_what_to_do(sample):
    artifact = replace(sample.artifacts["Ledger"], build_id="gone")
    with pytest.raises(UsageError, match="ingot compile --force"):
        document_of(sample.config, artifact)


def test_libraries_go_into_the_settings_beside_those_that_are_there(sample):
    document = document_of(sample.config, sample.artifacts["Doubler"])
    assert document.with_libraries({}) is document
    one, two = "0x" + "11" * 20, "0x" + "22" * 20
    linked = document.with_libraries({"contracts/A.sol:A": one}).with_libraries({"contracts/A.sol:B": two})
    assert linked.standard_json["settings"]["libraries"] == {"contracts/A.sol": {"A": one, "B": two}}
    assert "libraries" not in document.standard_json["settings"]


def test_solc_itself_makes_the_deployed_code_from_the_text(sample, ledger, local):
    """The text that is uploaded, compiled by solcjs: another way to run the compiler than ours."""
    solcjs = Path(__file__).parents[3] / "node_modules" / "solc"
    if not solcjs.is_dir():
        pytest.skip("npm install brings solc")
    document = document_of(load_config(sample.path), sample.artifacts["Ledger"])
    program = f"""
const solc = require({json.dumps(str(solcjs))});
const text = require("fs").readFileSync(0, "utf8");
process.stdout.write(solc.version() + "\\n" + solc.compile(text));
"""
    done = subprocess.run(
        ["node", "-e", program], input=document.text, capture_output=True, text=True, check=True, timeout=60
    )
    version, _, output = done.stdout.partition("\n")
    assert version.startswith(document.compiler)
    compiled = json.loads(output)["contracts"]["contracts/Ledger.sol"]["Ledger"]
    assert compiled["evm"]["deployedBytecode"]["object"] == local.get_code(ledger).hex()
