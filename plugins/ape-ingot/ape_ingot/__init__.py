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


@register(CompilerPlugin, trylast=True)  # ape takes the first, and those that want to be last come first
def register_compiler() -> Iterator[tuple[tuple[str, ...], type]]:
    """A compiler only if the configuration says so; but ape asks here before ape-solidity looks for solc."""
    from ape.utils.basemodel import ManagerAccessMixin

    config = ManagerAccessMixin.config_manager.get_config("ingot")
    version = getattr(ManagerAccessMixin.config_manager.get_config("solidity"), "version", None)
    if config.link_compilers and not _is_there(version):
        from ape_ingot.compilers import link_missing

        link_missing(ManagerAccessMixin.local_project)
    if config.compiler == "ingot":
        from ape.exceptions import ConfigError

        try:
            from ape_ingot.solidity.compiler import IngotSolidity
        except ImportError as error:
            raise ConfigError(
                "`ingot: compiler: ingot` builds on ape-solidity. Run: pip install ape-solidity"
            ) from error
        yield (".sol",), IngotSolidity


def _is_there(version: str | None) -> bool:
    """Whether py-solc-x has the version: then there is no need to load what finds compilers."""
    if not version:
        return False
    from solcx import get_solcx_install_folder

    return (get_solcx_install_folder() / f"solc-v{version}").exists()


def __getattr__(name: str) -> Any:
    if name == "IngotProvider":
        from ape_ingot.provider import IngotProvider

        return IngotProvider
    if name == "IngotConfig":
        from ape_ingot.config import IngotConfig

        return IngotConfig
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["IngotConfig", "IngotProvider"]
