"""Compile, test, harden and deploy Solidity contracts from Python.

project = ingot.load(".")
alice, bob = project.accounts[:2]
token = project.Token.deploy(10**24, sender=alice)
token.transfer(bob, 5, sender=alice)
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; importing typing would be most of what `import ingot` costs

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from ingot import errors, networks
    from ingot.accounts import Account
    from ingot.chain import Chain
    from ingot.contract import Contract, Deployer
    from ingot.conversion import convert, format_amount
    from ingot.deploy import Deployment, deployment
    from ingot.errors import (
        AbiError,
        CompileError,
        ConfigError,
        CustomError,
        DeployError,
        ExecutionError,
        Halt,
        IngotError,
        InvalidTransaction,
        Panic,
        ProviderError,
        Revert,
        RevertString,
        UsageError,
    )
    from ingot.expectation import reverts
    from ingot.node.serving import serve
    from ingot.project import Project, load
    from ingot.provider import Provider
    from ingot.receipt import Receipt
    from ingot.types import ZERO_ADDRESS, Address, AddressLike
    from ingot.web3_provider import async_web3, web3

__all__ = [
    "ZERO_ADDRESS",
    "AbiError",
    "Account",
    "Address",
    "AddressLike",
    "Chain",
    "CompileError",
    "ConfigError",
    "Contract",
    "CustomError",
    "DeployError",
    "Deployer",
    "Deployment",
    "ExecutionError",
    "Halt",
    "IngotError",
    "InvalidTransaction",
    "Panic",
    "Project",
    "Provider",
    "ProviderError",
    "Receipt",
    "Revert",
    "RevertString",
    "UsageError",
    "async_web3",
    "convert",
    "deployment",
    "errors",
    "format_amount",
    "load",
    "networks",
    "reverts",
    "serve",
    "web3",
]

_MODULES = ("errors", "networks")

_HOMES = {
    "accounts": ("Account",),
    "chain": ("Chain",),
    "contract": ("Contract", "Deployer"),
    "conversion": ("convert", "format_amount"),
    "deploy": ("Deployment", "deployment"),
    "project": ("Project", "load"),
    "provider": ("Provider",),
    "receipt": ("Receipt",),
    "expectation": ("reverts",),
    "node.serving": ("serve",),
    "web3_provider": ("async_web3", "web3"),
    "types": ("ZERO_ADDRESS", "Address", "AddressLike"),
}


def __getattr__(name: str) -> Any:
    """Load a public name's module when the name is first used (PEP 562): `import ingot` itself loads nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'ingot' has no attribute {name!r}")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"ingot.{name}")
    home = next((home for home, names in _HOMES.items() if name in names), "errors")
    value = getattr(import_module(f"ingot.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
