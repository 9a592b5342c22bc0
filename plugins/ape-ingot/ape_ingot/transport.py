"""JSON-RPC without a node: what `provider.web3` and `provider.make_request` answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.exceptions import APINotImplementedError, ProviderError
from web3 import Web3
from web3.providers import BaseProvider

from ingot.errors import RpcError
from ingot.rpc import Rpc

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCResponse

__all__ = ["ChainTransport", "answer", "web3_of"]

_METHOD_NOT_FOUND = -32601


class ChainTransport(BaseProvider):
    """A provider of web3.py's that asks the method table instead of a server."""

    def __init__(self, rpc: Rpc) -> None:
        super().__init__()
        self._rpc = rpc

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """What a node would answer."""
        response: RPCResponse = {"jsonrpc": "2.0", "id": 1}
        try:
            response["result"] = self._rpc.request(method, plain(params) or ())
        except RpcError as error:
            response["error"] = {"code": error.code or -32603, "message": str(error)}
            if error.data is not None:
                response["error"]["data"] = error.data  # type: ignore[typeddict-unknown-key]
        return response

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Always."""
        del show_traceback
        return True


def plain(value: Any) -> Any:
    """JSON values of what Python programs pass: bytes as hex, tuples as lists."""
    if isinstance(value, (bytes, bytearray)):
        return "0x" + bytes(value).hex()
    if isinstance(value, dict) or hasattr(value, "items"):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def web3_of(rpc: Rpc) -> Web3:
    """A Web3 over the method table."""
    return Web3(ChainTransport(rpc))


def answer(rpc: Rpc, method: str, params: Any) -> Any:
    """The result. Raises: ape's errors."""
    try:
        return rpc.request(method, plain(list(params or ())))
    except RpcError as error:
        if error.code == _METHOD_NOT_FOUND:
            raise APINotImplementedError(f"RPC method '{method}' is not implemented by ingot.") from error
        raise ProviderError(str(error)) from error
