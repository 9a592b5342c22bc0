import subprocess
import sys
from pathlib import Path

import pytest

from ingot.errors import UsageError
from ingot.stubs import render_stubs, write_stubs

GOOD = """
from __future__ import annotations

from typing import TYPE_CHECKING

import ingot

if TYPE_CHECKING:
    from project_types import Ledger, Project


def use(project: Project, alice: ingot.Account) -> int:
    ledger: Ledger = project.Ledger.deploy("units", 5, sender=alice, value="1 ether")
    receipt: ingot.Receipt = ledger.transfer(alice, value=5, sender=alice)
    name: str = ledger.name()
    done: bool = ledger.transfer.call(alice, 5)
    data: bytes = ledger.mint.encode_input(alice)
    ledger.mint(alice, 5, sender=alice)
    first, sent = ledger.deposit.call(5, value=1)
    owed: ingot.Address = ledger.owes(alice, 5)[2]
    project["contracts/Ledger.sol:Ledger"].at(owed).nonce()
    with ingot.reverts(ledger.Lacking, available=0):
        ledger.transfer(owed, first, sender=alice)
    receipt.events.filter(ledger.Moved, value=sent)
    return ledger.balanceOf(alice) + len(name) + len(data) + done
"""

BAD = {
    'ledger.transfer("0x", 5, 6, sender=alice)': "gets multiple values",
    'ledger.transfer(alice, "5", sender=alice)': "incompatible type",
    "ledger.tranfer(alice, 5)": "tranfer",
    "text: str = ledger.balanceOf(alice)": "Incompatible types in assignment",
    'project.Ledger.deploy(5, "units")': "incompatible type",
    "ledger.deposit(value=5, sender=alice)": "Too few arguments",
}


@pytest.fixture(scope="module")
def checked(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")
    write_stubs(sample, folder / "typings")
    (folder / "good.py").write_text(GOOD)
    head = GOOD.partition("    ledger: Ledger")[0]
    body = "".join(f"    {line}\n" for line in ["ledger = project.Ledger.at(alice)", *BAD, "return 1"])
    (folder / "bad.py").write_text(head + body)
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent"]
    command += ["typings/project_types.pyi", "good.py", "bad.py"]
    source = Path(__file__).parents[3] / "src"
    environment = {"MYPYPATH": f"typings:{source}", "PATH": "", "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return [line for line in (done.stdout + done.stderr).splitlines() if "note:" not in line]


def test_mypy_accepts_what_is_right(checked):
    assert [line for line in checked if not line.startswith("bad.py")] == []


@pytest.mark.parametrize("line", BAD)
def test_mypy_refuses_what_is_wrong(checked, line):
    number = 14 + list(BAD).index(line)
    found = [message for message in checked if message.startswith(f"bad.py:{number}:")]
    assert found, "\n".join(checked)
    assert BAD[line] in found[0]


def test_names_that_python_cannot_take_go_by_position(sample):
    text = render_stubs(sample)
    assert "def deposit" not in text
    assert (
        "def __call__(self, arg0: int, /, *, sender: AddressLike | None = None, value: int | str = 0" in text
    )
    assert "# balance: _Ledger_balance, reached as contract['balance']" in text
    assert "class PurseDeployer" not in text


def test_writing_says_what_is_in_the_way(sample, tmp_path):
    (tmp_path / "typings").write_text("a file")
    with pytest.raises(UsageError, match="typings is a file; name the folder"):
        write_stubs(sample, tmp_path / "typings")
