"""One folder for both tools: ape's own code opens our keystores, ours opens ape's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct
from keystore_cases import ADDRESS, KEY, MNEMONIC, PASSWORD

import ingot
from ingot.accounts import KeystoreAccount, Keystores, Passwords, derive_key
from ingot.accounts.keystore import encrypt_key
from ingot.accounts.secret import Secret
from ingot.engine import key_address

pytest.importorskip("ape", reason="ape is the other tool")

# What ape does, in a process of its own: read ours, then write its own.
THEIR_SIDE = """
import json, sys
import eth_account
from ape import accounts
from ape_accounts.accounts import KeyfileAccount, import_account_from_mnemonic, import_account_from_private_key

key, mnemonic, password = json.load(sys.stdin)
real = eth_account.Account.encrypt
eth_account.Account.encrypt = lambda key, password: real(key, password, iterations=2)  # not the test's subject

ours = accounts.load("ours")
assert isinstance(ours, KeyfileAccount)
address, locked = ours.address, ours.locked
ours.set_autosign(True)  # with APE_ACCOUNTS_ours_PASSPHRASE
signature = ours.sign_message("hello")
public_key = ours.public_key.hex()  # ape writes it into the file

import_account_from_private_key("theirs", password, key)
import_account_from_mnemonic("phrase", password, mnemonic, hd_path="m/44'/60'/0'/0/3")
print(json.dumps({
    "aliases": sorted(accounts.aliases),
    "address": address,
    "locked": locked,
    "signature": signature.encode_rsv().hex(),
    "public_key": public_key,
}))
"""


def test_accounts_of_either_tool_are_used_by_both(home, monkeypatch):
    monkeypatch.setenv("APE_DATA_FOLDER", str(home / "data"))
    keystores = Keystores.from_environment()
    password = Secret(PASSWORD)
    made = keystores.add("ours", encrypt_key(Secret(KEY), password))
    assert made.path == home / "data" / "accounts" / "ours.json"

    ran = subprocess.run(
        [sys.executable, "-c", THEIR_SIDE],
        input=json.dumps([KEY.hex(), MNEMONIC, PASSWORD]),
        env={**os.environ, "APE_ACCOUNTS_ours_PASSPHRASE": PASSWORD},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    expected = EthAccount.sign_message(encode_defunct(text="hello"), KEY).signature.hex()
    assert told["aliases"] == ["ours", "phrase", "theirs"]
    assert (told["address"], told["locked"], told["signature"]) == (ADDRESS, True, expected)
    chain = ingot.Chain(balance=0)
    addresses = {
        alias: KeystoreAccount(keystores.load(alias), chain, passwords=Passwords())
        for alias in told["aliases"]
    }
    for account in addresses.values():
        account.unlock(PASSWORD)
    assert (
        bytes(addresses["ours"].sign_message("hello")).hex() == expected
    )  # with the public key that ape added
    assert "public_key" in made.path.read_text()
    assert addresses["theirs"] == ADDRESS
    assert bytes(addresses["theirs"].sign_message("hello")).hex() == expected
    assert addresses["phrase"] == key_address(derive_key(MNEMONIC, 3))


def test_the_folder_is_the_one_that_ape_takes(home, monkeypatch):
    assert Keystores.from_environment().folder == home / ".ape" / "accounts"
    monkeypatch.setenv("APE_DATA_FOLDER", "elsewhere")
    assert Keystores.from_environment().folder == Path("elsewhere/accounts")
