"""anvil as a stand-in for Sepolia."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anvil import Anvil
from faulty_proxy import FaultyProxy

SEPOLIA = 11_155_111
GENESIS_TIMESTAMP = 1_750_000_000
"""One genesis for all that do not ask for another: two nodes with the same options are on the same chain."""

StartAnvil = Callable[..., Anvil]
StartProxy = Callable[[Anvil], FaultyProxy]


def start_anvil(
    *options: str,
    chain_id: int = SEPOLIA,
    block_time_s: int | None = None,
    mining: bool = True,
    timestamp: int = GENESIS_TIMESTAMP,
    state: Mapping[str, Any] | None = None,
    port: int = 0,
) -> Anvil:
    """An anvil with HTTP. By default each transaction makes a block.

    block_time_s: blocks at this interval instead.      mining: if False, blocks only on request.
    timestamp: of the genesis block; another one makes another genesis.      state: what `Anvil.dumped` gave.
    """
    words = ["--chain-id", str(chain_id), "--timestamp", str(timestamp), *options]
    if block_time_s is not None:
        words += ["--block-time", str(block_time_s)]
    elif not mining:
        words.append("--no-mining")
    return Anvil(words, state=state, http=True, port=port)
