"""`ape run session`: several providers, and several chains, in one session. Fails where something is not as it should be."""

import ape
from ape.exceptions import ProviderError, UnknownSnapshotError


def main():
    owner, other = ape.accounts.test_accounts[0], ape.accounts.test_accounts[1]
    local, outer = ape.networks.ethereum.local, ape.chain.provider
    probe = ape.project.Probe.deploy(7, sender=owner)
    snapshot, height = ape.chain.snapshot(), ape.chain.blocks.height

    with local.use_provider("test") as stock:
        assert (stock.name, ape.chain.provider, ape.chain.blocks.height) == ("test", stock, 0)
        there = ape.project.Probe.deploy(8, sender=owner)
        with local.use_provider("ingot") as inner:
            assert inner is outer
            assert ape.chain.blocks.height == height
            assert probe.number() == 7
            probe.setNumber(9, sender=owner)
        assert ape.chain.provider is stock
        assert there.number() == 8
        owner.transfer(other, 5)
    assert ape.chain.provider is outer
    assert probe.number() == 9

    with local.use_provider(
        "ingot", provider_settings={"chain_id": 99, "hardfork": "prague", "base_fee": 5}
    ) as second:
        assert second is not outer
        assert (second.chain_id, ape.chain.blocks.head.base_fee, ape.chain.blocks.height) == (99, 5, 0)
        owner.transfer(other, 5)
    ape.chain.restore(snapshot)
    assert (ape.chain.blocks.height, probe.number()) == (height, 7)
    assert refused(UnknownSnapshotError, ape.chain.restore, snapshot)

    for settings in ({"chain_id": ape.chain.chain_id}, {"auto_mine": True, "base_fee": 10**9}):
        with local.use_provider("ingot", provider_settings=settings) as same:
            assert same is outer, "what the configuration says already makes no other chain"
    with local.use_provider("ingot", provider_settings={"hardfork": "cancun"}) as third:
        assert third not in (outer, second)
        assert ape.chain.blocks.height == 0
    with local.use_provider("ingot") as again:
        assert again is outer

    for settings, said in (
        ({"hardfork": "nonsense"}, "unknown hardfork"),
        ({"hardfrok": "prague"}, "hardfrok: Extra inputs"),
        ({"base_fee": -1}, "base_fee: Input should be greater"),
        ({"block_gas_limit": 0}, "block_gas_limit: Input should be greater"),
    ):
        assert said in refused(ProviderError, entered, settings)
    for settings, said in (
        ({"mnemonic": "correct horse battery staple"}, "the mnemonic has 4 words"),
        ({"mnemonic": " ".join(["staple"] * 12)}, "mnemonic"),
        ({"hd_path": "nonsense"}, "derivation path"),
    ):
        with ape.project.temp_config(test=settings):
            text = refused(ProviderError, entered, {"chain_id": 77})
        assert said in text
        assert "staple" not in text
    print("all is as it should be")


def entered(settings):
    with ape.networks.ethereum.local.use_provider("ingot", provider_settings=settings) as provider:
        return provider


def refused(kind, function, *arguments):
    """What it says when it refuses."""
    try:
        function(*arguments)
    except kind as error:
        return str(error)
    raise AssertionError(f"{function} {arguments} was not refused")
