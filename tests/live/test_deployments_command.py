"""`ingot deployments`: what there is, what the chain says of it, and going on without the script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY, Anvil
from stand_in import StartAnvil

from ingot.deploy.journal import read

SAMPLE = Path(__file__).parents[1] / "unit" / "sample"
SCRIPT = """
import ingot


def main():
    deploy = ingot.deployment()
    ledger = deploy("Ledger", "units", 100)
    doubler = deploy("Doubler", 3)
    deploy.call(ledger.transfer, doubler, 5)
"""


class Place:
    """A project with a script, and a node."""

    def __init__(self, folder: Path, node: Anvil) -> None:
        self.folder, self.node = folder, node

    def ingot(self, *words: str, node: Anvil | None = None, code: int = 0, stdin: str = "") -> str:
        """Run a command; its output. Fails, if its exit code is another."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY / "src"),
            "INGOT_SEPOLIA_URL": (node or self.node).url,
        }
        done = subprocess.run(
            [sys.executable, "-m", "ingot", *words],
            cwd=self.folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout + done.stderr

    def deploy(self, *words: str, **settings: Any) -> str:
        return self.ingot("run", "deploy", "--network", "sepolia", "--account", "0", *words, **settings)

    @property
    def journal(self) -> Path:
        return self.folder / "deployments" / "sepolia" / "default"

    @property
    def steps(self) -> Any:
        return read(self.journal).state.steps

    def cut(self, lines: int) -> None:
        """As if the run had been killed after so many lines."""
        path = self.journal / "journal.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployments") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".ingot", "deployments"))
    (folder / "scripts").mkdir()
    (folder / "scripts" / "deploy.py").write_text(SCRIPT)
    return folder


@pytest.fixture
def place(compiled: Path, anvil: StartAnvil) -> Place:
    shutil.rmtree(compiled / "deployments", ignore_errors=True)
    return Place(compiled, anvil())


def test_a_deployment_is_listed_shown_and_asked_about(place: Place) -> None:
    assert "no deployments yet" in place.ingot("deployments", "list")
    assert "Ledger(name_='units', supply=100)" in place.deploy("--yes")
    assert "sepolia/default  4 of 4 steps done" in place.ingot("deployments", "list")
    shown = place.ingot("deployments", "show")
    for step in place.steps.values():
        assert step.mined.hash in shown
        assert step.address is None or step.address in shown
    started = time.monotonic()
    status = place.ingot("deployments", "status")
    assert time.monotonic() - started < 5
    assert "4 steps, all done" in status
    assert "Nothing to do: every step is done." in place.deploy("--yes")


def test_one_journal_that_cannot_be_read_hides_no_other(place: Place) -> None:
    assert "there are no deployments yet" in place.ingot("deployments", "show", code=2)
    place.deploy("--yes")
    place.deploy("--yes", "--deployment", "bad")
    path = place.journal.parent / "bad" / "journal.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    listed = place.ingot("deployments", "list", code=1)
    assert "sepolia/default  4 of 4 steps done" in listed
    assert "sepolia/bad  " in listed
    assert "line 1 is corrupt" in listed


def test_confirmations_are_not_negative(place: Place) -> None:
    assert "0 or more" in place.deploy("--dry-run", "--confirmations=-1", code=2)


def test_front_ends_find_addresses_and_abis(place: Place) -> None:
    place.deploy("--yes")
    addresses = json.loads((place.journal / "addresses.json").read_text())
    assert addresses == {name: step.address for name, step in place.steps.items() if step.address is not None}
    assert set(addresses) == {"Ledger", "Doubling", "Doubler"}
    abi = json.loads((place.journal / "abis" / "Ledger.json").read_text())
    assert "transfer" in {entry.get("name") for entry in abi}


def test_status_needs_neither_web3_nor_contracts(place: Place) -> None:
    place.deploy("--yes")
    program = (
        "import sys; from ingot.cli import main; main(['deployments', 'status']); "
        "print([name for name in ('web3', 'eth_account', 'ingot.contract', 'ingot.compile', 'ingot.chain') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=place.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY / "src"),
            "INGOT_SEPOLIA_URL": place.node.url,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_without_an_answer_nothing_is_sent(place: Place) -> None:
    said = place.deploy(code=1)
    assert "give --yes" in said
    assert "Plan for ethereum:sepolia" in said
    assert not place.journal.exists()
    assert place.node.number("eth_blockNumber") == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('deploy("Ledger", "units", 13)', "Lacking"),
        ("1 / 0", "ZeroDivisionError"),
        (
            'deploy.transfer(deploy.chain.accounts[1], "20000 ether", name="gift")',
            "are missing. Nothing was sent",
        ),
    ],
)
def test_a_newcomer_hears_that_a_plan_that_fails_sent_nothing(place: Place, line: str, says: str) -> None:
    (place.folder / "scripts" / "failing.py").write_text(
        f"import ingot\n\n\ndef main():\n    deploy = ingot.deployment()\n    {line}\n"
    )
    said = place.ingot("run", "failing", "--network", "sepolia", "--account", "0", "--yes", code=1)
    assert says in said
    assert said.count("Nothing was sent") == 1
    assert not place.journal.exists()


def test_a_dry_run_writes_nothing(place: Place) -> None:
    assert "--dry-run" in place.deploy("--dry-run")
    assert not place.journal.exists()
    assert place.node.number("eth_blockNumber") == 0


def test_resume_needs_no_script_and_no_key(place: Place) -> None:
    snapshot = place.node.call("evm_snapshot")
    place.deploy("--yes")
    place.cut(3)  # the header, intent and signed of the first step
    place.node.call("evm_revert", snapshot)
    assert "signed, and the node does not have it" in place.ingot("deployments", "status")
    assert "every step that was begun is done" in place.ingot("deployments", "resume")
    assert place.node.number("eth_blockNumber") == 1
    assert place.steps["Ledger"].phase == "confirmed"
    place.deploy("--yes")
    assert place.node.number("eth_blockNumber") == 4


def test_what_is_wiped_is_done_again(place: Place) -> None:
    place.deploy("--yes")
    before = place.steps["Ledger"].address
    assert "Ledger.transfer use what it made" in place.ingot("deployments", "wipe", "Ledger")
    assert "no step 'Legder'" in place.ingot("deployments", "wipe", "Legder", code=2)
    place.deploy("--yes", "--on-change", "redeploy")
    assert place.steps["Ledger"].address != before


def test_what_may_still_be_mined_is_not_wiped(place: Place) -> None:
    snapshot = place.node.call("evm_snapshot")
    place.deploy("--yes")
    place.cut(3)
    place.node.call("evm_revert", snapshot)
    assert "may still be mined" in place.ingot("deployments", "wipe", "Ledger", code=2)


def test_what_was_confirmed_and_reorganised_away_is_not_wiped(place: Place) -> None:
    place.deploy("--yes")
    place.node.call("anvil_reorg", 1, [])
    said = place.ingot("deployments", "wipe", "Ledger.transfer", code=2)
    assert "may still be mined" in said
    assert place.steps["Ledger.transfer"].phase == "confirmed"


def test_addresses_by_hand_are_adopted(place: Place) -> None:
    place.deploy("--yes")
    addresses = {name: step.address for name, step in place.steps.items() if step.address}
    shutil.rmtree(place.folder / "deployments")
    words = [f"{name}={address}" for name, address in addresses.items()]
    said = place.ingot("deployments", "adopt", "--network", "sepolia", *words)
    assert "contracts/Ledger.sol:Ledger" in said
    assert "adopted 3 steps" in said
    assert {path.name for path in (place.journal / "artifacts").rglob("*.json")} == {
        "Ledger.json",
        "Doubling.json",
        "Doubler.json",
    }
    plan = place.deploy("--dry-run")
    assert plan.count("[adopted]") == 3
    assert "1 transaction, " in plan
    assert "in the journal already" in place.ingot(
        "deployments", "adopt", "--network", "sepolia", words[0], code=2
    )


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("Ledger=0x" + "11" * 20, "no code at"),
        ("Ledger=0x12", "Ledger=0x12"),
        ("nowhere.json", "nothing to adopt"),
        ("=0x" + "11" * 20, "names no step"),
    ],
)
def test_what_cannot_be_adopted_is_told(place: Place, word: str, says: str) -> None:
    assert says in place.ingot("deployments", "adopt", "--network", "sepolia", word, code=2)
    assert not (place.folder / "deployments").exists()


def test_another_deployment_is_another_journal(place: Place) -> None:
    place.deploy("--yes")
    place.deploy("--yes", "--deployment", "second")
    assert len(place.ingot("deployments", "list").splitlines()) == 2
    assert "more than one deployment" in place.ingot("deployments", "show", code=2)
    assert "4 steps, all done" in place.ingot("deployments", "status", "--deployment", "second")
    assert "no such deployment" in place.ingot("deployments", "show", "--deployment", "third", code=2)


def test_status_of_another_chain_is_refused(place: Place, anvil: StartAnvil) -> None:
    place.deploy("--yes")
    other = anvil(timestamp=1_760_000_000)
    assert "another chain with the id" in place.ingot("deployments", "status", node=other, code=1)


def test_what_was_adopted_and_has_other_code_is_told(place: Place) -> None:
    place.deploy("--yes")
    other = place.steps["Doubler"].address
    shutil.rmtree(place.folder / "deployments")
    place.ingot("deployments", "adopt", "--network", "sepolia", f"Ledger={other}", "--deployment", "default")
    plan = place.deploy("--dry-run", code=1)
    assert "Ledger.transfer" in plan
    script = place.folder / "scripts" / "only.py"
    script.write_text('import ingot\n\n\ndef main():\n    ingot.deployment()("Ledger", "units", 100)\n')
    said = place.ingot("run", "only", "--network", "sepolia", "--account", "0", "--dry-run")
    assert "[adopted, with other code]" in said
