"""Prompts at a real terminal: a pseudo-terminal that the command has as its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from eth_account import Account as EthAccount
from keystore_cases import ADDRESS, KEY, MNEMONIC, PASSWORD

pty = pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
termios = pytest.importorskip("termios", reason="pseudo-terminals are POSIX's")

# New keystores that are cheap to make; the terminal is made the controlling one, as a login does.
CHEAP = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from ingot.accounts import keystore
keystore.SCRYPT_ROUNDS = 2
from ingot.cli import main
sys.exit(main(["accounts", *sys.argv[1:]]))
"""


class Terminal:
    """A command at a terminal: `answer` waits for a prompt, then types."""

    def __init__(self, *words: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHEAP, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            close_fds=True,
        )
        os.close(slave)
        self.shown = ""

    def _read(self) -> bool:
        try:
            more = os.read(self.master, 4096)
        except OSError:  # the other end was closed: Linux says it so
            more = b""
        self.shown += more.decode()
        return bool(more)

    def answer(self, prompt: str, text: str, *, hidden: bool = True) -> None:
        seen = self.shown.count(prompt)
        while self.shown.count(prompt) == seen:
            assert self._read(), f"{prompt!r} was never asked: {self.shown!r}"
        if hidden:
            self._wait_until_hidden()
        os.write(self.master, text.encode())

    def _wait_until_hidden(self) -> None:
        # getpass prints the prompt just after it switched the echo off, other ways of asking just before.
        for _ in range(200):
            if not termios.tcgetattr(self.master)[3] & termios.ECHO:
                return
            time.sleep(0.01)
        raise AssertionError("what is typed at this prompt would be seen")

    def end(self) -> int:
        while self._read():
            pass
        os.close(self.master)
        return self.process.wait(timeout=20)


def keystore(home, alias):
    return json.loads((home / ".ape" / "accounts" / f"{alias}.json").read_text())


def test_import_asks_for_key_and_password_and_shows_neither(home):
    terminal = Terminal("import", "deployer")
    terminal.answer("Private key (hidden): ", f"{KEY.hex()}\n")
    terminal.answer("New password for 'deployer': ", "one thing\n")
    terminal.answer("The same again: ", "another thing\n")
    terminal.answer("New password for 'deployer': ", f"{PASSWORD}\n")
    terminal.answer("The same again: ", f"{PASSWORD}\n")
    assert terminal.end() == 0
    assert "two different passwords" in terminal.shown
    assert ADDRESS in terminal.shown
    assert KEY.hex() not in terminal.shown
    assert "thing" not in terminal.shown
    assert PASSWORD not in terminal.shown
    assert EthAccount.decrypt(keystore(home, "deployer"), PASSWORD) == KEY


def test_a_mnemonic_is_typed_unseen(home):
    terminal = Terminal("import", "phrase", "--mnemonic")
    terminal.answer("Mnemonic (hidden): ", f"{MNEMONIC}\n")
    for prompt in ("New password for 'phrase': ", "The same again: "):
        terminal.answer(prompt, "short\n")
    assert terminal.end() == 0
    assert "winner" not in terminal.shown
    assert "This password is short" in terminal.shown
    EthAccount.enable_unaudited_hdwallet_features()
    assert EthAccount.decrypt(keystore(home, "phrase"), "short") == EthAccount.from_mnemonic(MNEMONIC).key


def test_a_new_mnemonic_is_shown_once_and_is_the_account_s(home):
    terminal = Terminal("new", "fresh", "--mnemonic", "--words", "24", "--hd-path", "m/44'/60'/0'/0/1")
    for prompt in ("New password for 'fresh': ", "The same again: "):
        terminal.answer(prompt, f"{PASSWORD}\n")
    assert terminal.end() == 0
    words = terminal.shown.split("only now:")[1].strip()
    EthAccount.enable_unaudited_hdwallet_features()
    account = EthAccount.from_mnemonic(words, account_path="m/44'/60'/0'/0/1")
    assert len(words.split()) == 24
    assert account.address in terminal.shown
    assert EthAccount.decrypt(keystore(home, "fresh"), PASSWORD) == account.key
    assert words not in json.dumps(keystore(home, "fresh"))


@pytest.mark.parametrize("typed", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("second", [False, True])
def test_an_interrupted_prompt_leaves_nothing_behind(home, typed, second):
    terminal = Terminal("import", "deployer")
    if second:
        terminal.answer("Private key (hidden): ", f"{KEY.hex()}\n")
        terminal.answer("New password for 'deployer': ", typed)
    else:
        terminal.answer("Private key (hidden): ", typed)
    code = terminal.end()
    assert code == (130 if typed == "\x03" else 2)
    assert "Traceback" not in terminal.shown
    assert KEY.hex() not in terminal.shown
    assert not list((home / ".ape").rglob("*"))


def test_a_wrong_password_can_be_typed_again_but_not_for_ever(keystores):
    terminal = Terminal("export", "deployer")
    for _ in range(3):
        terminal.answer("Password of 'deployer': ", "nonsense\n")
    assert terminal.end() == 2
    assert terminal.shown.count("This password is wrong.") == 3
    assert "stays locked" in terminal.shown
    assert "nonsense" not in terminal.shown
    terminal = Terminal("delete", "deployer")
    terminal.answer("Password of 'deployer': ", "nonsense\n")
    terminal.answer("Password of 'deployer': ", f"{PASSWORD}\n")
    assert terminal.end() == 0
    assert keystores.paths() == {}


@pytest.mark.parametrize(("typed", "code"), [("deployer\n", 0), ("deploier\n", 2), ("\n", 2), ("\x04", 2)])
def test_where_the_password_is_known_the_alias_is_asked_for(keystores, monkeypatch, typed, code):
    monkeypatch.setenv("APE_ACCOUNTS_deployer_PASSPHRASE", PASSWORD)
    terminal = Terminal("delete", "deployer")
    terminal.answer("To delete 'deployer', type its alias: ", typed, hidden=False)
    assert terminal.end() == code
    assert (keystores.paths() == {}) == (code == 0)
    assert "Traceback" not in terminal.shown


def test_a_signal_at_the_prompt_gives_the_terminal_its_echo_back(keystores):
    terminal = Terminal("export", keystores.load("deployer").alias)
    terminal.answer("Password of 'deployer': ", "")
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.wait(timeout=20)
    assert termios.tcgetattr(terminal.master)[3] & termios.ECHO
    assert terminal.end() == 130
