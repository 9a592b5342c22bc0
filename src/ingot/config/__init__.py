"""The configuration of a project, read once and frozen.

config = load_config(find_root())
config.solidity.version, config.test.mnemonic
"""

from __future__ import annotations

from ingot.config.fields import parse_remapping
from ingot.config.load import find_root, is_project, load_config
from ingot.config.model import (
    DEFAULT_MNEMONIC,
    Config,
    Dependency,
    Remapping,
    SettingsOverride,
    SoliditySettings,
    TestSettings,
)

__all__ = [
    "DEFAULT_MNEMONIC",
    "Config",
    "Dependency",
    "Remapping",
    "SettingsOverride",
    "SoliditySettings",
    "TestSettings",
    "find_root",
    "is_project",
    "load_config",
    "parse_remapping",
]
