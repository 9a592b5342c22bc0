"""The options that choose a network, its node and who sends: the same for every command that talks to a chain."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ingot.project import BaseProject
    from ingot.provider import Provider

__all__ = ["add_network_options", "on_network"]


def add_network_options(parser: argparse.ArgumentParser, *, account: bool = True) -> None:
    """--network and --rpc-url; --account too, if the command sends."""
    parser.add_argument(
        "--network",
        default="",
        metavar="CHOICE",
        help="ecosystem:network:provider, such as ethereum:sepolia, or the URL of a node; default ethereum:local",
    )
    parser.add_argument(
        "--rpc-url",
        action="append",
        default=[],
        metavar="URL",
        help="a node of the network: http(s)://, ws(s):// or the path of an .ipc; again for another, used if it fails",
    )
    if account:
        parser.add_argument(
            "--account",
            default="",
            metavar="NAME",
            help="who sends where a script names nobody: an alias, or an index",
        )


@contextmanager
def on_network(project: BaseProject, arguments: argparse.Namespace) -> Iterator[Provider | None]:
    """Inside, the chain that the options choose is the active one; a connection ends afterwards.

    Gives the chain; None for the one in process, which is made when somebody asks the project for it.
    Raises: as `ingot.networks.connect`; UsageError, for an account that there is not.
    """
    from ingot.networks import use
    from ingot.project import tell

    choice = project.networks.choose(arguments.network, has_url=bool(arguments.rpc_url))
    if choice.is_in_process:
        with use(project=project):
            if arguments.account:
                _sends(project.own_chain, arguments.account)
            yield None
        return
    chain: Any = project.networks.open(choice, rpc_url=arguments.rpc_url, progress=tell)
    try:
        if arguments.account:
            _sends(chain, arguments.account)
        print(
            f"{chain.network.choice}, chain id {chain.chain_id}, through {chain.transport.shown}",
            file=sys.stderr,
        )
        with use(chain, project=project):
            yield chain
    finally:
        chain.close()


def _sends(chain: Any, name: str) -> None:
    """Let the account with that alias, label, index or address send what names no sender."""
    chain.default_sender = chain.accounts[int(name) if name.isdecimal() else name].address
