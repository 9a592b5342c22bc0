"""The twin of the sample tests: what is drawn stays, what is done goes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.bare import write_bare_suite

CONFTEST = """
import pytest

@pytest.fixture(scope="module")
def token(project):
    return project.Token.deploy()
"""

TESTS = """
import pytest
from hypothesis import assume, given, strategies as st
import ingot

@given(a=st.integers(0, 9), b=st.integers(0, 9))
def test_property(token, a, b):
    assume(a < b)
    assume(token.balanceOf(a) > 0)
    with ingot.reverts():
        token.transfer(a, b)

def test_unit(token):
    assert token.totalSupply() == 1
"""


def test_the_twin_draws_alike_and_does_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "real", tmp_path / "bare"
    source.mkdir()
    (source / "conftest.py").write_text(CONFTEST)
    (source / "test_it.py").write_text(TESTS)

    assert write_bare_suite(source, target) == 1

    twin = (target / "test_it.py").read_text()
    assert "assume(a < b)" in twin
    assert "@given(a=st.integers(0, 9), b=st.integers(0, 9))" in twin
    assert "ingot" not in twin
    assert "transfer" not in twin
    assert "balanceOf" not in twin


def test_the_twin_runs_without_ingot(tmp_path: Path) -> None:
    source, target = tmp_path / "real", tmp_path / "bare"
    source.mkdir()
    (source / "conftest.py").write_text(CONFTEST)
    (source / "test_it.py").write_text(TESTS)
    write_bare_suite(source, target)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:ingot", "-p", "no:ape_test", "bare"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
