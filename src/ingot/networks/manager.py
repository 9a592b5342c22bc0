"""`project.networks`: what there is, what is active, and changing it for a while."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError
from ingot.networks.active import use
from ingot.networks.choice import LOCAL, Choice, parse_choice
from ingot.networks.ecosystem import Ecosystem, NetworkOfProject
from ingot.networks.known import KnownNetworks
from ingot.remote.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ingot.project import BaseProject
    from ingot.provider import Provider

__all__ = ["Networks"]

_LOCAL = Network(
    ecosystem=LOCAL.ecosystem,
    name=LOCAL.network,
    chain_id=31337,
    title="the chain in this process",
    confirmations=0,
    finality="",
)


class Networks:
    """The networks of a project, with ape's names: `networks.provider`, `networks.network.name`."""

    def __init__(self, project: BaseProject) -> None:
        self._project = project

    @cached_property
    def known(self) -> KnownNetworks:
        """The public networks and those of the configuration. Raises: ConfigError."""
        return KnownNetworks(self._project.config)

    @property
    def provider(self) -> Provider:
        """The active chain."""
        return self._project.chain

    @property
    def active_provider(self) -> Provider:
        """Ape's other name for it."""
        return self._project.chain

    @property
    def choice(self) -> Choice:
        """What is active, in words."""
        network = self._network_meant()
        return LOCAL if network is None else Choice(network.ecosystem, network.name, "node")

    @property
    def network(self) -> Network:
        """The active network: `.name`, `.ecosystem`, `.chain_id`, `.explorer`, ..."""
        return self._network_meant() or replace(_LOCAL, chain_id=self._project.chain.chain_id)

    def _network_meant(self) -> Network | None:
        chain: Any = self._project.chain
        found: Network | None = chain.network
        if found is None and hasattr(chain, "transport"):
            from ingot.networks.connection import network_of_node

            return network_of_node(chain.chain_id, self.known, is_development=lambda: chain.is_development)
        return found

    @property
    def network_choices(self) -> list[str]:
        """What `--network` takes."""
        return [str(LOCAL), *(network.choice for network in self.known)]

    @property
    def ecosystems(self) -> dict[str, Ecosystem]:
        """By name; as attributes too: `networks.ethereum.sepolia`."""
        found: dict[str, dict[str, NetworkOfProject]] = {}
        for facts in (_LOCAL, *self.known):
            found.setdefault(facts.ecosystem, {})[facts.name] = NetworkOfProject(facts, self)
        return {name: Ecosystem(name, networks) for name, networks in found.items()}

    def __getattr__(self, name: str) -> Ecosystem:
        if name.startswith("_"):
            raise AttributeError(name)
        ecosystems = self.ecosystems
        if name not in ecosystems:
            raise AttributeError(f"there is no ecosystem {name!r}; there are {', '.join(ecosystems)}")
        return ecosystems[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.ecosystems]

    def parse(self, choice: str = "") -> Choice:
        """What a text chooses; "" is the configuration's default. Raises: UsageError, if there is no such network."""
        return parse_choice(choice, self.known)

    def open(
        self,
        choice: Choice | str = "",
        *,
        rpc_url: str | Sequence[str] = (),
        progress: Callable[[str], None] | None = None,
        **settings: Any,
    ) -> Provider:
        """The chain of a choice: the project's own for the one in process, else a new connection to a node.

        rpc_url: URLs of nodes; without a choice the node says which network it is.
        Raises: as `ingot.networks.connect`.
        """
        urls = (rpc_url,) if isinstance(rpc_url, str) else tuple(rpc_url)
        chosen = self.choose(choice, has_url=bool(urls)) if isinstance(choice, str) else choice
        if chosen.is_in_process:
            return self._project.own_chain
        from ingot.networks.connection import connect

        return connect(
            chosen, self._project.config, rpc_url=urls, known=self.known, progress=progress, **settings
        )

    def choose(self, choice: str = "", *, has_url: bool = False) -> Choice:
        """What a text chooses where, with `has_url`, the URL of a node is given beside it.

        Then "ethereum:local" is a development node, and "" the configuration's default, or else the network that the
        node says. Raises: UsageError.
        """
        if not has_url:
            return self.parse(choice)
        chosen = self.parse(choice)
        if not chosen.is_in_process:
            return chosen
        if not choice.strip():
            return Choice(self.known.default_ecosystem, "", "node")
        if choice.count(":") == 2:
            raise UsageError(
                f"{choice} is the chain in this process and has no URL: leave one of the two out"
            )
        return Choice(chosen.ecosystem, chosen.network, "node")

    @contextmanager
    def parse_network_choice(
        self, choice: str = "", *, rpc_url: str | Sequence[str] = ()
    ) -> Iterator[Provider]:
        """`with networks.parse_network_choice("ethereum:sepolia") as provider:`; inside, that chain is the active one."""
        chain = self.open(choice, rpc_url=rpc_url)
        try:
            with use(chain, project=self._project):
                yield chain
        finally:
            close = getattr(chain, "close", None)
            if close is not None:
                close()

    def __repr__(self) -> str:
        return f"<networks: {', '.join(self.network_choices)}>"
