"""vmTrace beside anvil's: the same steps with the same costs, in the same calls; docs/json-rpc.md says what else differs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from anvil import Anvil, require_anvil

from ingot.chain import Chain
from ingot.rpc import Rpc

OUTER, INNER = "0x" + "22" * 20, "0x" + "33" * 20
ASKS = f"0x60205f5f5f73{INNER[2:]}61ffff" + "fa" + "5f51600155" + "60205f205060ff80919050" + "00"
ANSWERS = "0x602a5f5260205ff3"
CREATES = "0x600a600c600039600a6000f3602a60005260206000f3"
GAS = {"gas": "0x30d40", "gasPrice": "0x77359400"}


def steps(trace: dict[str, Any]) -> list[Any]:
    return [(op["pc"], op["op"], op["cost"], op["sub"] and steps(op["sub"])) for op in trace["ops"]]


def gas_before(trace: dict[str, Any]) -> list[int]:
    """Of each step but the first, which is what the step before left."""
    return [op["ex"]["used"] for op in trace["ops"][1:]]


def replayed(ask: Callable[[str, list[Any]], Any], sent: str) -> dict[str, Any]:
    """The vmTrace of a transaction, once it is mined."""
    deadline = time.monotonic() + 20
    while (receipt := ask("eth_getTransactionReceipt", [sent])) is None:
        assert time.monotonic() < deadline, f"{sent} is not mined"
        time.sleep(0.01)
    traces = ask("trace_replayBlockTransactions", [receipt["blockNumber"], ["vmTrace"]])
    return next(trace["vmTrace"] for trace in traces if trace["transactionHash"] == sent)


def test_steps_costs_and_calls_are_anvils() -> None:
    require_anvil()
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    with Anvil() as anvil:
        found: list[list[dict[str, Any]]] = []
        for ask in (lambda method, given: anvil.call(method, *given), rpc.request):
            alice = ask("eth_accounts", [])[0]
            ask("anvil_setCode", [OUTER, ASKS])
            ask("anvil_setCode", [INNER, ANSWERS])
            sent = [
                ask("eth_sendTransaction", [{"from": alice, **fields, **GAS}])
                for fields in ({"to": OUTER}, {"data": CREATES})
            ]
            found.append([replayed(ask, each) for each in sent])
    theirs, ours = found
    assert [steps(trace) for trace in ours] == [steps(trace) for trace in theirs]
    assert ours[0]["code"] == theirs[0]["code"]
    left = [op["ex"]["used"] for op in ours[0]["ops"][:-1]]
    assert left == gas_before(theirs[0])
