"""The repository as its README shows it: the demonstration, the script, a new project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ingot

ROOT = Path(__file__).parents[2]


def run(*words: str, cwd: Path = ROOT, **variables: str) -> str:
    """What a command prints; it has to succeed."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "INGOT_"))
    }
    environment |= {
        "PYTHONPATH": str(Path(ingot.__file__).parents[1]),
        "PYTHONIOENCODING": "utf-8",
        **variables,
    }
    done = subprocess.run(
        (sys.executable, *words),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


ROW = r"^ *{name} .*0x[0-9a-fA-F]{{40}} +[\d,]+ +[\d.]+ ether$"


@pytest.mark.parametrize(
    "words",
    [("scripts/deploy.py",), ("-m", "ingot", "run", "scripts/deploy.py"), ("-m", "ingot", "run", "deploy")],
    ids=["python", "ingot run FILE", "ingot run NAME"],
)
def test_the_script_deploys_all_samples_and_prints_one_table(words: tuple[str, ...]) -> None:
    printed = run(*words)
    for name in ("SimpleStorage", "Token", "Vault"):
        assert len(re.findall(ROW.format(name=name), printed, re.MULTILINE)) == 1, printed
    assert printed.count("total") == 1


def test_the_demonstration_tells_its_story() -> None:
    printed = run("scripts/demo.py")
    assert "InsufficientBalance(" in printed
    assert "token.NotMinter" in printed
    assert "Transfer(" in printed
    assert re.search(r"[0-9.]+ microseconds$", printed, re.MULTILINE)
    assert re.search(ROW.format(name="Vault"), printed, re.MULTILINE)
    assert printed.rindex("Vault") < printed.rindex("make test"), "the table is followed by what is next"
    assert "\x1b[" not in printed, "no colours in a pipe"
    assert max(map(len, printed.splitlines())) <= 100


def test_a_new_project_passes_its_tests_and_deploys_at_once(tmp_path: Path) -> None:
    run("-m", "ingot", "init", "try-ingot", cwd=tmp_path)
    folder = tmp_path / "try-ingot"
    printed = run("-m", "pytest", "-W", "error", cwd=folder)
    assert re.search(r"\b\d\d passed in", printed), printed
    for name in ("SimpleStorage", "Token"):
        assert re.search(ROW.format(name=name), run("-m", "ingot", "run", "deploy", cwd=folder), re.MULTILINE)
    ignored = (folder / ".gitignore").read_text().split()
    made = {path.name for path in folder.iterdir()} - {
        path.name for path in Path(ingot.__file__).parent.glob("scaffold/templates/*")
    }
    assert made <= {".gitignore", *(name.rstrip("/") for name in ignored)}, "git ignores what the tools make"


def test_the_quickstart_is_true(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    (contract,) = re.findall(r"```solidity\n(.*?)```", page, re.DOTALL)
    test, console, script = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    run("-m", "ingot", "init", "my-project", cwd=tmp_path)
    folder = tmp_path / "my-project"
    (folder / "contracts" / "Counter.sol").write_text(contract)
    (folder / "tests" / "test_counter.py").write_text(test)
    (folder / "scripts" / "counter.py").write_text(script)

    assert "2 passed" in run("-m", "pytest", "-W", "error", "tests/test_counter.py", cwd=folder)
    assert re.search(
        ROW.format(name="Counter"), run("-m", "ingot", "run", "counter", cwd=folder), re.MULTILINE
    )

    *lines, failing = [line.removeprefix(">>> ") for line in console.splitlines()]
    call, message = failing.split("  # CustomError: ")
    typed = "\n".join(
        [
            "import ingot",
            "project = ingot.load()",
            "accounts = project.accounts",
            *lines,
            f"try:\n    {call}\nexcept ingot.CustomError as error:\n    print(error)",
        ]
    )
    assert run("-c", typed, cwd=folder).startswith(message)
