"""docs/networks.md says what the table in the code says."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ingot.config import load_config
from ingot.networks import KnownNetworks
from ingot.networks.urls import node_urls
from ingot.remote.network import TABLE, Network

PAGE = Path(__file__).parents[3] / "docs" / "networks.md"
HEADER = (
    "network",
    "name",
    "chain id",
    "currency",
    "block",
    "confirmations",
    "final",
    "rollup",
    "explorer",
    "read more",
)


def seconds(value: float) -> str:
    return f"{value / 60:g} min" if value >= 120 else f"{value:g} s"


def row(network: Network) -> str:
    links = [f"[docs]({network.docs})", *(f"[faucets]({link})" for link in network.faucets)]
    api = f" ({network.explorer_api})" if network.explorer_api else ""
    cells = (
        f"`{network.choice}`",
        network.title if not network.retired else f"{network.title}, shut down: use `{network.retired}`",
        str(network.chain_id),
        network.currency,
        seconds(network.block_time_s),
        str(network.confirmations),
        seconds(network.finality_s),
        {"op": "OP stack", "arbitrum": "Arbitrum", "": ""}[network.rollup],
        f"<{network.explorer}>{api}",
        ", ".join(links),
    )
    return f"| {' | '.join(cells)} |"


def table() -> list[str]:
    return [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}", *map(row, TABLE)]


def test_the_configuration_on_the_page_is_understood(tmp_path: Path) -> None:
    section = PAGE.read_text(encoding="utf-8").split("## In ape-config.yaml\n")[1].split("\n## ")[0]
    block = "\n".join(line for line in section.splitlines() if line.startswith("    "))
    (tmp_path / "ape-config.yaml").write_text(textwrap.dedent(block))
    config = load_config(tmp_path, environ={"MY_KEY": "abc"})
    known = KnownNetworks(config)
    own = known.get("shibarium", "mainnet")
    assert (own.chain_id, own.currency, own.explorer_api, own.is_mainnet) == (109, "BONE", "blockscout", True)
    sepolia = known.get("ethereum", "sepolia")
    assert sepolia.confirmations == 3
    urls = ("https://sepolia.example/abc", "https://another.example")
    assert node_urls(sepolia, known.settings(sepolia), environ={}) == urls


def test_the_page_has_the_table_of_the_code() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("<!-- networks -->") + 1
    found = [line for line in lines[start:] if line.startswith("|")]
    assert found == table(), "\n".join(["write this into docs/networks.md:", *table()])
