"""What `ingot:` in ape-config.yaml sets."""

from __future__ import annotations

from typing import Any, Literal

from ape.api.config import PluginConfig
from ape.exceptions import ProviderError
from pydantic import Field, ValidationError
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
    chain_id: int | None = Field(None, ge=0)
    base_fee: int = Field(1_000_000_000, ge=0)
    block_gas_limit: int = Field(30_029_122, ge=21_000)
    timestamp: int | None = Field(None, ge=0)
    code_size_limit: bool | int = True
    auto_mine: bool = True
    isolate_examples: bool = False
    link_compilers: bool = True
    compiler: Literal["ape-solidity", "ingot"] = "ape-solidity"

    model_config = SettingsConfigDict(extra="forbid", env_prefix="APE_INGOT_")

    def changed(self, settings: dict[str, Any]) -> IngotConfig:
        """With what `use_provider` gives besides. Raises: ProviderError, if there is no such setting, or not with this value."""
        if not settings:
            return self
        try:
            return IngotConfig.model_validate({**self.model_dump(), **settings})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ProviderError(f"provider_settings: {name}: {first['msg']}") from error
