"""The networks that there are: the public ones, and those of the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ingot.config.networks import CustomNetwork, NetworksConfig, NetworkSettings, read_networks
from ingot.errors import ConfigError, UsageError
from ingot.remote.network import TABLE, Network

if TYPE_CHECKING:
    from ingot.config import Config

__all__ = ["DEVELOPMENT_CHAINS", "KnownNetworks"]

DEVELOPMENT_CHAINS = (31337, 1337)
"""The chain ids that anvil, Hardhat and ganache have unless they are told another."""


class KnownNetworks:
    """By choice, name and chain id. config: a project's, or None for the public networks alone.

    Raises: ConfigError, for sections of the configuration that cannot be.
    """

    def __init__(self, config: Config | None = None) -> None:
        public = {(network.ecosystem, network.name): network for network in TABLE}
        ecosystems = {network.ecosystem for network in TABLE}
        self.default_ecosystem = "ethereum" if config is None else config.default_ecosystem
        self._said = (
            NetworksConfig() if config is None else read_networks(config, ecosystems=sorted(ecosystems))
        )
        for custom in self._said.custom:
            key = (custom.ecosystem, custom.name)
            if key in public and public[key].chain_id != custom.chain_id:
                raise ConfigError(
                    f"networks: custom: {':'.join(key)} has the chain id {public[key].chain_id:,}, not "
                    f"{custom.chain_id:,}: choose another name for yours"
                )
            public[key] = _network_of(custom, public.get(key))
        self._networks = {key: _adjusted(network, self._said.of(*key)) for key, network in public.items()}
        self.ecosystems = frozenset({*ecosystems, *(custom.ecosystem for custom in self._said.custom)})

    def __iter__(self) -> Iterator[Network]:
        return iter(self._networks.values())

    def settings(self, network: Network) -> NetworkSettings:
        """What the configuration says of a network."""
        return self._said.of(network.ecosystem, network.name)

    def default_network(self, ecosystem: str) -> str:
        """Ape's `default_network:` of an ecosystem, else "local"."""
        return self._said.default_networks.get(ecosystem, "local")

    def get(self, ecosystem: str, name: str) -> Network:
        """The network with that name. Raises: UsageError, with the nearest."""
        found = self._networks.get((ecosystem, name))
        if found is None:
            raise UsageError(
                f"there is no network {f'{ecosystem}:{name}'!r}; {self._instead(ecosystem, name)}"
            )
        return found

    def named(self, name: str) -> Network:
        """The network of the default ecosystem with that name, else the only one. Raises: UsageError."""
        found = self._networks.get((self.default_ecosystem, name))
        if found is not None:
            return found
        others = [network for network in self if network.name == name]
        if len(others) == 1:
            return others[0]
        if others:
            raise UsageError(
                f"{name!r} may be {' or '.join(network.choice for network in others)}: write which"
            )
        raise UsageError(f"there is no network {name!r}; {self._instead('', name)}")

    def of_chain(self, chain_id: int) -> Network | None:
        """The network that has a chain id, a public one before those of the configuration."""
        return next((network for network in self if network.chain_id == chain_id), None)

    def _instead(self, ecosystem: str, name: str) -> str:
        from difflib import get_close_matches

        choices = ["ethereum:local", *(network.choice for network in self)]
        near = get_close_matches(f"{ecosystem}:{name}", choices, n=1, cutoff=0.6) if ecosystem else []
        if not near:
            names = {choice.partition(":")[2]: choice for choice in reversed(choices)}
            near = [names[close] for close in get_close_matches(name, names, n=1, cutoff=0.6)]
        hint = f"did you mean {near[0]}? " if near else ""
        own = [choice for choice in choices if ecosystem and choice.startswith(f"{ecosystem}:")]
        return (
            f"{hint}There are {', '.join(own or choices)}. A network of your own goes into ape-config.yaml, "
            "under `networks: custom:`, with name, ecosystem and chain_id"
        )


def _network_of(custom: CustomNetwork, public: Network | None) -> Network:
    if public is not None:
        return public
    return Network(
        ecosystem=custom.ecosystem,
        name=custom.name,
        chain_id=custom.chain_id,
        title=f"{custom.ecosystem} {custom.name}",
        currency=custom.currency,
        explorer=custom.explorer,
        explorer_api=custom.explorer_api,
        blockscout=custom.blockscout,
        finality="",
        rollup=custom.rollup,
        docs=custom.docs,
        faucets=custom.faucets,
        is_mainnet=custom.name == "mainnet",
        is_testnet=custom.is_testnet,
    )


def _adjusted(network: Network, said: NetworkSettings) -> Network:
    if said.confirmations is not None:
        network = replace(network, confirmations=said.confirmations)
    if said.block_time_s:
        network = replace(network, block_time_s=said.block_time_s)
    if said.is_mainnet is not None:
        network = replace(
            network, is_mainnet=said.is_mainnet, is_testnet=network.is_testnet and not said.is_mainnet
        )
    return network
