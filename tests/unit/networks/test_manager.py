"""project.networks"""

from __future__ import annotations

import pytest

import ingot
from ingot import networks
from ingot.errors import UsageError
from ingot.networks import LOCAL, Choice


def test_the_local_chain_is_active_where_nothing_is_chosen(sample):
    assert sample.networks.choice == LOCAL
    network = sample.networks.network
    assert (network.choice, network.chain_id, network.is_mainnet) == ("ethereum:local", 31337, False)
    assert sample.networks.open() is sample.own_chain
    assert "ethereum:sepolia" in repr(sample.networks)


def test_a_choice_for_a_while(sample):
    with sample.networks.parse_network_choice("ethereum:local") as chain:
        assert chain is networks.active_chain() is sample.own_chain
        assert networks.active_project() is sample
    assert networks.chosen_chain() is None


def test_with_a_url_the_local_network_is_a_node(sample):
    assert sample.networks.choose("ethereum:local", has_url=True) == Choice("ethereum", "local", "node")
    assert sample.networks.choose("local", has_url=True) == Choice("ethereum", "local", "node")
    assert sample.networks.choose("", has_url=True) == Choice("ethereum", "", "node")
    assert sample.networks.choose("sepolia", has_url=True) == Choice("ethereum", "sepolia", "node")
    with pytest.raises(UsageError, match="in this process and has no URL"):
        sample.networks.choose("ethereum:local:ingot", has_url=True)


def test_the_default_network_of_the_configuration_is_what_a_url_has_to_be_of(sample, monkeypatch):
    from ingot.config import Config
    from ingot.networks import KnownNetworks

    config = Config(root=sample.path, extra={"ethereum": {"default_network": "sepolia"}})
    monkeypatch.setitem(sample.networks.__dict__, "known", KnownNetworks(config))
    assert sample.networks.choose("", has_url=True) == Choice("ethereum", "sepolia", "node")
    assert sample.networks.choose("local", has_url=True) == Choice("ethereum", "local", "node")


def test_networks_are_attributes_as_in_ape(sample):
    network = sample.networks.base.sepolia
    assert (network.name, network.chain_id, network.choice) == ("sepolia", 84532, "base:sepolia")
    assert sample.networks.ethereum["mainnet"].facts.is_mainnet
    assert set(dir(sample.networks)) >= {"ethereum", "base", "provider"}
    assert "sepolia" in dir(sample.networks.base)
    with sample.networks.ethereum.local.use_default_provider() as chain:
        assert chain is sample.own_chain
    with sample.networks.ethereum.local.use_provider("test") as chain:
        assert chain is sample.own_chain


def test_networks_that_there_are_not_are_told(sample):
    with pytest.raises(AttributeError, match="there are ethereum, bsc"):
        _ = sample.networks.solana
    with pytest.raises(AttributeError, match="base has no network 'main'; there are mainnet, sepolia"):
        _ = sample.networks.base.main
    with pytest.raises(UsageError, match="base has no network 'main'"):
        _ = sample.networks.base["main"]


def test_the_active_chain_in_process_may_be_another_than_the_projects_own(sample):
    chain = ingot.Chain(chain_id=5)
    with networks.use(chain, project=sample):
        assert sample.networks.provider is chain
        assert sample.networks.network.chain_id == 5
        assert sample.networks.choice == LOCAL
