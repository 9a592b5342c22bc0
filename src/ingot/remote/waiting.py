"""Waiting for a transaction: until it is in a block, and that block has others on top of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError, TransactionLost
from ingot.remote.quantity import hex_data, number_of, object_of
from ingot.remote.transaction import RemoteReceipt, RemoteTransaction, unsigned_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ingot.remote.sending import Sending
    from ingot.remote.transaction import UnsignedTransaction

__all__ = ["Waiting"]

_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 4.0
_DEVELOPMENT_PAUSE_S = 0.25
_PATIENCE_S = 10.0
"""For how long a node may say that it knows nothing of a transaction: behind one URL there may be several."""


class Waiting:
    """Asks at once, then in growing intervals up to the network's block time."""

    def __init__(
        self,
        chain: Sending,
        txn_hash: bytes,
        *,
        confirmations: int = 0,
        timeout_s: float | None = None,
        progress: Callable[[int], None] | None = None,
        fields: UnsignedTransaction | None = None,
    ) -> None:
        self._chain = chain
        self._hash = txn_hash
        self._confirmations = confirmations
        self._timeout_s = chain.timeout_s if timeout_s is None else timeout_s
        self._progress = progress
        self._fields = fields
        self._started = time.monotonic()
        self._pause_s = _FIRST_PAUSE_S
        self._told = False
        self._depth = -1
        self._unknown_since: float | None = None

    def run(self) -> RemoteTransaction:
        """The transaction, mined. Raises: TransactionLost; ProviderError, if it takes too long."""
        while True:
            receipt = self._look()
            if receipt is not None:
                return RemoteTransaction(self._chain, self._hash, fields=self._fields, receipt=receipt)
            elapsed_s = time.monotonic() - self._started
            if elapsed_s + self._pause_s > self._timeout_s:
                raise self._too_long()
            self._tell(elapsed_s)
            time.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, self._longest_pause_s())

    def _look(self) -> RemoteReceipt | None:
        """The receipt, once it is deep enough."""
        digest = hex_data(self._hash)
        requests: list[tuple[str, Sequence[Any]]] = [("eth_getTransactionReceipt", [digest])]
        if self._confirmations:
            requests.append(("eth_blockNumber", []))
        checks = self._pause_s > 0.1
        if checks:
            requests.append(("eth_getTransactionByHash", [digest]))
        answers = self._chain.ask_all(requests)
        if answers[0] is None or object_of(answers[0], requests[0][0]).get("blockHash") is None:
            if checks:
                self._require_known(answers[-1])
            return None
        self._unknown_since = None
        receipt = RemoteReceipt.from_json(answers[0])
        self._chain.saw(receipt.block_number)
        if not self._confirmations:
            return receipt
        depth = max(0, number_of(answers[1], "eth_blockNumber") - receipt.block_number)
        if self._progress is not None and depth != self._depth:
            self._progress(depth)
        self._depth = depth
        return receipt if depth >= self._confirmations else None

    def _require_known(self, given: Any) -> None:
        """Raises: TransactionLost, if another one took its nonce, or nobody has known it for a while."""
        if given is not None:
            self._unknown_since = None
            self._fields = self._fields or unsigned_of(given)
            return
        now = time.monotonic()
        self._unknown_since = self._unknown_since or now
        replaced = self._is_replaced()
        if not replaced and now - self._unknown_since < _PATIENCE_S:
            return
        digest = f"0x{self._hash.hex()}"
        why = (
            "another transaction with its nonce was mined"
            if replaced
            else f"for {_PATIENCE_S:g} s it has been in no block and not among those that wait: it was dropped"
        )
        raise TransactionLost(
            f"{self._chain.transport.shown} no longer knows {digest}: {why}",
            txn_hash=digest,
            replaced=replaced,
        )

    def _is_replaced(self) -> bool:
        if self._fields is None:
            return False
        mined = self._chain.get_nonce(self._fields.sender)
        # It may have been mined itself since the node was asked.
        return mined > self._fields.nonce and self._chain.receipt_of(self._hash) is None

    def _longest_pause_s(self) -> float:
        if self._chain.is_development:
            return _DEVELOPMENT_PAUSE_S
        network = self._chain.network
        block_time_s = network.block_time_s if network is not None else 0
        return min(block_time_s or _LONGEST_PAUSE_S, _LONGEST_PAUSE_S)

    def _tell(self, elapsed_s: float) -> None:
        if elapsed_s > 1 and not self._told and self._chain.progress is not None and self._progress is None:
            self._told = True
            self._chain.progress(f"waiting for 0x{self._hash.hex()} to be mined ...")

    def _too_long(self) -> ProviderError:
        what = (
            f"has {self._depth} of {self._confirmations} blocks on top of it"
            if self._depth >= 0
            else "is not mined"
        )
        return ProviderError(
            f"0x{self._hash.hex()} {what} after {self._timeout_s:g} s. It may still be: wait for it again, or send it "
            "once more with the same nonce and higher fees",
            method="eth_getTransactionReceipt",
        )
