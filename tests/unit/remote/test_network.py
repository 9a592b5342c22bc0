from __future__ import annotations

import dataclasses

import pytest

from ingot.remote.network import TABLE, Network, find_network, is_for_development, network_of_chain

PROMISED = {
    "ethereum:mainnet": 1,
    "ethereum:sepolia": 11155111,
    "ethereum:holesky": 17000,
    "ethereum:hoodi": 560048,
    "bsc:mainnet": 56,
    "bsc:testnet": 97,
    "polygon:mainnet": 137,
    "polygon:amoy": 80002,
    "arbitrum:mainnet": 42161,
    "arbitrum:sepolia": 421614,
    "optimism:mainnet": 10,
    "optimism:sepolia": 11155420,
    "base:mainnet": 8453,
    "base:sepolia": 84532,
}


def test_the_promised_networks_have_their_chain_ids() -> None:
    assert {network.choice: network.chain_id for network in TABLE} == PROMISED


def test_the_chain_metadata_that_ape_uses_agrees() -> None:
    chains = pytest.importorskip("evmchains").PUBLIC_CHAIN_META
    compared = 0
    for network in TABLE:
        theirs = chains.get(network.ecosystem, {}).get(network.name)
        if theirs is None:
            assert network.retired, f"{network} is not in evmchains"
            continue
        assert theirs["chainId"] == network.chain_id
        assert theirs["nativeCurrency"]["symbol"] == network.currency
        assert theirs["nativeCurrency"]["decimals"] == 18
        compared += 1
    assert compared == len(TABLE) - 1


@pytest.mark.parametrize("network", TABLE, ids=str)
def test_the_facts_of_a_network_make_sense(network: Network) -> None:
    assert network.is_mainnet != network.is_testnet
    assert network.is_mainnet == (network.name == "mainnet")
    assert network.rollup in ("", "op", "arbitrum")
    assert network.explorer_api in ("", "etherscan", "blockscout")
    assert network.confirmations >= 2
    assert network.block_time_s > 0
    assert bool(network.faucets) == (network.is_testnet and not network.retired)
    for link in (network.explorer, network.docs, *network.faucets):
        assert link.startswith("https://")
    assert network.retired == "" or find_network(*network.retired.split(":")) is not None


def test_a_network_is_found_by_name_and_by_chain_id() -> None:
    sepolia = find_network("ethereum", "sepolia")

    assert sepolia is not None
    assert sepolia is network_of_chain(11155111)
    assert str(sepolia) == sepolia.choice == "ethereum:sepolia"


def test_an_unknown_network_is_none() -> None:
    assert find_network("ethereum", "ropsten") is None
    assert find_network("sepolia", "ethereum") is None
    assert network_of_chain(31337) is None


@pytest.mark.parametrize(
    "client", ["anvil/v1.7.1", "HardhatNetwork/2.22.0/@nomicfoundation", "Ganache/v7.9.2"]
)
def test_nodes_for_tests_are_told_from_others(client: str) -> None:
    assert is_for_development(client)
    assert not is_for_development(f"Geth/v1.16.0 beside {client}")


def test_a_network_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLE[0].chain_id = 2  # type: ignore[misc]
