"""The networks that ingot knows: chain ids, currencies, explorers, how long to wait, where to read more.

Facts only. Where a network's nodes are is configuration: `ingot.networks`.

Sources: https://chainid.network (ids, currencies, explorers), https://api.etherscan.io/v2/chainlist (explorers with the
Etherscan API), the networks' own documentation (`docs`) for block times and finality.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TABLE", "Network", "find_network", "is_for_development", "network_of_chain"]

_DEVELOPMENT = ("anvil", "ingot", "hardhat", "ganache", "ethereumjs testrpc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is known of a network.

    ecosystem, name: ape's words for it.      title: people's words for it.      currency: symbol of the native coin.
    explorer: web page, "" if none is known.      explorer_api: what it speaks: "etherscan" (API V2), "blockscout" or "".
    blockscout: a Blockscout instance beside it, or "".
    confirmations: blocks on top of a transaction's own until it counts as confirmed, unless the user says otherwise.
    finality: the block tag that a node gives for what cannot be undone, "" where there is none.
    finality_s, block_time_s: typical, in seconds; 0 where unknown.      rollup: "" | "op" | "arbitrum".
    docs, faucets: pages to read; faucets are documentation, to be opened by people.
    infura, alchemy: the first label of those services' host names, "" where they do not serve it.
    retired: what to use instead of a network that was shut down, or "".
    """

    ecosystem: str
    name: str
    chain_id: int
    title: str = ""
    currency: str = "ETH"
    explorer: str = ""
    explorer_api: str = ""
    blockscout: str = ""
    confirmations: int = 2
    finality: str = "finalized"
    finality_s: float = 0
    block_time_s: float = 0
    rollup: str = ""
    docs: str = ""
    faucets: tuple[str, ...] = ()
    is_mainnet: bool = False
    is_testnet: bool = False
    infura: str = ""
    alchemy: str = ""
    retired: str = ""

    @property
    def choice(self) -> str:
        """`ethereum:sepolia`, as `--network` takes it."""
        return f"{self.ecosystem}:{self.name}"

    def __str__(self) -> str:
        return self.choice


_ETHEREUM_DOCS = "https://ethereum.org/developers/docs/networks/"

TABLE: tuple[Network, ...] = (
    Network(
        ecosystem="ethereum",
        name="mainnet",
        chain_id=1,
        title="Ethereum",
        explorer="https://etherscan.io",
        explorer_api="etherscan",
        blockscout="https://eth.blockscout.com",
        confirmations=5,
        finality_s=900,
        block_time_s=12,
        docs=_ETHEREUM_DOCS,
        is_mainnet=True,
        infura="mainnet",
        alchemy="eth-mainnet",
    ),
    Network(
        ecosystem="ethereum",
        name="sepolia",
        chain_id=11155111,
        title="Ethereum Sepolia",
        explorer="https://sepolia.etherscan.io",
        explorer_api="etherscan",
        blockscout="https://eth-sepolia.blockscout.com",
        finality_s=900,
        block_time_s=12,
        docs="https://github.com/eth-clients/sepolia",
        faucets=(f"{_ETHEREUM_DOCS}#sepolia",),
        is_testnet=True,
        infura="sepolia",
        alchemy="eth-sepolia",
    ),
    Network(
        ecosystem="ethereum",
        name="hoodi",
        chain_id=560048,
        title="Ethereum Hoodi",
        explorer="https://hoodi.etherscan.io",
        explorer_api="etherscan",
        finality_s=900,
        block_time_s=12,
        docs="https://github.com/eth-clients/hoodi",
        faucets=(f"{_ETHEREUM_DOCS}#hoodi",),
        is_testnet=True,
        infura="hoodi",
        alchemy="eth-hoodi",
    ),
    Network(
        ecosystem="ethereum",
        name="holesky",
        chain_id=17000,
        title="Ethereum Holesky",
        explorer="https://holesky.etherscan.io",
        finality_s=900,
        block_time_s=12,
        docs="https://github.com/eth-clients/holesky",
        is_testnet=True,
        infura="holesky",
        alchemy="eth-holesky",
        retired="ethereum:hoodi",
    ),
    Network(
        ecosystem="bsc",
        name="mainnet",
        chain_id=56,
        title="BNB Smart Chain",
        currency="BNB",
        explorer="https://bscscan.com",
        explorer_api="etherscan",
        confirmations=10,
        finality_s=2,
        block_time_s=0.45,
        docs="https://docs.bnbchain.org/bnb-smart-chain/",
        is_mainnet=True,
        infura="bsc-mainnet",
        alchemy="bnb-mainnet",
    ),
    Network(
        ecosystem="bsc",
        name="testnet",
        chain_id=97,
        title="BNB Smart Chain testnet",
        currency="tBNB",
        explorer="https://testnet.bscscan.com",
        explorer_api="etherscan",
        confirmations=5,
        finality_s=2,
        block_time_s=0.45,
        docs="https://docs.bnbchain.org/bnb-smart-chain/",
        faucets=("https://www.bnbchain.org/en/testnet-faucet",),
        is_testnet=True,
        infura="bsc-testnet",
        alchemy="bnb-testnet",
    ),
    Network(
        ecosystem="polygon",
        name="mainnet",
        chain_id=137,
        title="Polygon PoS",
        currency="POL",
        explorer="https://polygonscan.com",
        explorer_api="etherscan",
        blockscout="https://polygon.blockscout.com",
        confirmations=10,
        finality_s=5,
        block_time_s=2,
        docs="https://docs.polygon.technology/pos/",
        is_mainnet=True,
        infura="polygon-mainnet",
        alchemy="polygon-mainnet",
    ),
    Network(
        ecosystem="polygon",
        name="amoy",
        chain_id=80002,
        title="Polygon Amoy",
        currency="POL",
        explorer="https://amoy.polygonscan.com",
        explorer_api="etherscan",
        confirmations=5,
        finality_s=5,
        block_time_s=2,
        docs="https://docs.polygon.technology/pos/",
        faucets=("https://docs.polygon.technology/tools/gas/matic-faucet/",),
        is_testnet=True,
        infura="polygon-amoy",
        alchemy="polygon-amoy",
    ),
    Network(
        ecosystem="arbitrum",
        name="mainnet",
        chain_id=42161,
        title="Arbitrum One",
        explorer="https://arbiscan.io",
        explorer_api="etherscan",
        blockscout="https://arbitrum.blockscout.com",
        confirmations=20,
        finality_s=1200,
        block_time_s=0.25,
        rollup="arbitrum",
        docs="https://docs.arbitrum.io",
        is_mainnet=True,
        infura="arbitrum-mainnet",
        alchemy="arb-mainnet",
    ),
    Network(
        ecosystem="arbitrum",
        name="sepolia",
        chain_id=421614,
        title="Arbitrum Sepolia",
        explorer="https://sepolia.arbiscan.io",
        explorer_api="etherscan",
        blockscout="https://arbitrum-sepolia.blockscout.com",
        confirmations=10,
        finality_s=1200,
        block_time_s=0.25,
        rollup="arbitrum",
        docs="https://docs.arbitrum.io",
        faucets=("https://docs.metamask.io/services/how-to/get-testnet-tokens/",),
        is_testnet=True,
        infura="arbitrum-sepolia",
        alchemy="arb-sepolia",
    ),
    Network(
        ecosystem="optimism",
        name="mainnet",
        chain_id=10,
        title="OP Mainnet",
        explorer="https://optimistic.etherscan.io",
        explorer_api="etherscan",
        blockscout="https://optimism.blockscout.com",
        confirmations=5,
        finality_s=1200,
        block_time_s=2,
        rollup="op",
        docs="https://docs.optimism.io",
        is_mainnet=True,
        infura="optimism-mainnet",
        alchemy="opt-mainnet",
    ),
    Network(
        ecosystem="optimism",
        name="sepolia",
        chain_id=11155420,
        title="OP Sepolia",
        explorer="https://sepolia-optimism.etherscan.io",
        explorer_api="etherscan",
        blockscout="https://optimism-sepolia.blockscout.com",
        finality_s=1200,
        block_time_s=2,
        rollup="op",
        docs="https://docs.optimism.io",
        faucets=("https://docs.optimism.io/app-developers/tools/build/faucets",),
        is_testnet=True,
        infura="optimism-sepolia",
        alchemy="opt-sepolia",
    ),
    Network(
        ecosystem="base",
        name="mainnet",
        chain_id=8453,
        title="Base",
        explorer="https://basescan.org",
        explorer_api="etherscan",
        blockscout="https://base.blockscout.com",
        confirmations=5,
        finality_s=1200,
        block_time_s=2,
        rollup="op",
        docs="https://docs.base.org",
        is_mainnet=True,
        infura="base-mainnet",
        alchemy="base-mainnet",
    ),
    Network(
        ecosystem="base",
        name="sepolia",
        chain_id=84532,
        title="Base Sepolia",
        explorer="https://sepolia.basescan.org",
        explorer_api="etherscan",
        blockscout="https://base-sepolia.blockscout.com",
        finality_s=1200,
        block_time_s=2,
        rollup="op",
        docs="https://docs.base.org",
        faucets=("https://docs.base.org/base-chain/tools/network-faucets",),
        is_testnet=True,
        infura="base-sepolia",
        alchemy="base-sepolia",
    ),
)
"""Every public network, mainnets first in each ecosystem."""


def find_network(ecosystem: str, name: str) -> Network | None:
    """The network with ape's words for it, or None."""
    return next((known for known in TABLE if (known.ecosystem, known.name) == (ecosystem, name)), None)


def is_for_development(client: str) -> bool:
    """Whether a node is one for tests, which offers surgery. client: as it answers web3_clientVersion."""
    return client.lower().startswith(_DEVELOPMENT)


def network_of_chain(chain_id: int) -> Network | None:
    """The public network that a chain id belongs to, or None."""
    return next((known for known in TABLE if known.chain_id == chain_id), None)
