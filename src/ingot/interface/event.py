"""Events: their type (`token.Transfer`), what was emitted, and what a test expects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError
from ingot.interface.binding import bind_fields, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingot.abi import Event
    from ingot.provider import BlockLike, LogLike, Provider, TransactionLike
    from ingot.types import Address

__all__ = ["EventLog", "EventType", "Events", "ExpectedEvent"]


class EventType:
    """An event of an ABI: of one contract (`token.Transfer`) or of any (`project.Token.Transfer`).

    Called with some or all of its fields it is comparable with what was emitted:

        assert receipt.events == [token.Transfer(alice, bob, 5)]
    """

    __slots__ = ("abi", "address", "chain", "contract_name", "indexed_count")

    def __init__(
        self,
        abi: Event,
        contract_name: str,
        address: Address | None = None,
        chain: Provider | None = None,
    ) -> None:
        self.abi = abi
        self.contract_name = contract_name
        self.address = address
        self.chain = chain
        self.indexed_count = sum(indexed for _, _, indexed in abi.inputs)

    @property
    def name(self) -> str:
        """As in the source."""
        return self.abi.name

    @property
    def signature(self) -> str:
        """`Transfer(address,address,uint256)`"""
        return self.abi.signature

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # help() reads the instance's
        fields = (
            f"{kind}{' indexed' if indexed else ''} {name}".rstrip()
            for name, kind, indexed in self.abi.inputs
        )
        return f"event {self.name}({', '.join(fields)}){' anonymous' if self.abi.anonymous else ''}"

    def __call__(self, *values: object, **fields: object) -> ExpectedEvent:
        """What a log of this event should hold. None by position leaves that field open."""
        return ExpectedEvent(self, values, fields)

    def at(self, address: Address, chain: Provider) -> EventType:
        """The event of one contract."""
        return EventType(self.abi, self.contract_name, address, chain)

    def from_receipt(self, receipt: Any) -> list[EventLog]:
        """The logs of this event in a receipt."""
        return list(receipt.decode_logs(self))

    def range(self, start: int = 0, stop: int | None = None, **fields: object) -> Iterator[EventLog]:
        """Logs of blocks start <= number < stop (default: to the latest), of this contract if it is bound to one.

        fields: values that they must have.      Raises: UsageError, if the event is bound to no contract.
        """
        if self.chain is None:
            raise UsageError(f"{self.name}.range needs a chain: ask the event of a deployed contract")
        expected = self(**fields)
        last = self.chain.block_number if stop is None else min(stop - 1, self.chain.block_number)
        if start > last:
            return
        topics = [] if self.abi.anonymous else [self.abi.topic]
        addresses = [] if self.address is None else [self.address]
        for transaction, log in self.chain.logs(
            from_block=start, to_block=last, addresses=addresses, topics=topics
        ):
            event = EventLog(self, log, transaction, self.chain)
            if expected == event:
                yield event

    def __iter__(self) -> Iterator[EventLog]:
        return self.range()

    def matches(self, log: LogLike) -> bool:
        """Whether `log` is of this event, by topic and number of indexed inputs (and by address, if bound)."""
        if self.address is not None and log.address != self.address:
            return False
        return self.has_shape(log.topics)

    def has_shape(self, topics: Sequence[bytes]) -> bool:
        """Whether a log with these topics can be of this event."""
        if self.abi.anonymous:
            return len(topics) == self.indexed_count
        return len(topics) == self.indexed_count + 1 and topics[0] == self.abi.topic

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EventType):
            return NotImplemented
        return self.signature == other.signature and self.address == other.address

    def __hash__(self) -> int:
        return hash((self.signature, self.address))

    def __repr__(self) -> str:
        return f"<event {self.contract_name}.{self.signature}{f' at {self.address}' if self.address else ''}>"


class EventLog:
    """An event that was emitted. Its fields are attributes; a field that is named like one of the names below
    is reached as `log["..."]`.
    """

    __slots__ = ("_arguments", "_chain", "_log", "_transaction", "event")

    def __init__(self, event: EventType, log: LogLike, transaction: TransactionLike, chain: Provider) -> None:
        self.event = event
        self._log = log
        self._transaction = transaction
        self._chain = chain
        self._arguments: Any = None

    @property
    def arguments(self) -> Any:
        """The fields as a named tuple, in the ABI's order."""
        if self._arguments is None:
            self._arguments = self.event.abi.decode(self._log.topics, self._log.data)
        return self._arguments

    @property
    def event_arguments(self) -> dict[str, Any]:
        """The fields by name; an unnamed one by its index."""
        names = (name or str(index) for index, (name, _, _) in enumerate(self.event.abi.inputs))
        return dict(zip(names, self.arguments, strict=True))

    @property
    def event_name(self) -> str:
        """As in the source."""
        return self.event.name

    @property
    def contract_address(self) -> Address:
        """The emitter."""
        return self._log.address

    @property
    def log_index(self) -> int:
        """In the block."""
        return self._log.log_index

    @property
    def block_number(self) -> int:
        """Of the transaction."""
        return self._transaction.block_number

    @property
    def block(self) -> BlockLike:
        """Of the transaction."""
        return self._chain.block(self._transaction.block_number)

    @property
    def block_hash(self) -> bytes:
        """Of the transaction's block."""
        return self.block.hash

    @property
    def timestamp(self) -> int:
        """Of the block, in seconds."""
        return self._transaction.timestamp

    @property
    def transaction_hash(self) -> str:
        """0x and 64 digits."""
        return f"0x{self._transaction.hash.hex()}"

    @property
    def transaction_index(self) -> int:
        """In the block."""
        return self._transaction.index

    @property
    def topics(self) -> list[bytes]:
        """As logged, 32 bytes each."""
        return self._log.topics

    def __getattr__(self, field: str) -> Any:
        if field.startswith("__"):
            raise AttributeError(field)
        try:
            return getattr(self.arguments, field)
        except AttributeError:
            raise AttributeError(f"{self.event.signature} has no field {field!r}") from None

    def __getitem__(self, field: str | int) -> Any:
        return self.arguments[field]

    def __contains__(self, field: object) -> bool:
        return any(name == field for name, _, _ in self.event.abi.inputs)

    def get(self, field: str, default: Any = None) -> Any:
        """The field, or `default` if there is none of that name."""
        return self.arguments[field] if field in self else default

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name, _, _ in self.event.abi.inputs if name)]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EventLog):
            return (
                self.event.signature == other.event.signature
                and self.contract_address == other.contract_address
                and bool(self.arguments == other.arguments)
            )
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.event.signature, self.contract_address))

    def __repr__(self) -> str:
        inputs = [(name, kind) for name, kind, _ in self.event.abi.inputs]
        return f"{self.event_name}({in_words(inputs, self.arguments)})"


class ExpectedEvent:
    """Fields that a log should have; equal to every log that has them."""

    __slots__ = ("_fields", "_topics", "event")

    def __init__(self, event: EventType, values: Sequence[object], fields: dict[str, object]) -> None:
        self.event = event
        inputs = [(name, kind) for name, kind, _ in event.abi.inputs]
        self._fields = bind_fields(event.signature, inputs, values, fields)
        # What is indexed compares as its topic: of dynamic values the log has only the hash.
        self._topics = {
            index: event.abi.encode_topic(index, value)
            for index, value in self._fields.items()
            if event.abi.inputs[index][2]
        }

    @property
    def event_name(self) -> str:
        """As in the source."""
        return self.event.name

    def matches(self, log: EventLog) -> bool:
        """Whether `log` is of this event (and contract, if bound to one) and has the fields."""
        event = self.event
        if log.event.signature != event.signature:
            return False
        if event.address is not None and log.contract_address != event.address:
            return False
        return all(self._equal(log, index, value) for index, value in self._fields.items())

    def _equal(self, log: EventLog, index: int, value: object) -> bool:
        if index not in self._topics:
            return bool(log.arguments[index] == value)
        indexed = [position for position, (_, _, is_indexed) in enumerate(log.event.abi.inputs) if is_indexed]
        position = indexed.index(index) + (not log.event.abi.anonymous)
        return log.topics[position] == self._topics[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EventLog):
            return self.matches(other)
        if isinstance(other, ExpectedEvent):
            return self.event == other.event and self._fields == other._fields
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.event.signature)

    def __repr__(self) -> str:
        shown = (
            f"{name or index}={self._fields[index]!r}"
            for index, (name, _, _) in enumerate(self.event.abi.inputs)
            if index in self._fields
        )
        dots = ["..."] if len(self._fields) < len(self.event.abi.inputs) else []
        return f"{self.event.name}({', '.join([*shown, *dots])})"


class Events(list[EventLog]):
    """The decoded logs of a receipt, in order."""

    def filter(self, event: EventType | ExpectedEvent, **fields: object) -> Events:
        """Those of one event, with these fields.

        receipt.events.filter(token.Transfer, to=bob)
        """
        if isinstance(event, ExpectedEvent):
            if fields:
                raise UsageError("filter: give the fields once, in the event's parentheses or as keywords")
            expected = event
        else:
            expected = event(**fields)
        return Events(log for log in self if expected.matches(log))

    def __contains__(self, wanted: object) -> bool:
        if isinstance(wanted, EventType):
            return any(wanted().matches(log) for log in self)
        return any(log == wanted for log in self)
