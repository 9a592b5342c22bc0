"""Accounts, transfers, transactions of every type."""

import ape
import pytest
from ape.exceptions import AccountsError
from ape_ethereum.transactions import TransactionType
from eth_account.messages import encode_defunct


def test_accounts(accounts, record):
    record(
        length=len(accounts),
        first=str(accounts[0].address),
        last=accounts[-1].address,
        slice=[account.address for account in accounts[2:5]],
        alias=accounts[3].alias,
        shown=repr(accounts[0]).lower(),  # older versions of ape write it so
        balance=accounts[119].balance,
        nonce=accounts[119].nonce,
    )
    assert accounts[accounts[5].address].address == accounts[5].address
    assert accounts[7].address in accounts


def test_a_hundred_accounts_send(accounts, probe):
    for account in accounts[:100]:
        probe.set(account.nonce, 1, sender=account)
    assert accounts[99].nonce == 1


def test_an_account_that_is_not_there(accounts, record):
    with pytest.raises(IndexError) as caught:
        accounts[200]
    record(text=str(caught.value))


def test_generated_accounts(accounts, owner, probe):
    account = accounts.generate_test_account()
    assert account.balance == 0
    owner.transfer(account, "1 ether")
    assert probe.set(1, 2, sender=account).sender == account
    assert account.nonce == 1


def test_transfers(owner, alice, record):
    receipt = owner.transfer(alice, 10)
    record(gas=receipt.gas_used, value=receipt.value, data=receipt.data.hex())
    record(of_contract=str(receipt.method_called))
    for value in (None, -1):
        with pytest.raises(AccountsError) as caught:
            owner.transfer(alice, value)
        record(**{f"text_{value}": str(caught.value)})


def test_sending_everything(accounts, alice):
    account = accounts[20]
    account.transfer(alice, send_everything=True, gas_limit=21_000)
    assert account.balance == 0


def test_more_than_there_is(accounts, alice, record):
    with pytest.raises(AccountsError) as caught:
        accounts[21].transfer(alice, accounts[21].balance + 1)
    record(text=str(caught.value).replace("'ingot'", "'test'"))


def test_an_old_nonce(owner, alice, record):
    owner.transfer(alice, 1)
    with pytest.raises(AccountsError) as caught:
        owner.transfer(alice, 1, nonce=0)
    record(text=str(caught.value))


def test_messages(owner, record):
    signature = owner.sign_message("hello")
    record(signature=signature.encode_rsv().hex())
    assert owner.check_signature(encode_defunct(text="hello"), signature)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_types(probe, owner, record, kind):
    receipt = probe.set(1, 2, sender=owner, type=kind)
    record(
        type=receipt.type,
        gas=receipt.gas_used,
        price=receipt.gas_price,
        kind=type(receipt.transaction).__name__,
    )
    assert receipt.transaction.txn_hash.to_0x_hex() == receipt.txn_hash


def test_an_access_list(probe, owner, record):
    entries = [{"address": probe.address, "storageKeys": ["0x" + "00" * 32]}]
    receipt = probe.set(1, 2, sender=owner, type=1, access_list=entries)
    record(gas=receipt.gas_used, type=receipt.type)


def test_fees(probe, owner, record):
    receipt = probe.set(1, 2, sender=owner, max_fee="3 gwei", max_priority_fee="1 gwei")
    record(price=receipt.gas_price, fees=receipt.total_fees_paid)
    legacy = probe.set(1, 2, sender=owner, gas_price=2 * 10**9)
    record(legacy=legacy.gas_price, type=legacy.type)


def test_delegation(probe, accounts, record, needs):
    account = accounts[30]
    needs(account, "set_delegate")
    receipt = account.set_delegate(probe)
    record(type=receipt.type, code=bytes(account.code).hex(), gas=receipt.gas_used)
    assert receipt.type == TransactionType.SET_CODE.value
    account.remove_delegate()
    assert account.code == b""


def test_default_sender(accounts, probe):
    with accounts.use_sender(3):
        assert probe.set(1, 2).sender == accounts[3]


def test_a_gas_limit(probe, owner, record):
    receipt = probe.set(1, 2, sender=owner, gas_limit=77_777)
    record(limit=receipt.gas_limit, used=receipt.gas_used)


def test_too_little_gas(probe, owner):
    with ape.reverts():
        probe.set(5, 2, sender=owner, gas_limit=25_000)
