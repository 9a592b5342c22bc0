"""Where a network's nodes are: `--rpc-url`, the environment, the configuration, or a service that there is a key for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ingot.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from ingot.config.networks import NetworkSettings
    from ingot.remote.network import Network

__all__ = ["check_url", "is_url", "known_urls", "node_urls", "variables_of"]

_SCHEMES = ("http", "https", "ws", "wss")
_SEPARATOR = re.compile(r"[\s,]+(?=https?://|wss?://|/|~)|\s+")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_KEYS = {
    "infura": ("WEB3_INFURA_PROJECT_ID", "WEB3_INFURA_API_KEY"),
    "alchemy": ("WEB3_ALCHEMY_API_KEY", "WEB3_ALCHEMY_PROJECT_ID"),
}
"""As ape-infura and ape-alchemy name them; several keys are separated by commas."""


def is_url(text: str) -> bool:
    """Whether `text` means a node: http(s), ws(s), or the path of an IPC socket. As ape tells them."""
    return text.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES)) or (
        text.endswith(".ipc") and ":" not in text
    )


def check_url(url: str, *, place: str) -> str:
    """`url`, if it can be one. place: where it is written, for the message, which shows nothing that may be secret.

    Raises: UsageError.
    """
    text = url.strip()
    unset = _VARIABLE.search(text)
    if unset:
        raise UsageError(
            f"{place}: the environment variable {unset[1]} is not set: set it, or write the URL itself"
        )
    if is_url(text) and "://" not in text:
        return os.path.expanduser(text)  # noqa: PTH111  (a pipe of Windows is no Path)
    problem = _problem(text)
    if problem:
        raise UsageError(
            f"{place}: {problem}: write one such as http://127.0.0.1:8545 or a path that ends with .ipc"
        )
    return text


def _problem(text: str) -> str:
    if not text:
        return "the URL of the node is empty"
    scheme, separator, _ = text.partition("://")
    if not separator:
        return "this is no URL of a node (it does not begin with http://, https://, ws:// or wss://)"
    if scheme.lower() not in _SCHEMES:
        return f"a node is not reached by {scheme}://" if scheme.isalnum() else "this is no URL of a node"
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        return "the URL of the node has a space in it"
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        # urllib quotes the part that is wrong, which is no secret for a port and may be one for a host.
        return (
            "the URL's port is no number from 0 to 65535"
            if "ort" in str(error)
            else "this is no URL of a node"
        )
    if not parts.hostname:
        return "the URL names no host"
    return "the URL's port is 0" if port == 0 else ""


def variables_of(network: Network) -> tuple[str, ...]:
    """The environment variables that may hold a network's URLs, the strongest first.

    `INGOT_SEPOLIA_URL` is Ethereum's Sepolia; that of Base is `INGOT_BASE_SEPOLIA_URL`.
    """
    long, short = (
        re.sub(r"[^A-Z0-9]+", "_", name.upper())
        for name in (f"{network.ecosystem}_{network.name}", network.name)
    )
    names = (f"INGOT_{long}_URL", f"INGOT_{short}_URL")
    return names if network.ecosystem == "ethereum" else names[:1]


def node_urls(
    network: Network,
    settings: NetworkSettings,
    *,
    provider: str = "node",
    environ: Mapping[str, str] = os.environ,
) -> tuple[str, ...]:
    """Where the network's nodes are, in the order in which they are tried; each once.

    provider: "infura" or "alchemy" for that service alone.
    Raises: UsageError, if there is none, with the ways to give one; ConfigError, for one that cannot be.
    """
    if provider in _KEYS:
        found = tuple(dict.fromkeys(_of_service(provider, network, environ)))
        if not found:
            raise UsageError(_no_service(provider, network))
        return found
    found = known_urls(network, settings, environ=environ)
    if not found:
        raise UsageError(_no_url(network))
    return found


def known_urls(
    network: Network, settings: NetworkSettings, *, environ: Mapping[str, str] = os.environ
) -> tuple[str, ...]:
    """As `node_urls`; empty, if there is none. Raises: UsageError, for one that cannot be."""
    found = [*_of_environment(network, environ), *_of_configuration(network, settings)]
    services = sorted(_KEYS, key=lambda service: service != settings.default_provider)
    found += [url for service in services for url in _of_service(service, network, environ)]
    return tuple(dict.fromkeys(found))


def _of_environment(network: Network, environ: Mapping[str, str]) -> Iterator[str]:
    for name in variables_of(network):
        for url in _SEPARATOR.split(environ.get(name, "").strip()):
            if url:
                yield check_url(url, place=name)


def _of_configuration(network: Network, settings: NetworkSettings) -> Sequence[str]:
    try:
        return [
            check_url(url, place=f"node: {network.ecosystem}: {network.name}: uri") for url in settings.urls
        ]
    except UsageError as error:
        raise ConfigError(f"the configuration's {error}") from None


def _of_service(service: str, network: Network, environ: Mapping[str, str]) -> Iterator[str]:
    from urllib.parse import quote

    host = network.infura if service == "infura" else network.alchemy
    keys = (key.strip() for name in _KEYS[service] for key in environ.get(name, "").split(","))
    for key in dict.fromkeys(filter(None, keys)) if host else ():
        key = quote(key, safe="")
        yield (
            f"https://{host}.infura.io/v3/{key}"
            if service == "infura"
            else f"https://{host}.g.alchemy.com/v2/{key}"
        )


def _no_service(service: str, network: Network) -> str:
    if not (network.infura if service == "infura" else network.alchemy):
        return f"{service} does not serve {network}: give the URL of another node, with --rpc-url"
    return f"{network}:{service} needs a key: set {_KEYS[service][0]}, in the environment or in .env"


def _no_url(network: Network) -> str:
    services = " or ".join(
        names[0]
        for service, names in _KEYS.items()
        if (network.infura if service == "infura" else network.alchemy)
    )
    keys = f", or {services}" if services else ""
    retired = f" ({network} was shut down: use {network.retired})" if network.retired else ""
    return (
        f"nobody says where a node of {network} is{retired}. Give its URL in one of three ways:\n"
        f"  on the command line:   --rpc-url URL\n"
        f"  in the environment:    {variables_of(network)[-1]}=URL{keys}, also in .env\n"
        f"  in ape-config.yaml:    node: {{{network.ecosystem}: {{{network.name}: {{uri: URL}}}}}}"
    )
