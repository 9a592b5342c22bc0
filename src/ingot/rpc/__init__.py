"""JSON-RPC over a chain in process: what a node serves, and what web3 and ape are given without one.

    rpc = Rpc(chain)
    rpc.request("eth_blockNumber")              # "0x0"
    rpc.handle(b'{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}')

It knows no transport.
"""

from ingot.errors import RpcError
from ingot.rpc.method import Method, Parameter
from ingot.rpc.rpc import METHODS, Rpc

__all__ = ["METHODS", "Method", "Parameter", "Rpc", "RpcError"]
