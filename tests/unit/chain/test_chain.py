from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.errors import ProviderError, UsageError

SOMEBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


def test_a_new_chain_is_what_mainnet_runs():
    chain = ingot.Chain()
    assert chain.chain_id == 31337
    assert chain.hardfork == "bpo2"
    assert chain.blocks.height == 0
    assert chain.automine
    assert chain.provider is chain
    assert isinstance(chain, ingot.Provider)


def test_settings_are_taken_and_wrong_ones_refused():
    assert ingot.Chain(chain_id=5, timestamp=1_000_000).blocks[0].timestamp == 1_000_000
    with pytest.raises(UsageError, match="atlantis"):
        ingot.Chain(hardfork="atlantis")
    with pytest.raises(UsageError):
        ingot.Chain(balance="1 dollar")


def test_each_transaction_gets_its_block(local, alice, bob):
    height = local.blocks.height
    receipt = alice.transfer(bob, 1)
    assert local.blocks.height == height + 1 == receipt.block_number
    (mined,) = local.blocks.head.transactions
    assert mined == receipt
    assert local.get_receipt(receipt.txn_hash) == receipt
    with pytest.raises(ProviderError, match="no transaction"):
        local.get_receipt("0x" + "00" * 32)
    with pytest.raises(UsageError, match="hex text starts with 0x"):
        local.get_receipt("latest")


def test_blocks_read_like_a_list(local):
    local.mine(3)
    blocks = local.blocks
    assert [block.number for block in blocks] == list(range(len(blocks)))
    assert blocks[-1].number == blocks.height == blocks.head.number
    assert [block.number for block in blocks[-2:]] == [blocks.height - 1, blocks.height]
    assert blocks.head.num_transactions == 0
    assert blocks.head.datetime == datetime.fromtimestamp(blocks.head.timestamp, tz=UTC)
    assert blocks.head == blocks[-1] != blocks[0]
    for beyond in (len(blocks), -len(blocks) - 1):
        with pytest.raises(IndexError):
            blocks[beyond]


def test_transactions_wait_while_automine_is_off(local, alice, bob):
    local.automine = False
    first, second = alice.transfer(bob, 1), bob.transfer(alice, 1)
    assert "pending" in repr(first)
    assert not first.is_mined
    with pytest.raises(ProviderError):
        _ = first.status
    with pytest.raises(ProviderError, match=r"chain.mine\(\)"):
        first.await_confirmations()
    assert [waiting.txn_hash for waiting in local.pending_transactions] == [first.txn_hash, second.txn_hash]
    local.mine()
    assert first.await_confirmations() is first
    assert (first.status, second.transaction_index) == (1, 1)
    assert first.block_number == second.block_number


def test_a_failure_that_waited_is_told_when_asked(local, ledger, bob):
    local.automine = False
    receipt = ledger.transfer(bob, 5, sender=bob)
    local.mine()
    assert receipt.failed
    with pytest.raises(ledger.Lacking):
        receipt.raise_for_status()


def test_time_travel(local):
    start = local.blocks.head.timestamp
    local.pending_timestamp += 86_400
    travelled = local.pending_timestamp
    local.mine()
    assert local.blocks.head.timestamp == travelled >= start + 86_400
    local.mine(deltatime=timedelta(hours=1))
    assert local.blocks.head.timestamp == travelled + 3600
    local.mine(timestamp=travelled + 10_000)
    assert local.blocks.head.timestamp == travelled + 10_000
    local.set_timestamp(travelled + 20_000)
    assert local.pending_timestamp == travelled + 20_000


def test_time_does_not_run_backwards(local):
    with pytest.raises(ingot.IngotError):
        local.mine(timestamp=local.blocks.head.timestamp)
    with pytest.raises(UsageError, match="not both"):
        local.mine(timestamp=2**40, deltatime=1)


def test_surgery(local):
    local.set_balance(SOMEBODY, "5 ether")
    local.set_nonce(SOMEBODY, 9)
    local.set_code(SOMEBODY, "0x6001600255")
    local.set_storage(SOMEBODY, 2, 7)
    assert local.get_balance(SOMEBODY) == 5 * 10**18
    assert local.get_nonce(SOMEBODY) == 9
    assert local.get_code(SOMEBODY) == bytes.fromhex("6001600255")
    assert local.get_storage(SOMEBODY, 2) == 7
    with pytest.raises(UsageError, match="not hex"):
        local.set_code(SOMEBODY, "0xzz")


def test_the_base_fee_is_settable(local, alice, bob):
    local.base_fee = "7 gwei"
    assert local.base_fee == local.gas_price == 7 * 10**9
    assert alice.transfer(bob, 1).gas_price >= 7 * 10**9


def test_pranks_send_what_names_no_sender(local, ledger, alice, bob):
    with local.prank(alice) as pranked:
        assert pranked == alice
        ledger.transfer(bob, 5)
        assert ledger.whoAmI() == alice
        with local.prank(bob):
            ledger.transfer(alice, 1)
        assert ledger.whoAmI() == alice
        assert ledger.whoAmI(sender=bob) == bob
    assert ledger.balanceOf(bob) == 4
    with pytest.raises(UsageError, match="say who sends it"):
        ledger.transfer(bob, 1)


def test_a_prank_ends_when_its_block_fails(local, alice):
    with pytest.raises(ZeroDivisionError), local.prank(alice):
        _ = 1 // 0
    assert local.default_sender is None


def test_use_sender_takes_index_and_label(local, ledger, bob):
    local.accounts.new("carol")
    with local.accounts.use_sender(1):
        assert ledger.whoAmI() == bob
    with local.accounts.use_sender("carol") as carol:
        assert ledger.whoAmI() == carol


def test_a_contract_may_send(local, ledger, failing, bob):
    failing.balance = "1 ether"
    ledger.transfer(failing, 5, sender=local.accounts[0])
    ledger.transfer(bob, 5, sender=failing)
    assert ledger.balanceOf(bob) == 5


def test_recording_is_switched_for_a_while(local, ledger, bob, alice):
    with local.record(frames=True):
        recorded = ledger.transfer(bob, 1, sender=alice)
        assert local.recording
    plain = ledger.transfer(bob, 1, sender=alice)
    assert recorded.transaction.outcome.recording is not None
    assert plain.transaction.outcome.recording is None
    assert local.recording == 0


def test_isolate_restores_and_lets_exceptions_through(local, ledger, alice, bob):
    def fail_inside():
        with local.isolate() as inside:
            assert inside is local
            ledger.transfer(bob, 5, sender=alice)
            raise AssertionError("1 == 2")

    with pytest.raises(AssertionError, match="1 == 2"):
        fail_inside()
    assert ledger.balanceOf(bob) == 0


def test_isolations_nest_and_snapshots_inside_them_may_be_left(local, alice, bob):
    before = alice.nonce
    with local.isolate():
        alice.transfer(bob, 1)
        local.snapshot()
        with local.isolate():
            alice.transfer(bob, 1)
            assert alice.nonce == before + 2
        assert alice.nonce == before + 1
    assert alice.nonce == before


def test_restore_goes_back_to_the_latest_or_the_named_snapshot(local, alice, bob):
    before = bob.balance
    first = local.snapshot()
    alice.transfer(bob, 1)
    local.snapshot()
    alice.transfer(bob, 1)
    local.restore()
    assert bob.balance == before + 1
    local.restore(first)
    assert bob.balance == before
    with pytest.raises(ProviderError):
        local.restore(first)


def test_restore_without_a_snapshot_is_refused():
    with pytest.raises(UsageError, match="no snapshot"):
        ingot.Chain().restore()


def test_restoring_past_an_isolation_is_told(local):
    outer = local.snapshot()
    with pytest.raises(ProviderError), local.isolate():
        local.restore(outer)
    outer = local.snapshot()

    def fail_inside():
        with local.isolate():
            local.restore(outer)
            _ = 1 // 0

    with pytest.raises(ZeroDivisionError):
        fail_inside()


STEPS = st.lists(
    st.sampled_from(
        [
            "transfer",
            "mine",
            "travel",
            "balance",
            "code",
            "storage",
            "nonce",
            "automine",
            "base fee",
            "prank",
            "account",
        ]
    ),
    max_size=8,
)


def _apply(chain, step):
    alice, bob = chain.accounts[:2]
    if step == "transfer":
        alice.transfer(bob, 1)
    elif step == "mine":
        chain.mine(2)
    elif step == "travel":
        chain.pending_timestamp += 1000
    elif step == "balance":
        bob.balance += 1
    elif step == "code":
        chain.set_code(SOMEBODY, b"\0")
    elif step == "storage":
        chain.set_storage(SOMEBODY, 1, chain.get_storage(SOMEBODY, 1) + 1)
    elif step == "nonce":
        chain.set_nonce(SOMEBODY, chain.get_nonce(SOMEBODY) + 1)
    elif step == "automine":
        chain.automine = not chain.automine
    elif step == "base fee":
        chain.base_fee += 1
    elif step == "prank":
        with chain.prank(bob):
            chain.mine()
    else:
        chain.accounts.new()


def _seen(chain):
    alice, bob = chain.accounts[:2]
    accounts = [(chain.get_balance(who), chain.get_nonce(who)) for who in (alice, bob, SOMEBODY)]
    return (
        accounts,
        chain.get_code(SOMEBODY),
        chain.get_storage(SOMEBODY, 1),
        chain.blocks.height,
        chain.blocks.head.hash,
        chain.automine,
        chain.base_fee,
        len(chain.pending_transactions),
        chain.state_root(),
        chain.accounts.generated,
        chain.default_sender,
    )


@given(before=STEPS, inside=STEPS)
def test_isolate_restores_everything(before, inside):
    chain = ingot.Chain(timestamp=1_700_000_000)
    for step in before:
        _apply(chain, step)
    expected = _seen(chain)
    with chain.isolate():
        for step in inside:
            _apply(chain, step)
    assert _seen(chain) == expected


def test_dump_and_load_bring_the_state_back(tmp_path, alice, bob, local):
    alice.transfer(bob, 5)
    path = local.dump(tmp_path / "state.ingot")
    other = ingot.Chain()
    other.load(path)
    assert other.get_balance(bob) == bob.balance
    assert other.blocks.height == local.blocks.height
    assert other.state_root() == local.state_root()
    assert other.accounts[12].balance == 10_000 * 10**18


@pytest.mark.parametrize("is_isolated", [True, False])
def test_isolation_takes_a_load_back(tmp_path, is_isolated):
    other = ingot.Chain(chain_id=5)
    path = other.dump(tmp_path / "other.ingot")
    chain = ingot.Chain()
    chain.accounts[12].transfer(chain.accounts[0], 1)
    seen = _seen(chain)
    with chain.isolate():
        chain.mine(3)
        inner = chain.snapshot()
        if is_isolated:
            with chain.isolate():
                chain.load(path)
                assert (chain.chain_id, chain.block_number) == (5, 0)
                chain.load(path)
                chain.mine(9)
        else:
            chain.load(path)
            chain.load(path)
            unused = chain.snapshot()
            chain.mine()
            chain.restore(inner)
            with pytest.raises(ProviderError, match="no snapshot"):
                chain.restore(unused)
        assert (chain.chain_id, chain.block_number) == (31337, 4)
    assert _seen(chain) == seen
    assert chain.accounts[12].transfer(chain.accounts[0], 1).gas_used == 21_000
    with pytest.raises(UsageError, match="there is no snapshot"):
        chain.restore()


def test_a_state_without_a_contract_forgets_it(tmp_path, sample):
    chain = ingot.Chain()
    path = chain.dump(tmp_path / "before.ingot")
    ledger = sample.Ledger.deploy("units", 5, sender=chain.accounts[0])
    assert ledger.address in chain.interfaces
    with chain.isolate():
        chain.load(path)
        assert ledger.address not in chain.interfaces
    assert ledger.address in chain.interfaces
    assert ledger.name()
    chain.load(path)
    assert ledger.address not in chain.interfaces
    with pytest.raises(ProviderError, match="no code"):
        ledger.name()


def test_dump_and_load_say_what_is_wrong_with_a_path(tmp_path, local):
    with pytest.raises(UsageError, match="cannot read"):
        local.load(tmp_path / "none")
    with pytest.raises(UsageError, match="cannot write"):
        local.dump(tmp_path / "no" / "folder")
    assert not list(tmp_path.iterdir())
    (tmp_path / "torn").write_bytes(b"not a state")
    with pytest.raises(ingot.IngotError):
        local.load(tmp_path / "torn")
