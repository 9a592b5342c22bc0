import pickle
from types import SimpleNamespace

import pytest

import ingot
from ingot.abi import encode_packed
from ingot.accounts import TEST_MNEMONIC, derive_key
from ingot.engine import keccak256, recover_hash
from ingot.errors import AbiError, InvalidTransaction, UsageError

SOMEBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
KEY = "0x" + "46" * 32


def test_the_first_ten_are_funded_and_known(local):
    assert len(local.accounts) == 10
    assert local.accounts[0].address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert all(account.balance == 10_000 * 10**18 for account in local.accounts)
    assert [account.address for account in local.accounts[1:3]] == [local.accounts[1], local.accounts[2]]
    assert local.accounts[-1] == local.accounts[9]
    assert local.accounts[0] in local.accounts
    assert SOMEBODY not in local.accounts


def test_an_index_beyond_is_made_and_funded_again_after_it_was_undone(local):
    with local.isolate():
        assert local.accounts[12].balance == 10_000 * 10**18
    assert local.get_balance(local.accounts[12].address) == 10_000 * 10**18


def test_an_index_beyond_is_not_funded_a_second_time(local):
    rich = local.accounts[12]
    rich.balance = 0
    assert local.accounts[12].balance == 0


def test_settings_choose_the_accounts():
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    chain = ingot.Chain(mnemonic=words, number_of_accounts=2, balance="3 ether")
    assert len(chain.accounts) == 2
    assert chain.accounts[0].balance == 3 * 10**18
    assert chain.accounts[0] != ingot.Chain().accounts[0]
    with pytest.raises(IndexError):
        chain.accounts[-3]


def test_new_accounts_by_label_and_key(local):
    carol = local.accounts.new("carol")
    assert carol.alias == "carol"
    assert local.accounts["carol"] is carol
    assert local.accounts.new("carol") is carol
    assert ingot.Chain().accounts.new("carol") == carol
    assert carol.balance == 10_000 * 10**18
    by_key = local.accounts.new(key=KEY, funded=False)
    assert by_key.address == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
    assert by_key.balance == 0
    with pytest.raises(UsageError, match="another account is labelled"):
        local.accounts.new("carol", key=KEY)


def test_nameless_new_accounts_repeat_after_isolation(local):
    with local.isolate():
        first, second = local.accounts.new(), local.accounts.new()
        assert first != second
        assert first not in list(local.accounts)
    assert local.accounts.test_accounts.generate_test_account() == first


def test_unknown_labels_and_wrong_addresses_are_refused(local):
    with pytest.raises(UsageError, match=r"no account is labelled 'dave'.*accounts.new"):
        local.accounts["dave"]
    with pytest.raises(AbiError):
        local.accounts["0x1234"]


def test_an_address_is_impersonated(local, bob):
    somebody = local.accounts[SOMEBODY]
    assert somebody.is_impersonated
    somebody.balance = "1 ether"
    somebody.transfer(bob, "0.5 ether")
    assert somebody.nonce == 1
    with pytest.raises(UsageError, match="no key to sign with"):
        somebody.sign_message("hello")
    local.accounts.stop_impersonating(SOMEBODY)
    assert local.accounts[local.accounts[0].address] is local.accounts[0]


def test_transfer_moves_wei(alice, bob):
    before = bob.balance
    receipt = alice.transfer(bob, "1 ether")
    assert bob.balance == before + 10**18
    assert receipt.gas_used == 21_000
    assert receipt.value == 10**18
    assert receipt.receiver == bob


def test_transfer_to_a_contract_that_refuses_reverts(alice, failing):
    with pytest.raises(ingot.Revert, match="without a reason"):
        alice.transfer(failing, 1)
    assert alice.transfer(failing, 1, raise_on_revert=False).failed


def test_transfer_takes_the_settings_of_transactions_and_no_others(alice, bob):
    receipt = alice.transfer(bob, 1, gas_limit=30_000, max_fee="3 gwei", max_priority_fee="1 gwei")
    assert receipt.gas_limit == 30_000
    assert receipt.gas_price <= 3 * 10**9
    assert alice.transfer(bob, 1, gas_price="4 gwei").type == 0
    with pytest.raises(UsageError, match="did you mean 'gas_limit'"):
        alice.transfer(bob, 1, gaslimit=30_000)


def test_a_delegated_account_runs_the_code_of_a_contract(alice, bob, ledger):
    authorization = bob.sign_authorization(ledger)
    receipt = alice.transfer(alice, 0, authorizations=[authorization])
    assert receipt.type == 4
    assert bob.code == bytes.fromhex("ef0100") + bytes(ledger)
    assert bob.is_contract
    delegated = ingot.Contract(bob, abi=ledger.abi, chain=alice.chain)
    delegated.mint(alice, sender=alice)
    assert delegated.balanceOf(alice) == 10


@pytest.mark.parametrize("value", ["0.1 wei", -1, 1.5, "much"])
def test_transfer_refuses_what_is_no_amount(alice, bob, value):
    with pytest.raises(UsageError):
        alice.transfer(bob, value)


def test_a_sender_without_funds_is_refused_clearly(local, bob):
    poor = local.accounts.new("poor", funded=False)
    with pytest.raises(InvalidTransaction) as caught:
        poor.transfer(bob, 1)
    assert poor.address in str(caught.value)
    assert "insufficient funds" in caught.value.reason


def test_a_nonce_gap_is_refused(alice, bob):
    with pytest.raises(InvalidTransaction, match="nonce"):
        alice.transfer(bob, 1, nonce=alice.nonce + 5)


def test_signatures_recover_to_the_signer(alice, bob):
    signature = alice.sign_message("hello")
    digest = keccak256(b"\x19Ethereum Signed Message:\n5hello")
    assert recover_hash(digest, bytes(signature)) == alice.address
    assert alice.check_signature("hello", signature)
    assert not alice.check_signature("hullo", signature)
    assert not bob.check_signature("hello", signature)
    assert not alice.check_signature("hello", b"\0" * 65)
    assert bytes(signature) == signature.r + signature.s + bytes([signature.v])
    assert signature.encode_vrs() == bytes([signature.v]) + signature.r + signature.s
    raw = keccak256(encode_packed(["uint256"], [7]))
    assert recover_hash(raw, bytes(alice.sign_hash(raw))) == alice
    with pytest.raises(UsageError, match="32 bytes"):
        alice.sign_hash(b"short")


TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Permit": [{"name": "owner", "type": "address"}, {"name": "value", "type": "uint256"}],
    },
    "domain": {"name": "units", "chainId": 31337},
    "primaryType": "Permit",
    "message": {"owner": SOMEBODY, "value": 5},
}


def test_typed_data_is_signed_as_eth_account_does(alice):
    from eth_account import Account as EthAccount
    from eth_account.messages import encode_typed_data

    signable = encode_typed_data(full_message=TYPED)
    expected = EthAccount.sign_message(signable, private_key=derive_key(TEST_MNEMONIC, 0)).signature
    wrapper = SimpleNamespace(signable_message=signable)
    for message in (TYPED, signable, wrapper):
        assert bytes(alice.sign_message(message)) == bytes(expected)
        assert alice.check_signature(message, expected)


@pytest.mark.parametrize("message", [5, None, {"types": {}}, {**TYPED, "primaryType": "Nothing"}])
def test_what_is_no_message_is_refused(alice, message):
    with pytest.raises(UsageError, match=r"cannot be signed|malformed"):
        alice.sign_message(message)


@pytest.mark.parametrize("chain_id", [None, 0, 1, 2**64])
def test_an_authorization_is_signed_as_eth_account_does(alice, bob, chain_id):
    from eth_account import Account as EthAccount

    ours = alice.sign_authorization(bob, chain_id=chain_id, nonce=200)
    unsigned = {"chainId": 31337 if chain_id is None else chain_id, "address": bob.address, "nonce": 200}
    theirs = EthAccount.sign_authorization(unsigned, derive_key(TEST_MNEMONIC, 0))
    assert (ours["y_parity"], ours["r"], ours["s"]) == (theirs.y_parity, theirs.r, theirs.s)
    assert alice.sign_authorization(bob)["nonce"] == alice.nonce


def test_an_account_is_equal_to_its_address(alice, bob):
    assert alice == alice.address
    assert alice.address == alice
    assert alice == alice.address.lower()
    assert alice != bob
    assert alice != 5
    assert {alice: 1}[alice.address] == 1
    assert str(alice) == alice.address
    assert bytes(alice) == bytes.fromhex(alice.address[2:])


def test_the_next_deployment_address_is_foreseen(sample, alice):
    foreseen = alice.get_deployment_address()
    assert sample.Failing.deploy(sender=alice) == foreseen
    assert alice.get_deployment_address(0) == ingot.Chain().accounts[0].get_deployment_address()


def test_a_key_is_never_shown(local):
    account = local.accounts.new("secret", key=KEY)
    shown = repr(account) + str(account) + repr(local.accounts) + repr(local)
    assert "46" * 8 not in shown
    for wrong in (KEY[:-2], KEY + "00", "0x" + "00" * 32, b"\x46" * 31, 0x46, int(KEY, 16), [0x46] * 32):
        with pytest.raises(UsageError) as caught:
            local.accounts.new("other", key=wrong)
        assert "4646" not in str(caught.value)
        assert caught.value.__cause__ is None
    with pytest.raises(TypeError, match="holds a key"):
        pickle.dumps(account)


@pytest.mark.parametrize("label", [KEY, KEY.removeprefix("0x"), f" {KEY}\n"])
def test_a_key_is_not_taken_for_a_label(local, label):
    with pytest.raises(UsageError, match=r"key=\.\.\.") as caught:
        local.accounts.new(label)
    assert "4646" not in str(caught.value)
    assert label not in local.labels.values()
    assert local.accounts.new("0x46").alias == "0x46"


@pytest.mark.parametrize("key", [KEY, KEY.removeprefix("0x"), KEY + "\n", int(KEY, 16)])
def test_a_key_in_place_of_an_address_is_not_quoted(local, alice, key):
    for use in (
        lambda: alice.transfer(key, 1),
        lambda: ingot.convert(key, ingot.Address),
        lambda: local.accounts.impersonate_account(key),
        lambda: local.accounts[key],
    ):
        with pytest.raises(ingot.AbiError, match="length of a private key") as caught:
            use()
        assert "4646" not in str(caught.value)
        assert caught.value.__context__ is None
    with pytest.raises(ingot.AbiError, match="2 hex digits") as caught:
        ingot.convert("0x46", ingot.Address)
    assert not getattr(caught.value, "__notes__", None)


def test_deploying_what_is_no_contract_is_refused(alice):
    with pytest.raises(UsageError, match="cannot be deployed"):
        alice.deploy("Ledger")


def test_the_account_deploys_too(sample, alice):
    assert alice.deploy(sample.Ledger, "units", 5).balanceOf(alice) == 5
