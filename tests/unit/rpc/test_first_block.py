"""Block 0: its state root is that of the accounts that the chain begins with, their ether included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ingot.chain import Chain
from ingot.engine import Engine, keccak256
from ingot.errors import UsageError
from ingot.node.setup import NodeSettings, make_rpc
from ingot.rpc import Rpc

SYSTEM = (
    "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
    "0x0000f90827f1c53a10cb7a02335b175320002935",
    "0x00000961ef480eb55e80d19ad83579a64c007002",
    "0x0000bbddc7ce488642fb579f8b00f3a590007251",
    "0x4e59b44847b379578588920ca78fbf26c0b4956c",
)
CREATE2_DEPLOYER = SYSTEM[-1]


def root_of(rpc: Rpc, number: str = "0x0") -> str:
    return rpc.request("eth_getBlockByNumber", [number, False])["stateRoot"]  # type: ignore[no-any-return]


def root_of_genesis_file(alloc: Mapping[str, Any]) -> str:
    """As the chain has it that geth's tests agree with."""
    config = dict.fromkeys(
        ("homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock"), 0
    )
    config |= dict.fromkeys(
        ("constantinopleBlock", "petersburgBlock", "istanbulBlock", "berlinBlock", "londonBlock"), 0
    )
    config |= dict.fromkeys(("shanghaiTime", "cancunTime", "pragueTime", "terminalTotalDifficulty"), 0)
    schedule = {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716}
    genesis = {
        "config": {"chainId": 1, **config, "blobSchedule": {"cancun": schedule, "prague": schedule}},
        "alloc": alloc,
        "gasLimit": "0x1c9c380",
        "difficulty": "0x0",
        "baseFeePerGas": "0x7",
    }
    return root_of(Rpc(Chain.from_genesis(json.dumps(genesis))))


def test_the_root_of_block_0_is_that_of_what_everybody_has() -> None:
    chain = Chain()
    rpc = Rpc(chain)
    addresses = [*SYSTEM, *rpc.request("eth_accounts")]
    asked = ("balance", "eth_getBalance"), ("nonce", "eth_getTransactionCount"), ("code", "eth_getCode")
    alloc = {
        address: {name: rpc.request(method, [address, "0x0"]) for name, method in asked}
        for address in addresses
    }
    assert [each["balance"] for each in alloc.values()] == ["0x0"] * 5 + [hex(10_000 * 10**18)] * 10
    assert root_of(rpc) == root_of_genesis_file(alloc)
    for address, held in alloc.items():
        proof = rpc.request("eth_getProof", [address, [], "0x0"])
        assert (proof["balance"], proof["nonce"]) == (held["balance"], held["nonce"])
        assert "0x" + keccak256(bytes.fromhex(proof["accountProof"][0][2:])).hex() == root_of(rpc)


def test_what_is_set_later_is_not_in_it() -> None:
    chain, other = Chain(timestamp=1), Chain(timestamp=1)
    chain.set_balance("0x" + "77" * 20, 5)
    assert chain.block(0).hash == other.block(0).hash
    chain.mine()
    assert Rpc(chain).request("eth_getProof", ["0x" + "77" * 20, [], "0x0"])["balance"] == "0x0"
    assert Rpc(chain).request("eth_getProof", ["0x" + "77" * 20, [], "0x1"])["balance"] == "0x5"


def test_nodes_begin_with_what_their_options_say() -> None:
    usual, rich, bare = (
        make_rpc(settings)
        for settings in (NodeSettings(), NodeSettings(balance=7), NodeSettings(create2_deployer=False))
    )
    assert len({root_of(usual), root_of(rich), root_of(bare)}) == 3
    alice = rich.request("eth_accounts")[0]
    assert rich.request("eth_getProof", [alice, [], "0x0"])["balance"] == "0x7"
    assert bare.request("eth_getProof", [CREATE2_DEPLOYER, [], "0x0"])["nonce"] == "0x0"


def test_a_chain_that_has_begun_does_not_begin_again() -> None:
    engine = Engine()
    engine.set_balance("0x" + "77" * 20, 5)
    engine.begin_here()
    mark = engine.snapshot()
    with pytest.raises(UsageError, match="the chain has begun"):
        engine.begin_here()
    engine.revert(mark)
    engine.mine(1)
    with pytest.raises(UsageError, match="the chain has begun"):
        engine.begin_here()
