"""Publish what a contract was made from: Etherscan, Sourcify, Blockscout. And prove without them that the code is ours.

    verification = Verification(config, artifacts, Node(transport), services)
    verify(verification, [Target(address, "Token")], say=print)

Modules are loaded when a name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.verify.examination import Examination, Target
    from ingot.verify.node import Node
    from ingot.verify.workflow import Verification, verify

__all__ = ["Examination", "Node", "Target", "Verification", "verify"]

_HOMES = {
    "Examination": "examination",
    "Target": "examination",
    "Node": "node",
    "Verification": "workflow",
    "verify": "workflow",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
