"""Accounts of a chain behind a node: by alias, by address, by number where everybody may."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_account import Account as EthAccount
from keystore_cases import ADDRESS, KEY, PASSWORD

import ingot
from ingot.accounts import KeystoreAccount, LiveAccounts
from ingot.engine import keccak256, recover_hash
from ingot.errors import AbiError, UsageError

SOMEBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


class Held(ingot.Chain):
    """The chain in process, with the parts of a remote one that its accounts use."""

    def __init__(self, *, is_development: bool) -> None:
        super().__init__(balance=0)
        self.is_development = is_development
        self.held: dict[str, object] = {}

    def hold(self, signer) -> None:
        self.held[signer.address] = signer


@pytest.fixture
def sepolia():
    return Held(is_development=False)


@pytest.fixture
def anvil():
    return Held(is_development=True)


def test_a_keystore_is_unlocked_when_it_first_signs_and_never_again(sepolia, keystores, typed):
    passwords, prompts = typed(PASSWORD)
    account = LiveAccounts(sepolia, keystores=keystores, passwords=passwords).load("deployer")
    assert (account.address, account.alias, account.is_locked) == (ADDRESS, "deployer", True)
    assert not account.is_impersonated
    assert prompts.asked == []
    signature = account.sign_message("hello")
    assert recover_hash(keccak256(b"\x19Ethereum Signed Message:\n5hello"), bytes(signature)) == ADDRESS
    account.sign_message("again")
    assert prompts.asked == ["Password of 'deployer': "]
    account.lock()
    with pytest.raises(IndexError):  # it asks anew, and there is no answer left
        account.sign_message("locked")


def test_threads_that_sign_at_once_ask_once(sepolia, keystores, typed):
    passwords, prompts = typed(PASSWORD)
    account = LiveAccounts(sepolia, keystores=keystores, passwords=passwords)["deployer"]
    with ThreadPoolExecutor(8) as pool:
        signatures = set(pool.map(account.sign_message, ["hello"] * 16))
    assert len(signatures) == len(prompts.asked) == 1


def test_a_loaded_keystore_is_held_by_the_chain_and_is_one_object(sepolia, keystores):
    accounts = LiveAccounts(sepolia, keystores=keystores)
    account = accounts["deployer"]
    assert isinstance(account, KeystoreAccount)
    assert accounts.load("deployer") is account
    assert accounts[ADDRESS] is account
    assert accounts[ADDRESS.lower()] is account
    assert sepolia.held == {ADDRESS: account}
    assert sepolia.labels[account.address] == "deployer"
    assert account in accounts
    assert "deployer" in accounts
    assert SOMEBODY not in accounts
    assert (len(accounts), list(accounts), accounts.aliases) == (1, [account], ["deployer"])


def test_a_wrong_password_is_asked_for_three_times(sepolia, keystores, typed, capsys):
    passwords, prompts = typed("wrong one", "wrong two", "wrong three", PASSWORD)
    account = LiveAccounts(sepolia, keystores=keystores, passwords=passwords)["deployer"]
    with pytest.raises(UsageError, match="stays locked") as caught:
        account.sign_hash(b"\1" * 32)
    assert len(prompts.asked) == 3
    assert account.is_locked
    assert "wrong one" not in str(caught.value) + capsys.readouterr().err
    account.unlock()
    assert not account.is_locked


def test_ape_scripts_unlock_with_ape_s_names(sepolia, keystores):
    account = LiveAccounts(sepolia, keystores=keystores)["deployer"]
    account.set_autosign(True, passphrase=PASSWORD)
    assert not account.is_locked
    account.set_autosign(False)
    assert account.is_locked
    with pytest.raises(UsageError, match="not shown"):
        account.unlock("hunter2")
    account.unlock(passphrase=PASSWORD)
    assert recover_hash(b"\1" * 32, bytes(account.sign_hash(b"\1" * 32))) == ADDRESS


@pytest.mark.parametrize("variable", ["APE_ACCOUNTS_deployer_PASSPHRASE", "INGOT_ACCOUNT_PASSWORD_FILE"])
def test_the_environment_unlocks_without_a_prompt(sepolia, keystores, variable, monkeypatch, tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    monkeypatch.setenv(variable, PASSWORD if variable.startswith("APE") else str(file))
    account = LiveAccounts(sepolia, keystores=keystores)["deployer"]
    account.unlock()
    assert not account.is_locked


def test_a_wrong_password_in_the_environment_is_no_reason_to_ask(sepolia, keystores, monkeypatch):
    monkeypatch.setenv("APE_ACCOUNTS_deployer_PASSPHRASE", "hunter2")
    account = LiveAccounts(sepolia, keystores=keystores)["deployer"]
    with pytest.raises(UsageError, match="APE_ACCOUNTS_deployer_PASSPHRASE is wrong") as caught:
        account.unlock()
    assert "hunter2" not in str(caught.value)


def test_without_a_terminal_the_password_file_is_named(sepolia, keystores, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="INGOT_ACCOUNT_PASSWORD_FILE"):
        LiveAccounts(sepolia, keystores=keystores)["deployer"].sign_message("hello")


def test_numbers_are_for_development_nodes(sepolia, anvil, keystores):
    live = LiveAccounts(sepolia, keystores=keystores)
    for use in (
        lambda: live[0],
        lambda: live[:2],
        live.new,
        live.generate_test_account,
        lambda: live.impersonate_account(SOMEBODY),
    ):
        with pytest.raises(UsageError, match=r"accounts\['alias'\] \(there are deployer\)"):
            use()
    accounts = LiveAccounts(anvil, keystores=keystores)
    assert accounts[0].address == FIRST
    assert accounts[0].balance == 10_000 * 10**18
    assert anvil.held[FIRST].sign_hash(b"\1" * 32)
    assert [account.address for account in accounts[:2]] == [accounts[0], accounts[1]]
    assert len(accounts) == len(list(accounts)) == 10
    assert accounts.new("carol") is accounts["carol"]
    assert accounts["deployer"] == ADDRESS
    assert accounts[SOMEBODY].is_impersonated
    assert FIRST in accounts


def test_whoever_has_no_key_can_be_named_but_does_not_sign(sepolia, keystores):
    accounts = LiveAccounts(sepolia, keystores=keystores)
    owner = accounts[SOMEBODY]
    assert (owner.address, owner.balance, owner.alias) == (SOMEBODY, 0, None)
    assert SOMEBODY not in accounts
    assert SOMEBODY not in sepolia.held
    with pytest.raises(UsageError, match="no key to sign with"):
        owner.sign_message("hello")


def test_unknown_names_and_secrets_are_no_accounts(sepolia, keystores):
    accounts = LiveAccounts(sepolia, keystores=keystores)
    with pytest.raises(UsageError, match=r"no account 'deploier'; did you mean 'deployer'\?"):
        accounts["deploier"]
    for secret in ("0x" + KEY.hex(), KEY.hex(), int.from_bytes(KEY, "big")):
        with pytest.raises((AbiError, UsageError)) as caught:
            accounts[secret]
        assert KEY.hex() not in str(caught.value)
        assert str(int.from_bytes(KEY, "big")) not in str(caught.value)
    with pytest.raises(UsageError) as caught:
        accounts.load(KEY.hex())
    assert KEY.hex() not in str(caught.value)


def test_a_keystore_of_foundry_says_its_address_when_it_is_open(sepolia, home, keystores, typed):
    document = EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)
    del document["address"]
    folder = home / ".foundry" / "keystores"
    folder.mkdir(parents=True)
    (folder / "caster").write_text(json.dumps(document))
    passwords, prompts = typed(PASSWORD)
    account = LiveAccounts(sepolia, keystores=keystores, passwords=passwords)["caster"]
    assert account.address == ADDRESS
    account.sign_message("hello")
    assert len(prompts.asked) == 1


def test_a_changed_address_is_found_out(sepolia, keystores):
    path = keystores.load("deployer").path
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "address": SOMEBODY[2:]}))
    account = LiveAccounts(sepolia, keystores=keystores)["deployer"]
    with pytest.raises(UsageError, match=f"says that it is {SOMEBODY}, but its key belongs to {ADDRESS}"):
        account.unlock(PASSWORD)


def test_nothing_shows_the_key_of_an_unlocked_account(sepolia, keystores):
    accounts = LiveAccounts(sepolia, keystores=keystores)
    account = accounts["deployer"]
    account.unlock(PASSWORD)
    shown = " ".join(map(repr, (account, accounts, account.keystore, keystores, sepolia, sepolia.held)))
    assert KEY.hex() not in shown + str(account)
    assert PASSWORD not in shown
    for whole in (account, accounts):
        with pytest.raises(TypeError, match=r"holds? (a key|keys)"):
            pickle.dumps(whole)


FIELDS = {
    "type": 2,
    "chain_id": 11155111,
    "nonce": 3,
    "to": SOMEBODY,
    "value": 5,
    "data": b"\1\2",
    "gas_limit": 30_000,
    "max_fee": 10**10,
    "max_priority_fee": 10**9,
}


def test_a_signed_transaction_is_eth_account_s(sepolia, keystores):
    account = LiveAccounts(sepolia, keystores=keystores)["deployer"]
    account.unlock(PASSWORD)
    ours = account.sign_transaction({**FIELDS, "gas_price": None, "access_list": ()})
    theirs = EthAccount.sign_transaction(
        {
            "type": 2,
            "chainId": 11155111,
            "nonce": 3,
            "to": SOMEBODY,
            "value": 5,
            "data": b"\1\2",
            "gas": 30_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 10**9,
        },
        KEY,
    )
    assert (ours.raw, ours.hash, ours.sender) == (bytes(theirs.raw_transaction), bytes(theirs.hash), ADDRESS)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({**FIELDS, "gaslimit": 5}, "no field 'gaslimit'; did you mean 'gas_limit'"),
        ({name: value for name, value in FIELDS.items() if name != "nonce"}, "without nonce"),
    ],
)
def test_fields_that_are_no_transaction_are_refused(local, fields, says):
    with pytest.raises(UsageError, match=says):
        local.accounts[0].sign_transaction(fields)


def test_who_has_no_key_signs_no_transaction(local):
    with pytest.raises(UsageError, match="no key to sign with"):
        local.accounts[SOMEBODY].sign_transaction(FIELDS)
