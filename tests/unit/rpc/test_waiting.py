"""What waits for a transaction before it: signed, sent for an account, impersonated."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

KEYED, STRANGER, TO = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x" + "77" * 20, "0x" + "55" * 20


@pytest.fixture
def rpc() -> Rpc:
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    rpc.request("anvil_impersonateAccount", [STRANGER])
    rpc.request("anvil_setBalance", [STRANGER, hex(10**18)])
    return rpc


def send(rpc: Rpc, nonce: int, sender: str = STRANGER, **fields: Any) -> str:
    sent: str = rpc.request(
        "eth_sendTransaction",
        [{"from": sender, "to": TO, "value": "0x1", "gas": "0x5208", "nonce": hex(nonce), **fields}],
    )
    return sent


def status(rpc: Rpc) -> tuple[int, int]:
    told = rpc.request("txpool_status")
    return int(told["pending"], 16), int(told["queued"], 16)


@pytest.mark.parametrize("automine", [True, False])
@pytest.mark.parametrize("sender", [KEYED, STRANGER])
def test_a_gap_is_waited_for_whoever_sends(rpc: Rpc, sender: str, automine: bool) -> None:
    rpc.request("evm_setAutomine", [automine])
    later = [send(rpc, nonce, sender) for nonce in (2, 1)]
    assert status(rpc) == (0, 2)
    assert rpc.request("eth_getTransactionByHash", [later[0]])["blockHash"] is None
    later.append(send(rpc, 0, sender))
    if not automine:
        assert status(rpc) == (3, 0)
        rpc.request("evm_mine")
    assert status(rpc) == (0, 0)
    receipts = [rpc.request("eth_getTransactionReceipt", [each]) for each in reversed(later)]
    places = [(int(each["blockNumber"], 16), int(each["transactionIndex"], 16)) for each in receipts]
    assert places == ([(1, 0), (2, 0), (3, 0)] if automine else [(1, 0), (1, 1), (1, 2)])
    assert all(each["from"] == sender and each["status"] == "0x1" for each in receipts)


def test_what_waits_can_be_replaced_dropped_and_brought_back(rpc: Rpc) -> None:
    first = send(rpc, 1, gasPrice=hex(2 * 10**9))
    snapshot = rpc.request("evm_snapshot")
    with pytest.raises(RpcError, match="already known"):
        send(rpc, 1, gasPrice=hex(2 * 10**9))
    with pytest.raises(RpcError, match="replacement transaction underpriced"):
        send(rpc, 1, gasPrice=hex(2 * 10**9 + 1))
    second = send(rpc, 1, gasPrice=hex(3 * 10**9))
    assert rpc.request("eth_getTransactionByHash", [first]) is None
    assert rpc.request("anvil_dropTransaction", [second]) == second
    assert status(rpc) == (0, 0)
    rpc.request("evm_revert", [snapshot])
    send(rpc, 0)
    assert rpc.request("eth_getTransactionReceipt", [first])["blockNumber"] == "0x2"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"gas": "0x5207"}, "intrinsic gas too low"),
        ({"gas": hex(10**8)}, "gas"),
        ({"value": hex(10**19)}, "insufficient funds"),
        ({"nonce": hex(2**64 - 1)}, "nonce has max value"),
    ],
)
def test_what_no_block_could_hold_does_not_wait(rpc: Rpc, fields: dict[str, str], said: str) -> None:
    nonce = int(fields.get("nonce", "0x3"), 16)
    with pytest.raises(RpcError, match=said):
        send(rpc, nonce, **{name: value for name, value in fields.items() if name != "nonce"})
    assert status(rpc) == (0, 0)


def test_what_cannot_be_paid_with_those_before_it_goes_on_waiting(rpc: Rpc) -> None:
    rpc.request("evm_setAutomine", [False])
    sent = [send(rpc, nonce, value=hex(6 * 10**17)) for nonce in (2, 1, 0)]
    assert status(rpc) == (1, 2)
    rpc.request("evm_mine")
    assert status(rpc) == (0, 2)
    rpc.request("anvil_setBalance", [STRANGER, hex(2 * 10**18)])
    rpc.request("evm_mine")
    assert status(rpc) == (0, 0)
    assert [rpc.request("eth_getTransactionReceipt", [each])["blockNumber"] for each in sent] == [
        "0x2",
        "0x2",
        "0x1",
    ]
