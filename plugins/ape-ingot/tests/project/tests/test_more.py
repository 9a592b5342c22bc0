"""What ape's own provider cannot do."""

import io
import logging

import ape
import pytest

pytestmark = pytest.mark.only_ingot

WHALE = "0x00000000219ab540356cBB839Cbe05303d7705Fa"


def test_impersonation(accounts, chain, probe):
    whale = accounts[WHALE]
    chain.set_balance(WHALE, "5 ether")
    assert whale.balance == "5 ether"
    receipt = probe.set(1, 2, sender=whale)
    assert receipt.sender == WHALE
    assert receipt.events == [probe.Changed(WHALE, 1, 2)]


def test_a_contract_sends(chain, probe, caller):
    chain.set_balance(caller, 10**18)
    assert probe.set(1, 2, sender=caller).events[0].by == caller.address


def test_impersonation_by_name(accounts, owner, probe):
    with accounts.use_sender(owner):
        owner.transfer(WHALE, "1 ether")
    whale = accounts.impersonate_account(WHALE)
    assert probe.set(3, 4, sender=whale).sender == WHALE
    accounts.stop_impersonating(WHALE)
    assert whale.nonce == 1


def test_balance_by_assignment(owner):
    owner.balance = "7 ether"
    assert owner.balance == 7 * 10**18


def test_code_and_storage(chain, probe, alice):
    provider = chain.provider
    provider.set_storage(probe.address, 0, (99).to_bytes(32))
    assert probe.number() == 99
    assert provider.get_storage(probe.address, 0) == (99).to_bytes(32)
    provider.set_code(alice.address, probe.code)
    assert alice.code == probe.code


def test_overrides(probe):
    state = {probe.address: {"stateDiff": {"0x" + "00" * 32: "0x" + "00" * 31 + "2a"}}}
    assert probe.number(state_override=state) == 42
    assert probe.number() == 7


def test_return_values(probe, caller, owner):
    """Of the transaction itself: ape's own provider calls again, on the state that the transaction has left."""
    assert probe.set(1, 10, sender=owner).return_value == 0
    assert probe.set(1, 20, sender=owner).return_value == 10
    assert probe.setNumber(1, sender=owner).return_value == ()
    assert caller.set(1, 30, sender=owner).return_value == 20


def test_a_contract_made_by_a_contract(project, caller, owner):
    address = caller.make(8, sender=owner).return_value
    assert project.Probe.at(address).maker() == caller.address


def test_trace(caller, owner):
    trace = caller.set(1, 2, sender=owner).trace
    tree = trace.get_calltree()
    assert [len(tree.calls), len(tree.events)] == [1, 1]
    assert trace.return_value == (0,)
    text = io.StringIO()
    trace.show(file=text)
    shown = text.getvalue()
    assert "Caller.set" in shown
    assert "Probe.set" in shown
    assert "log Changed" in shown


def test_trace_of_what_was_undone(chain, probe, owner):
    snapshot = chain.snapshot()
    trace = chain.provider.get_transaction_trace(probe.setNumber(5, sender=owner).txn_hash)
    chain.restore(snapshot)
    with pytest.raises(ape.exceptions.TransactionNotFoundError, match="not on the chain any more"):
        trace.get_calltree()


def test_trace_of_a_failure(caller, owner):
    with ape.reverts() as caught:
        caller.failBelow.transact(4, sender=owner)
    text = io.StringIO()
    caught.value.trace.show(file=text)
    assert "Named" in text.getvalue()
    assert caught.value.txn.failed


def test_frames(probe, owner):
    frames = list(probe.setNumber(5, sender=owner).trace.get_raw_frames())
    assert frames[0]["pc"] == 0
    assert "SSTORE" in {frame["op"] for frame in frames}
    assert frames[-1]["op"] == "STOP"
    assert frames[0]["gas"] > frames[-1]["gas"]
    assert all(frame["depth"] == 1 for frame in frames)


def test_a_receipt_shows_its_trace(caller, owner, monkeypatch):
    from ape_ingot.traces import IngotTrace

    shown = []
    monkeypatch.setattr(IngotTrace, "show", lambda trace, **_: shown.append(str(trace)))
    caller.set(1, 2, sender=owner).show_trace()
    assert shown


def test_gas_report(caller, owner):
    text = io.StringIO()
    caller.set(1, 2, sender=owner).show_gas_report(file=text)
    assert "Caller Gas" in text.getvalue()
    assert "Probe Gas" in text.getvalue()


def test_show_trace_of_a_call(probe, monkeypatch):
    from ape_ingot.traces import IngotCallTrace

    shown = []
    monkeypatch.setattr(IngotCallTrace, "show", lambda trace: shown.append(str(trace)))
    assert probe.number(show_trace=True) == 7
    assert shown[0].startswith("Probe.number() -> 7")


def test_console(probe, owner, caplog):
    with caplog.at_level(logging.INFO, logger="ape"):
        receipt = probe.say(5, sender=owner)
    assert receipt.debug_logs_lines == ["said 5"]
    assert list(receipt.debug_logs_typed) == [("said", 5)]


def test_web3(chain, probe, owner, alice):
    web3 = chain.provider.web3
    assert web3.eth.block_number == chain.blocks.height
    assert web3.eth.chain_id == chain.chain_id
    receipt = probe.set(1, 2, sender=owner)
    seen = web3.eth.get_transaction_receipt(receipt.txn_hash)
    assert (seen["gasUsed"], seen["blockNumber"]) == (receipt.gas_used, receipt.block_number)
    assert bytes(seen["blockHash"]) == receipt.block.hash
    contract = web3.eth.contract(
        address=probe.address, abi=[abi.model_dump() for abi in probe.contract_type.abi]
    )
    assert contract.functions.number().call() == 7
    sent = web3.eth.send_transaction({"from": owner.address, "to": alice.address, "value": 1})
    assert chain.get_receipt(sent.to_0x_hex()).value == 1


def test_requests(chain):
    provider = chain.provider
    assert int(provider.make_request("eth_blockNumber"), 16) == chain.blocks.height
    with pytest.raises(ape.exceptions.APINotImplementedError):
        provider.make_request("eth_nonsense")


def test_two_providers_in_one_session(chain, owner, alice):
    inside = chain.provider
    balance = alice.balance
    with ape.networks.ethereum.local.use_provider("test"):
        assert ape.chain.provider.name == "test"
        owner.transfer(alice, 5)
        assert alice.balance == balance + 5
    assert ape.chain.provider is inside
    assert alice.balance == balance


def test_blobs(owner, alice, chain):
    digest = b"\x01" + bytes(31)
    receipt = owner.transfer(
        alice, 1, type=3, blob_versioned_hashes=[digest], max_fee_per_blob_gas=10**9, max_fee=10**10
    )
    assert receipt.type == 3
    assert receipt.blob_gas_used == 131_072
    assert receipt.blob_gas_price == int(chain.provider.make_request("eth_blobBaseFee"), 16)


def test_confirmations_are_mined(owner, alice, chain):
    receipt = owner.transfer(alice, 1, required_confirmations=2)
    assert chain.blocks.height == receipt.block_number + 2


def test_several_transactions_in_one_block(owner, alice, probe, chain):
    """Ape asks for the nonce before each; ape's own provider gives all the same, and mines none."""
    chain.provider.auto_mine = False
    try:
        before = owner.nonce
        receipts = [owner.transfer(alice, 1), probe.set(1, 2, sender=owner), owner.transfer(alice, 3)]
        assert [receipt.nonce - before for receipt in receipts] == [0, 1, 2]
        assert (owner.nonce, chain.provider.get_nonce(owner.address, block_id="latest")) == (
            before + 3,
            before,
        )
        assert alice.nonce == chain.provider.get_nonce(alice.address, block_id="latest")
        chain.mine()
    finally:
        chain.provider.auto_mine = True
    assert chain.blocks.head.num_transactions == 3
    assert owner.nonce == before + 3
    assert chain.provider.get_receipt(receipts[1].txn_hash).events == [probe.Changed(owner, 1, 2)]


def test_the_same_account_everywhere(chain, accounts):
    from ape_ingot.accounts import IngotAccount

    assert isinstance(accounts[0], IngotAccount)
    assert chain.provider.engine.block_number == chain.blocks.height
