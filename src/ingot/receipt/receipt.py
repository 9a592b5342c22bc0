"""The receipt of a transaction: a thin view that works when it is asked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_FRAMES
from ingot.errors import AbiError, ExecutionError, IngotError, ProviderError
from ingot.interface.event import EventLog, Events, EventType
from ingot.receipt.failure import failure
from ingot.receipt.trace import Trace
from ingot.receipt.wording import scopes, words_of_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingot.abi import Function
    from ingot.interface import Interface
    from ingot.provider import BlockLike, FrameLike, LogLike, OutcomeLike, Provider, TransactionLike
    from ingot.types import Address

__all__ = ["Receipt"]


class Receipt:
    """What a transaction did. Names are ape's.

    While it waits to be mined (automine off) whatever only a block decides raises ProviderError.
    """

    __slots__ = ("_events", "_function", "_interface", "chain", "transaction")

    def __init__(
        self,
        transaction: TransactionLike,
        chain: Provider,
        interface: Interface | None = None,
        function: Function | None = None,
    ) -> None:
        self.transaction = transaction
        self.chain = chain
        self._interface = interface
        self._function = function
        self._events: Events | None = None

    # The transaction

    @property
    def txn_hash(self) -> str:
        """0x and 64 digits."""
        return f"0x{self.transaction.hash.hex()}"

    @property
    def sender(self) -> Address:
        """Who sent it."""
        return self.transaction.sender

    @property
    def receiver(self) -> Address | None:
        """Whom it called; None for a creation."""
        return self.transaction.to

    @property
    def nonce(self) -> int:
        """Of the sender."""
        return self.transaction.nonce

    @property
    def value(self) -> int:
        """Wei"""
        return self.transaction.value

    @property
    def input_data(self) -> bytes:
        """Calldata or initcode"""
        return self.transaction.data

    @property
    def type(self) -> int:
        """EIP-2718 type, 0 to 4."""
        return self.transaction.type

    @property
    def gas_limit(self) -> int:
        """The most that it might have used."""
        return self.transaction.gas_limit

    @property
    def is_mined(self) -> bool:
        """Whether it is in a block."""
        return self.transaction.is_mined

    # How it ended

    @property
    def status(self) -> int:
        """1, or 0 if it failed."""
        return 1 if self.transaction.succeeded else 0

    @property
    def succeeded(self) -> bool:
        """Whether it succeeded."""
        return self.transaction.succeeded

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return not self.transaction.succeeded

    @property
    def gas_used(self) -> int:
        """After refunds."""
        return self.transaction.gas_used

    @property
    def gas_price(self) -> int:
        """What each gas cost, in wei."""
        return self.transaction.effective_gas_price

    @property
    def total_fees_paid(self) -> int:
        """Wei"""
        return self.transaction.gas_used * self.transaction.effective_gas_price

    @property
    def ran_out_of_gas(self) -> bool:
        """Whether it failed for want of gas."""
        return self.failed and (self.transaction.outcome.halt_reason or "").startswith("out of gas")

    @property
    def contract_address(self) -> Address | None:
        """Of the contract that it created."""
        return self.transaction.outcome.contract_address

    @property
    def error(self) -> ExecutionError | None:
        """Why it failed; None if it did not."""
        return None if self.transaction.succeeded else self._failure()

    def _failure(self) -> ExecutionError:
        transaction = self.transaction
        call = words_of_call(
            transaction.data,
            transaction.to,
            self.chain,
            self.interface,
            function=self._function,
            sender=transaction.sender,
            value=transaction.value,
        )
        return failure(
            transaction.outcome,
            self.chain,
            interface=self.interface,
            frames=self._frames_of_failure(),
            call=call,
            receipt=self,
        )

    def _frames_of_failure(self) -> Sequence[FrameLike]:
        try:
            recording = self._recorded().recording
        except ProviderError:  # reverted away since, or a node that does not trace: less can be said
            return ()
        return () if recording is None else recording.frames

    def raise_for_status(self) -> bool:
        """Raise the error if it failed. Returns: True."""
        if not self.transaction.succeeded:
            raise self._failure()
        return True

    def await_confirmations(self) -> Receipt:
        """Self, once mined. Raises: ProviderError, if it still waits."""
        if not self.transaction.is_mined:
            raise ProviderError(f"{self.txn_hash} waits to be mined: call chain.mine()")
        return self

    # Where

    @property
    def block_number(self) -> int:
        """Of its block."""
        return self.transaction.block_number

    @property
    def transaction_index(self) -> int:
        """In its block."""
        return self.transaction.index

    @property
    def block(self) -> BlockLike:
        """Its block."""
        return self.chain.block(self.transaction.block_number)

    @property
    def timestamp(self) -> int:
        """Of its block, in seconds."""
        return self.transaction.timestamp

    @property
    def datetime(self) -> dt.datetime:
        """Of its block, in UTC."""
        return dt.datetime.fromtimestamp(self.transaction.timestamp, tz=dt.UTC)

    # What it called

    @property
    def interface(self) -> Interface | None:
        """Of the contract that was called or created, if it is known."""
        if self._interface is None:
            address = self.transaction.to
            if address is None and self.transaction.is_mined:
                address = self.transaction.outcome.contract_address
            self._interface = None if address is None else self.chain.interfaces.get(address)
        return self._interface

    @property
    def function(self) -> Function | None:
        """What was called, if it is known."""
        if self._function is None and self.transaction.to is not None and self.interface is not None:
            self._function = self.interface.function_of(self.transaction.data)
        return self._function

    @property
    def method_called(self) -> Function | None:
        """Ape's name for `function`."""
        return self.function

    @property
    def return_value(self) -> Any:
        """What the function returned, decoded; raw bytes if the function is not known; None if it failed."""
        if not self.transaction.succeeded or self.transaction.to is None:
            return None
        output = self.transaction.outcome.output
        return output if self.function is None else self.function.decode_output(output)

    # Logs and events

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Undecoded, with the keys of JSON-RPC."""
        transaction = self.transaction
        logs = transaction.outcome.logs
        block_hash = self.block.hash if logs else b""
        return [
            {
                "type": "mined",
                "logIndex": log.log_index,
                "transactionIndex": transaction.index,
                "transactionHash": transaction.hash,
                "blockHash": block_hash,
                "blockNumber": transaction.block_number,
                "address": log.address,
                "data": log.data,
                "topics": log.topics,
            }
            for log in logs
        ]

    @property
    def events(self) -> Events:
        """Every log that an ABI explains, in order."""
        if self._events is None:
            self._events = Events(self._decoded(self.transaction.outcome.logs))
        return self._events

    def _decoded(self, logs: Iterable[LogLike]) -> Iterator[EventLog]:
        for log in logs:
            event = self._event_of(log)
            if event is not None:
                yield EventLog(event, log, self.transaction, self.chain)

    def _event_of(self, log: LogLike) -> EventType | None:
        known: Interface | None = self.chain.interfaces.get(log.address)
        topics = log.topics
        if known is not None:
            for event in known.events_of(topics):
                if event.has_shape(topics):
                    return event
        for scope in scopes(self.chain, known or self.interface):
            for event in scope.events_of(topics):
                if event.has_shape(topics) and _decodes(event, log):
                    return event
        return None

    def decode_logs(self, *events: EventType | Iterable[EventType]) -> Events:
        """The logs of these events; without any, all that an ABI explains.

        receipt.decode_logs(token.Transfer, token.Approval)
        """
        if not events:
            return self.events
        wanted = [event for given in events for event in ([given] if isinstance(given, EventType) else given)]
        found = Events()
        for log in self.transaction.outcome.logs:
            matching = (event for event in wanted if event.matches(log) and _decodes(event, log))
            event = next(matching, None)
            if event is not None:
                found.append(EventLog(event, log, self.transaction, self.chain))
        return found

    # Calls

    @property
    def trace(self) -> Trace:
        """Its calls: as recorded, else by executing it again on the state that it saw."""
        return Trace(self._recorded(), self.chain, self.interface)

    def _recorded(self) -> OutcomeLike:
        outcome = self.transaction.outcome
        if outcome.recording is not None and outcome.recording.frames:
            return outcome
        return self.chain.replay(self.transaction, RECORD_FRAMES)

    def show_trace(self) -> None:
        """Print the calls, one line each."""
        print(self.trace)

    def show_events(self) -> None:
        """Print the events, one line each."""
        for event in self.events:
            print(f"{event.contract_address} {event!r}")

    def __eq__(self, other: object) -> bool:
        return (
            self.transaction.hash == other.transaction.hash if isinstance(other, Receipt) else NotImplemented
        )

    def __hash__(self) -> int:
        return hash(self.transaction.hash)

    def __repr__(self) -> str:
        try:
            state = "succeeded" if self.transaction.succeeded else "failed"
            return f"<receipt {self.txn_hash} {state}, {self.gas_used} gas>"
        except IngotError:
            return f"<receipt {self.txn_hash} pending>"


def _decodes(event: EventType, log: LogLike) -> bool:
    try:
        event.abi.decode(log.topics, log.data)
    except AbiError:
        return False
    return True
