"""anvil as a client: it forks the node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anvil import Anvil, require_anvil
from eth_abi import encode
from nodes import ALICE, STRANGER, Node, called, created

LEDGER = created(ALICE, 0)


def test_anvil_forks_the_node(start: Callable[..., Node], artifacts: Mapping[str, Mapping[str, Any]]) -> None:
    require_anvil()
    node = start()
    arguments = encode(["string", "uint256"], ["units", 1000]).hex()
    node.ask("eth_sendTransaction", {"from": ALICE, "data": artifacts["Ledger"]["bytecode"] + arguments})
    transfer = {"from": ALICE, "to": LEDGER, "data": called("transfer(address,uint256)", STRANGER, 7)}
    node.ask("eth_sendTransaction", transfer)
    asked = {"to": LEDGER, "data": called("balanceOf(address)", STRANGER)}
    with Anvil(["--fork-url", node.url]) as fork:
        assert fork.number("eth_blockNumber") == 2
        for number in ("0x1", "0x2"):
            theirs = fork.call("eth_getBlockByNumber", number, False)
            assert theirs["hash"] == node.ask("eth_getBlockByNumber", number, False)["hash"]
        assert fork.number("eth_call", asked, "latest") == 7
        assert fork.call("eth_getCode", LEDGER, "latest") == artifacts["Ledger"]["runtime"]
        fork.call("eth_sendTransaction", transfer)
        assert fork.number("eth_call", asked, "latest") == 14
        fork.call("anvil_reset", {"forking": {"jsonRpcUrl": node.url, "blockNumber": 1}})
        assert fork.number("eth_call", asked, "latest") == 0
    assert (node.number("eth_blockNumber"), node.number("eth_call", asked, "latest")) == (2, 7)
