"""To a network's node: which URLs, and whether the node is one of the network that is meant, before anything else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError, UsageError, WrongChain
from ingot.networks.choice import Choice, parse_choice
from ingot.networks.known import DEVELOPMENT_CHAINS, KnownNetworks
from ingot.networks.urls import check_url, node_urls, variables_of
from ingot.remote.network import Network, is_for_development

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingot.accounts import LiveAccounts
    from ingot.config import Config
    from ingot.config.networks import NetworkSettings
    from ingot.remote.chain import RemoteChain
    from ingot.remote.transport import Transport

__all__ = ["connect", "dial", "network_of_node"]

_PATIENCE_S = 1.0
_LOCAL_URL = "http://127.0.0.1:8545"
_LOCAL = Network(
    ecosystem="ethereum",
    name="local",
    chain_id=DEVELOPMENT_CHAINS[0],
    title="a development node",
    confirmations=0,
    finality="",
)


def connect(
    choice: Choice | str,
    config: Config | None = None,
    *,
    rpc_url: str | Sequence[str] = (),
    known: KnownNetworks | None = None,
    environ: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] | None = None,
    open_transport: Callable[..., Transport] | None = None,
    **settings: Any,
) -> RemoteChain:
    """The chain of a network, through a node that proved to be one of it.

        chain = networks.connect("ethereum:sepolia", project.config)
        chain = networks.connect("http://127.0.0.1:8545")

    rpc_url: URLs of nodes, instead of the configuration's and the environment's; more than one fall over in order.
    known: the networks of `config`, where they are at hand.      open_transport: by default that of `ingot.remote`.
    progress: takes a line for people.      settings: for RemoteChain.
    Raises: UsageError, if there is no such network or nobody says where its node is; WrongChain, if the node is of
    another chain; Unreachable, if it does not answer.
    """
    transport, network = dial(
        choice,
        config,
        rpc_url=rpc_url,
        known=known,
        environ=environ,
        progress=progress,
        open_transport=open_transport,
    )
    from ingot.remote.chain import RemoteChain

    chain = RemoteChain(transport, network=network, progress=progress, **settings)
    if config is not None:
        chain.accounts = _accounts(chain, config)
    return chain


def dial(
    choice: Choice | str,
    config: Config | None = None,
    *,
    rpc_url: str | Sequence[str] = (),
    known: KnownNetworks | None = None,
    environ: Mapping[str, str] = os.environ,
    progress: Callable[[str], None] | None = None,
    open_transport: Callable[..., Transport] | None = None,
) -> tuple[Transport, Network]:
    """The first half of `connect`, which is quicker: the line to the node, and the network that it proved to be of."""
    known = known or KnownNetworks(config)
    if isinstance(choice, str):
        choice = parse_choice(choice, known)
    given = (rpc_url,) if isinstance(rpc_url, str) else tuple(rpc_url)
    network = _network_meant(choice, known)
    urls = _urls(choice, network, known, given, environ)
    transport = _opener(open_transport)(
        urls, progress=progress, headers=_headers(known.settings(network or _LOCAL))
    )
    try:
        with _told_if_slow(progress, transport):
            if choice.network == "local":
                found = _development_node(transport, known)
            else:
                found = _checked(transport, network, known, given=bool(given or choice.url))
    except BaseException:
        transport.close()
        raise
    return transport, found


def _accounts(chain: RemoteChain, config: Config) -> LiveAccounts:
    """Keystores; and, on a development node, the configuration's test accounts."""
    from ingot.accounts import LiveAccounts

    test = config.test
    return LiveAccounts(
        chain,
        mnemonic=test.mnemonic,
        number=test.number_of_accounts,
        balance=test.balance,
        hd_path=test.hd_path,
    )


def _headers(settings: NetworkSettings) -> dict[str, Mapping[str, str]]:
    """Those of the configuration go to the nodes of the configuration, and to nobody else."""
    return {url.strip(): settings.headers for url in settings.urls} if settings.headers else {}


@contextmanager
def _told_if_slow(progress: Callable[[str], None] | None, transport: Transport) -> Iterator[None]:
    """A line for people, if the node takes its time."""
    if progress is None:
        yield
        return
    from threading import Timer

    timer = Timer(_PATIENCE_S, lambda: progress(f"waiting for {transport.shown} to answer"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _opener(given: Callable[..., Transport] | None) -> Callable[..., Transport]:
    if given is not None:
        return given
    from ingot.remote.transport import open_transport

    return open_transport


def _network_meant(choice: Choice, known: KnownNetworks) -> Network | None:
    """None, where the node is to say it: a development node, or only a URL."""
    return None if choice.network in ("", "local") else known.get(choice.ecosystem, choice.network)


def _urls(
    choice: Choice,
    network: Network | None,
    known: KnownNetworks,
    given: tuple[str, ...],
    environ: Mapping[str, str],
) -> tuple[str, ...]:
    if choice.is_in_process and not given:
        raise UsageError(
            f"{choice} is the chain in this process, there is nothing to connect to: ingot.Chain() makes one, "
            "ethereum:local:node is a development node"
        )
    if given and choice.url:
        raise UsageError("--network is a URL, and --rpc-url gives one too: leave one of the two out")
    if given:
        return tuple(check_url(url, place="--rpc-url") for url in given)
    if choice.url:
        return (check_url(choice.url, place="--network"),)
    if network is not None:
        settings = known.settings(network)
        return node_urls(network, settings, provider=choice.provider, environ=environ)
    settings = known.settings(_LOCAL)
    try:
        return node_urls(_LOCAL, settings, environ=environ)
    except UsageError:
        if any(environ.get(name) for name in variables_of(_LOCAL)) or settings.urls:
            raise
        return (_LOCAL_URL,)


def _development_node(transport: Transport, known: KnownNetworks) -> Network:
    """A node that may be used as one pleases. Raises: UsageError, if it is one of a network that others use.

    A fork of a public network has its chain id, and is none of it: what is deployed on one is not deployed there.
    """
    answered = _chain_id(transport)
    client = _client(transport)
    if answered not in DEVELOPMENT_CHAINS and not is_for_development(client):
        meant = known.of_chain(answered)
        raise UsageError(
            f"{transport.shown} is no development node (it is {client[:60]}, of {meant or f'chain {answered}'}): "
            f"{f'--network {meant}' if meant else '--rpc-url without --network'} uses it"
        )
    return replace(_LOCAL, chain_id=answered)


def _client(transport: Transport) -> str:
    return str(transport.request("web3_clientVersion"))


def _checked(transport: Transport, network: Network | None, known: KnownNetworks, *, given: bool) -> Network:
    """The network that the node is of. Raises: WrongChain, if another one is meant."""
    answered = _chain_id(transport)
    if network is None:
        return network_of_node(answered, known, is_development=lambda: is_for_development(_client(transport)))
    if answered != network.chain_id:
        raise WrongChain(
            _wrong(transport.shown, network, answered, known, given=given),
            expected=network.chain_id,
            answered=answered,
        )
    return network


def network_of_node(chain_id: int, known: KnownNetworks, *, is_development: Callable[[], bool]) -> Network:
    """The network that a node with this chain id is of, where nobody said which is meant.

    is_development: asked of a chain that nobody knows; if it is none for tests, what happens there may cost money.
    """
    found = known.of_chain(chain_id)
    if found is not None:
        return found
    if chain_id in DEVELOPMENT_CHAINS:
        return replace(_LOCAL, chain_id=chain_id)
    return Network(
        ecosystem="ethereum",
        name=f"chain-{chain_id}",
        chain_id=chain_id,
        title=f"chain {chain_id}",
        is_mainnet=not is_development(),
    )


def _chain_id(transport: Transport) -> int:
    answer = transport.request("eth_chainId")
    try:
        return int(answer, 16)
    except (TypeError, ValueError):
        raise ProviderError(
            f"{transport.shown} answers eth_chainId with {str(answer)[:40]!r}, which is no number: is it the URL of a node?",
            method="eth_chainId",
        ) from None


def _wrong(shown: str, network: Network, answered: int, known: KnownNetworks, *, given: bool) -> str:
    other = known.of_chain(answered)
    what = (
        other.choice
        if other
        else "a development node's"
        if answered in DEVELOPMENT_CHAINS
        else "no network known here"
    )
    where = "--rpc-url" if given else f"--rpc-url, {variables_of(network)[-1]} or `node:` in ape-config.yaml"
    advice = f"give the URL of a node of {network} ({where})"
    if other is not None:
        advice += f", or choose --network {other}"
    elif answered in DEVELOPMENT_CHAINS:
        advice += f"; `anvil --chain-id {network.chain_id}` starts a stand-in for it, --network ethereum:local:node takes this one"
    return (
        f"{shown} is no node of {network}: the chain id expected is {network.chain_id}, the node answers {answered} "
        f"({what}). Nothing was sent: {advice}"
    )
