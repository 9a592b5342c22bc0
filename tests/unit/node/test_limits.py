"""What blocks, contracts and the pool are limited to, beside anvil."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anvil import Anvil, require_anvil
from anvil import RpcError as AnvilError

import ingot
from ingot.errors import UsageError
from ingot.node.setup import NO_GAS_LIMIT, NodeSettings, make_rpc
from ingot.rpc import RpcError

SENDER, OTHER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
Ask = Callable[..., Any]


@pytest.fixture
def both() -> Iterator[Callable[..., list[Ask]]]:
    """Makes what asks anvil and what asks ours; errors are "refused"."""
    running: list[Anvil] = []

    def make(*options: str, **settings: Any) -> list[Ask]:
        require_anvil()
        running.append(Anvil(["--hardfork", "prague", *options]))
        ours = make_rpc(NodeSettings(hardfork="prague", **settings))

        def safely(ask: Ask) -> Ask:
            def asked(method: str, *params: Any) -> Any:
                try:
                    return ask(method, *params)
                except (AnvilError, RpcError):
                    return "refused"

            return asked

        return [safely(running[-1].call), safely(lambda method, *params: ours.request(method, params))]

    yield make
    for each in running:
        each.close()


def until(ask: Ask, transaction_hash: str) -> str | None:
    """The status of a transaction; anvil mines after it has answered."""
    for _ in range(100):
        receipt = ask("eth_getTransactionReceipt", transaction_hash)
        if receipt is not None:
            return str(receipt["status"])
        time.sleep(0.005)
    return None


def creation(size: int, *, more: int = 0) -> dict[str, str]:
    """Creates a contract of so many zeros; with so many bytes more of initcode, which has 13 besides."""
    code = f"61{size:04x}600081600a8239f3" + "00" * (size + more)
    return {"from": SENDER, "data": f"0x{code}", "gas": hex(10**7)}


def test_code_may_have_so_many_bytes(both: Callable[..., list[Ask]]) -> None:
    seen = []
    for ask in both("--code-size-limit", "100", code_size_limit=100):
        sent = [ask("eth_sendTransaction", creation(size)) for size in (99, 100, 101)]
        statuses = [until(ask, each) for each in sent]
        initcode = [
            ask("eth_estimateGas", {**creation(50), "data": "0x00" + "00" * (size - 1)})
            for size in (200, 201)
        ]
        seen.append((statuses, initcode))
    assert seen[0] == seen[1]
    assert seen[0][0] == ["0x1", "0x1", "0x0"]
    assert [each == "refused" for each in seen[0][1]] == [False, True]


def test_blocks_may_have_no_gas_limit(both: Callable[..., list[Ask]]) -> None:
    seen = []
    for ask in both("--disable-block-gas-limit", gas_limit=NO_GAS_LIMIT):
        fields = {"from": SENDER, "to": OTHER, "value": "0x1", "gas": hex(10**9)}
        statuses = [until(ask, ask("eth_sendTransaction", fields)) for _ in range(2)]
        block = ask("eth_getBlockByNumber", "latest", False)
        history = ask("eth_feeHistory", "0x2", "latest", [])
        seen.append(
            (
                statuses,
                block["gasLimit"],
                block["baseFeePerGas"],
                history["baseFeePerGas"],
                history["gasUsedRatio"],
            )
        )
    assert seen[0] == seen[1]
    assert seen[0][:2] == (["0x1", "0x1"], "0xffffffffffffffff")


def test_what_cannot_be_paid_may_wait(both: Callable[..., list[Ask]]) -> None:
    seen = []
    for ask in both(
        "--disable-pool-balance-checks", "--no-mining", pool_checks_funds=False, is_automatic=False
    ):
        said = []
        much = {"from": SENDER, "to": OTHER, "value": hex(10**30), "gas": "0x5208"}
        for is_funded in (False, True):
            sent = [ask("eth_sendTransaction", each) for each in (much, {**much, "value": "0x1"})]
            said.append(ask("txpool_status"))
            if is_funded:
                ask("anvil_setBalance", SENDER, hex(10**31))
            ask("evm_mine")
            said.append(ask("txpool_status"))
            said.append([(ask("eth_getTransactionReceipt", each) or {}).get("status") for each in sent])
            said.append(ask("eth_getTransactionCount", SENDER, "pending"))
        seen.append(said)
    assert seen[0] == seen[1]
    assert (seen[0][2], seen[0][6]) == ([None, None], ["0x1", "0x1"])


def test_what_cannot_be_paid_is_gone_where_each_is_mined_at_once(both: Callable[..., list[Ask]]) -> None:
    seen = []
    for ask in both("--disable-pool-balance-checks", pool_checks_funds=False):
        fields = {"from": SENDER, "to": OTHER, "value": hex(10**30), "gas": "0x5208"}
        sent = ask("eth_sendTransaction", fields)
        later = ask("eth_sendTransaction", {**fields, "from": OTHER, "value": "0x1"})
        seen.append(
            (len(sent), until(ask, later), ask("eth_getTransactionReceipt", sent), ask("txpool_status"))
        )
    assert seen[0] == seen[1]
    assert seen[0][1:3] == ("0x1", None)


def test_a_block_has_so_many_transactions_at_most() -> None:
    rpc = make_rpc(NodeSettings(max_transactions=2, is_automatic=False))
    for _ in range(5):
        rpc.request("eth_sendTransaction", [{"from": SENDER, "to": OTHER, "value": "0x1"}])
    rpc.request("anvil_mine", [3])
    counts = [rpc.request("eth_getBlockTransactionCountByNumber", [number]) for number in (1, 2, 3)]
    assert counts == ["0x2", "0x2", "0x1"]


def test_limits_stay_when_a_state_is_loaded(tmp_path: Any) -> None:
    ingot.Chain(code_size_limit=5000).dump(tmp_path / "state")
    loaded = make_rpc(
        NodeSettings(state=tmp_path / "state", max_transactions=3, pool_checks_funds=False)
    ).engine
    assert (loaded.code_size_limit, loaded.max_transactions, loaded.pool_checks_funds) == (5000, 3, False)
    again = make_rpc(NodeSettings(state=tmp_path / "state", code_size_limit=False, gas_limit=10**9)).engine
    assert (again.code_size_limit, again.gas_limit) == (False, 10**9)


@pytest.mark.parametrize("limit", [0, 1, -1, 2**64, "5"])
def test_what_is_no_size_is_refused(limit: Any) -> None:
    with pytest.raises(UsageError, match="code_size_limit"):
        ingot.Chain(code_size_limit=limit)


@pytest.mark.parametrize("limit", [True, False, 2, 24_576])
def test_a_size_is_what_was_set(limit: bool | int) -> None:
    assert ingot.Chain(code_size_limit=limit).engine.code_size_limit is limit or limit == 24_576


@pytest.mark.parametrize("most", [0, -1, 2**64])
def test_what_is_no_number_of_transactions_is_refused(most: int) -> None:
    chain = ingot.Chain()
    with pytest.raises(UsageError, match="max_transactions"):
        chain.max_transactions = most
    assert chain.max_transactions is None
