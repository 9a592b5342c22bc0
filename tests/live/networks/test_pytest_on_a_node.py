"""pytest --ingot-network"""

from __future__ import annotations

import re

import pytest
from tiny_project import ROOT, run


def test_pytest_on_a_node_isolates_and_skips(tiny, development):
    before = development.number("eth_blockNumber")
    done = run(tiny, "pytest", "-q", "-rs", "-W", "error", "tests", "--ingot-network", development.url)
    assert "6 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "needs the chain in this process: it loads a state file" in done.stdout
    assert development.number("eth_blockNumber") == before, "nothing of it stays"
    words = ("tests", "--ingot-network", "local", "--deselect", "tests/test_tiny.py::test_examples_are_few")
    assert "6 passed" in run(tiny, "pytest", "-q", *words).stdout, "in process nothing is skipped"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ingot-network", "ethereum:seploia"], "did you mean ethereum:sepolia"),
        (["--ingot-network", "http://127.0.0.1:9/v3/hunter2"], "cannot connect to http://127.0.0.1:9"),
    ],
)
def test_a_node_that_cannot_be_used_ends_the_run_in_one_message(tiny, words, says):
    done = run(tiny, "pytest", "-q", "tests", *words)
    assert done.returncode == 4
    assert says in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_network_that_others_use_is_not_tested_on(tiny, public):
    done = run(tiny, "pytest", "-q", "tests", "--ingot-network", public)
    assert done.returncode == 4
    assert "ethereum:sepolia is not a node for development" in done.stderr
    assert "--ingot-no-isolation" in done.stderr


def test_workers_do_not_share_a_node(tiny, development):
    pytest.importorskip("xdist")
    done = run(tiny, "pytest", "-q", "tests", "-n", "2", "--ingot-network", development.url)
    assert done.returncode == 4
    assert "leave -n out" in done.stderr


def test_the_samples_pass_on_a_node(development):
    """The files that also pass in process, on `ingot node` and under ape; the tests above have a machine, too."""
    words = ("-q", "-p", "no:cacheprovider", "tests/contracts", "--ingot-network", development.url)
    done = run(ROOT, "pytest", *words)
    assert re.search(r"^[3-9]\d passed in", done.stdout, re.MULTILINE), done.stdout + done.stderr
