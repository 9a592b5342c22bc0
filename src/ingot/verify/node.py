"""What verification asks a node: code, storage, and the transaction that made a contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ingot.contract.deployer import CREATE2_DEPLOYER
from ingot.conversion import to_address
from ingot.engine import create2_address
from ingot.errors import ProviderError
from ingot.types import Address

__all__ = ["Node", "Requests"]


class Requests(Protocol):
    """A transport: JSON-RPC in, results out."""

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The result. Raises: ProviderError."""


class Node:
    """Reads of one node at its latest block."""

    def __init__(self, transport: Requests) -> None:
        self._transport = transport

    def chain_id(self) -> int:
        """EIP-155."""
        return int(self._transport.request("eth_chainId"), 16)

    def code(self, address: Address, block: str = "latest") -> bytes:
        """Runtime code, b"" where none is."""
        return bytes.fromhex(self._transport.request("eth_getCode", [str(address), block])[2:])

    def storage(self, address: Address, slot: int) -> bytes:
        """32 bytes."""
        word: str = self._transport.request("eth_getStorageAt", [str(address), hex(slot), "latest"])
        return int(word, 16).to_bytes(32, "big")

    def call(self, address: Address, data: bytes) -> bytes:
        """What a view answers."""
        fields = {"to": str(address), "data": "0x" + data.hex()}
        return bytes.fromhex(self._transport.request("eth_call", [fields, "latest"])[2:])

    def transaction(self, txn_hash: str) -> dict[str, Any] | None:
        """As JSON-RPC has it."""
        found: dict[str, Any] | None = self._transport.request("eth_getTransactionByHash", [txn_hash])
        return found

    def creation_code(self, txn_hash: str, address: Address) -> bytes:
        """The code that ran to create `address` in that transaction, arguments behind it; b"" if it cannot be told.

        A plain creation carries it as its input, one through the CREATE2 deployer behind the salt. What another contract
        created is looked up in a trace, where the node makes them.
        """
        transaction = self.transaction(txn_hash)
        if transaction is None:
            return b""
        data = bytes.fromhex(transaction["input"][2:])
        if transaction.get("to") is None:
            receipt = self._transport.request("eth_getTransactionReceipt", [txn_hash]) or {}
            made = receipt.get("contractAddress")
            if made and to_address(made) == address:
                return data
        elif to_address(transaction["to"]) == CREATE2_DEPLOYER and address == create2_address(
            CREATE2_DEPLOYER, data[:32], data[32:]
        ):
            return data[32:]
        return self._traced(txn_hash, address)

    def _traced(self, txn_hash: str, address: Address) -> bytes:
        try:
            waiting = [
                self._transport.request("debug_traceTransaction", [txn_hash, {"tracer": "callTracer"}])
            ]
        except ProviderError:
            return b""
        while waiting:
            frame = waiting.pop()
            made = str(frame.get("type", "")).startswith("CREATE") and not frame.get("error")
            if made and str(frame.get("to", "")).lower() == address.lower():
                return bytes.fromhex(frame["input"][2:])
            waiting += frame.get("calls") or ()
        return b""

    def creation_transaction(self, address: Address) -> str:
        """Hash of the transaction that created the contract at `address`, "" if the node cannot tell.

        Asked of the node's index where it has one (Otterscan's API: Erigon, anvil), else searched by block, for which
        the node must keep the states since then.
        """
        try:
            found = self._transport.request("ots_getContractCreator", [str(address)])
            if isinstance(found, dict) and found.get("hash"):
                return str(found["hash"])
        except ProviderError:
            pass  # It has no such index.
        try:
            return self._searched(address)
        except ProviderError:
            return ""  # It does not keep old states.

    def _searched(self, address: Address) -> str:
        block = self._transport.request("eth_getBlockByNumber", [hex(self._first_block(address)), False])
        for txn_hash in block["transactions"]:
            receipt = self._transport.request("eth_getTransactionReceipt", [txn_hash])
            made = receipt.get("contractAddress") if receipt else None
            if made and to_address(made) == address:
                return str(txn_hash)
        return next((str(each) for each in block["transactions"] if self._traced(str(each), address)), "")

    def _first_block(self, address: Address) -> int:
        """The block in which code appeared. From the latest back, in growing steps: most nodes keep recent states only.

        Raises: ProviderError, if the node does not keep those that it takes.
        """
        high, step = int(self._transport.request("eth_blockNumber"), 16), 1
        low = max(0, high - step)
        while low > 0 and self.code(address, hex(low)):
            high, step = low, 2 * step
            low = max(0, high - step)
        while low < high:
            middle = (low + high) // 2
            if self.code(address, hex(middle)):
                high = middle
            else:
                low = middle + 1
        return low
