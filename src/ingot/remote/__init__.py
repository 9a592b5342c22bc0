"""Chains behind a node: JSON-RPC, fees, nonces, and what is known of public networks.

Modules are loaded when a name is first used: the table of networks needs none of the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.remote.chain import RemoteChain
    from ingot.remote.fees import Fees
    from ingot.remote.network import Network
    from ingot.remote.state import RemoteState
    from ingot.remote.transaction import RemoteTransaction, UnsignedTransaction
    from ingot.remote.transport import Transport, open_transport

__all__ = [
    "Fees",
    "Network",
    "RemoteChain",
    "RemoteState",
    "RemoteTransaction",
    "Transport",
    "UnsignedTransaction",
    "open_transport",
]

_HOMES = {
    "Fees": "fees",
    "Network": "network",
    "RemoteChain": "chain",
    "RemoteState": "state",
    "RemoteTransaction": "transaction",
    "Transport": "transport",
    "UnsignedTransaction": "transaction",
    "open_transport": "transport",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
