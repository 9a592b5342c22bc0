"""A run of the suite under ape: what is a figure and what is none."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from benchmarks.ape_suite import Suite

APE = f"""#!{sys.executable}
import os, sys
from pathlib import Path
Path(os.environ["TEST_PHASE_FILE"]).write_text("0.25")
print("===== {{}} passed in 1.00s =====")
sys.exit({{}})
"""


def _suite(folder: Path, passed: int, code: int) -> Suite:
    program = folder / "ape"
    program.write_text(APE.format(passed, code))
    program.chmod(0o755)
    return Suite(folder, folder / "python", dict(os.environ))


def test_a_run_in_which_all_pass_is_the_time_of_its_tests(tmp_path: Path) -> None:
    suite = _suite(tmp_path, 50, 0)
    assert suite.run("ingot", "ingot") == 0.25
    (whole,) = suite.wholes["ingot"]
    assert 0 < whole < 60


@pytest.mark.parametrize(("passed", "code"), [(49, 0), (50, 1)])
def test_a_run_in_which_not_all_pass_is_no_figure(tmp_path: Path, passed: int, code: int) -> None:
    suite = _suite(tmp_path, passed, code)
    with pytest.raises(RuntimeError, match=rf"ended with {code}: ===== {passed} passed"):
        suite.run("ingot", "ingot")
    assert not suite.wholes
