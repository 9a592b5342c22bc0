"""The configuration of a project, read once and frozen.

    config = load_config(find_root())
    config.solidity.version, config.test.mnemonic

Modules are loaded when a name is first used: a no-change compile needs none of the readers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.config.fields import parse_remapping
    from ingot.config.load import load_config
    from ingot.config.model import (
        DEFAULT_MNEMONIC,
        Config,
        Dependency,
        Remapping,
        SettingsOverride,
        SoliditySettings,
        TestSettings,
    )
    from ingot.config.networks import CustomNetwork, NetworksConfig, NetworkSettings, read_networks
    from ingot.config.root import find_root, is_project

__all__ = [
    "DEFAULT_MNEMONIC",
    "Config",
    "CustomNetwork",
    "Dependency",
    "NetworkSettings",
    "NetworksConfig",
    "Remapping",
    "SettingsOverride",
    "SoliditySettings",
    "TestSettings",
    "find_root",
    "is_project",
    "load_config",
    "parse_remapping",
    "read_networks",
]

_HOMES = {
    "CustomNetwork": "networks",
    "NetworkSettings": "networks",
    "NetworksConfig": "networks",
    "read_networks": "networks",
    "find_root": "root",
    "is_project": "root",
    "load_config": "load",
    "parse_remapping": "fields",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'model')}"), name)
    globals()[name] = value
    return value
