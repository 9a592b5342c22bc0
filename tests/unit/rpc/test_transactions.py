"""eth_: calls, transactions, receipts, blocks and logs of a chain in process."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

RETURNS_42 = "0x602a60005260206000f3"
REVERTS_NO = (
    "0x7f08c379a00000000000000000000000000000000000000000000000000000000060005260206004526002602452"
    "7f6e6f00000000000000000000000000000000000000000000000000000000000060445260646000fd"
)

LOG_ONE = "0x600760206000a1"
CONTRACT = "0x" + "11" * 20


@pytest.fixture
def rpc() -> Rpc:
    return Rpc(Chain(timestamp=1_700_000_000))


@pytest.fixture
def alice(rpc: Rpc) -> str:
    return rpc.request("eth_accounts")[0]  # type: ignore[no-any-return]


@pytest.fixture
def bob(rpc: Rpc) -> str:
    return rpc.request("eth_accounts")[1]  # type: ignore[no-any-return]


def test_a_transfer_has_a_receipt_and_is_in_a_block(rpc: Rpc, alice: str, bob: str) -> None:
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x5"}])
    receipt = rpc.request("eth_getTransactionReceipt", [sent])
    block = rpc.request("eth_getBlockByNumber", ["latest", True])
    assert receipt["status"] == "0x1"
    assert receipt["gasUsed"] == block["gasUsed"] == "0x5208"
    assert receipt["blockHash"] == block["hash"]
    assert block["transactions"] == [rpc.request("eth_getTransactionByHash", [sent])]
    assert rpc.request("eth_getBlockByHash", [block["hash"], False])["transactions"] == [sent]
    assert rpc.request("eth_getBlockReceipts", ["latest"]) == [receipt]
    assert rpc.request("eth_getTransactionCount", [alice]) == "0x1"


def test_what_does_not_exist_is_null(rpc: Rpc) -> None:
    nothing = "0x" + "77" * 32
    assert rpc.request("eth_getTransactionReceipt", [nothing]) is None
    assert rpc.request("eth_getTransactionByHash", [nothing]) is None
    assert rpc.request("eth_getBlockByHash", [nothing, True]) is None
    assert rpc.request("eth_getBlockByNumber", ["0x77", True]) is None


def test_a_call_returns_data_or_reverts_with_code_3(rpc: Rpc) -> None:
    rpc.request("anvil_setCode", [CONTRACT, RETURNS_42])
    assert int(rpc.request("eth_call", [{"to": CONTRACT}, "latest"]), 16) == 42
    rpc.request("anvil_setCode", [CONTRACT, REVERTS_NO])
    for method in ("eth_call", "eth_estimateGas", "eth_sendTransaction"):
        with pytest.raises(RpcError) as refused:
            rpc.request(method, [{"from": rpc.request("eth_accounts")[0], "to": CONTRACT}])
        assert (refused.value.code, refused.value.message) == (3, "execution reverted: no")
        assert refused.value.data.startswith("0x08c379a0")


def test_overrides_hold_for_one_call(rpc: Rpc) -> None:
    overrides = {CONTRACT: {"code": RETURNS_42}}
    assert int(rpc.request("eth_call", [{"to": CONTRACT}, "latest", overrides]), 16) == 42
    assert rpc.request("eth_call", [{"to": CONTRACT}, "latest"]) == "0x"
    number = {CONTRACT: {"code": "0x4360005260206000f3"}}
    answer = rpc.request("eth_call", [{"to": CONTRACT}, "latest", number, {"number": "0x63"}])
    assert int(answer, 16) == 0x63


def test_the_past_can_be_asked(rpc: Rpc, alice: str, bob: str) -> None:
    before = rpc.request("eth_getBalance", [bob])
    rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x5"}])
    genesis = rpc.request("eth_getBlockByNumber", ["0x0", False])["hash"]
    for block in ("earliest", "0x0", {"blockNumber": "0x0"}, {"blockHash": genesis}):
        assert rpc.request("eth_getBalance", [bob, block]) == before
    assert int(rpc.request("eth_getBalance", [bob, "latest"]), 16) == int(before, 16) + 5
    with pytest.raises(RpcError, match="header not found"):
        rpc.request("eth_getBalance", [bob, "0x5"])


def test_nobody_sends_for_a_stranger_unless_it_is_impersonated(rpc: Rpc, bob: str) -> None:
    rpc.request("anvil_setBalance", [CONTRACT, hex(10**18)])
    transfer = {"from": CONTRACT, "to": bob, "value": "0x1"}
    with pytest.raises(RpcError, match="no signer available"):
        rpc.request("eth_sendTransaction", [transfer])
    rpc.request("anvil_impersonateAccount", [CONTRACT])
    assert rpc.request("eth_sendTransaction", [transfer])
    rpc.request("anvil_stopImpersonatingAccount", [CONTRACT])
    with pytest.raises(RpcError, match="no signer available"):
        rpc.request("eth_sendTransaction", [transfer])
    rpc.request("anvil_autoImpersonateAccount", [True])
    assert rpc.request("eth_sendTransaction", [transfer])


def test_an_unsigned_transaction_is_sent_for_everybody_and_only_that_one(rpc: Rpc, bob: str) -> None:
    rpc.request("anvil_setBalance", [CONTRACT, hex(10**18)])
    transfer = {"from": CONTRACT, "to": bob, "value": "0x1"}
    sent = rpc.request("eth_sendUnsignedTransaction", [transfer])
    assert rpc.request("eth_getTransactionReceipt", [sent])["from"] == CONTRACT
    with pytest.raises(RpcError, match="insufficient funds"):
        rpc.request("eth_sendUnsignedTransaction", [{**transfer, "value": hex(10**20)}])
    with pytest.raises(RpcError, match="no signer available"):
        rpc.request("eth_sendTransaction", [transfer])


def test_a_price_below_the_base_fee_is_refused_unless_it_is_none(rpc: Rpc, alice: str, bob: str) -> None:
    base_fee = rpc.engine.block(rpc.engine.block_number).base_fee
    call = {"from": alice, "to": bob}
    for low in ({"gasPrice": "0x1"}, {"maxFeePerGas": hex(base_fee - 1)}):
        for method in ("eth_call", "eth_estimateGas"):
            with pytest.raises(
                RpcError, match=r"max fee per gas less than block base fee: .* maxFeePerGas: "
            ):
                rpc.request(method, [{**call, **low}, "latest"])
    for enough in ({}, {"gasPrice": "0x0"}, {"maxFeePerGas": "0x0"}, {"maxFeePerGas": hex(base_fee)}):
        assert rpc.request("eth_call", [{**call, **enough}, "latest"]) == "0x"
    cheap = [{**call, "gasPrice": "0x1"}, "latest", {}, {"baseFeePerGas": "0x1"}]
    assert rpc.request("eth_call", cheap) == "0x"


def test_anvils_way_is_had_where_it_is_asked_for(rpc: Rpc, alice: str, bob: str) -> None:
    as_anvil = Rpc(rpc.chain, as_anvil=True)
    fields = {"from": alice, "to": bob, "gas": "0x5208", "gasPrice": hex(10**10), "nonce": "0x0"}
    signed = rpc.request("eth_signTransaction", [fields])
    assert as_anvil.request("eth_signTransaction", [fields]) == signed["raw"]
    for first in ("0x0", "0x8"):
        assert as_anvil.request("eth_getLogs", [{"fromBlock": first, "toBlock": "0x9"}]) == []
    for each, code in ((rpc, -32000), (as_anvil, -32003)):
        with pytest.raises(RpcError, match="insufficient funds") as caught:
            each.request("eth_sendTransaction", [{**fields, "value": hex(10**30)}])
        assert caught.value.code == code


def test_logs_are_found_by_address_topic_and_range(rpc: Rpc, alice: str) -> None:
    rpc.request("anvil_setCode", [CONTRACT, LOG_ONE])
    rpc.request("eth_sendTransaction", [{"from": alice, "to": CONTRACT}])
    seven = f"0x{7:064x}"
    (log,) = rpc.request("eth_getLogs", [{"fromBlock": "earliest", "address": CONTRACT, "topics": [seven]}])
    assert log["blockNumber"] == "0x1"
    assert log == rpc.request("eth_getBlockReceipts", ["0x1"])[0]["logs"][0]
    assert rpc.request("eth_getLogs", [{"blockHash": log["blockHash"]}]) == [log]
    assert rpc.request("eth_getLogs", [{"fromBlock": "0x0", "topics": [f"0x{8:064x}"]}]) == []
    assert rpc.request("eth_getLogs", [{"fromBlock": "0x0", "topics": [[f"0x{8:064x}", seven]]}]) == [log]
    with pytest.raises(RpcError, match="extends beyond"):
        rpc.request("eth_getLogs", [{"fromBlock": "0x0", "toBlock": "0x9"}])


def test_transactions_wait_for_gaps_and_are_replaced_by_higher_fees(rpc: Rpc, alice: str) -> None:
    rpc.request("evm_setAutomine", [False])
    account = rpc.chain.accounts[0]

    def raw(nonce: int, fee: int) -> str:
        fields = {
            "type": 2,
            "chain_id": 31337,
            "nonce": nonce,
            "to": rpc.chain.accounts[1].address,
            "value": 1,
        }
        fees = {"max_fee": fee, "max_priority_fee": 1, "gas_limit": 21_000, "data": b""}
        return "0x" + account.sign_transaction({**fields, **fees}).raw.hex()

    second = rpc.request("eth_sendRawTransaction", [raw(1, 2 * 10**9)])
    assert rpc.request("eth_getTransactionCount", [alice, "pending"]) == "0x0"
    first = rpc.request("eth_sendRawTransaction", [raw(0, 2 * 10**9)])
    assert rpc.request("eth_getTransactionCount", [alice, "pending"]) == "0x2"
    with pytest.raises(RpcError, match="replacement transaction underpriced"):
        rpc.request("eth_sendRawTransaction", [raw(0, 2 * 10**9 + 1)])
    with pytest.raises(RpcError, match="already known"):
        rpc.request("eth_sendRawTransaction", [raw(0, 2 * 10**9)])
    replaced = rpc.request("eth_sendRawTransaction", [raw(0, 3 * 10**9)])
    rpc.request("evm_mine")
    assert rpc.request("eth_getBlockByNumber", ["latest", False])["transactions"] == [replaced, second]
    assert rpc.request("eth_getTransactionByHash", [first]) is None
    with pytest.raises(RpcError, match="nonce too low"):  # it does not wait any more
        rpc.request("eth_sendRawTransaction", [raw(0, 3 * 10**9)])


def test_the_pending_block_is_what_would_be_mined(rpc: Rpc, alice: str, bob: str) -> None:
    rpc.request("evm_setAutomine", [False])
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x5", "gas": "0x5208"}])
    pending: dict[str, Any] = rpc.request("eth_getBlockByNumber", ["pending", False])
    before = int(rpc.request("eth_getBalance", [bob]), 16)
    assert (pending["number"], pending["transactions"]) == ("0x1", [sent])
    assert int(rpc.request("eth_getBalance", [bob, "pending"]), 16) == before + 5
    assert rpc.request("eth_blockNumber") == "0x0"
    rpc.request("evm_mine")
    assert rpc.request("eth_getBlockByNumber", ["latest", False])["transactions"] == [sent]


@pytest.mark.parametrize(("asked", "got"), [(40_000_000, 40_000_000), (2**60, 50_000_000)])
def test_a_call_has_no_more_gas_than_geth_gives(asked: int, got: int) -> None:
    rpc = Rpc(Chain())
    rpc.request("anvil_setCode", ["0x" + "77" * 20, "0x5a60005260206000f3"])  # returns what gas is left
    call = {"to": "0x" + "77" * 20, "gas": hex(asked)}
    assert got - 22_000 < int(rpc.request("eth_call", [call, "latest"]), 16) < got
    rpc.request("anvil_setCode", ["0x" + "77" * 20, "0x5b600056"])  # runs until its gas is gone
    for method in ("eth_call", "eth_estimateGas"):
        with pytest.raises(RpcError):
            rpc.request(method, [call, "latest"])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"accessList": []},
        {"blobVersionedHashes": ["0x01" + "00" * 31]},
        {
            "authorizationList": [
                {
                    **dict.fromkeys(("chainId", "nonce", "yParity", "r", "s"), "0x1"),
                    "address": "0x" + "11" * 20,
                }
            ]
        },
    ],
    ids=["plain", "access list", "blobs", "authorizations"],
)
def test_a_call_pays_its_gas_price_whatever_its_type(fields: dict[str, Any]) -> None:
    rpc = Rpc(Chain())
    alice, to, price = rpc.request("eth_accounts")[0], "0x" + "22" * 20, hex(7 * 10**9)
    overrides = {to: {"code": "0x3a5f5260205ff3"}}
    called = {"from": alice, "to": to, "gas": "0x30000", "gasPrice": price, **fields}
    assert int(rpc.request("eth_call", [called, "latest", overrides]), 16) == 7 * 10**9
