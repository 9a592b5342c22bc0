"""The state of a chain at one block, read when it is looked at: the source of simulations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.remote.quantity import bytes_of, field, number_of, quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingot.remote.transport import Transport
    from ingot.types import Address, AddressLike

__all__ = ["RemoteState"]


class RemoteState:
    """Accounts, storage and block hashes as they were after block `block`. Each is asked for once.

    block: a number, or the 32 bytes of a block's hash (EIP-1898: a reorganisation is then an error, not a mixture).
    """

    def __init__(self, transport: Transport, block: int | bytes) -> None:
        self._transport = transport
        self.block = block
        self._tag: Any = quantity(block) if isinstance(block, int) else {"blockHash": f"0x{block.hex()}"}
        self._accounts: dict[Address, tuple[int, int, bytes]] = {}
        self._storage: dict[tuple[Address, int], int] = {}
        self._hashes: dict[int, bytes] = {}
        self.requests = 0
        """How many exchanges with the node there were."""

    def account(self, address: AddressLike) -> tuple[int, int, bytes]:
        """balance, nonce and code. Raises: ProviderError."""
        known = to_address(address)
        if known not in self._accounts:
            self.prefetch([known])
        return self._accounts[known]

    def storage(self, address: AddressLike, slot: int) -> int:
        """The word of a storage slot. Raises: ProviderError."""
        key = (to_address(address), slot)
        if key not in self._storage:
            self.prefetch(slots=[key])
        return self._storage[key]

    def block_hash(self, number: int) -> bytes:
        """32 bytes; zeros where there is no such block. Raises: ProviderError."""
        if number not in self._hashes:
            self.requests += 1
            method = "eth_getBlockByNumber"
            block = self._transport.request(method, [quantity(number), False])
            self._hashes[number] = (
                bytes(32) if block is None else bytes_of(field(block, "hash", method), method, size=32)
            )
        return self._hashes[number]

    def prefetch(
        self, accounts: Iterable[AddressLike] = (), *, slots: Iterable[tuple[AddressLike, int]] = ()
    ) -> None:
        """Read all of these at once. Raises: ProviderError."""
        wanted = [
            address for address in dict.fromkeys(map(to_address, accounts)) if address not in self._accounts
        ]
        words = [
            key
            for key in dict.fromkeys((to_address(address), slot) for address, slot in slots)
            if key not in self._storage
        ]
        requests: list[tuple[str, Sequence[Any]]] = [
            (method, [address, self._tag])
            for address in wanted
            for method in ("eth_getBalance", "eth_getTransactionCount", "eth_getCode")
        ]
        requests += [("eth_getStorageAt", [address, quantity(slot), self._tag]) for address, slot in words]
        if not requests:
            return
        self.requests += 1
        answers = self._transport.batch(requests)
        for answer in answers:
            if isinstance(answer, ProviderError):
                raise answer
        for index, address in enumerate(wanted):
            balance, nonce, code = answers[3 * index : 3 * index + 3]
            self._accounts[address] = (
                number_of(balance, "eth_getBalance"),
                number_of(nonce, "eth_getTransactionCount"),
                bytes_of(code, "eth_getCode"),
            )
        for key, answer in zip(words, answers[3 * len(wanted) :], strict=True):
            self._storage[key] = number_of(answer, "eth_getStorageAt")
