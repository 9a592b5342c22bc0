"""What accounts sign is what eth-account signs, byte for byte: all five types of transactions, messages, typed data."""

from __future__ import annotations

import json

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct, encode_typed_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keystore_cases import PASSWORD

import ingot
from ingot.accounts import Account, KeystoreAccount, Keystores, Passwords
from ingot.engine import key_address, to_address
from ingot.errors import UsageError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = st.one_of(st.sampled_from([1, 2, ORDER - 1, 2**128, 2**255]), st.integers(1, ORDER - 1)).map(
    lambda number: number.to_bytes(32, "big")
)
ADDRESSES = st.binary(min_size=20, max_size=20)
WORDS = st.binary(min_size=32, max_size=32)
WEI = st.integers(0, 2**96)
DIFFERENTIAL = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def chain():
    return ingot.Chain(balance=0)


def hexed(value):
    return "0x" + value.hex()


@st.composite
def transactions(draw: st.DrawFn, kind: int) -> tuple[dict, dict]:
    """The fields as we name them, and as eth-account does. Authorizations are added where there is a signer."""
    to = draw(ADDRESSES if kind >= 3 else st.none() | ADDRESSES)
    ours = {
        "type": kind,
        "chain_id": draw(st.integers(1, 2**53)),
        "nonce": draw(st.integers(0, 2**64 - 2)),
        "to": None if to is None else to_address(to),
        "value": draw(st.integers(0, 2**256 - 1)),
        "data": draw(st.binary(max_size=200)),
        "gas_limit": draw(st.integers(21_000, 2**63)),
    }
    theirs = {
        "chainId": ours["chain_id"],
        "nonce": ours["nonce"],
        "value": ours["value"],
        "data": ours["data"],
        "gas": ours["gas_limit"],
    }
    if to is not None:
        theirs["to"] = ours["to"]
    if kind:
        theirs["type"] = kind
        entries = draw(
            st.lists(st.tuples(ADDRESSES.map(to_address), st.lists(WORDS, max_size=2)), max_size=2)
        )
        ours["access_list"] = entries
        theirs["accessList"] = [
            {"address": address, "storageKeys": list(map(hexed, slots))} for address, slots in entries
        ]
    if kind <= 1:
        ours["gas_price"] = theirs["gasPrice"] = draw(WEI)
    else:
        ours["max_fee"] = theirs["maxFeePerGas"] = draw(WEI)
        ours["max_priority_fee"] = theirs["maxPriorityFeePerGas"] = draw(WEI)
    if kind == 3:
        ours["blob_hashes"] = draw(st.lists(WORDS.map(lambda word: b"\1" + word[1:]), min_size=1, max_size=2))
        theirs["blobVersionedHashes"] = list(map(hexed, ours["blob_hashes"]))
        ours["max_fee_per_blob_gas"] = theirs["maxFeePerBlobGas"] = draw(WEI)
    return ours, theirs


@pytest.mark.parametrize("kind", range(5))
@DIFFERENTIAL
@given(data=st.data(), key=KEYS)
def test_transactions_of_every_type_are_eth_account_s(chain, kind, data, key):
    account = Account.from_key(key, chain)
    assert account.address == EthAccount.from_key(key).address
    ours, theirs = data.draw(transactions(kind))
    if kind == 4:
        delegate, chosen, nonce = data.draw(
            st.tuples(ADDRESSES, st.integers(0, 2**53), st.integers(0, 2**64 - 2))
        )
        ours["authorizations"] = [
            account.sign_authorization(to_address(delegate), chain_id=chosen, nonce=nonce)
        ]
        theirs["authorizationList"] = [
            EthAccount.sign_authorization({"chainId": chosen, "address": delegate, "nonce": nonce}, key)
        ]

    signed = account.sign_transaction(ours)

    expected = EthAccount.sign_transaction(theirs, key)
    assert signed.raw == bytes(expected.raw_transaction)
    assert signed.hash == bytes(expected.hash)
    assert signed.sender == EthAccount.recover_transaction(signed.raw) == account.address


@DIFFERENTIAL
@given(key=KEYS, message=st.text(st.characters(exclude_categories=["Cs"])) | st.binary(max_size=300))
def test_messages_are_signed_and_recovered_as_eth_account_does(chain, key, message):
    signable = encode_defunct(text=message) if isinstance(message, str) else encode_defunct(message)
    account = Account.from_key(key, chain)

    signature = account.sign_message(message)

    assert bytes(signature) == bytes(EthAccount.sign_message(signable, key).signature)
    assert EthAccount.recover_message(signable, signature=bytes(signature)) == account.address
    assert account.check_signature(message, signature)


VALUES = {
    "uint256": st.integers(0, 2**256 - 1),
    "int8": st.integers(-128, 127),
    "bool": st.booleans(),
    "address": ADDRESSES.map(to_address),
    "bytes32": WORDS.map(hexed),
    "bytes": st.binary(max_size=40).map(hexed),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    "uint64[]": st.lists(st.integers(0, 2**64 - 1), max_size=3),
}


@st.composite
def typed_data(draw: st.DrawFn) -> dict:
    """A struct of random members, one of them a struct as well."""
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4))
    inner = draw(st.sampled_from(sorted(VALUES)))
    members = [{"name": f"m{index}", "type": kind} for index, kind in enumerate(kinds)]
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
            "Outer": [*members, {"name": "inner", "type": "Inner"}],
            "Inner": [{"name": "value", "type": inner}],
        },
        "primaryType": "Outer",
        "domain": {"name": draw(VALUES["string"]), "chainId": draw(st.integers(0, 2**32))},
        "message": {
            **{f"m{index}": draw(VALUES[kind]) for index, kind in enumerate(kinds)},
            "inner": {"value": draw(VALUES[inner])},
        },
    }


@DIFFERENTIAL
@given(key=KEYS, document=typed_data())
def test_typed_data_is_signed_as_eth_account_does(chain, key, document):
    account = Account.from_key(key, chain)
    expected = EthAccount.sign_message(encode_typed_data(full_message=document), key).signature
    assert bytes(account.sign_message(document)) == bytes(expected)


PAIR = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Pair": [{"name": "both", "type": "Point[2]"}, {"name": "text", "type": "string"}],
        "Point": [{"name": "x", "type": "uint8"}],
    },
    "primaryType": "Pair",
    "domain": {"name": "pairs"},
}
"""Typed data without its message."""


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"both": [{"x": 1}], "text": ""}, r"message\.both is a Point\[2\]: it has 1 elements, not 2"),
        ({"both": [{"x": 1}, {}], "text": ""}, r"message\.both\[1\]\.x is missing, which is a uint8"),
        ({"both": [{"x": 1}, {"x": 2}]}, r"message\.text is missing, which is a string"),
    ],
)
def test_typed_data_that_breaks_its_own_types_is_not_signed(chain, message, complaint):
    account = Account.from_key(b"\1" * 32, chain)
    with pytest.raises(UsageError, match=complaint):
        account.sign_message({**PAIR, "message": message})
    # As wallets do: what no type names is not signed.
    whole = {"both": [{"x": 1}, {"x": 2}], "text": "", "more": 1}
    assert account.sign_message({**PAIR, "message": whole})


@DIFFERENTIAL
@given(
    key=KEYS,
    kdf=st.sampled_from(["scrypt", "pbkdf2"]),
    password=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_any_keystore_of_eth_account_opens_with_its_password_alone(
    tmp_path_factory, chain, key, kdf, password
):
    folder = tmp_path_factory.mktemp("keystores")
    document = EthAccount.encrypt(key, password, kdf=kdf, iterations=2)
    keystore = Keystores(folder).add("some", json.dumps(document))
    account = KeystoreAccount(keystore, chain, passwords=Passwords(environ={}))
    with pytest.raises(UsageError, match="is wrong"):
        account.unlock(password + "x")
    assert account.is_locked
    account.unlock(password)
    assert account.sign_hash(key) == Account.from_key(key, chain).sign_hash(key)
    assert account.address == key_address(key)


def test_ape_and_foundry_find_what_is_written_now(keystores):
    """The fields that they read, by name."""
    document = json.loads(keystores.load("deployer").path.read_text())
    assert {"address", "crypto", "id", "version"} <= set(document)
    assert document["address"][:2] != "0x"
    assert set(document["crypto"]) == {"cipher", "cipherparams", "ciphertext", "kdf", "kdfparams", "mac"}
    assert EthAccount.decrypt(document, PASSWORD)
