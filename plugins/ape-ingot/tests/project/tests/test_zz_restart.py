"""What starts the provider anew. Last: what was deployed before is gone."""

import pytest
from ape.exceptions import ProviderError

MNEMONIC = "candy maple cake sugar pudding cream honey rich smooth crumble sweet treat"


def test_another_mnemonic(accounts, chain, project, record):
    before, old = accounts.mnemonic, accounts[0].address
    chain.mine()
    accounts.mnemonic = MNEMONIC
    try:
        record(first=accounts[0].address, last=accounts[119].address, height=chain.blocks.height)
        assert project.Probe.deploy(7, sender=accounts[1]).number() == 7
    finally:
        accounts.mnemonic = before
    assert accounts[0].address == old
    assert project.Probe.deploy(7, sender=accounts[1]).number() == 7


def test_a_setting_that_is_refused_leaves_the_chain_alone(chain, is_ingot):
    if not is_ingot:
        pytest.skip("ape's own provider takes any setting")
    chain.mine(3)
    height = chain.blocks.height
    with pytest.raises(ProviderError, match="hardfrok: Extra inputs"):
        chain.provider.update_settings({"hardfrok": "prague"})
    assert chain.blocks.height == height


def test_another_chain_id(chain, accounts, record):
    usual = chain.chain_id
    chain.provider.update_settings({"chain_id": 4242})
    record(other=chain.chain_id)
    accounts[0].transfer(accounts[1], 1)
    chain.provider.update_settings({"chain_id": usual})
    assert chain.chain_id == usual
