"""Keystores of a test's own: cheap to open, in a folder that nobody else has."""

from __future__ import annotations

import json

import pytest
from eth_account import Account as EthAccount
from keystore_cases import KEY, PASSWORD

from ingot.accounts import Keystores, Passwords
from ingot.accounts import keystore as keystore_module
from ingot.accounts.secret import Secret


@pytest.fixture(autouse=True)
def _cheap_scrypt(monkeypatch):
    """The cost of a new keystore is eth-account's to test."""
    monkeypatch.setattr(keystore_module, "SCRYPT_ROUNDS", 2)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder without accounts, and an environment that names none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("APE_DATA_FOLDER", raising=False)
    monkeypatch.delenv("INGOT_ACCOUNT_PASSWORD_FILE", raising=False)
    return tmp_path


@pytest.fixture
def keystores():
    """With one account, `deployer`, as eth-account writes it."""
    document = EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)
    found = Keystores.from_environment()
    found.add("deployer", json.dumps(document))
    return found


class Prompts:
    """Answers, in order, to hidden prompts."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> Secret[str]:
        self.asked.append(prompt)
        return Secret(self.answers.pop(0))


@pytest.fixture
def typed():
    """`typed("a", "b")`: passwords from these answers; `.asked` has the prompts."""

    def make(*answers: str) -> tuple[Passwords, Prompts]:
        prompts = Prompts(*answers)
        return Passwords(environ={}, ask=prompts), prompts

    return make
