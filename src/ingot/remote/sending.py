"""Sending over a node: prepare, sign, broadcast, wait; each by itself, or all in `send`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ingot.conversion import to_address, to_bytes
from ingot.engine import keccak256
from ingot.errors import InvalidTransaction, ProviderError, RateLimited, Unreachable, UsageError
from ingot.receipt import Receipt
from ingot.remote.nonces import Nonces
from ingot.remote.preparation import Fields, Preparation
from ingot.remote.quantity import hex_data
from ingot.remote.reading import Reading
from ingot.remote.refusal import ALREADY_KNOWN, invalid_transaction, refusal_of
from ingot.remote.rollup import data_fees
from ingot.remote.transaction import RemoteTransaction, UnsignedTransaction
from ingot.remote.waiting import Waiting
from ingot.remote.words import ending_of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingot.abi import Function
    from ingot.engine import Transaction
    from ingot.provider import Signer
    from ingot.remote.network import Network
    from ingot.remote.transport import Transport
    from ingot.types import Address, AddressLike

__all__ = ["Sending"]

_SEND_RAW = "eth_sendRawTransaction"
_ATTEMPTS = 3


class Sending(Reading):
    """The half of a RemoteChain that sends."""

    def __init__(
        self,
        transport: Transport,
        *,
        network: Network | None = None,
        progress: Callable[[str], None] | None = None,
        max_fee: int | None = None,
        gas_margin: float = 1.2,
        timeout_s: float = 300.0,
    ) -> None:
        super().__init__(transport, network=network, progress=progress)
        self.max_fee = max_fee
        self.gas_margin = gas_margin
        self.timeout_s = timeout_s
        self.patience_s = 1.0
        """Before a transaction that did not arrive is sent again."""
        self.nonces = Nonces()
        self._signers: dict[Address, Signer] = {}
        self._instead = ""

    @contextmanager
    def only_prepared(self, instead: str) -> Iterator[None]:
        """Inside, `send` refuses: whoever sends prepares, writes down and broadcasts. instead: what to do, for people."""
        before, self._instead = self._instead, instead
        try:
            yield
        finally:
            self._instead = before

    def refuse_unwritten(self) -> None:
        """Raises: UsageError, inside `only_prepared`."""
        if self._instead:
            raise UsageError(f"here nothing is sent that is not written down first: {self._instead}")

    def hold(self, signer: Signer) -> None:
        """Sign with `signer` what its address sends."""
        self._signers[signer.address] = signer

    @property
    def mines_failures(self) -> bool:
        """Whether what would fail is sent all the same."""
        return False

    # Prepare

    def prepare(
        self,
        *,
        sender: AddressLike,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        gas_limit: int | None = None,
        nonce: int | None = None,
        type: int | None = None,  # noqa: A002  (the name of the field)
        gas_price: int | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] | None = None,
        authorizations: Sequence[Mapping[str, Any]] | None = None,
        blob_hashes: Sequence[bytes] | None = None,
        max_fee_per_blob_gas: int | None = None,
    ) -> UnsignedTransaction:
        """Fill whatever is left out: nonce, fees, gas limit with a margin; in one exchange with the node. Sends nothing.

        Raises: ExecutionError, if it would fail (give gas_limit to send it all the same); InvalidTransaction, if the
        sender cannot pay for it or `max_fee` of the chain is below the market; WrongChain.
        """
        fields = Fields(
            sender=to_address(sender),
            to=None if to is None else to_address(to),
            data=bytes(data),
            value=value,
            access_list=tuple((to_address(address), _words(keys)) for address, keys in access_list or ()),
            authorizations=tuple(authorizations or ()),
            blob_hashes=tuple(blob_hashes or ()),
            gas_limit=gas_limit,
            nonce=nonce,
            type=type,
            gas_price=gas_price,
            max_fee=max_fee,
            max_priority_fee=max_priority_fee,
            max_fee_per_blob_gas=max_fee_per_blob_gas,
        )
        return Preparation(self, fields).run()

    def data_fees(self, transactions: Sequence[UnsignedTransaction]) -> list[int]:
        """What a rollup will charge for each of them on top of gas, in wei, as of now; 0 on other chains."""
        rollup = "" if self.network is None else self.network.rollup
        return data_fees(self.transport, transactions, rollup=rollup)

    def sign(self, unsigned: UnsignedTransaction) -> Transaction:
        """Sign for its sender. Raises: UsageError, if nobody here signs for it."""
        signer = self._signers.get(unsigned.sender)
        if signer is None:
            raise UsageError(
                f"there is no key for {unsigned.sender} here: load its account, accounts.load('alias'), and send with that"
            )
        return signer.sign_transaction(unsigned.fields())

    # Broadcast

    def broadcast(self, transaction: Transaction) -> None:
        """Hand a signed transaction to the node; one that it has already is success.

        Where the connection fails the node is asked whether it has the transaction before it is sent again.
        Raises: InvalidTransaction, if the node refuses it; Unreachable, if nobody knows.
        """
        for attempt in range(_ATTEMPTS):
            try:
                self.transport.request(_SEND_RAW, [hex_data(transaction.raw)])
                break
            except Unreachable as error:
                if self._has(transaction, error):
                    break
                if attempt + 1 == _ATTEMPTS:
                    raise
                self._pause_after(error)
            except ProviderError as error:
                self._refused(transaction, error)
                break
        self.nonces.used(transaction.sender, transaction.nonce)

    def _pause_after(self, error: Unreachable) -> None:
        asked = error.retry_after_s if isinstance(error, RateLimited) else None
        time.sleep(min(self.patience_s if asked is None else asked, 10.0))

    def _has(self, transaction: Transaction, error: Unreachable) -> bool:
        """Whether the node knows it. Raises: Unreachable, the first one, if that cannot be asked either."""
        try:
            return (
                self.transport.request("eth_getTransactionByHash", [hex_data(transaction.hash)]) is not None
            )
        except Unreachable:
            raise error from None

    def _refused(self, transaction: Transaction, error: ProviderError) -> None:
        """Raises: InvalidTransaction, unless the node has this very transaction."""
        refusal = refusal_of(error)
        if refusal is not None and refusal.reason == ALREADY_KNOWN:
            return
        failed = ending_of_error(error) is not None  # Hardhat mines it, and then answers how it failed
        was_mined = refusal is not None and refusal.reason == "nonce too low"  # before it was sent again
        if (failed or was_mined) and self.find(transaction.hash) is not None:
            return
        if refusal is None:
            raise InvalidTransaction(
                f"the node refused the transaction: {error}", reason=str(error)
            ) from error
        raise invalid_transaction(error, refusal) from error

    # Wait

    def wait(
        self,
        txn_hash: bytes,
        *,
        confirmations: int = 0,
        timeout_s: float | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> RemoteTransaction:
        """Until a transaction is in a block, and that has `confirmations` blocks on top of it.

        progress: takes the number of blocks on top of it, whenever that changes.
        Raises: TransactionLost, if the node no longer knows it; ProviderError, after `timeout_s`.
        """
        return Waiting(
            self, txn_hash, confirmations=confirmations, timeout_s=timeout_s, progress=progress
        ).run()

    # All of it

    def send(
        self,
        *,
        sender: AddressLike,
        to: AddressLike | None = None,
        recording: int | None = None,  # noqa: ARG002  (a node records when it is asked to trace)
        **settings: Any,
    ) -> RemoteTransaction:
        """Prepare, sign, broadcast and wait until it is mined. settings: as for `prepare`."""
        self.refuse_unwritten()
        return self._complete(self.prepare(sender=sender, to=to, **settings))

    def send_function(
        self,
        function: Function,
        to: AddressLike,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        sender: AddressLike | None = None,
        value: int = 0,
        gas_limit: int | None = None,
    ) -> RemoteTransaction:
        """Encode and send. Raises: ProviderError, if there is no code at `to`."""
        data = function.encode(args, kwargs)
        chosen = self.default_sender if sender is None else sender
        if chosen is None:
            raise UsageError(
                f"{function.name} sends a transaction: say who sends it, sender=accounts['alias']"
            )
        self._require_code(to_address(to))
        return self.send(sender=chosen, to=to, data=data, value=value, gas_limit=gas_limit)

    def _complete(self, unsigned: UnsignedTransaction) -> RemoteTransaction:
        signed = self.sign(unsigned)
        self.broadcast(signed)
        return self._sent(signed.hash, unsigned)

    def _sent(self, txn_hash: bytes, unsigned: UnsignedTransaction | None) -> RemoteTransaction:
        return Waiting(self, txn_hash, fields=unsigned).run()

    def send_raw(self, raw: bytes) -> Receipt:
        """Send a signed transaction, EIP-2718 encoded, and wait until it is mined. Raises: InvalidTransaction."""
        self.refuse_unwritten()
        try:
            self.transport.request(_SEND_RAW, [hex_data(raw)])
        except Unreachable:
            raise
        except ProviderError as error:
            refusal = refusal_of(error)
            if refusal is None or refusal.reason != ALREADY_KNOWN:
                raise (error if refusal is None else invalid_transaction(error, refusal)) from error
        return Receipt(self._sent(keccak256(raw), None), self.provider)

    def get_receipt(self, transaction_hash: str | bytes) -> Receipt:
        """The receipt of a transaction of this chain. Raises: ProviderError, if there is none."""
        digest = to_bytes(transaction_hash)
        transaction = self.find(digest)
        if transaction is None:
            raise ProviderError(
                f"no transaction 0x{digest.hex()} on this chain", method="eth_getTransactionByHash"
            )
        return Receipt(transaction, self.provider)


def _words(keys: Sequence[bytes]) -> tuple[bytes, ...]:
    """Raises: UsageError, for a storage key that is none."""
    for key in keys:
        if not isinstance(key, (bytes, bytearray)) or len(key) != 32:
            raise UsageError(f"access_list: a storage key is 32 bytes; {key!r} is none")
    return tuple(bytes(key) for key in keys)
