"""The differential test's own tools against independent truths: eth-account for encodings, anvil's neighbours for codes."""

from __future__ import annotations

from random import Random

import pytest
from differential.assembler import assemble, initcode, push
from differential.programs import Surroundings, random_program
from differential.signing import BLOB_BYTES, Authorization, Blob, Signer, Unsigned, rlp
from eth_account import Account
from eth_utils import keccak, to_checksum_address

from ingot.engine import keccak256, sign_hash

KEY = bytes(range(1, 33))
TO = bytes.fromhex("5ec1" + "00" * 18)
SLOTS = (bytes(31) + b"\x01", b"\xff" * 32)


def _unsigned(kind: int, **fields: object) -> Unsigned:
    base: dict[str, object] = {
        "type": kind,
        "chain_id": 31337,
        "nonce": 7,
        "max_fee": 10**10,
        "priority_fee": 3,
        "gas_limit": 90_000,
        "to": TO,
        "value": 10**18,
        "data": b"\x00\x01" * 40,
    }
    return Unsigned(**(base | fields))  # type: ignore[arg-type]


def _for_eth_account(one: Unsigned) -> dict[str, object]:
    fields: dict[str, object] = {
        "nonce": one.nonce,
        "gas": one.gas_limit,
        "to": to_checksum_address(one.to) if one.to else b"",
        "value": one.value,
        "data": one.data,
    }
    if one.chain_id is not None:
        fields["chainId"] = one.chain_id
    if one.type < 2:
        fields["gasPrice"] = one.max_fee
    else:
        fields |= {"maxFeePerGas": one.max_fee, "maxPriorityFeePerGas": one.priority_fee}
    if one.type:
        fields["type"] = one.type
        fields["accessList"] = [
            {"address": to_checksum_address(address), "storageKeys": ["0x" + slot.hex() for slot in slots]}
            for address, slots in one.access_list
        ]
    return fields


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("to", [TO, b""])
def test_signed_transactions_are_those_of_eth_account(kind: int, to: bytes) -> None:
    one = _unsigned(kind, to=to, access_list=((TO, SLOTS),) if kind else ())

    ours = Signer(sign_hash, keccak256).signed(one, KEY, "")

    theirs = Account.sign_transaction(_for_eth_account(one), KEY)
    assert ours.raw == theirs.raw_transaction
    assert ours.hash == theirs.hash


def test_a_transaction_without_chain_id_is_that_of_eth_account() -> None:
    one = _unsigned(0, chain_id=None)
    theirs = Account.sign_transaction(_for_eth_account(one), KEY)
    assert Signer(sign_hash, keccak256).signed(one, KEY, "").raw == theirs.raw_transaction


def test_authorizations_are_those_of_eth_account() -> None:
    authorization = Account.sign_authorization(
        {"chainId": 31337, "address": to_checksum_address(TO), "nonce": 9}, KEY
    )
    one = _unsigned(4, authorizations=(Authorization(KEY, 31337, TO, 9),))
    fields = _for_eth_account(one) | {"authorizationList": [authorization]}

    ours = Signer(sign_hash, keccak256).signed(one, KEY, "")

    assert ours.raw == Account.sign_transaction(fields, KEY).raw_transaction


def test_the_hash_of_a_blob_transaction_leaves_its_sidecar_out() -> None:
    blobs = (Blob(0), Blob(1))
    one = _unsigned(3, blobs=blobs, blob_fee=5)
    ours = Signer(sign_hash, keccak256).signed(one, KEY, "")

    fields = _for_eth_account(one) | {
        "maxFeePerBlobGas": 5,
        "blobVersionedHashes": ["0x" + blob.versioned_hash.hex() for blob in blobs],
    }
    theirs = Account.sign_transaction(fields, KEY)

    assert ours.hash == theirs.hash
    assert keccak(ours.raw) != ours.hash
    assert len(ours.raw) > len(blobs) * BLOB_BYTES


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"),
        ([b"cat", b"dog"], "c88363617483646f67"),
        (b"", "80"),
        ([], "c0"),
        (0, "80"),
        (15, "0f"),
        (1024, "820400"),
        (b"\x00", "00"),
        ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (b"a" * 56, "b838" + "61" * 56),
    ],
)
def test_rlp_of_the_yellow_papers_examples(item: object, encoded: str) -> None:
    assert rlp(item).hex() == encoded  # type: ignore[arg-type]


def test_the_assembler_writes_what_the_opcode_table_says() -> None:
    assert assemble("0x0102 0 MSTORE :top 1 @top JUMPI STOP").hex() == "6101025f525b60016100055700"
    assert push(0).hex() == "5f"
    assert push(2**256 - 1).hex() == "7f" + "ff" * 32
    assert initcode(b"\x60\x01")[-2:] == b"\x60\x01"
    with pytest.raises(KeyError):
        assemble("NOSUCHTHING")


def test_one_seed_draws_one_program() -> None:
    around = Surroundings([1, 2, 3])
    assert random_program(Random(5), around) == random_program(Random(5), around)
    assert random_program(Random(5), around) != random_program(Random(6), around)
