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


def test_the_active_chain_in_process_may_be_another_than_the_projects_own(sample):
    chain = ingot.Chain(chain_id=5)
    with networks.use(chain, project=sample):
        assert sample.networks.provider is chain
        assert sample.networks.network.chain_id == 5
        assert sample.networks.choice == LOCAL
