"""A small project for whole processes to run in, and how they are run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ingot
from ingot.compile.solc.settings import cache_folder

ROOT = Path(__file__).parents[3]
DEAD = "http://127.0.0.1:9/v3/hunter2"
TINY = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Tiny {
    error Odd(uint256 number);

    uint256 public number;

    function keep(uint256 number_) external {
        if (number_ % 2 == 1) revert Odd(number_);
        number = number_;
    }
}
"""
SCRIPT = """import ingot

def main():
    deploy = ingot.deployment()
    tiny = deploy("Tiny")
    deploy.call(tiny.keep, 4)
    networks = deploy.project.networks
    print("ran", networks.network, networks.choice, tiny.number(), tiny.receipt.sender)
    deploy.table()
"""
TESTS = """import threading
import ingot
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

@pytest.fixture(scope="module")
def tiny(project, accounts):
    return project.Tiny.deploy(sender=accounts[0])

def test_changes(tiny, accounts):
    assert tiny.number() == 0
    tiny.keep(4, sender=accounts[1])
    assert tiny.number() == 4

def test_are_undone(tiny, accounts):
    assert tiny.number() == 0
    with ingot.reverts(tiny.Odd, number=5):
        tiny.keep(5, sender=accounts[1])

EXAMPLES = []

@given(number=st.integers(min_value=0, max_value=2**128))
def test_in_each_example_too(tiny, accounts, number):
    EXAMPLES.append(number)
    assert tiny.number() == 0
    tiny.keep(number * 2, sender=accounts[0])
    assert tiny.number() == number * 2

def test_examples_are_few():
    assert 1 <= len(EXAMPLES) <= 10

class Keeping(RuleBasedStateMachine):
    def __init__(self, project, accounts, tiny):
        super().__init__()
        self.tiny, self.accounts, self.kept = tiny, accounts, 0

    @rule(half=st.integers(min_value=0, max_value=9))
    def keep(self, half):
        self.tiny.keep(half * 2, sender=self.accounts[0])
        self.kept = half * 2

    @invariant()
    def it_is_kept(self):
        assert self.tiny.number() == self.kept

def test_state_machines_begin_anew_too(project, accounts, tiny):
    run_state_machine_as_test(lambda: Keeping(project, accounts, tiny), settings=settings(max_examples=5))

@pytest.mark.local_chain("it loads a state file")
def test_needs_the_chain_in_process(chain):
    assert isinstance(chain, ingot.Chain)

def test_a_thread_sees_the_same_chain(project, chain):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(project.chain))
    thread.start()
    thread.join()
    assert seen == [chain]
"""

FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SECOND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def run(folder: Path, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "INGOT_", "WEB3_"))
    }
    environment |= {
        "PYTHONPATH": str(Path(ingot.__file__).parents[1]),
        "HOME": str(folder.parent / "home"),
        "INGOT_CACHE_DIR": str(cache_folder(os.environ)),
        **variables,
    }
    return subprocess.run(
        (sys.executable, "-m", *words),
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
