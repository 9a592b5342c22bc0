"""What a failed test shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from suites import Suite

CONTRACT = """
// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Purse {
    error TooLittle(uint256 available, uint256 needed);

    mapping(address holder => uint256 units) public units;

    function fill() external payable {
        units[msg.sender] += msg.value;
    }

    function spend(uint256 amount) external {
        uint256 available = units[msg.sender];
        if (available < amount) revert TooLittle(available, amount);
        units[msg.sender] = available - amount;
    }

    function open(Purse other, uint256 amount) external {
        other.spend(amount);
    }
}
"""
TESTS = """
import ingot
import pytest

@pytest.fixture(scope="module")
def purse(project, accounts):
    return project.Purse.deploy(sender=accounts[0])

def test_transaction(purse, accounts):
    purse.spend(5, sender=accounts[1])

def test_inner_call(project, purse, accounts):
    other = project.Purse.deploy(sender=accounts[0])
    purse.open(other, 7, sender=accounts[1])

def test_wrong_value(purse, accounts):
    purse.spend(-1, sender=accounts[1])

def test_nothing_reverts(purse, accounts):
    with ingot.reverts(purse.TooLittle):
        purse.fill(value=1, sender=accounts[1])

def test_another_field(purse, accounts):
    with ingot.reverts(purse.TooLittle, available=3):
        purse.spend(5, sender=accounts[1])

def test_unknown_name(project):
    project.Prse

def test_bug_of_ours(purse, accounts, monkeypatch):
    monkeypatch.setattr("ingot.contract.method.Receipt", None)
    purse.fill(value=1, sender=accounts[0])

def test_handled_and_failed_later(purse, accounts):
    try:
        purse.spend(5, sender=accounts[1])
    except ingot.CustomError as error:
        raise ValueError("something else") from error

def test_group(purse, accounts):
    try:
        purse.spend(6, sender=accounts[1])
    except ingot.CustomError as error:
        raise ExceptionGroup("several", [error, ValueError("another")])
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Test name -> what pytest printed about its failure."""
    suite = Suite(tmp_path_factory.mktemp("failures"))
    suite.project(test_it=TESTS).write("contracts/Purse.sol", CONTRACT)
    result = suite.pytest()
    assert result.counts == {"failed": 9}
    pieces = re.split(r"\n_{3,} (\w+) _{3,}\n", result.text)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True)) | {"all": result.text}


def test_the_reason_and_the_call_are_shown(report: dict[str, str]) -> None:
    text = report["test_transaction"]
    assert re.search(r"^E +ingot\.\S+: TooLittle\(available=0, needed=5\)$", text, re.MULTILINE)
    assert "E         in Purse.spend(amount=5) from 0x" in text
    section = text.split("The transaction that failed")[1]
    assert "Purse.spend(amount=5)" in section
    assert "from 0x70997970C51812dc3A010C7d01b50e0d17dc79C8" in section
    assert re.search(r"[\d,]+ of [\d,]+ gas, block 2$", section, re.MULTILINE)


def test_an_inner_call_is_named_too(report: dict[str, str]) -> None:
    text, section = report["test_inner_call"].split("The transaction that failed")
    assert text.index("in Purse.spend(amount=7)") < text.index("in Purse.open(")
    assert section.index("Purse.open(") < section.index("Purse.spend(amount=7)")


def test_only_the_users_lines_are_shown(report: dict[str, str]) -> None:
    for name in report:
        if name not in ("all", "test_group", "test_bug_of_ours"):
            assert str(Path("ingot") / "contract") not in report[name]
            assert "test_it.py:" in report[name]


def test_a_wrong_value_names_its_path(report: dict[str, str]) -> None:
    text = report["test_wrong_value"]
    assert "spend(amount: uint256): amount: -1 is below 0" in text
    assert "The transaction that failed" not in text


def test_reverts_says_what_it_expected(report: dict[str, str]) -> None:
    assert "TooLittle" in report["test_nothing_reverts"]
    text = report["test_another_field"]
    assert "available" in text
    assert "3" in text


def test_a_revert_behind_another_error_is_explained(report: dict[str, str]) -> None:
    text = report["test_handled_and_failed_later"]
    assert "ValueError: something else" in text
    assert "Purse.spend(amount=5)" in text.split("The transaction that failed")[1]
    assert "Purse.spend(amount=6)" in report["test_group"].split("The transaction that failed")[1]


def test_a_name_that_we_refuse_shows_no_line_of_ours(report: dict[str, str]) -> None:
    assert "Purse" in report["test_unknown_name"].split("AttributeError: ")[1]


def test_a_bug_of_ours_keeps_its_traceback(report: dict[str, str]) -> None:
    assert "TypeError: 'NoneType' object is not callable" in report["test_bug_of_ours"]
    assert str(Path("ingot") / "contract" / "method.py") in report["test_bug_of_ours"]


def test_full_trace_shows_the_toolkit(suite: Suite) -> None:
    suite.project(test_it=TESTS).write("contracts/Purse.sol", CONTRACT)
    text = suite.pytest("--full-trace", "-k", "test_transaction").text
    assert str(Path("ingot") / "contract") in text


def test_a_project_that_does_not_compile_is_shown_once(suite: Suite) -> None:
    suite.project(test_it=TESTS).write(
        "contracts/Purse.sol", CONTRACT.replace("external payable", "externl payable")
    )
    result = suite.pytest()
    assert result.counts == {"error": 9}
    assert result.text.count("contracts/Purse.sol:10:21") == 1
    assert "in full at test_it.py::test_transaction" in result.text
    assert str(Path("src") / "ingot") not in result.text


def test_a_configuration_error_is_one_sentence(suite: Suite) -> None:
    suite.project(test_it=TESTS).write("ape-config.yaml", "test:\n  number_of_accounts: many\n")
    result = suite.pytest("-k", "test_transaction")
    assert result.counts == {"error": 1, "deselected": 8}
    assert "ape-config.yaml:2" in result.text
    assert "Traceback" not in result.text
