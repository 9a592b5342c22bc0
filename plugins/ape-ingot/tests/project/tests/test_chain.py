"""Blocks, time, snapshots, balances."""

import ape
import pytest
from ape.exceptions import BlockNotFoundError, ChainError, UnknownSnapshotError


def test_mining(chain, record):
    start = chain.blocks.height
    chain.mine()
    chain.mine(3)
    record(more=chain.blocks.height - start, length=len(chain.blocks) - chain.blocks.height)


def test_blocks(chain, probe, owner, record):
    receipt = probe.setNumber(1, sender=owner)
    block = chain.blocks[-1]
    record(
        number=block.number,
        gas_used=block.gas_used,
        transactions=block.num_transactions,
        base_fee=block.base_fee,
        pending_fee=chain.provider.base_fee,
        difficulty=block.difficulty,
        uncles=block.uncles,
        first=chain.blocks[0].number,
        numbers=[block.number for block in chain.blocks.range(0, 3)],
        pending=chain.provider.get_block("pending").number,
        rows=len(chain.blocks.query("number", "timestamp", start_block=0, stop_block=2)),
        empty_parent=chain.blocks[0].parent_hash.hex(),
    )
    assert block.parent_hash == chain.blocks[-2].hash
    assert chain.provider.get_block(block.hash).number == block.number
    assert [txn.txn_hash.to_0x_hex() for txn in block.transactions] == [receipt.txn_hash]
    assert block.transactions[0].sender == owner
    assert block == chain.blocks.head


def test_a_block_that_is_not_there(chain, record):
    with pytest.raises(BlockNotFoundError) as caught:
        chain.provider.get_block(10_000)
    record(text=str(caught.value))
    for name in ("nonsense", "0x" + "11" * 32):
        with pytest.raises(BlockNotFoundError, match=f"Block with ID '{name}' not found"):
            chain.provider.get_block(name)


def test_blocks_as_text(chain):
    block = chain.blocks.head
    assert repr(block) == f"<Block number={block.number} hash={block.hash.to_0x_hex()}>"


def test_a_view_after_a_block_that_is_named(probe, owner, chain, record):
    probe.setNumber(1, sender=owner)
    seen = {
        name: probe.now_(block_id=name)[1] - chain.blocks.height for name in ("latest", chain.blocks.height)
    }
    record(
        latest=seen["latest"],
        last=seen[chain.blocks.height],
        first=probe.number(block_id=chain.blocks.height - 1),
    )


def test_base_fee_follows_the_blocks(chain, record):
    chain.mine(10)
    record(fees=[block.base_fee for block in chain.blocks.range(0, 8)])


def test_snapshots(chain, probe, owner, alice):
    snapshot = chain.snapshot()
    height, balance = chain.blocks.height, alice.balance
    owner.transfer(alice, 5)
    probe.setNumber(100, sender=owner)
    chain.restore(snapshot)
    assert (chain.blocks.height, alice.balance, probe.number()) == (height, balance, 7)
    with pytest.raises(UnknownSnapshotError):
        chain.restore(snapshot)


def test_an_unknown_snapshot(chain, record):
    with pytest.raises((UnknownSnapshotError, ChainError)) as caught:
        chain.restore(987_654)
    record(text=str(caught.value))


def test_isolation(chain, probe, owner):
    with chain.isolate():
        probe.setNumber(9, sender=owner)
        with chain.isolate():
            probe.setNumber(10, sender=owner)
        assert probe.number() == 9
    assert probe.number() == 7


def test_balances(chain, owner, alice, probe, record):
    before = alice.balance
    receipt = owner.transfer(alice, "1 ether")
    record(gas=receipt.gas_used, fees=receipt.total_fees_paid)
    assert alice.balance == before + 10**18 == chain.provider.get_balance(alice.address)
    assert alice.balance == f"{before + 10**18} wei"
    assert probe.balance == 0
    assert chain.provider.get_balance(alice.address, receipt.block_number - 1) == before


def test_state_of_earlier_blocks(probe, owner, record):
    block = probe.setNumber(1, sender=owner).block_number
    probe.setNumber(2, sender=owner)
    record(before=probe.number(block_id=block - 1), then=probe.number(block_id=block), now=probe.number())


def test_automine(chain, owner, alice, record):
    provider = chain.provider
    provider.auto_mine = False
    try:
        height = chain.blocks.height
        receipt = owner.transfer(alice, 1, gas_limit=21_000)
        record(waits=receipt.block_number, same=chain.blocks.height == height)
        chain.mine()
    finally:
        provider.auto_mine = True
    assert chain.blocks.head.num_transactions == 1
    with pytest.raises(TypeError):
        provider.auto_mine = "no"


def test_what_the_chain_is(chain, record):
    record(id=chain.chain_id, provider_id=chain.provider.chain_id, fee=chain.provider.priority_fee)
    assert ape.networks.active_provider is chain.provider
    assert chain.provider.is_connected
