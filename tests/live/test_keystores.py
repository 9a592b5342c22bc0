"""Keystores on a node: unlocked at the first send, signed as eth-account would; and forge opens what we write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY, Anvil
from eth_account import Account as EthAccount
from stand_in import SEPOLIA, StartAnvil

from ingot.accounts import KeystoreAccount, Keystores, LiveAccounts, Passwords
from ingot.accounts.secret import Secret
from ingot.engine import decode_transaction, keccak256
from ingot.errors import UsageError
from ingot.remote import RemoteChain, open_transport

FORGE = REPOSITORY / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
KEY = keccak256(b"nobody's money")
ADDRESS = EthAccount.from_key(KEY).address
PASSWORD = "correct horse 7"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
def keystores(tmp_path: Path) -> Keystores:
    made = Keystores(tmp_path / "accounts")
    made.add("deployer", json.dumps(EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)))
    return made


@pytest.fixture
def node(anvil: StartAnvil) -> Anvil:
    node = anvil("--hardfork", "osaka")
    node.call("anvil_setBalance", ADDRESS, hex(10**20))
    return node


@pytest.fixture
def sepolia(node: Anvil) -> Iterator[RemoteChain]:
    chain = RemoteChain(open_transport([node.url]))
    yield chain
    chain.close()


class Counted:
    """Answers a prompt, and counts how often it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.count = 0

    def __call__(self, _: str) -> Secret[str]:
        self.count += 1
        return Secret(self.answers[min(self.count, len(self.answers)) - 1])


def sent_with(chain: RemoteChain, prompt: Counted, keystores: Keystores) -> KeystoreAccount:
    chain.accounts = LiveAccounts(chain, keystores=keystores, passwords=Passwords(environ={}, ask=prompt))
    return chain.accounts.load("deployer")


def test_every_type_is_signed_with_one_prompt_and_mined(
    node: Anvil, sepolia: RemoteChain, keystores: Keystores
) -> None:
    prompt = Counted(PASSWORD)
    deployer = sent_with(sepolia, prompt, keystores)
    assert (deployer.balance, prompt.count) == (10**20, 0)
    settings: list[dict[str, Any]] = [
        {"gas_price": "5 gwei"},
        {"gas_price": "5 gwei", "access_list": [(BOB, [b"\1" * 32])]},
        {"max_fee": "5 gwei", "max_priority_fee": "1 gwei"},
        {"authorizations": [deployer.sign_authorization(BOB)]},
    ]
    for number, (kind, options) in enumerate(zip((0, 1, 2, 4), settings, strict=True)):
        receipt = deployer.transfer(BOB, 7, type=kind, **options)
        raw = bytes.fromhex(node.call("eth_getRawTransactionByHash", receipt.txn_hash)[2:])
        signed = decode_transaction(raw)
        assert not receipt.failed
        assert (signed.type, signed.nonce, signed.chain_id) == (kind, number, SEPOLIA)
        assert EthAccount.recover_transaction(raw) == signed.sender == ADDRESS
        assert keccak256(raw) == signed.hash
    assert prompt.count == 1
    assert deployer.nonce == 4


def test_a_locked_account_sends_nothing(sepolia: RemoteChain, keystores: Keystores) -> None:
    prompt = Counted("nonsense")
    deployer = sent_with(sepolia, prompt, keystores)
    with pytest.raises(UsageError, match="stays locked"):
        deployer.transfer(BOB, 7)
    assert (prompt.count, deployer.nonce, sepolia.block_number) == (3, 0, 0)


def test_who_has_no_key_is_said_before_anything_is_sent(sepolia: RemoteChain, keystores: Keystores) -> None:
    sent_with(sepolia, Counted(PASSWORD), keystores)
    accounts = sepolia.accounts
    with pytest.raises(UsageError, match="did you mean 'deployer'"):
        accounts.load("deploier")
    assert accounts[ADDRESS].alias == "deployer"
    assert accounts["0x" + "12" * 20].balance == 0
    assert accounts[0].transfer(ADDRESS, 1).sender == accounts[0]


@pytest.mark.skipif(not FORGE.exists(), reason="forge is not installed")
def test_forge_deploys_with_a_keystore_of_ours(node: Anvil, keystores: Keystores, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "A.sol").write_text(
        "// SPDX-License-Identifier: MIT\npragma solidity 0.8.24;\ncontract A { uint256 public x = 1; }\n"
    )
    (tmp_path / "password").write_text(PASSWORD)
    subprocess.run(
        [sys.executable, "-m", "ingot", "solc", "link", "0.8.24", "--to", tmp_path / "bin"],
        check=True,
        capture_output=True,
    )
    ran = subprocess.run(
        [
            *(FORGE, "create", "src/A.sol:A", "--offline", "--use", tmp_path / "bin" / "solc", "--broadcast"),
            *("--rpc-url", node.url, "--keystore", keystores.load("deployer").path),
            *("--password-file", tmp_path / "password"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert f"Deployer: {ADDRESS}" in ran.stdout
    assert node.call("eth_getTransactionCount", ADDRESS, "latest") == "0x1"
