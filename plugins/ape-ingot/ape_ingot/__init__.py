"""Ape's tests on ingot's chain, inside the process: `ape test --network ethereum:local:ingot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.plugins import register
from ape.plugins.compiler import CompilerPlugin
from ape.plugins.config import Config
from ape.plugins.network import ProviderPlugin

from ape_ingot.versions import require_supported_ape

if TYPE_CHECKING:
    from collections.abc import Iterator

require_supported_ape()


@register(Config)
def config_class() -> type:
    """`ingot:` in ape-config.yaml."""
    from ape_ingot.config import IngotConfig

    return IngotConfig


@register(ProviderPlugin)
def providers() -> Iterator[tuple[str, str, type]]:
    """`ethereum:local:ingot`."""
    from ape_ingot.provider import IngotProvider

    yield "ethereum", "local", IngotProvider


@register(CompilerPlugin)
def register_compiler() -> Iterator[tuple[tuple[str, ...], type]]:
    """No compiler: but ape asks here before ape-solidity looks for one."""
    from ape.utils.basemodel import ManagerAccessMixin

    if ManagerAccessMixin.config_manager.get_config("ingot").link_compilers:
        from ape_ingot.compilers import link_missing

        link_missing(ManagerAccessMixin.local_project.path)
    yield from ()


def __getattr__(name: str) -> Any:
    if name == "IngotProvider":
        from ape_ingot.provider import IngotProvider

        return IngotProvider
    if name == "IngotConfig":
        from ape_ingot.config import IngotConfig

        return IngotConfig
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["IngotConfig", "IngotProvider"]
