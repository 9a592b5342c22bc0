"""Receipts, return values and what contract objects do."""

import io

import ape
import pytest


def test_what_a_receipt_says(probe, owner, record, chain):
    receipt = probe.set(3, 4, sender=owner, value=5)
    record(
        status=int(receipt.status),
        failed=receipt.failed,
        gas_used=receipt.gas_used,
        gas_price=receipt.gas_price,
        fees=receipt.total_fees_paid,
        block_number=receipt.block_number,
        contract_address=receipt.contract_address,
        ran_out=receipt.ran_out_of_gas,
        sender=receipt.sender,
        receiver=receipt.receiver,
        nonce=receipt.nonce,
        value=receipt.value,
        data=receipt.data.hex(),
        method=receipt.method_called.selector,
        type=receipt.type,
        error=receipt.error,
        confirmed=receipt.confirmed,
        lines=receipt.debug_logs_lines,
        shown=repr(receipt).split()[0],
        calldata=str(receipt.transaction).splitlines()[-1],
    )
    assert receipt.timestamp == chain.blocks.head.timestamp
    assert receipt.datetime == chain.blocks.head.datetime
    assert receipt.block.number == receipt.block_number
    assert receipt.await_confirmations() is receipt
    assert receipt.raise_for_status() is None


def test_what_a_receipt_shows(probe, owner, record):
    receipt = probe.many(2, sender=owner)
    shown = io.StringIO()
    receipt.show_events(file=shown)
    record(
        logs=len(receipt.decode_logs()), typed=str(list(receipt.debug_logs_typed)), events=shown.getvalue()
    )
    assert receipt.decode_logs() == receipt.events


def test_the_hash_is_that_of_the_signed_transaction(probe, owner, chain):
    receipt = probe.setNumber(4, sender=owner)
    assert receipt.transaction.txn_hash.to_0x_hex() == receipt.txn_hash
    assert chain.get_receipt(receipt.txn_hash).txn_hash == receipt.txn_hash
    assert chain.provider.get_receipt(receipt.txn_hash).gas_used == receipt.gas_used
    assert chain.history[receipt.txn_hash].txn_hash == receipt.txn_hash


def test_receipts_are_compared(probe, owner, chain):
    receipt, other = probe.setNumber(4, sender=owner), probe.setNumber(4, sender=owner)
    assert chain.provider.get_receipt(receipt.txn_hash) == receipt == owner.history[-2]
    assert receipt != other
    assert receipt != receipt.txn_hash


def test_the_receiver_of_a_deployment(probe, chain, record):
    receipt = chain.contracts.get_creation_metadata(probe.address).receipt
    (of_block,) = receipt.block.transactions
    record(
        receiver=receipt.receiver,
        of_transaction=receipt.transaction.receiver,
        again=chain.provider.get_receipt(receipt.txn_hash).receiver,
        of_block=of_block.receiver,
    )


def test_an_unknown_receipt(chain, record):
    digest = "0x" + "ab" * 32
    for get in (chain.get_receipt, chain.provider.get_receipt):
        with pytest.raises(ape.exceptions.TransactionNotFoundError):
            get(digest)
    with pytest.raises(ape.exceptions.TransactionNotFoundError) as caught:
        chain.provider.get_receipt(digest, timeout=0)
    record(text=str(caught.value))
    with pytest.raises(ape.exceptions.TransactionError) as caught:
        chain.provider.get_receipt(digest, required_confirmations=-1)
    record(negative=str(caught.value))


def test_values_of_calls(probe, owner, record):
    several = probe.several()
    pair = probe.pair()
    pairs = probe.pairs()
    raw = probe.number(decode=False)
    record(
        number=probe.number(),
        several=str(several),
        left=several.left,
        pair=str(pair),
        right=pair.right,
        pairs=str(pairs),
        value=probe.values(9),
        total=probe.sum((5, owner)),
        total_of_dict=probe.sum({"left": 5, "right": owner.address}),
        first=probe.over(1),
        raw=raw if isinstance(raw, int) else raw.hex(),  # older versions of ape decode all the same
    )


def test_who_calls(probe, alice, record):
    record(nobody=str(probe.identity()[0:1]), alice=str(probe.identity(sender=alice)[0:2]))


def test_a_view_as_transaction_and_a_transaction_as_call(probe, owner):
    assert probe.number.transact(sender=owner).return_value == 7
    assert probe.set.call(1, 2, sender=owner) == 0
    assert probe.values(1) == 0


def test_encoding(probe, owner, record):
    data = probe.set.encode_input(1, 2)
    record(
        data=data.hex(),
        decoded=str(probe.set.decode_input(data)),
        transaction=probe.set.as_transaction(1, 2, sender=owner).data.hex(),
    )
    gas = probe.set.estimate_gas_cost(1, 2, sender=owner)
    assert 0 <= gas - probe.set(1, 2, sender=owner).gas_used < 10_000
    assert 23_000 < probe.number.estimate_gas_cost(sender=owner) < 40_000


def test_signed_bytes(probe, owner, record, needs):
    needs(probe.set, "as_transaction_bytes")
    record(signed=probe.set.as_transaction_bytes(1, 2, sender=owner)[:1].hex())


def test_overloads(probe, record):
    record(number=probe.over(1))
    try:
        record(text=probe.over("text"))
    except ape.exceptions.ConversionError:  # before 0.8.41
        record(text="not converted")


def test_estimating_what_fails(probe, owner):
    with ape.reverts("no way"):
        probe.failWithText.estimate_gas_cost(sender=owner)


def test_deployment(project, owner, record, chain):
    receipt = project.Probe.deploy(1, sender=owner, value=3).creation_metadata.receipt
    probe = owner.deploy(project.Probe, 2)
    record(address=receipt.contract_address, second=probe.address, gas=receipt.gas_used)
    assert chain.provider.get_balance(receipt.contract_address) == 3
    assert project.Probe.at(probe.address).number() == 2
    assert ape.Contract(probe.address).number() == 2
    assert probe.creation_metadata.deployer == owner
    assert probe.is_contract
    assert not owner.is_contract
    assert probe.code == chain.provider.get_code(probe.address)
    assert project.Probe.deployments[-1].address == probe.address


def test_a_contract_of_a_dependency(project, owner):
    (library,) = project.dependencies["library"].values()
    shelf = owner.deploy(library.Shelf)
    assert shelf == project.dependencies["library"]["local"].Shelf.at(shelf.address)
    shelf.put(3, sender=owner)
    assert shelf.books() == 3


def test_what_the_chain_knows_of_contracts(chain, project, probe, owner):
    assert chain.contracts.get(probe.address).name == "Probe"
    assert chain.contracts.instance_at(probe.address).number() == 7
    assert chain.contracts.get(owner.address) is None
    assert chain.contracts.get_deployments(project.Probe)[-1] == probe
    metadata = chain.contracts.get_creation_metadata(probe.address)
    assert (metadata.deployer, metadata.block) == (owner, chain.blocks.height)
    assert metadata.receipt.contract_address == probe.address


def test_history(probe, alice, record):
    probe.setNumber(1, sender=alice)
    probe.setNumber(2, sender=alice)
    record(
        length=len(alice.history),
        nonces=[receipt.nonce for receipt in alice.history],
        last=alice.history[-1].nonce,
        rows=len(alice.history.query("*")),
    )
