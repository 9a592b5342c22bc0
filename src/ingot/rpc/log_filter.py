"""Which logs are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.rpc.method import Parameter
from ingot.rpc.parameters import BlockId, read_address, read_block, read_hash, read_list, read_object

if TYPE_CHECKING:
    from ingot.engine import Log

__all__ = ["LOG_FILTER", "LogFilter"]

MAX_ADDRESSES = 10_000
MAX_TOPICS = 4

Topics = tuple[bytes | tuple[bytes, ...] | None, ...]


@dataclass(frozen=True, slots=True)
class LogFilter:
    """By address and topics, of a range of blocks, or of one block. is_ambiguous: both were given."""

    addresses: tuple[bytes, ...] = ()
    topics: Topics = ()
    from_block: BlockId = "latest"
    to_block: BlockId = "latest"
    block_hash: bytes | None = None
    is_ambiguous: bool = False

    def matches(self, log: Log) -> bool:
        """Whether a log has the address and the topics."""
        if self.addresses and bytes(log.address) not in self.addresses:
            return False
        topics = log.topics
        return len(topics) >= len(self.topics) and all(
            wanted is None or topic == wanted or (isinstance(wanted, tuple) and topic in wanted)
            for wanted, topic in zip(self.topics, topics, strict=False)
        )

    def spans(self, number: int) -> bool:
        """Whether block `number` is in the range, as far as its ends are numbers."""
        first, last = self.from_block, self.to_block
        return not (isinstance(first, int) and number < first) and not (
            isinstance(last, int) and number > last
        )


def _addresses(value: Any) -> tuple[bytes, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (read_address(value),)
    found = tuple(read_address(each) for each in read_list(value))
    if len(found) > MAX_ADDRESSES:
        raise ValueError(f"at most {MAX_ADDRESSES} addresses can be asked for")
    return found


def _topics(value: Any) -> Topics:
    if value is None:
        return ()
    topics: list[bytes | tuple[bytes, ...] | None] = []
    for topic in read_list(value):
        if topic is None or topic == []:
            topics.append(None)
        elif isinstance(topic, (list, tuple)):
            # A null among alternatives stands for anything.
            topics.append(None if None in topic else tuple(read_hash(each) for each in topic))
        else:
            topics.append(read_hash(topic))
    if len(topics) > MAX_TOPICS:
        raise ValueError(f"a log has at most {MAX_TOPICS} topics")
    return tuple(topics)


def _end(value: Any) -> BlockId:
    end = read_block("latest" if value is None else value)
    if isinstance(end, bytes):
        raise ValueError("a number or a tag was expected, not a hash")
    return end


def read_log_filter(value: Any) -> LogFilter:
    """A filter object of eth_getLogs."""
    given = read_object(value)
    fields: dict[str, Any] = {}
    readers = (
        ("address", "addresses", _addresses),
        ("topics", "topics", _topics),
        ("fromBlock", "from_block", _end),
        ("toBlock", "to_block", _end),
    )
    for name, key, read in readers:
        try:
            fields[key] = read(given.get(name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    block_hash = given.get("blockHash")
    if block_hash is not None:
        fields["block_hash"] = read_hash(block_hash)
        has_range = given.get("fromBlock") is not None or given.get("toBlock") is not None
        fields["is_ambiguous"] = has_range
    return LogFilter(**fields)


LOG_FILTER = Parameter(read_log_filter, "filter object")
