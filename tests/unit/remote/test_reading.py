"""State at a block, logs in pieces, calls with overrides, rollups' fees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_node import RpcFault, ScriptedTransport

from ingot.errors import NoHistory, ProviderError, WrongChain
from ingot.remote import RemoteChain, RemoteState
from ingot.remote.logs import logs_between
from ingot.remote.network import Network
from ingot.remote.rollup import GAS_PRICE_ORACLE
from ingot.remote.transaction import UnsignedTransaction
from ingot.types import Address

ALICE = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
BOB = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
BLOCK = {
    "number": "0x9",
    "hash": "0x" + "01" * 32,
    "gasLimit": "0x1c9c380",
    "timestamp": "0x1",
    "transactions": [],
}
FACTS = {"eth_chainId": "0x5", "web3_clientVersion": "Geth/v1", "eth_getBlockByNumber": BLOCK}


def test_a_node_of_another_chain_is_refused_before_anything_else():
    meant = Network(ecosystem="ethereum", name="sepolia", chain_id=11155111)
    transport = ScriptedTransport(FACTS)
    chain = RemoteChain(transport, network=meant)
    for operate in (
        lambda: chain.chain_id,
        lambda: chain.prepare(sender=ALICE),
        lambda: chain.send(sender=ALICE),
    ):
        with pytest.raises(
            WrongChain, match=r"chain 5, ethereum:sepolia is chain 11155111: nothing was sent"
        ) as caught:
            operate()
        assert (caught.value.expected, caught.value.answered) == (11155111, 5)
    assert {method for method, _ in transport.requests} == set(FACTS)


def test_facts_are_asked_once_and_a_pruned_genesis_is_empty():
    transport = ScriptedTransport(
        {**FACTS, "eth_getBlockByNumber": lambda tag, _: BLOCK if tag == "latest" else None}
    )
    chain = RemoteChain(transport)
    assert (chain.chain_id, chain.client, chain.genesis_hash, chain.is_development) == (
        5,
        "Geth/v1",
        b"",
        False,
    )
    assert len(transport.requests) == 4


# State


def state_node():
    return ScriptedTransport({
        "eth_getBalance": "0x7", "eth_getTransactionCount": "0x2", "eth_getCode": "0x6001",
        "eth_getStorageAt": lambda _, slot, __: "0x" + f"{int(slot, 16) * 2:064x}",
        "eth_getBlockByNumber": lambda tag, _: BLOCK if int(tag, 16) < 10 else None,
    })  # fmt: skip


def test_state_is_read_at_its_block_and_only_once():
    transport = state_node()
    state = RemoteState(transport, 9)
    assert state.account(ALICE) == state.account(ALICE.lower()) == (7, 2, bytes.fromhex("6001"))
    assert [state.storage(ALICE, 21), state.storage(ALICE, 21)] == [42, 42]
    assert state.block_hash(8) == bytes([1]) * 32
    assert state.block_hash(10) == bytes(32)
    assert len(transport.requests) == 3 + 1 + 2
    assert {params[-1] for method, params in transport.requests if method != "eth_getBlockByNumber"} == {
        "0x9"
    }


def test_state_that_is_known_to_be_needed_comes_in_one_exchange():
    state = RemoteState(state_node(), 9)
    state.prefetch([ALICE, BOB, ALICE], slots=[(ALICE, 1), (BOB, 2), (ALICE, 1)])
    assert state.requests == 1
    assert (state.account(BOB)[0], state.storage(BOB, 2)) == (7, 4)
    state.prefetch([ALICE], slots=[(BOB, 2)])
    assert state.requests == 1


def test_state_can_be_pinned_by_hash():
    transport = state_node()
    RemoteState(transport, b"\x0a" * 32).account(ALICE)
    assert transport.requests[0][1][1] == {"blockHash": "0x" + "0a" * 32}


def test_a_node_without_history_is_no_empty_state():
    transport = state_node()
    transport.results["eth_getCode"] = RpcFault("missing trie node")
    with pytest.raises(NoHistory):
        RemoteState(transport, 9).account(ALICE)


# Logs


def log_node(most_blocks, most_logs, logs):
    """Refuses what is too much, as nodes do."""

    def get_logs(criteria):
        first, last = int(criteria["fromBlock"], 16), int(criteria["toBlock"], 16)
        if last - first + 1 > most_blocks:
            return RpcFault(f"exceed maximum block range: {most_blocks}")
        found = [entry for entry in logs if first <= entry <= last]
        return RpcFault("query returned more than 10 results", -32005) if len(found) > most_logs else found

    return ScriptedTransport({"eth_getLogs": get_logs})


@settings(max_examples=60)
@given(st.data())
def test_every_log_comes_once_and_in_order_whatever_the_limits(data):
    blocks = data.draw(st.lists(st.integers(0, 200), max_size=40))
    logs = sorted(blocks)
    first = data.draw(st.integers(0, 200))
    last = data.draw(st.integers(first, 200))
    crowd = max([logs.count(entry) for entry in logs], default=1)
    transport = log_node(data.draw(st.integers(1, 250)), data.draw(st.integers(crowd, 50)), logs)
    assert list(logs_between(transport, first, last, {})) == [
        entry for entry in logs if first <= entry <= last
    ]


def test_one_request_where_the_node_takes_it_and_few_where_it_does_not():
    transport = log_node(1000, 1000, [])
    list(logs_between(transport, 0, 999, {}))
    assert len(transport.requests) == 1
    transport = log_node(1000, 1000, [])
    list(logs_between(transport, 0, 99_999, {}))
    assert len(transport.requests) < 250


def test_a_block_that_is_too_much_by_itself_is_an_error():
    with pytest.raises(ProviderError, match="more than 10 results"):
        list(logs_between(log_node(100, 1, [5, 5]), 0, 9, {}))
    with pytest.raises(ProviderError, match="boom"):
        list(logs_between(ScriptedTransport({"eth_getLogs": RpcFault("boom")}), 0, 9, {}))


# Calls


def test_overrides_and_lists_are_written_as_nodes_read_them():
    transport = ScriptedTransport({**FACTS, "eth_call": "0x"})
    chain = RemoteChain(transport)
    chain.call(
        sender=ALICE, to=BOB, data=b"\x01", value=5, gas_limit=6, block=3, access_list=[(BOB, [bytes(32)])],
        overrides={BOB: {"balance": 1, "nonce": 2, "code": b"\xfe", "storage": {3: 4}}, ALICE: {"state": {5: bytes([6])}}},
    )  # fmt: skip
    word = "0x" + "00" * 31
    assert transport.requests[-1][1] == [
        {"from": ALICE, "to": BOB, "data": "0x01", "value": "0x5", "gas": "0x6",
         "accessList": [{"address": BOB, "storageKeys": ["0x" + "00" * 32]}]},
        "0x3",
        {BOB: {"balance": "0x1", "nonce": "0x2", "code": "0xfe", "stateDiff": {word + "03": word + "04"}},
         ALICE: {"state": {word + "05": word + "06"}}},
    ]  # fmt: skip
    chain.call(to=BOB)
    assert transport.requests[-1][1] == [{"to": BOB}, "latest"]


# Rollups


def unsigned(data):
    return UnsignedTransaction(
        sender=ALICE, to=BOB, nonce=0, value=0, data=data, gas_limit=1, type=2, chain_id=10
    )


def test_the_op_stacks_data_fee_is_what_its_oracle_says():
    transport = ScriptedTransport({"eth_call": lambda call, _: f"0x{len(call['data']):064x}"})
    chain = RemoteChain(
        transport, network=Network(ecosystem="optimism", name="mainnet", chain_id=10, rollup="op")
    )
    small, large = chain.data_fees([unsigned(b""), unsigned(bytes(1000))])
    assert large > small + 1900
    assert transport.requests[0][1][0]["to"] == GAS_PRICE_ORACLE
    assert transport.requests[0][1][0]["data"].startswith("0x49948e0e")
    transport.results["eth_call"] = RpcFault("execution reverted", 3)
    with pytest.raises(ProviderError):
        chain.data_fees([unsigned(b"")])


@pytest.mark.parametrize("rollup", ["", "arbitrum"])
def test_elsewhere_there_is_no_data_fee_of_its_own(rollup):
    transport = ScriptedTransport({})
    chain = RemoteChain(transport, network=Network(ecosystem="x", name="y", chain_id=1, rollup=rollup))
    assert chain.data_fees([unsigned(b"")]) == [0]
    assert not transport.requests
