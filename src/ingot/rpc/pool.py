"""What waits to be mined: the engine's queue, and transactions whose nonce is not next yet."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import decode_transaction, to_address
from ingot.errors import IngotError, InvalidTransaction
from ingot.rpc.failure import server_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ingot.engine import Engine, Transaction
    from ingot.rpc.clock import Clock
    from ingot.types import Address

__all__ = ["Pool"]

MAX_QUEUED = 4096
"""How many transactions may wait for one before them."""

_MAX_BYTES: Final = 128 * 1024
_MAX_FEE: Final = 10**18
"""Wei. Source: geth, --rpc.txfeecap."""
_BLOBS: Final = 3
_LAST_NONCE: Final = (1 << 64) - 1

Offer = tuple[int, int]
"""The most for each gas, and the most of that as a tip; wei."""

_BUMP_PERCENT = 10
"""By how much a transaction must pay more than the one whose nonce it takes."""


class Pool:
    """Takes transactions as a node does: gaps in nonces wait, higher fees replace."""

    def __init__(
        self,
        engine: Engine,
        before_block: Callable[[], None],
        clock: Clock,
        *,
        is_client: bool = False,
    ) -> None:
        self._is_client = is_client
        self._engine = engine
        self._before_block = before_block
        self._clock = clock
        self._queued: dict[tuple[Address, int], Transaction] = {}

    @property
    def queued(self) -> list[Transaction]:
        """Transactions that wait for one before them, by sender and nonce."""
        return [self._queued[key] for key in sorted(self._queued)]

    @property
    def pending(self) -> list[Transaction]:
        """Transactions that the next block may take."""
        return self._engine.pending_transactions()

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self._queued or self._engine.pending_transactions())

    def find(self, transaction_hash: bytes) -> Transaction | None:
        """A transaction of the chain, or one that waits."""
        found = self._engine.transaction(transaction_hash)
        if found is not None:
            return found
        return next((each for each in self._queued.values() if each.hash == transaction_hash), None)

    def next_nonce(self, sender: bytes) -> int:
        """What the next transaction of an account carries."""
        known = to_address(sender)
        return self._engine.nonce(sender) + sum(each.sender == known for each in self.pending)

    def find_by_nonce(self, sender: bytes, nonce: int) -> Transaction | None:
        """The transaction that an account sent with a nonce."""
        engine, known = self._engine, to_address(sender)
        for each in (*self.pending, *self._queued.values()):
            if each.sender == known and each.nonce == nonce:
                return each
        if nonce >= engine.nonce(sender):
            return None
        # The first block after which the nonce is used: found by halves.
        low, high = engine.first_block_number, engine.block_number
        while low < high:
            middle = (low + high) // 2
            if engine.nonce(sender, middle) > nonce:
                high = middle
            else:
                low = middle + 1
        found = (
            each for each in engine.block(low).transactions if each.sender == known and each.nonce == nonce
        )
        return next(found, None)

    # Taking

    def send(self, fields: dict[str, Any]) -> Transaction:
        """Send for an account, or let it wait for those before it. Raises: InvalidTransaction."""
        self._begin()
        engine, nonce = self._engine, fields.get("nonce")
        if nonce is not None and nonce > self.next_nonce(fields["sender"]):
            return self._queue(engine.send(**fields, is_sent=False))
        if nonce is None or engine.automine:
            transaction = engine.send(**fields)
        else:
            with self._room(to_address(fields["sender"]), nonce, _offer(fields)):
                transaction = engine.send(**fields)
        self._promote(transaction.sender)
        return transaction

    def take(self, transaction: dict[str, Any] | bytes) -> Transaction:
        """Send a transaction, signed or for an account, to be mined later."""
        return self.send_raw(transaction) if isinstance(transaction, bytes) else self.send(transaction)

    def send_raw(self, raw: bytes) -> Transaction:
        """Send a signed transaction, or let it wait for those before it. Raises: InvalidTransaction."""
        self._begin()
        engine = self._engine
        transaction = decode_transaction(raw)
        sender, nonce = transaction.sender, transaction.nonce
        found = engine.transaction(transaction.hash)
        if found is not None and not found.is_mined:
            raise _already_known(transaction)
        if nonce == _LAST_NONCE:
            raise _last_nonce()
        if self._is_client:
            _check_policy(transaction, raw)
        following = self.next_nonce(bytes(sender))
        if nonce > following:
            return self._queue(transaction)
        if engine.nonce(sender) <= nonce < following:
            with self._room(sender, nonce, _offer_of(transaction)):
                accepted = engine.resend(transaction)
        else:
            accepted = engine.resend(transaction)
        self._promote(sender)
        return accepted

    def promote(self) -> None:
        """Let the next block have what waits for nobody: what can be paid now."""
        for sender in {sender: None for sender, _ in self._queued}:
            self._promote(sender)

    def _begin(self) -> None:
        if self._engine.automine:
            self._before_block()
        self._clock.prepare()

    def _queue(self, transaction: Transaction) -> Transaction:
        key = (transaction.sender, transaction.nonce)
        known = self._queued.get(key)
        if transaction.nonce == _LAST_NONCE:
            raise _last_nonce()
        if transaction.chain_id not in (None, self._engine.chain_id):
            raise server_error(f"invalid chain id: this chain is {self._engine.chain_id}")
        if known is not None:
            if known.hash == transaction.hash:
                raise _already_known(transaction)
            self._check_bump(_offer_of(known), _offer_of(transaction))
        elif len(self._queued) >= MAX_QUEUED:
            raise server_error("txpool is full: too many transactions wait for one before them")
        self._engine.check(transaction)
        self._queued[key] = transaction
        return transaction

    @contextmanager
    def _room(self, sender: Address, nonce: int, offer: Offer) -> Iterator[None]:
        """Inside, what waits from `nonce` on is out of the engine's queue, if the one with that nonce is outbid.

        Who comes instead of it is taken inside; if it is refused, everything waits as before.
        """
        later = [each for each in self.pending if each.sender == sender and each.nonce >= nonce]
        if not later:
            yield
            return
        self._check_bump(_offer_of(later[0]), offer)
        for each in later:
            self._engine.drop_transaction(each.hash)
        try:
            yield
        except IngotError:
            for each in later:
                self._engine.resend(each)
            raise
        for each in later[1:]:
            self._queued[sender, each.nonce] = each

    def _check_bump(self, paid: Offer, offered: Offer) -> None:
        """Raises: RpcError, if it is not enough to replace another. A client wants a higher tip, too."""
        names = ("wei for each gas", "wei as a tip") if self._is_client else ("wei for each gas",)
        for name, was, now in zip(names, paid, offered, strict=False):
            if now * 100 < was * (100 + _BUMP_PERCENT):
                least = (was * (100 + _BUMP_PERCENT) + 99) // 100
                raise server_error(
                    f"replacement transaction underpriced: it offers {now} {name}, at least {least} is needed"
                )

    def _promote(self, sender: Address) -> None:
        """Send what waited for the transaction that came. What cannot be paid with all before it goes on waiting."""
        if not self._queued:
            return
        while True:
            nonce = self.next_nonce(bytes(sender))
            waiting = self._queued.get((sender, nonce))
            if waiting is None:
                break
            try:
                self._engine.resend(waiting)
            except InvalidTransaction as refused:
                if refused.reason.startswith("insufficient funds"):
                    break
            del self._queued[sender, nonce]
        for key in [key for key in self._queued if key[0] == sender and key[1] < nonce]:
            del self._queued[key]

    # Dropping

    def drop(self, transaction_hash: bytes) -> bool:
        """Forget a transaction that waits; those of its sender after it wait for its nonce."""
        for key, each in self._queued.items():
            if each.hash == transaction_hash:
                del self._queued[key]
                return True
        found = next((each for each in self.pending if each.hash == transaction_hash), None)
        if found is None:
            return False
        later = [each for each in self.pending if each.sender == found.sender and each.nonce > found.nonce]
        for each in (found, *later):
            self._engine.drop_transaction(each.hash)
        for each in later:
            self._queued[each.sender, each.nonce] = each
        return True

    def clear(self, sender: Address | None = None) -> None:
        """Forget what waits, of one sender or of all."""
        for each in self.pending:
            if sender is None or each.sender == sender:
                self._engine.drop_transaction(each.hash)
        for key in [key for key in self._queued if sender is None or key[0] == sender]:
            del self._queued[key]

    # The chain is another

    @property
    def state(self) -> Mapping[tuple[Address, int], Transaction]:
        """What a snapshot remembers besides the engine's."""
        return dict(self._queued)

    @state.setter
    def state(self, queued: Mapping[tuple[Address, int], Transaction]) -> None:
        self._queued = dict(queued)

    def review(self) -> None:
        """Let what waits wait anew, in its order: what is not next any more waits for others, what has become impossible is gone."""
        with self.set_aside():
            pass

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Inside, nothing waits; then what waited does so again, as far as it still can."""
        engine = self._engine
        waiting = [*self.pending, *self.queued]
        self.clear()
        try:
            yield
        finally:
            for each in waiting:
                if each.nonce == self.next_nonce(bytes(each.sender)):
                    with suppress(InvalidTransaction):
                        engine.resend(each)
                elif each.nonce > engine.nonce(each.sender):
                    self._queued.setdefault((each.sender, each.nonce), each)
            for sender in {each.sender: None for each in waiting}:
                self._promote(sender)


def _offer(fields: dict[str, Any]) -> Offer:
    price = int(fields.get("max_fee", fields.get("gas_price", 0)))
    return price, int(fields.get("max_priority_fee", price))


def _offer_of(transaction: Transaction) -> Offer:
    tip = transaction.max_priority_fee_per_gas
    return transaction.max_fee_per_gas, transaction.max_fee_per_gas if tip is None else tip


def _already_known(transaction: Transaction) -> Exception:
    return server_error(f"already known: 0x{transaction.hash.hex()}")


def _last_nonce() -> Exception:
    return server_error("nonce has max value: EIP-2681 leaves it unused")


def _check_policy(transaction: Transaction, raw: bytes) -> None:
    """Raises: RpcError for what geth's pool does not take, though a block could hold it."""
    size = len(raw)
    if size > _MAX_BYTES and transaction.type != _BLOBS:
        raise server_error(f"oversized data: transaction size {size}, limit {_MAX_BYTES}")
    fee = transaction.gas_limit * transaction.max_fee_per_gas
    if fee > _MAX_FEE:
        raise server_error(f"tx fee ({fee / 10**18:.2f} ether) exceeds the configured cap (1.00 ether)")
    tip = _offer_of(transaction)[1]
    if tip < 1:
        raise server_error(
            f"transaction gas price below minimum: gas tip cap {tip}, minimum needed 1: what offers no tip waits for ever"
        )
