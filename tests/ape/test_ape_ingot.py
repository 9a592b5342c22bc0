"""The provider for ape: the same tests, the same results, under `ape test`.

`plugins/ape-ingot/tests/project` is an ape project. Its tests write down what they see; `stock.json` is what they wrote with ape's
own provider, which takes a minute and a half. INGOT_APE_STOCK=1 runs them with it again, and writes the file anew.

INGOT_APE=/path/to/bin/ape runs them with the eth-ape of another environment, in which ingot's dependencies are installed, with its own
provider and with ours: so is it found out which versions are supported.
"""

import json
import os
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ape_process import APE, OTHER, PLUGIN, ROOT, ape, module_of_the_plugin

STOCK = PLUGIN / "tests" / "stock.json"

pytestmark = pytest.mark.skipif(not APE.exists(), reason="eth-ape is not installed")


def _record(environment, project, provider):
    record = project / "record.json"
    code, text = ape(
        "test",
        "--network",
        f"ethereum:local:{provider}",
        cwd=project,
        env={**environment, "PARITY_RECORD": str(record)},
    )
    assert code == 0, text
    return json.loads(record.read_text())


def test_every_test_sees_what_it_sees_with_apes_own_provider(environment, compiled):
    if OTHER:
        assert _record(environment, compiled, "ingot") == _record(environment, compiled, "test")
        return
    if os.environ.get("INGOT_APE_STOCK"):
        STOCK.write_text(json.dumps(_record(environment, compiled, "test"), indent=1, sort_keys=True) + "\n")

    assert _record(environment, compiled, "ingot") == json.loads(STOCK.read_text())


def test_the_samples_pass_under_ape_with_our_provider(environment):
    """In this repository itself, where modules for tests must not hide what ape imports."""
    code, text = ape(
        "test", "tests/contracts", "--network", "ethereum:local:ingot", cwd=ROOT, env=environment
    )

    assert code == 0, text
    assert " passed" in text
    assert "skipped" not in text


def test_the_suite_of_the_benchmarks_passes(environment):
    project = Path(environment["HOME"]) / "suite"
    shutil.copytree(ROOT / "benchmarks" / "suite", project)

    code, text = ape("test", "--network", "ethereum:local:ingot", cwd=project, env=environment)

    assert code == 0, text
    assert "50 passed" in text


def test_lines_of_solidity(environment):
    """With ape-solidity as it is. `tests` says which lines are right; `failing` is to fail, and to show them."""
    project = Path(environment["HOME"]) / "sources"
    shutil.copytree(PLUGIN / "tests" / "sources", project)

    code, text = ape(
        "test", "tests", "failing", "--network", "ethereum:local:ingot", cwd=project, env=environment
    )

    assert code == 1, text
    assert "1 failed, 42 passed" in text, text
    lines = [line.strip() for line in text.splitlines()]
    shown = [line for line in lines if ".sol:" in line or line == 'revert("odd"); // dev: must be even']
    contracts = project / "contracts"
    assert shown == [
        f"{contracts}/Shop.sol:15: in buy",
        f"{contracts}/Store.sol:18: in add",
        f"{contracts}/Limits.sol:19: in checkEven",
        'revert("odd"); // dev: must be even',
    ]


def test_both_compilers_make_the_same(environment, compiled, tmp_path):
    ours = tmp_path / "ours"
    shutil.copytree(compiled, ours, ignore=shutil.ignore_patterns(".build", "examples"))
    config = ours / "ape-config.yaml"
    config.write_text(config.read_text() + "\ningot:\n  compiler: ingot\n")

    code, text = ape("compile", cwd=ours, env=environment)

    assert code == 0, text
    assert "using ingot's Solidity compiler '0.8.37+commit" in text
    manifest = Path(".build", "__local__.json")
    assert (ours / manifest).read_bytes() == (compiled / manifest).read_bytes()

    broken = ours / "contracts" / "Broken.sol"
    broken.write_text("pragma solidity 0.8.37;\ncontract Broken { uint256 x = y; }\n")
    code, text = ape("compile", cwd=ours, env=environment)
    assert code == 1
    assert "ERROR:    (SolcCompileError) DeclarationError: Undeclared identifier." in text
    assert "--> contracts/Broken.sol:2:31:" in text


COVERED = {
    "Halves.sol": {8: 2, 9: 2, 15: 0, 16: 0},
    "Limits.sol": {8: 3, 9: 3, 13: 5, 18: 4, 19: 2, 24: 0},
    "Shop.sol": dict.fromkeys([11, 15, 16, 20, 21, 23, 24, 29, 30], 0),
    "Store.sol": {14: 3, 18: 4, 19: 2, 20: 2, 21: 2, 45: 1, 66: 1, 67: 1, 68: 0}
    | {25: 2, 26: 2, 27: 1, 29: 2, 31: 2, 32: 0}
    | dict.fromkeys([37, 38, 39, 41, 49, 53, 57, 58, 59, 60, 61, 76], 0),
}
"""Line -> how many of the transactions and calls of `covered` have executed it, counted by hand."""


def _hits(project):
    lines = {}
    for source in ElementTree.parse(project / ".build" / "coverage.xml").iter("class"):
        of_source = lines.setdefault(source.get("name").removeprefix("contracts/"), {})
        of_source.update({int(line.get("number")): int(line.get("hits")) for line in source.iter("line")})
    return lines


def test_coverage_of_solidity(environment, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(PLUGIN / "tests" / "sources", project)

    words = ("test", "covered", "--network", "ethereum:local:ingot", "--coverage", "--gas")
    code, text = ape(*words, cwd=project, env=environment)

    assert code == 0, text
    assert _hits(project) == COVERED
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert {"half 2 0 100.0%", "double 2 2 0.0%", "tryBuy 4 4 0.0%", "low 3 1 66.67%"} <= set(rows)
    assert {"line=83.33%, func=75.0%", "line=100.0%, func=100.0%", "line=0.0%, func=0.0%"} <= set(rows)
    assert not any(row.startswith("open") for row in rows), "excluded by the configuration"
    page = (project / ".build" / "htmlcov" / "index.html").read_text()
    assert '<td class="column1">contracts/Limits.sol</td>' in page
    assert '<td class="column4">83.33%</td>' in page
    assert any(re.match(r"add \d ", row) for row in rows), "gas"


VIA_IR = COVERED | {"Store.sol": {**COVERED["Store.sol"], 65: 1}}
LOST = {"Store.sol": {21, 66, 67, 68}}
"""Lines that have no place by way of Yul: of assembly, and `return part;`."""


def test_optimized_code_by_way_of_yul_has_lines_and_coverage_too(environment, tmp_path):
    """Where solc has lost them, they are those of other code that does the same."""
    project = tmp_path / "project"
    shutil.copytree(PLUGIN / "tests" / "sources", project)
    config = project / "ape-config.yaml"
    config.write_text(config.read_text().replace("solidity:\n", "solidity:\n  via_ir: true\n"))

    words = ("test", "tests", "covered", "--network", "ethereum:local:ingot", "--coverage")
    code, text = ape(*words, cwd=project, env=environment | {"SOURCES_VIA_IR": "1"})

    assert code == 0, text
    assert "42 passed, 4 skipped" in text, text
    found = _hits(project)
    for name, lines in VIA_IR.items():
        assert sorted(found[name]) == sorted(lines.keys() - LOST.get(name, set()))
        assert not [line for line, hits in lines.items() if hits and not found[name].get(line, hits)]


def test_ape_shows_the_provider(environment, tmp_path):
    assert "── ingot" in ape("networks", "list", "--ecosystem", "ethereum", cwd=tmp_path, env=environment)[1]
    assert "ingot " in ape("plugins", "list", cwd=tmp_path, env=environment)[1]
    code, text = ape("networks", "run", "--network", "ethereum:local:ingot", cwd=tmp_path, env=environment)
    assert (code, "requires a provider that manages a process, not 'ingot'" in text) == (1, True)


@pytest.fixture(scope="module")
def versions():
    """The module that guards the plugin."""
    return module_of_the_plugin("versions")


@pytest.mark.parametrize("version", ["0.8.24", "0.9.0", "1.0", "none", "0.7.23"])
def test_another_version_of_ape_is_refused_in_one_sentence(versions, version):
    with pytest.raises(
        versions.UnsupportedApe, match=rf"installed is {version}\. Run: pip install"
    ) as caught:
        versions.require_supported_ape(version)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("version", ["0.8.25", "0.8.52", "0.8.53.dev1", "0.8.100"])
def test_supported_versions_of_ape(versions, version):
    versions.require_supported_ape(version)


def test_examples_may_leak_and_are_isolated_on_request(environment, compiled):
    (compiled / "examples").mkdir()
    (compiled / "examples" / "test_examples.py").write_text(
        "from hypothesis import given, settings, strategies as st\n"
        "import pytest\n"
        "@pytest.fixture(scope='module')\n"
        "def probe(project, accounts):\n"
        "    return project.Probe.deploy(7, sender=accounts[0])\n"
        "@settings(max_examples=5, deadline=None)\n"
        "@given(value=st.integers(min_value=100, max_value=200))\n"
        "def test_begins_anew(probe, accounts, value):\n"
        "    seen = probe.number()\n"
        "    probe.setNumber(value, sender=accounts[0])\n"
        "    assert seen == 7\n"
    )
    words = ("test", "examples", "--network", "ethereum:local:ingot")

    isolated = ape(*words, "--isolate-examples", cwd=compiled, env=environment)
    leaking = ape(*words, cwd=compiled, env=environment)

    assert isolated[0] == 0, isolated[1]
    assert leaking[0] == 1
    assert leaking[1].count("ape test --isolate-examples") == 1
