"""What `--network` takes, in words: `ecosystem:network:provider`, any part of it, or the URL of a node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingot.errors import UsageError
from ingot.networks.known import KnownNetworks
from ingot.networks.urls import is_url

if TYPE_CHECKING:
    from ingot.remote.network import Network

__all__ = ["LOCAL", "Choice", "parse_choice"]

IN_PROCESS = "ingot"
_SERVICES = ("node", "infura", "alchemy")


@dataclass(frozen=True, slots=True)
class Choice:
    """What `ecosystem:network:provider` names. str() gives it back in full, without the URL.

    network: "" where only the node's URL is given: the node says which network it is.
    provider: "ingot" (the chain in this process), "node", "infura" or "alchemy".      url: of the node, or "".
    """

    ecosystem: str = "ethereum"
    network: str = "local"
    provider: str = IN_PROCESS
    url: str = field(default="", repr=False)

    @property
    def is_in_process(self) -> bool:
        """Whether it is the chain in this process."""
        return self.provider == IN_PROCESS

    def __str__(self) -> str:
        return f"{self.ecosystem}:{self.network or 'any'}:{self.provider}"


LOCAL = Choice()
"""The chain in this process."""


def parse_choice(text: str = "", known: KnownNetworks | None = None) -> Choice:
    """From `ethereum:sepolia:node`, `ethereum:sepolia`, `sepolia`, `ethereum:sepolia:https://...`, or only a URL.

    known: the networks that there are, by default the public ones.      text: "" for the default of the configuration.
    Parts that are left out or empty take the default's. Raises: UsageError, if there is no such network.
    """
    known = known or KnownNetworks()
    text = text.strip()
    if is_url(text):
        return Choice(known.default_ecosystem, "", "node", text)
    if any(letter in text for letter in "/\\@?") and not is_url(text.split(":", 2)[-1]):
        raise UsageError(
            "--network: this is neither a network nor the URL of a node (it is not shown, for it may hold a key): write "
            f"ecosystem:network:provider, such as {LOCAL}, or a URL that begins with http://, https://, ws:// or wss://"
        )
    ecosystem, network, provider = (*text.split(":", 2), "", "")[:3]
    if not is_url(provider) and (":" in provider or len(text) > 60):
        raise UsageError(f"{_short(text)!r} is no network: write ecosystem:network:provider, such as {LOCAL}")
    ecosystem, network = _network(ecosystem, network, known, has_one_part=":" not in text)
    if is_url(provider):
        return Choice(ecosystem, network, "node", provider)
    return _choice(ecosystem, network, provider)


def _network(ecosystem: str, network: str, known: KnownNetworks, *, has_one_part: bool) -> tuple[str, str]:
    if has_one_part and ecosystem and ecosystem not in known.ecosystems:
        ecosystem, network = ("", "local") if ecosystem == "local" else _split(known.named(ecosystem))
    local_ones = ("", LOCAL.ecosystem, known.default_ecosystem)
    asked = ecosystem
    ecosystem = ecosystem or known.default_ecosystem
    network = network or known.default_network(ecosystem)
    if network == LOCAL.network and asked in local_ones:
        return LOCAL.ecosystem, LOCAL.network
    return _split(known.get(ecosystem, network))


def _split(network: Network) -> tuple[str, str]:
    return network.ecosystem, network.name


def _choice(ecosystem: str, network: str, provider: str) -> Choice:
    is_local = network == "local"
    provider = provider or (IN_PROCESS if is_local else "node")
    if is_local and provider == "test":  # ape's word for its chain in process
        provider = IN_PROCESS
    allowed = (IN_PROCESS, "node") if is_local else _SERVICES
    if provider not in allowed:
        hint = ""
        if is_local:
            hint = ". To use a node that runs already, anvil or another, write ethereum:local:node or its URL"
        raise UsageError(
            f"{ecosystem}:{network} has no provider {provider!r}; there are "
            f"{', '.join(f'{ecosystem}:{network}:{one}' for one in allowed)}{hint}"
        )
    return Choice(ecosystem, network, provider)


def _short(text: str) -> str:
    return text if len(text) <= 60 else "..."
