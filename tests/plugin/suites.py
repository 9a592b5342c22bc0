"""Suites in their own folder and their own process: the plugin is judged by what pytest prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

import ingot

SOURCE = Path(ingot.__file__).parents[1]
CONFIG = "name: suite\ntest:\n  number_of_accounts: 3\n"


@dataclass(frozen=True)
class Result:
    """One run of pytest: its exit code, its text, and its counts."""

    code: int
    text: str

    @property
    def counts(self) -> dict[str, int]:
        """`{"passed": 2, "failed": 1}` from the closing line; no entry for what did not happen."""
        lines = [line for line in self.text.splitlines() if re.search(r" in \d+\.\d+s", line)]
        if not lines or "INTERNALERROR" in self.text:
            pytest.fail(f"pytest has not finished:\n{self.text}")
        found = re.findall(r"(\d+) (passed|failed|errors?|skipped|deselected|warnings?)", lines[-1])
        return {
            word.rstrip("s") if word.startswith(("err", "warn")) else word: int(count)
            for count, word in found
        }


class Suite:
    """A folder of tests. A project of ours unless `config` is None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        """Write a file, its indentation removed."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def project(self, **files: str) -> Suite:
        """Make it a project of ours. files: module name -> text."""
        self.write("ape-config.yaml", CONFIG)
        return self.tests(**files)

    def tests(self, **files: str) -> Suite:
        """Write test modules. files: module name -> text."""
        for name, text in files.items():
            self.write(f"{name}.py", text)
        return self

    def pytest(self, *words: str, cwd: str = ".", path: tuple[Path, ...] = (), **variables: str) -> Result:
        """Run pytest there. path: folders to put before ours."""
        return self.run(
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-W",
            "error",
            *words,
            cwd=cwd,
            path=path,
            **variables,
        )

    def run(self, *words: str, cwd: str = ".", path: tuple[Path, ...] = (), **variables: str) -> Result:
        """Run any command there."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTEST_", "INGOT_", "COV_", "CI"))
        }
        environment |= {
            "PYTHONPATH": os.pathsep.join(map(str, (*path, SOURCE))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }
        done = subprocess.run(
            words,
            cwd=self.folder / cwd,
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return Result(done.returncode, done.stdout)
