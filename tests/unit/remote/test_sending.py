"""From a wish to a transaction: fees, nonces, gas; what a node says to it; how it is waited for."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_node import RpcFault, ScriptedTransport

from ingot.accounts import Account
from ingot.errors import (
    InvalidTransaction,
    ProviderError,
    Revert,
    RevertString,
    TransactionLost,
    Unreachable,
    UsageError,
)
from ingot.remote import Fees, RemoteChain
from ingot.remote.network import Network
from ingot.remote.nonces import Nonces
from ingot.remote.waiting import Waiting
from ingot.types import Address

GWEI = 10**9
ALICE = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
BOB = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
SEPOLIA = Network(
    ecosystem="ethereum", name="sepolia", chain_id=5, is_testnet=True, faucets=("https://faucets.example",)
)
BLOCK = {
    "number": "0x9", "hash": "0x" + "01" * 32, "gasLimit": "0x1c9c380", "baseFeePerGas": hex(8 * GWEI),
    "timestamp": "0x64", "gasUsed": "0x0", "transactions": [],
}  # fmt: skip
LEGACY = {name: value for name, value in BLOCK.items() if name != "baseFeePerGas"}
HISTORY = {
    "baseFeePerGas": [hex(7 * GWEI), hex(10 * GWEI)],
    "reward": [["0x0"], [hex(GWEI)], [hex(3 * GWEI)], [hex(2 * GWEI)]],
}
RECEIPT = {
    "status": "0x1", "gasUsed": "0x5208", "cumulativeGasUsed": "0x5208", "effectiveGasPrice": "0x1", "logs": [],
    "blockNumber": "0xa", "blockHash": "0x" + "02" * 32, "transactionIndex": "0x0", "contractAddress": None,
}  # fmt: skip


def node(**results):
    return ScriptedTransport({
        "eth_chainId": "0x5",
        "web3_clientVersion": "Geth/v1.16.4",
        "eth_getBlockByNumber": BLOCK,
        "eth_getBalance": hex(10**18),
        "eth_getTransactionCount": "0x3",
        "eth_feeHistory": HISTORY,
        "eth_maxPriorityFeePerGas": hex(5 * GWEI),
        "eth_gasPrice": hex(20 * GWEI),
        "eth_estimateGas": hex(100_000),
        "eth_sendRawTransaction": "0x" + "03" * 32,
        "eth_getTransactionReceipt": RECEIPT,
        "eth_getTransactionByHash": None,
        "eth_blockNumber": "0xa",
    } | results)  # fmt: skip


def chain_of(transport, **settings):
    chain = RemoteChain(transport, network=SEPOLIA, **settings)
    chain.hold(Account.from_key(KEY, chain))
    return chain


# Fees


def test_fees_come_from_what_recent_blocks_paid():
    fees = chain_of(node()).fees()
    assert fees == Fees(base_fee=10 * GWEI, max_fee=22 * GWEI, max_priority_fee=2 * GWEI)
    assert (fees.per_gas, fees.expected) == (22 * GWEI, 12 * GWEI)


def test_the_nodes_own_tip_where_blocks_were_empty():
    history = {**HISTORY, "reward": [["0x0"], ["0x0"]]}
    assert chain_of(node(eth_feeHistory=history)).fees().max_priority_fee == 5 * GWEI
    silent = node(eth_feeHistory={**HISTORY, "reward": None}, eth_maxPriorityFeePerGas=RpcFault("no", -32601))
    assert chain_of(silent).fees().max_priority_fee == GWEI


def test_a_node_without_fee_history():
    fees = chain_of(node(eth_feeHistory=RpcFault("no", -32601))).fees()
    assert fees == Fees(base_fee=15 * GWEI, max_fee=35 * GWEI, max_priority_fee=5 * GWEI)


def test_a_chain_without_base_fee_has_one_price():
    chain = chain_of(node(eth_getBlockByNumber=LEGACY))
    assert chain.fees() == Fees(base_fee=None, gas_price=20 * GWEI)
    assert chain.base_fee == 0
    unsigned = chain.prepare(sender=ALICE, to=BOB)
    assert (unsigned.type, unsigned.gas_price, unsigned.max_fee) == (0, 20 * GWEI, None)
    assert chain.prepare(sender=ALICE, to=BOB, access_list=[(BOB, [])]).type == 1
    assert "maxFeePerGas" not in unsigned.request()


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 3 * 10**12))
def test_a_cap_is_kept_or_refused_never_passed(base_fee, tip, cap):
    fees = Fees(base_fee=base_fee, max_fee=2 * base_fee + tip, max_priority_fee=tip)
    if cap < base_fee:
        with pytest.raises(InvalidTransaction, match="is below the base fee"):
            fees.capped(cap)
        return
    capped = fees.capped(cap)
    assert capped.per_gas == min(cap, fees.per_gas)
    assert (capped.max_priority_fee or 0) <= capped.per_gas
    assert fees.capped(None) == fees


def test_a_cap_below_the_market_is_refused_before_anything_is_signed():
    with pytest.raises(InvalidTransaction, match="raise the cap") as caught:
        chain_of(node(), max_fee=9 * GWEI).prepare(sender=ALICE, to=BOB)
    assert caught.value.reason == "max fee per gas less than block base fee"
    assert chain_of(node(), max_fee=11 * GWEI).prepare(sender=ALICE, to=BOB).max_fee == 11 * GWEI
    dear = chain_of(node(), max_fee=11 * GWEI).prepare(sender=ALICE, to=BOB, max_priority_fee=30 * GWEI)
    assert (dear.max_fee, dear.max_priority_fee) == (11 * GWEI, 11 * GWEI)
    with pytest.raises(InvalidTransaction, match="the gas price"):
        chain_of(node(eth_getBlockByNumber=LEGACY), max_fee=GWEI).prepare(sender=ALICE, to=BOB)


# Preparation


def test_everything_is_filled_in_one_exchange():
    transport = node()
    chain = chain_of(transport)
    assert chain.chain_id == 5
    transport.requests.clear()
    unsigned = chain.prepare(sender=ALICE, to=BOB, data=b"\x01", value=7)
    assert unsigned.fields() == {
        "type": 2, "chain_id": 5, "nonce": 3, "to": BOB, "value": 7, "data": b"\x01", "gas_limit": 120_000,
        "gas_price": None, "max_fee": 22 * GWEI, "max_priority_fee": 2 * GWEI, "access_list": (),
        "authorizations": (), "blob_hashes": (), "max_fee_per_blob_gas": None,
    }  # fmt: skip
    assert unsigned.max_cost == 7 + 120_000 * 22 * GWEI
    assert {method for method, _ in transport.requests} <= {
        "eth_getBalance", "eth_getTransactionCount", "eth_feeHistory", "eth_maxPriorityFeePerGas", "eth_gasPrice", "eth_estimateGas",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"gas_limit": 5, "nonce": 9}, {"gas_limit": 5, "nonce": 9}),
        ({"max_fee": 15 * GWEI}, {"max_fee": 15 * GWEI, "max_priority_fee": 2 * GWEI, "type": 2}),
        ({"max_fee": GWEI}, {"max_fee": GWEI, "max_priority_fee": GWEI}),
        ({"max_priority_fee": 40 * GWEI}, {"max_fee": 50 * GWEI, "max_priority_fee": 40 * GWEI}),
        ({"max_fee": 3, "max_priority_fee": 2}, {"max_fee": 3, "max_priority_fee": 2}),
        ({"gas_price": 6}, {"gas_price": 6, "type": 0, "max_fee": None}),
        ({"gas_price": 6, "access_list": [(BOB, [bytes(32)])]}, {"type": 1}),
        ({"type": 0}, {"gas_price": 13_250_000_000, "type": 0}),
        ({"type": 2, "gas_limit": 21_000}, {"type": 2}),
    ],
    ids=str,
)
def test_what_is_given_stays(given, expected):
    unsigned = chain_of(node()).prepare(sender=ALICE, to=BOB, **given)
    assert {name: getattr(unsigned, name) for name in expected} == expected


def test_the_margin_stops_at_the_most_gas_there_is_and_transfers_have_none():
    assert chain_of(node(eth_estimateGas=hex(16_000_000))).prepare(sender=ALICE).gas_limit == 2**24
    assert chain_of(node(eth_estimateGas=hex(2**24))).prepare(sender=ALICE).gas_limit == 2**24
    assert chain_of(node(eth_estimateGas=hex(21_000))).prepare(sender=ALICE, to=BOB).gas_limit == 21_000
    assert chain_of(node(), gas_margin=2).prepare(sender=ALICE).gas_limit == 200_000


def test_what_would_fail_is_refused_with_its_reason_and_never_sent():
    data = (
        "0x08c379a0"
        + (32).to_bytes(32, "big").hex()
        + (4).to_bytes(32, "big").hex()
        + b"late".hex().ljust(64, "0")
    )
    fault = RpcFault("execution reverted: late", 3, data)
    transport = node(eth_estimateGas=fault, eth_call=fault)
    chain = chain_of(transport)
    with pytest.raises(RevertString, match="late") as caught:
        chain.send(sender=ALICE, to=BOB, data=b"\x01\x02\x03\x04")
    assert BOB in str(caught.value)
    assert "eth_sendRawTransaction" not in {method for method, _ in transport.requests}
    assert chain.send(sender=ALICE, to=BOB, gas_limit=50_000).succeeded  # asked for in so many words


def test_a_sender_without_means_is_told_what_is_missing_and_where_it_comes_from():
    chain = chain_of(node(eth_getBalance=hex(10**15)))
    with pytest.raises(
        InvalidTransaction, match=r"has 0\.001 ether and may need .*are missing; .*https://faucets\.example"
    ):
        chain.prepare(sender=ALICE, to=BOB, value=10**17)
    with pytest.raises(InvalidTransaction, match="are missing"):  # the value is there, the gas is not
        chain.prepare(sender=ALICE, to=BOB, value=10**15 - 1)


def test_an_estimate_that_the_node_refuses_is_a_refusal():
    with pytest.raises(InvalidTransaction, match="intrinsic gas too low"):
        chain_of(node(eth_estimateGas=RpcFault("intrinsic gas too low"))).prepare(sender=ALICE, to=BOB)
    with pytest.raises(ProviderError, match="boom"):
        chain_of(node(eth_estimateGas=RpcFault("boom"))).prepare(sender=ALICE, to=BOB)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"type": 0, "max_fee": GWEI}, "type 0 has no max_fee"),
        ({"gas_price": GWEI, "max_fee": GWEI}, "has no max_fee"),
        ({"type": 2, "gas_price": GWEI}, "type 2 has no gas_price"),
        ({"type": 0, "access_list": [(BOB, [])]}, "type 0 has no access_list"),
        ({"type": 7}, "type 7 is no transaction type"),
        ({"type": 4}, "needs authorizations"),
        ({"nonce": -1}, "below 0"),
        ({"access_list": [(BOB, [b"short"])]}, "a storage key is 32 bytes"),
    ],
    ids=str,
)
def test_settings_that_do_not_go_together_are_refused_before_anything_is_sent(given, words):
    transport = node()
    with pytest.raises(UsageError, match=words):
        chain_of(transport).send(sender=ALICE, to=BOB, **given)
    assert "eth_sendRawTransaction" not in {method for method, _ in transport.requests}


def test_nobody_signs_for_strangers():
    with pytest.raises(UsageError, match="there is no key for 0x7099"):
        chain_of(node()).send(sender=BOB, to=ALICE)


# Nonces


@given(st.lists(st.tuples(st.sampled_from([ALICE, BOB]), st.integers(0, 20), st.booleans()), max_size=30))
def test_nonces_never_go_back_and_leave_no_gap_of_ours(steps):
    nonces = Nonces()
    used = {ALICE: [], BOB: []}
    for sender, pending, is_sent in steps:
        number = nonces.next(sender, pending)
        assert number >= pending
        assert number not in used[sender]
        assert number == max([pending, *(last + 1 for last in used[sender])])
        if is_sent:
            nonces.used(sender, number)
            used[sender].append(number)


def test_a_nonce_counts_once_it_was_sent_and_not_before():
    transport = node()
    chain = chain_of(transport)
    assert [chain.prepare(sender=ALICE, to=BOB).nonce for _ in range(2)] == [3, 3]
    chain.send(sender=ALICE, to=BOB)
    assert chain.prepare(sender=ALICE, to=BOB).nonce == 4  # though the node lags behind
    transport.results["eth_getTransactionCount"] = "0x9"
    assert chain.prepare(sender=ALICE, to=BOB).nonce == 9
    transport.results["eth_sendRawTransaction"] = RpcFault("transaction underpriced")
    with pytest.raises(InvalidTransaction):
        chain.send(sender=ALICE, to=BOB)
    assert chain.prepare(sender=ALICE, to=BOB).nonce == 9


# Broadcast


@dataclass
class Lossy(ScriptedTransport):
    """Loses the first answers to sends."""

    def __init__(self, results, losses):
        super().__init__(results)
        self.losses = losses

    def request(self, method, params=()):
        if method == "eth_sendRawTransaction" and self.losses:
            self.requests.append((method, params))
            raise self.losses.pop(0)
        return super().request(method, params)


def lossy(losses, **results):
    transport = Lossy(node(**results).results, losses)
    chain = chain_of(transport)
    chain.patience_s = 0
    signed = chain.sign(chain.prepare(sender=ALICE, to=BOB))
    transport.requests.clear()
    return chain, signed, transport


LOST = Unreachable("lost", may_have_arrived=True)


def test_a_send_whose_answer_was_lost_is_asked_after_not_repeated():
    chain, signed, transport = lossy([LOST], eth_getTransactionByHash={"hash": "0x"})
    chain.broadcast(signed)
    assert [method for method, _ in transport.requests] == [
        "eth_sendRawTransaction",
        "eth_getTransactionByHash",
    ]
    assert chain.nonces.next(ALICE, 0) == signed.nonce + 1


def test_a_send_that_did_not_arrive_is_sent_again_the_very_same():
    chain, signed, transport = lossy([LOST, Unreachable("refused")])
    chain.broadcast(signed)
    sends = [params for method, params in transport.requests if method == "eth_sendRawTransaction"]
    assert sends == [[f"0x{signed.raw.hex()}"]] * 3


def test_when_nobody_knows_it_is_said_and_the_nonce_stays():
    chain, signed, _ = lossy([LOST] * 3)
    with pytest.raises(Unreachable, match="lost"):
        chain.broadcast(signed)
    assert chain.nonces.next(ALICE, 3) == 3


@pytest.mark.parametrize("words", ["already known", "ALREADY_EXISTS: already known"])
def test_already_known_is_success(words):
    chain, signed, _ = lossy([], eth_sendRawTransaction=RpcFault(words))
    chain.broadcast(signed)


def test_nonce_too_low_is_success_if_it_is_this_very_transaction_that_was_mined():
    mine = {"from": ALICE, "nonce": "0x3", "gas": "0x5208", "input": "0x", "to": BOB}
    chain, signed, _ = lossy(
        [], eth_sendRawTransaction=RpcFault("nonce too low"), eth_getTransactionByHash=mine
    )
    chain.broadcast(signed)
    chain, signed, _ = lossy([], eth_sendRawTransaction=RpcFault("nonce too low"))
    with pytest.raises(InvalidTransaction, match="take the next one") as caught:
        chain.broadcast(signed)
    assert caught.value.reason == "nonce too low"


def test_a_refusal_nobody_knows_keeps_the_nodes_words():
    chain, signed, _ = lossy([], eth_sendRawTransaction=RpcFault("we do not like you"))
    with pytest.raises(InvalidTransaction, match="we do not like you"):
        chain.broadcast(signed)


# Waiting


@pytest.fixture
def clock(monkeypatch):
    """Time passes only while somebody sleeps. Returns: all that was slept."""
    slept = []
    monkeypatch.setattr("ingot.remote.waiting.time.sleep", slept.append)
    monkeypatch.setattr("ingot.remote.waiting.time.monotonic", lambda: sum(slept))
    return slept


def sequence(*answers):
    left = list(answers)
    return lambda *_: left.pop(0) if len(left) > 1 else left[0]


def test_a_transaction_that_is_mined_costs_one_request(clock):
    transport = node()
    chain = chain_of(transport)
    mined = chain.wait(bytes(32))
    assert mined.block_number == 10
    assert [method for method, _ in transport.requests] == ["eth_getTransactionReceipt"]
    assert not clock


def test_pauses_grow_up_to_the_block_time(clock):
    chain = chain_of(
        node(eth_getTransactionReceipt=sequence(*[None] * 12, RECEIPT), eth_getTransactionByHash=PENDING)
    )
    assert chain.wait(bytes(32)).succeeded
    assert clock[:3] == [0.01, 0.02, 0.04]
    assert max(clock) == 4


PENDING = {"from": ALICE, "nonce": "0x3", "gas": "0x5208", "input": "0x", "to": BOB}


@pytest.mark.usefixtures("clock")
def test_confirmations_are_blocks_on_top_and_begin_anew_after_a_reorganisation():
    moved = {**RECEIPT, "blockNumber": "0xc"}
    seen = []
    chain = chain_of(node(
        eth_getTransactionReceipt=sequence(RECEIPT, RECEIPT, None, moved, moved, moved, moved),
        eth_blockNumber=sequence("0xa", "0xb", "0xb", "0xc", "0xd", "0xd", "0xe"),
        eth_getTransactionByHash=PENDING,
    ))  # fmt: skip
    mined = chain.wait(bytes(32), confirmations=2, progress=seen.append)
    assert mined.block_number == 12
    assert seen == [0, 1, 0, 1, 2]


def test_it_ends_when_nothing_comes(clock):
    chain = chain_of(node(eth_getTransactionReceipt=None, eth_getTransactionByHash=PENDING))
    with pytest.raises(ProviderError, match=r"is not mined after 60 s.*same nonce and higher fees"):
        chain.wait(bytes(32), timeout_s=60)
    assert sum(clock) <= 60
    deep = chain_of(node())
    with pytest.raises(ProviderError, match="has 0 of 3 blocks on top"):
        deep.wait(bytes(32), timeout_s=60, confirmations=3)


@pytest.mark.usefixtures("clock")
def test_one_line_is_told_when_it_takes_longer():
    told = []
    chain = chain_of(
        node(eth_getTransactionReceipt=sequence(*[None] * 12, RECEIPT), eth_getTransactionByHash=PENDING),
        progress=told.append,
    )
    chain.wait(bytes(32))
    assert len(told) == 1


def test_a_transaction_that_was_dropped_is_said_to_be(clock):
    chain = chain_of(node(eth_getTransactionReceipt=None))
    with pytest.raises(TransactionLost, match="dropped") as caught:
        chain.wait(bytes(32))
    assert (caught.value.replaced, caught.value.txn_hash) == (False, "0x" + "00" * 32)
    assert 10 <= sum(clock) < 30


def test_a_transaction_whose_nonce_another_one_took_is_said_to_be_replaced(clock):
    chain = chain_of(node(
        eth_getTransactionReceipt=None, eth_getTransactionByHash=sequence(PENDING, None), eth_getTransactionCount="0x4"
    ))  # fmt: skip
    with pytest.raises(TransactionLost, match="another transaction with its nonce") as caught:
        Waiting(chain, bytes(32)).run()
    assert caught.value.replaced
    assert sum(clock) < 2


def test_what_reverts_with_no_data_stays_a_revert():
    fault = RpcFault("execution reverted", 3, "0x")
    with pytest.raises(Revert, match="without a reason"):
        chain_of(node(eth_estimateGas=fault, eth_call=fault)).prepare(sender=ALICE, to=BOB, data=b"\x01")


# Several nodes behind one URL


@pytest.fixture
def naps(monkeypatch):
    """Nobody really sleeps. Returns: all that was slept."""
    slept = []
    monkeypatch.setattr("ingot.remote.calling.time.sleep", slept.append)
    return slept


def test_a_node_that_lags_behind_what_was_seen_is_waited_for(naps):
    behind = RpcFault("execution reverted", 3, "0x")
    transport = node(
        eth_blockNumber=sequence("0x9", "0x9", "0xa"), eth_estimateGas=sequence("0x5208", behind, "0xc350")
    )
    chain = chain_of(transport)
    chain.send(sender=ALICE, to=BOB)  # mined in block 10
    assert chain.prepare(sender=ALICE, to=BOB, data=b"\x01").gas_limit == 60_000
    assert naps == [0.25, 0.5]


def test_a_node_that_is_up_to_date_is_believed_at_once(naps):
    fault = RpcFault("execution reverted", 3, "0x")
    chain = chain_of(node(eth_estimateGas=sequence("0x5208", fault), eth_call=fault))
    chain.send(sender=ALICE, to=BOB)
    with pytest.raises(Revert):
        chain.prepare(sender=ALICE, to=BOB, data=b"\x01")
    assert not naps


def test_patience_with_a_node_that_stays_behind_ends(naps):
    chain = chain_of(node(eth_blockNumber="0x9", eth_getCode="0x"))
    chain.send(sender=ALICE, to=BOB)
    with pytest.raises(ProviderError, match="there is no code"):
        chain._require_code(BOB)
    assert sum(naps) < 10


def test_a_contract_that_one_of_the_nodes_has_not_seen_yet_answers_all_the_same(naps):
    from ingot.abi import Function

    supply = Function("function totalSupply() view returns (uint256)")
    transport = node(eth_getCode=sequence("0x", "0x6001"), eth_call=sequence("0x", "0x" + "00" * 31 + "07"),
                     eth_blockNumber=sequence("0x9", "0xa"))  # fmt: skip
    chain = chain_of(transport)
    chain.send(sender=ALICE, to=BOB)
    assert chain.call_function(supply, BOB, ()) == 7
    assert naps == [0.25]
