"""Ape's way to a network: `with networks.ethereum.sepolia.use_provider("node") as provider:`"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from ingot.networks.manager import Networks
    from ingot.provider import Provider
    from ingot.remote.network import Network

__all__ = ["Ecosystem", "NetworkOfProject"]


@dataclass(frozen=True, slots=True)
class NetworkOfProject:
    """A network that can be used for a while. facts: what is known of it."""

    facts: Network
    _networks: Networks

    @property
    def name(self) -> str:
        """As in `sepolia`."""
        return self.facts.name

    @property
    def chain_id(self) -> int:
        """EIP-155."""
        return self.facts.chain_id

    @property
    def choice(self) -> str:
        """As in `ethereum:sepolia`."""
        return self.facts.choice

    def use_provider(self, provider: str) -> AbstractContextManager[Provider]:
        """Inside, its chain is the active one. provider: node, infura, alchemy, or the URL of a node."""
        return self._networks.parse_network_choice(f"{self.choice}:{provider}")

    def use_default_provider(self) -> AbstractContextManager[Provider]:
        """Inside, its chain is the active one, through whichever node the configuration or the environment names."""
        return self._networks.parse_network_choice(self.choice)

    def __repr__(self) -> str:
        return f"<network {self.choice}, chain id {self.chain_id}>"


class Ecosystem:
    """The networks of one ecosystem, as attributes: `networks.base.sepolia`; hyphens become underscores."""

    def __init__(self, name: str, networks: Mapping[str, NetworkOfProject]) -> None:
        self.name = name
        self.networks = networks
        """Its networks by name."""

    def __getattr__(self, name: str) -> NetworkOfProject:
        if name.startswith("_") or "networks" not in self.__dict__:
            raise AttributeError(name)
        for known, network in self.networks.items():
            if known.replace("-", "_") == name:
                return network
        raise AttributeError(f"{self.name} has no network {name!r}; there are {', '.join(self.networks)}")

    def __getitem__(self, name: str) -> NetworkOfProject:
        try:
            return self.networks[name]
        except KeyError:
            raise UsageError(
                f"{self.name} has no network {name!r}; there are {', '.join(self.networks)}"
            ) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name.replace("-", "_") for name in self.networks)]

    def __repr__(self) -> str:
        return f"<ecosystem {self.name}: {', '.join(self.networks)}>"
