"""Other people's suites see nothing of us, and eth-ape's plugin and ours keep out of each other's way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from suites import Suite

FIXTURES = ("project", "chain", "accounts", "networks", "Contract", "_ingot_isolation")

WHOSE = """
    import sys

    def test_whose(chain, request):
        fixture = request._fixturemanager.getfixturedefs("chain", request.node)[-1]
        assert fixture.func.__module__ == "ingot.testing.fixtures"
        assert "ape.pytest.runners" not in sys.modules
    """


@pytest.fixture
def orders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders that, put before all others, make pytest meet one of the two plugins first."""
    folders = {}
    for name, module in (("ingot", "ingot.testing.plugin"), ("ape_test", "ape.pytest.plugin")):
        folder = tmp_path_factory.mktemp(name)
        metadata = folder / f"first_{name}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: first-{name}\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")
        folders[name] = folder
    return folders


def test_a_suite_that_is_no_project_sees_nothing(suite: Suite) -> None:
    suite.tests(
        test_it=f"""
        import sys
        import pytest

        @pytest.mark.parametrize("name", {FIXTURES})
        def test_no_fixture(request, name):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue(name)

        def test_no_module():
            ours = {{name for name in sys.modules if name.split(".")[0] == "ingot"}}
            assert ours <= {{"ingot", "ingot.testing", "ingot.testing.plugin", "ingot.testing.discovery"}}

        def test_no_profile():
            from hypothesis import settings
            assert settings.get_current_profile_name() == "default"

        def test_no_option(request):
            assert request.config.getoption("--ingot-no-isolation", None) is None
        """
    )
    suite.write("pyproject.toml", '[project]\nname = "other"\n[tool.ingots]\nnot = "ours"\n')
    result = suite.pytest("-p", "no:ape_test")
    assert result.counts == {"passed": len(FIXTURES) + 3}
    assert "ingot 0" not in result.text
    assert "--ingot" not in suite.pytest("--help", "-p", "no:ape_test").text


def test_a_project_further_up_claims_no_repository_inside_it(suite: Suite) -> None:
    suite.project()
    suite.write("library/.git/HEAD", "")
    suite.write("library/test_it.py", "def test_it(chain): pass")
    result = suite.pytest("-p", "no:ape_test", cwd="library")
    assert result.counts == {"error": 1}
    assert "fixture 'chain' not found" in result.text


def test_without_the_plugin_there_is_none_of_it(suite: Suite) -> None:
    suite.project(test_it="def test_it(chain): pass")
    result = suite.pytest("-p", "no:ingot", "-p", "no:ape_test")
    assert "fixture 'chain' not found" in result.text


def test_a_table_in_pyproject_makes_a_project(suite: Suite) -> None:
    suite.tests(test_it=WHOSE)
    suite.write("pyproject.toml", "[tool.ingot]\n")
    assert suite.pytest().counts == {"passed": 1}


@pytest.mark.parametrize(
    ("cwd", "words"),
    [
        ("tests", ()),
        ("tests/unit", ()),
        (".", ("tests/unit/test_it.py::test_whose",)),
        ("..", ("{name}/tests",)),
        ("tests", ("unit", "-q")),
    ],
)
def test_it_works_from_any_folder(suite: Suite, cwd: str, words: tuple[str, ...]) -> None:
    suite.project()
    suite.write("tests/unit/test_it.py", WHOSE)
    words = tuple(word.format(name=suite.folder.name) for word in words)
    assert suite.pytest(*words, cwd=cwd).counts == {"passed": 1}


def test_collecting_compiles_nothing(suite: Suite) -> None:
    suite.project(test_it="def test_it(chain, project): pass")
    suite.write("contracts/Broken.sol", "this is no Solidity")
    result = suite.pytest("--collect-only", "-q")
    assert result.code == 0
    assert "test_it.py::test_it" in result.text


@pytest.mark.parametrize("first", ["ingot", "ape_test"])
def test_plain_pytest_is_ours_where_ape_is_installed(
    suite: Suite, orders: dict[str, Path], first: str
) -> None:
    pytest.importorskip("ape")
    suite.project(test_it=WHOSE)
    assert suite.pytest("-W", "default", path=(orders[first],)).counts == {"passed": 1}


@pytest.mark.parametrize("first", ["ingot", "ape_test"])
def test_an_option_of_apes_is_refused_in_a_plain_run(
    suite: Suite, orders: dict[str, Path], first: str
) -> None:
    pytest.importorskip("ape")
    suite.project(test_it=WHOSE)
    result = suite.pytest("--network", "ethereum:local:test", "-W", "default", path=(orders[first],))
    assert result.code == 4
    assert "--network is an option of `ape test`" in result.text


@pytest.mark.parametrize("first", ["ingot", "ape_test"])
def test_ape_test_stays_apes(suite: Suite, orders: dict[str, Path], first: str) -> None:
    pytest.importorskip("ape")
    suite.project(
        test_it="""
        def test_whose(accounts, request):
            fixture = request._fixturemanager.getfixturedefs("accounts", request.node)[-1]
            assert fixture.func.__module__ == "ape.pytest.fixtures"
            assert len(accounts) == 3
        """
    )
    ape = str(Path(sys.executable).with_name("ape"))
    result = suite.run(ape, "test", "-p", "no:cacheprovider", path=(orders[first],))
    assert result.counts == {"passed": 1}


def test_each_xdist_worker_has_its_own_chain(suite: Suite) -> None:
    suite.project(
        test_it="""
        import os
        import pytest
        BOB = "0x" + "b0" * 20

        @pytest.fixture(scope="session")
        def first(chain):
            assert chain.get_balance(BOB) == 0
            chain.set_balance(BOB, 5)

        @pytest.mark.parametrize("turn", range(8))
        def test_it(chain, first, turn):
            assert os.environ["PYTEST_XDIST_WORKER"]
            assert chain.get_balance(BOB) == 5
            chain.set_balance(BOB, turn)
        """
    )
    assert suite.pytest("-n", "2").counts == {"passed": 8}


def test_workers_that_start_together_compile_in_peace(suite: Suite) -> None:
    suite.project(
        test_it="""
        import pytest

        @pytest.mark.parametrize("turn", range(4))
        def test_it(project, accounts, turn):
            assert project.One.deploy(sender=accounts[0]).one() == 1
        """
    )
    suite.write(
        "contracts/One.sol",
        "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\ncontract One { uint256 public constant one = 1; }\n",
    )
    assert suite.pytest("-n", "2").counts == {"passed": 4}


def test_pytest_p_ape_test_is_apes(suite: Suite) -> None:
    pytest.importorskip("ape")
    suite.project(test_it=WHOSE)
    result = suite.pytest("-W", "default", "-p", "ape_test", "--collect-only")
    assert result.code == 0
    assert "ingot 0" not in result.text
