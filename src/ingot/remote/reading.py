"""What happened on a chain behind a node: transactions and how they ended, logs, blocks; and what the next ones ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.remote.block import RemoteBlock, RemoteBlocks
from ingot.remote.calling import TRACER, Calling, is_trace
from ingot.remote.fees import Fees, fee_requests, fees_of
from ingot.remote.logs import logs_between
from ingot.remote.outcome import RemoteLog, RemoteOutcome, frames_of, outcome_of_frames
from ingot.remote.quantity import bytes_of, field, hex_data, number_of, object_of, quantity
from ingot.remote.transaction import RemoteReceipt, RemoteTransaction, unsigned_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingot.remote.calling import Tag
    from ingot.remote.network import Network
    from ingot.remote.transport import Transport
    from ingot.types import AddressLike

__all__ = ["Reading"]


class Reading(Calling):
    """The half of a RemoteChain that changes nothing."""

    def __init__(
        self,
        transport: Transport,
        *,
        network: Network | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(transport, network=network, progress=progress)
        self.blocks = RemoteBlocks(self)

    # Transactions

    def receipt_of(self, txn_hash: bytes) -> RemoteReceipt | None:
        """What a block recorded of a transaction; None while it is in none."""
        given = self.transport.request("eth_getTransactionReceipt", [hex_data(txn_hash)])
        return _receipt(given)

    def find(self, txn_hash: bytes) -> RemoteTransaction | None:
        """A transaction that the node knows, pending or mined; None if it knows none with this hash."""
        given, receipt = self.ask_all(
            [
                ("eth_getTransactionByHash", [hex_data(txn_hash)]),
                ("eth_getTransactionReceipt", [hex_data(txn_hash)]),
            ]
        )
        if given is None:
            return None
        return RemoteTransaction(self, txn_hash, fields=unsigned_of(given), receipt=_receipt(receipt))

    def replay(self, transaction: Any, recording: int) -> RemoteOutcome:  # noqa: ARG002  (frames are all there is)
        """Execute a mined transaction again on the state that it saw, recording its calls.

        Raises: ProviderError, if the node does not trace, or does not keep that state.
        """
        method = "debug_traceTransaction"
        trace = self.transport.request(method, [hex_data(transaction.hash), TRACER])
        if not is_trace(trace):
            raise ProviderError(
                f"the node has no trace of 0x{transaction.hash.hex()}: it was undone, or is not kept",
                method=method,
            )
        return outcome_of_frames(
            frames_of(trace, method), gas_used=transaction.gas_used, logs=transaction.receipt.logs
        )

    def ending_of(self, transaction: RemoteTransaction) -> RemoteOutcome:
        """What a receipt does not say: the output, and how a failure came about.

        Traced where the node does that, else called on the state before its block (what came before it in the same
        block is missing then).      Raises: ProviderError, if a success cannot be executed again.
        """
        receipt = transaction.receipt
        try:
            return self.replay(transaction, 1)
        except ProviderError as error:
            refused = error
        try:
            outcome = self.call(
                sender=transaction.sender,
                to=transaction.to,
                data=transaction.data,
                value=transaction.value,
                gas_limit=transaction.gas_limit,
                block=receipt.block_number - 1,
            )
        except ProviderError as error:
            refused = error
        else:
            if outcome.succeeded == receipt.succeeded:
                return outcome
        if receipt.succeeded:
            raise refused
        if receipt.gas_used == transaction.gas_limit:
            return RemoteOutcome("halt", gas_used=receipt.gas_used, halt_reason="out of gas")
        return RemoteOutcome("revert", gas_used=receipt.gas_used)

    def logs(
        self,
        *,
        from_block: int,
        to_block: int,
        addresses: Sequence[AddressLike] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> list[tuple[RemoteTransaction, RemoteLog]]:
        """Logs of a range of blocks, both ends included; asked for in pieces where the node wants that."""
        method = "eth_getLogs"
        criteria: dict[str, Any] = {}
        if addresses:
            criteria["address"] = [to_address(address) for address in addresses]
        if topics:
            criteria["topics"] = [_topic(topic) for topic in topics]
        found: list[tuple[RemoteTransaction, RemoteLog]] = []
        known: dict[str, RemoteTransaction] = {}
        for given in logs_between(self.transport, from_block, to_block, criteria, progress=self.progress):
            digest = field(given, "transactionHash", method)
            if digest not in known:
                known[digest] = RemoteTransaction(self, bytes_of(digest, method, size=32))
            found.append((known[digest], RemoteLog.from_json(given, method)))
        return found

    # Blocks and fees

    def block(self, number: int | Tag) -> RemoteBlock:
        """A block by number, or "latest", "pending", "finalized". Raises: ProviderError, if there is none."""
        method = "eth_getBlockByNumber"
        tag = quantity(number) if isinstance(number, int) else number
        given = self.transport.request(method, [tag, False])
        if given is None:
            raise ProviderError(f"{self.transport.shown} has no block {number}", method=method)
        return RemoteBlock(given, self)

    def fees(self) -> Fees:
        """What the next blocks ask for."""
        has_base_fee = self.facts.has_base_fee
        return fees_of(
            self.transport.batch(fee_requests(has_base_fee=has_base_fee)), has_base_fee=has_base_fee
        )

    @property
    def base_fee(self) -> int:
        """Of the next block, wei for each gas; 0 on a chain with legacy prices."""
        return self.fees().base_fee or 0

    @property
    def gas_price(self) -> int:
        """What a gas costs now, tip included."""
        return number_of(self.transport.request("eth_gasPrice"), "eth_gasPrice")


def _receipt(given: Any) -> RemoteReceipt | None:
    # While it is pending, some nodes give a receipt without a block.
    if given is None or object_of(given, "eth_getTransactionReceipt").get("blockHash") is None:
        return None
    return RemoteReceipt.from_json(given)


def _topic(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None:
        return None
    return hex_data(topic) if isinstance(topic, (bytes, bytearray)) else [hex_data(word) for word in topic]
