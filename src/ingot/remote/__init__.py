"""Chains behind a node: JSON-RPC, fees, nonces, and what is known of public networks."""

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
