"""`sign_transaction` and `decode_transaction` against eth-account, over all five types; and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_contracts import BOB, KEY

from ingot.engine import Engine, decode_transaction, key_address, sign_transaction, to_address
from ingot.errors import InvalidTransaction, ProviderError, UsageError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = st.integers(1, ORDER - 1).map(lambda key: key.to_bytes(32, "big"))
ADDRESSES = st.binary(min_size=20, max_size=20).map(to_address)
WORDS = st.binary(min_size=32, max_size=32)
FEES = st.integers(0, 2**96)
U64 = st.integers(0, 2**64 - 1)

PLAIN: dict[str, Any] = {
    "type": 2,
    "chain_id": 1,
    "nonce": 0,
    "to": BOB,
    "value": 1,
    "data": b"",
    "gas_limit": 21_000,
    "max_fee": 2,
    "max_priority_fee": 1,
}
LEGACY = {key: value for key, value in PLAIN.items() if not key.startswith("max_")} | {
    "type": 0,
    "gas_price": 2,
}


@st.composite
def authorizations(draw: st.DrawFn) -> dict[str, Any]:
    signed = Account.from_key(draw(KEYS)).sign_authorization(
        {"chainId": draw(U64), "address": draw(ADDRESSES), "nonce": draw(U64)}
    )
    return {
        "chain_id": signed.chain_id,
        "address": to_address(signed.address),
        "nonce": signed.nonce,
        "y_parity": signed.y_parity,
        "r": signed.r,
        "s": signed.s,
    }


@st.composite
def transactions(draw: st.DrawFn) -> dict[str, Any]:
    """The fields of `sign_transaction`."""
    kind = draw(st.integers(0, 4))
    fields: dict[str, Any] = {
        "type": kind,
        "chain_id": draw(st.integers(1, 2**63 - 37)),
        "nonce": draw(U64),
        "to": draw(ADDRESSES if kind >= 3 else st.none() | ADDRESSES),
        "value": draw(st.integers(0, 2**256 - 1)),
        "data": draw(st.binary(max_size=300)),
        "gas_limit": draw(U64),
    }
    if kind <= 1:
        fields["gas_price"] = draw(FEES)
    else:
        fields |= {"max_fee": draw(FEES), "max_priority_fee": draw(FEES)}
    if kind >= 1:
        entry = st.tuples(ADDRESSES, st.lists(WORDS, max_size=3))
        fields["access_list"] = draw(st.lists(entry, max_size=3))
    if kind == 3:
        fields["blob_hashes"] = draw(st.lists(WORDS, min_size=1, max_size=3))
        fields["max_fee_per_blob_gas"] = draw(FEES)
    if kind == 4:
        fields["authorizations"] = draw(st.lists(authorizations(), min_size=1, max_size=2))
    return fields


def as_eth_account_has_it(fields: dict[str, Any]) -> dict[str, Any]:
    names = {
        "chain_id": "chainId",
        "gas_limit": "gas",
        "gas_price": "gasPrice",
        "max_fee": "maxFeePerGas",
        "max_priority_fee": "maxPriorityFeePerGas",
        "max_fee_per_blob_gas": "maxFeePerBlobGas",
        "blob_hashes": "blobVersionedHashes",
    }
    theirs = {names.get(name, name): value for name, value in fields.items()}
    if theirs["type"] == 0:
        del theirs["type"]
    if theirs["to"] is None:
        theirs["to"] = b""
    if "access_list" in theirs:
        entries = theirs.pop("access_list")
        theirs["accessList"] = [
            {"address": who, "storageKeys": ["0x" + slot.hex() for slot in slots]} for who, slots in entries
        ]
    if "authorizations" in theirs:
        theirs["authorizationList"] = [
            {
                "chainId": entry["chain_id"],
                "address": bytes.fromhex(entry["address"][2:]),
                "nonce": entry["nonce"],
                "yParity": entry["y_parity"],
                "r": entry["r"],
                "s": entry["s"],
            }
            for entry in theirs.pop("authorizations")
        ]
    return theirs


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(key=KEYS, fields=transactions())
def test_transactions_of_every_type_are_signed_byte_for_byte_as_eth_account_does(
    key: bytes, fields: dict[str, Any]
) -> None:
    ours = sign_transaction(key, **fields)
    theirs = Account.sign_transaction(as_eth_account_has_it(fields), key)
    assert ours.raw == bytes(theirs.raw_transaction)
    assert ours.hash == bytes(theirs.hash)
    assert ours.sender == key_address(key) == Account.recover_transaction(ours.raw)

    decoded = decode_transaction(ours.raw)
    assert decoded == ours
    assert hash(decoded) == hash(ours)
    assert decoded.raw == ours.raw
    assert decoded.sender == ours.sender
    read = {
        "type": decoded.type,
        "chain_id": decoded.chain_id,
        "nonce": decoded.nonce,
        "to": decoded.to,
        "value": decoded.value,
        "data": decoded.data,
        "gas_limit": decoded.gas_limit,
        "access_list": decoded.access_list,
        "authorizations": decoded.authorizations,
        "blob_hashes": decoded.blob_hashes,
        "max_fee_per_blob_gas": decoded.max_fee_per_blob_gas,
        "max_priority_fee": decoded.max_priority_fee_per_gas,
    }
    read["gas_price" if decoded.type <= 1 else "max_fee"] = decoded.max_fee_per_gas
    empty = {
        "access_list": [],
        "authorizations": [],
        "blob_hashes": [],
        "max_fee_per_blob_gas": None,
        "max_priority_fee": None,
    }
    assert read == empty | fields
    # What was decoded signs to the same bytes, empty lists included.
    assert sign_transaction(key, **read) == ours


def test_a_signed_transaction_is_on_no_chain_until_it_is_sent() -> None:
    engine = Engine(chain_id=7)
    engine.set_balance(key_address(KEY), 10**18)
    signed = sign_transaction(KEY, **PLAIN | {"chain_id": 7, "max_fee": 10**10})
    assert not signed.is_mined
    assert repr(signed) == f"<Transaction 0x{signed.hash.hex()}, signed>"
    with pytest.raises(ProviderError, match="ask the chain that it was sent to"):
        _ = signed.outcome
    sent = engine.send_raw(signed.raw)
    assert sent.is_mined
    assert sent.hash == signed.hash
    assert sent != signed
    with pytest.raises(ProviderError, match="not on the chain"):
        engine.replay(signed, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": 5}, "type 5 is no transaction type"),
        ({"type": 2**70}, "above 2\\*\\*64"),
        ({"type": None}, "type must be an int"),
        ({"type": 0}, "type 0 has no max_fee"),
        ({"gas_price": 1}, "type 2 has no gas_price"),
        ({"max_priority_fee": None}, "type 2 needs max_priority_fee"),
        ({"max_fee": None}, "type 2 needs max_fee"),
        ({"blob_hashes": [b"\1" * 32]}, "type 2 has no blob_hashes"),
        ({"type": 3}, "type 3 needs blob_hashes"),
        ({"type": 3, "blob_hashes": [b"\1" * 32]}, "type 3 needs max_fee_per_blob_gas"),
        ({"type": 3, "blob_hashes": [b"\1" * 32], "max_fee_per_blob_gas": 1, "to": None}, "give `to`"),
        ({"type": 4}, "type 4 needs authorizations"),
        ({"chain_id": 0}, "chain_id: 0 is none"),
        ({"chain_id": 2**63}, "EIP-2294"),
        ({"nonce": -1}, "nonce"),
        ({"value": 2**256}, "value"),
    ],
)
def test_fields_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        sign_transaction(KEY, **PLAIN | change)


@pytest.mark.parametrize("key", [b"", KEY[:31], KEY + b"\0", b"\0" * 32, ORDER.to_bytes(32, "big")])
def test_a_key_that_is_none_is_refused_and_not_shown(key: bytes) -> None:
    with pytest.raises(UsageError, match="private key") as caught:
        sign_transaction(key, **PLAIN)
    assert not key or key.hex() not in str(caught.value)
    assert not key or str(int.from_bytes(key, "big")) not in str(caught.value) or not any(key)


@pytest.mark.parametrize(
    "change", [{"to": "0x12"}, {"chain_id": 0}, {"type": 9}, {"data": 5}, {"access_list": 5}, {"value": "x"}]
)
def test_no_error_of_signing_shows_the_key(change: dict[str, Any]) -> None:
    with pytest.raises((UsageError, ValueError)) as caught:
        sign_transaction(KEY, **PLAIN | change)
    shown = f"{caught.value!r} {caught.value} {getattr(caught.value, '__notes__', '')}"
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown


def test_the_key_is_not_in_what_is_signed() -> None:
    signed = sign_transaction(KEY, **LEGACY)
    assert KEY.hex() not in repr(signed) + signed.raw.hex()
    assert signed.signature[0] in (0, 1)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty"),
        (b"\5\xc0", "unknown transaction type 5"),
        (b"\2\xc0", "malformed transaction of type 2"),
        (sign_transaction(KEY, **PLAIN).raw + b"\0", "malformed"),
        (sign_transaction(KEY, **PLAIN).raw[:-1], "malformed"),
    ],
)
def test_bytes_that_are_no_transaction_are_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InvalidTransaction, match=message):
        decode_transaction(raw)


def test_a_high_s_is_refused_as_nodes_do() -> None:
    signed = sign_transaction(KEY, **LEGACY)
    s = signed.signature[2]
    forged = signed.raw.replace(s.to_bytes(32, "big"), (ORDER - s).to_bytes(32, "big"))
    assert forged != signed.raw
    with pytest.raises(InvalidTransaction, match="signature"):
        decode_transaction(forged)
