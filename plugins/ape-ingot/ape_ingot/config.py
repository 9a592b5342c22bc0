"""What `ingot:` in ape-config.yaml sets."""

from __future__ import annotations

from typing import Literal

from ape.api.config import PluginConfig
from pydantic_settings import SettingsConfigDict

__all__ = ["IngotConfig"]


class IngotConfig(PluginConfig):
    """The chain under `ape test`. Accounts come from `test:`, as for every provider.

    hardfork: frontier to osaka, bpo1, bpo2 (mainnet today), amsterdam.      chain_id: default that of `test: provider:`.
    base_fee: of block 0, wei.      timestamp: of block 0; default now.
    isolate_examples: restore the chain after every Hypothesis example.
    compiler: who compiles Solidity; "ingot" is ape-solidity with solc in the same process and its answers kept.
    link_compilers: make the versions of solc that ape-solidity asks for available to it.
    """

    hardfork: str = "bpo2"
    chain_id: int | None = None
    base_fee: int = 1_000_000_000
    block_gas_limit: int = 30_029_122
    timestamp: int | None = None
    code_size_limit: bool = True
    auto_mine: bool = True
    isolate_examples: bool = False
    link_compilers: bool = True
    compiler: Literal["ape-solidity", "ingot"] = "ape-solidity"

    model_config = SettingsConfigDict(extra="allow", env_prefix="APE_INGOT_")
