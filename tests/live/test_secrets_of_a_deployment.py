"""Key, mnemonic and password are in nothing that a deployment leaves behind or shows while it runs."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import ALIASES, CHOICE, DEPLOY, PASSWORD, Lab, accounts_of, make_keystores
from leaks import command_lines, files_below, search

MNEMONIC = "choice enable member flame spray bleak school chaos creek payment eternal hurt"
API_KEY = "9aa3d95b3bc440fa88ea12eaa4456161"
SCRIPT = '''
import ingot


def main():
    """Everything that a person might print, and a crash with all of it in its locals."""
    deploy = ingot.deployment()
    owner = deploy.accounts["owner"]
    gold = deploy("Coin", "gold", 1)
    for one in (deploy, deploy.accounts, owner, gold, deploy.chain, deploy.chain.accounts):
        print(repr(one), str(one), getattr(one, "__dict__", ""))
    raise ValueError(f"a crash with {owner!r} and {deploy.chain!r}")
'''
FAILING_TESTS = """
import ingot
from ingot.accounts import KeystoreAccount
from ingot.networks import connect


def unlocked():
    chain = connect("ethereum:sepolia")
    account = chain.accounts.load("ada")
    account.sign_message("hello")
    return chain, account


def test_comparison_of_accounts():
    chain, account = unlocked()
    assert account == chain.accounts.load("grace")


def test_comparison_of_their_insides():
    chain, account = unlocked()
    names = [name for kind in type(account).__mro__ for name in getattr(kind, "__slots__", ())]
    values = {name: getattr(account, name, None) for name in names}
    assert values == {}


def test_crash_inside(monkeypatch):
    chain, account = unlocked()
    account.sign_transaction({"nonce": "one"})


def test_wrong_password(monkeypatch):
    monkeypatch.delenv("INGOT_ACCOUNT_PASSWORD_FILE")
    monkeypatch.setenv("APE_ACCOUNTS_ada_PASSPHRASE", "not the " + "right one")
    unlocked()
"""


class Watch:
    """Reads the process list over and over until it is stopped."""

    def __init__(self) -> None:
        self.seen = b""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.seen += command_lines()

    def stop(self) -> bytes:
        """What was seen."""
        self._over.set()
        self._thread.join()
        return self.seen


@pytest.fixture
def lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage) as made:
        make_keystores(made.home / ".ape" / "accounts", MNEMONIC)
        for account in accounts_of(MNEMONIC).values():
            made.node.call("anvil_setBalance", account.address, hex(10**22))
        yield made


def secrets() -> dict[str, bytes]:
    keys = {f"key of {alias}": bytes(account.key) for alias, account in accounts_of(MNEMONIC).items()}
    words = MNEMONIC.split()
    return {
        **keys,
        "mnemonic": MNEMONIC.encode(),
        "four words of the mnemonic": " ".join(words[3:7]).encode(),
        "words as a list": repr(words)[1:-1].encode(),
        "password": PASSWORD.encode(),
    }


def test_a_full_deployment_shows_no_secret(lab: Lab) -> None:
    watch = Watch()
    try:
        run = lab.run(*DEPLOY)
        again = lab.run(*DEPLOY)
        network = ("--network", CHOICE)
        looked = [
            lab.run("deployments", *words) for words in (["list"], ["show", *network], ["status", *network])
        ]
        (lab.project / "scripts" / "crash.py").write_text(SCRIPT)
        crash = lab.run("run", "scripts/crash.py", "--network", CHOICE, "--yes", "--deployment", "crash")
        (lab.folder / "password").write_text("wrong\n")
        wrong = lab.run("run", "scripts/short.py", "--network", CHOICE, "--yes", "--deployment", "wrong")
    finally:
        processes = watch.stop()
    assert run.code == 0, run.output
    assert [one.code for one in looked] == [0, 0, 0], [one.output for one in looked]
    assert "a crash with" in crash.output
    assert wrong.code != 0
    outputs = {
        name: outcome.output.encode()
        for name, outcome in {"run": run, "again": again, "crash": crash, "wrong password": wrong}.items()
    }
    places = {
        **outputs,
        **{f"deployments {number}": one.output.encode() for number, one in enumerate(looked)},
        **files_below(lab.project),
        **files_below(lab.home),
        "requests": b"\n".join(request.body for request in lab.proxy.requests),
        "processes": processes,
    }

    assert lab.journal.stat().st_size > 10_000
    assert search(secrets(), places) == []


def test_what_pytest_shows_of_failures_holds_no_secret(lab: Lab) -> None:
    """Without our plugin, which hides the frames of ingot, so that all of them are shown with their locals."""
    tests = lab.project / "tests"
    tests.mkdir()
    (tests / "test_failing.py").write_text(FAILING_TESTS)

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-vv",
            *("-p", "no:ingot", "-p", "no:ape_test"),
            "--showlocals",
            "--tb=long",
            "-p",
            "no:cacheprovider",
            str(tests),
        ],
        cwd=lab.project,
        env=lab.environment(),
        capture_output=True,
        check=False,
    )

    shown = done.stdout.decode()
    assert "4 failed" in shown, shown[-3000:]
    assert "sign_transaction" in shown
    assert all(alias in shown for alias in ALIASES[:1])
    assert search(secrets(), {"pytest": done.stdout + done.stderr}) == []


def test_a_key_in_a_url_is_shown_nowhere(lab: Lab) -> None:
    host = lab.proxy.url.removeprefix("http://")
    url = f"http://user:{API_KEY}@{host}/v3/{API_KEY}?token={API_KEY}"
    options = ("--network", CHOICE, "--rpc-url", url, "--yes")

    run = lab.run("run", "scripts/short.py", *options)
    lab.proxy.close()
    unreachable = lab.run("run", "scripts/short.py", *options)

    assert run.code == 0, run.output
    assert unreachable.code == 1
    outputs = {"run": run, "unreachable": unreachable}
    places = {name: outcome.output.encode() for name, outcome in outputs.items()}
    assert search({"API key": API_KEY.encode()}, {**places, **files_below(lab.project)}) == []
