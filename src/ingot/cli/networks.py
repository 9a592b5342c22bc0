"""List the networks that there are, or ask one of them whether its node answers.

ingot networks                        all of them, and where their nodes are; nothing is asked of any
ingot networks ethereum:sepolia       connect, check the chain id, and say what the node is

URLs are shown without what may be secret in them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from ingot.config import Config
    from ingot.networks import KnownNetworks
    from ingot.remote import RemoteChain
    from ingot.remote.network import Network

__all__ = ["add_arguments", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "choice", nargs="?", default="", metavar="CHOICE", help="as for --network; asks its node"
    )
    parser.add_argument(
        "--rpc-url",
        action="append",
        default=[],
        metavar="URL",
        help="a node of CHOICE, or of whatever network",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: Namespace) -> int:
    """Returns: 0. Raises: as `ingot.networks.connect`, where a network is asked."""
    config = _config()
    if arguments.choice or arguments.rpc_url:
        _print(_answer(arguments, config), as_json=arguments.json)
    else:
        _list(config, as_json=arguments.json)
    return 0


def _config() -> Config | None:
    """The project's, with its .env; None outside of one: there the public networks remain."""
    from ingot.config import find_root, load_config
    from ingot.environment import load_dotenv

    try:
        root = find_root(Path.cwd())
    except UsageError:
        return None
    load_dotenv(root)
    return load_config(root)


def _list(config: Config | None, *, as_json: bool) -> None:
    from ingot.networks import KnownNetworks

    known = KnownNetworks(config)
    entries: list[dict[str, Any]] = [
        {
            "network": network.choice,
            "chain_id": network.chain_id,
            "currency": network.currency,
            "nodes": _nodes(network, known),
            **({"retired": network.retired} if network.retired else {}),
        }
        for network in known
    ]
    if as_json:
        print(json.dumps(entries, indent=2))
        return
    width = max(len(str(entry["network"])) for entry in entries)
    print(f"{'ethereum:local':<{width}}  {'':>9}  {'ETH':<5} in this process")
    for entry in entries:
        where = ", ".join(entry["nodes"]) or "no URL known"
        if entry.get("retired"):
            where = f"shut down: use {entry['retired']}"
        print(f"{entry['network']:<{width}}  {entry['chain_id']:>9}  {entry['currency']:<5} {where}")
    if not any(entry["nodes"] for entry in entries):
        print(
            "\nA URL is given with --rpc-url, INGOT_<NETWORK>_URL, or `node:` in ape-config.yaml: docs/networks.md"
        )


def _nodes(network: Network, known: KnownNetworks) -> list[str]:
    from ingot.networks.urls import known_urls
    from ingot.remote.url import without_secrets

    return [without_secrets(url) for url in known_urls(network, known.settings(network))]


def _answer(arguments: Namespace, config: Config | None) -> dict[str, Any]:
    from ingot.networks import Choice, connect

    choice = arguments.choice or Choice("ethereum", "", "node")
    chain = connect(
        choice, config, rpc_url=arguments.rpc_url, progress=lambda line: print(line, file=sys.stderr)
    )
    try:
        return _facts(chain)
    finally:
        chain.close()


def _facts(chain: RemoteChain) -> dict[str, Any]:
    import time

    from ingot.remote.network import Network

    network = chain.network or Network(ecosystem="ethereum", name="local", chain_id=chain.chain_id)
    head = chain.block(chain.block_number)
    return {
        "network": network.choice,
        "name": network.title,
        "chain_id": chain.chain_id,
        "node": chain.transport.shown,
        "client": chain.client,
        "genesis": f"0x{chain.genesis_hash.hex()}",
        "block": head.number,
        "seconds_ago": max(0, round(time.time()) - head.timestamp),
        "base_fee": chain.base_fee,
        "confirmations": network.confirmations,
        "explorer": network.explorer,
        "for_tests": chain.is_development,
    }


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    from ingot.conversion import readable_amount

    shown = {
        **facts,
        "base_fee": readable_amount(facts["base_fee"]),
        "for_tests": "yes" if facts["for_tests"] else "no",
    }
    for name, value in shown.items():
        if value != "":
            print(f"{name.replace('_', ' '):<14} {value}")
