"""eth_: logs, and filters that are polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc.answers import log_answer
from ingot.rpc.failure import server_error
from ingot.rpc.log_filter import LOG_FILTER, LogFilter
from ingot.rpc.method import invalid, method
from ingot.rpc.moments import number_of
from ingot.rpc.parameters import QUANTITY

if TYPE_CHECKING:
    from ingot.rpc.rpc import Rpc


def logs_between(rpc: Rpc, wanted: LogFilter, first: int, last: int) -> list[dict[str, Any]]:
    """The logs of a range of blocks, both ends included."""
    engine = rpc.engine
    found = engine.logs(from_block=first, to_block=last, addresses=wanted.addresses, topics=wanted.topics)
    hashes: dict[int, bytes] = {}
    answers = []
    for transaction, log in found:
        number = transaction.block_number
        block_hash = hashes.get(number)
        if block_hash is None:
            block_hash = hashes[number] = engine.block(number).hash
        answers.append(log_answer(log, transaction, block_hash))
    return answers


def logs_of(rpc: Rpc, wanted: LogFilter) -> list[dict[str, Any]]:
    """The logs that a filter asks for."""
    engine = rpc.engine
    if wanted.block_hash is not None:
        block = engine.block_by_hash(wanted.block_hash)
        if block is None:
            raise server_error("unknown block")
        return logs_between(rpc, wanted, block.number, block.number)
    if rpc.is_client and "pending" in (wanted.from_block, wanted.to_block):
        raise invalid("pending logs are not supported")
    latest = engine.block_number
    ends = []
    for end in (wanted.from_block, wanted.to_block):
        ends.append(end if type(end) is int else number_of(rpc, end))
    first, last = (latest if end is None else end for end in ends)
    # What begins with the latest block never ends before it, in geth not even with the same one.
    is_reversed = rpc.is_client and wanted.from_block == "latest" != wanted.to_block
    if first > last or is_reversed:
        raise invalid("invalid block range params")
    if last > latest and not rpc.as_anvil:
        raise invalid("block range extends beyond current head block")
    first, last = max(first, engine.first_block_number), min(last, latest)
    return logs_between(rpc, wanted, first, last) if first <= last else []


@method("eth_getLogs", log_filter=LOG_FILTER)
def get_logs(rpc: Rpc, log_filter: LogFilter) -> list[dict[str, Any]]:
    """Logs of a range of blocks, or of the block with a hash."""
    if log_filter.is_ambiguous:
        raise invalid(
            "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other"
        )
    return logs_of(rpc, log_filter)


def _check_watched(rpc: Rpc, wanted: LogFilter) -> None:
    """Raises: RpcError for a range that never comes; as a client, for all that geth does not watch."""
    first, last = (0 if end == "earliest" else end for end in (wanted.from_block, wanted.to_block))
    if rpc.is_client and "pending" in (first, last):
        raise invalid("pending logs are not supported")
    are_numbers = type(first) is int and type(last) is int
    is_new = last == "latest" and (first == "latest" or type(first) is int)
    is_watched = is_new or (are_numbers and last >= first)  # type: ignore[operator]
    if not is_watched and (rpc.is_client or are_numbers):
        raise invalid("invalid block range params")


@method("eth_newFilter", log_filter=LOG_FILTER)
def new_filter(rpc: Rpc, log_filter: LogFilter) -> str:
    """Watch for logs."""
    _check_watched(rpc, log_filter)
    if log_filter.is_ambiguous:
        raise invalid("invalid argument 0: logFilter: a filter has no blockHash beside fromBlock and toBlock")
    return rpc.filters.install("logs", log_filter)


@method("eth_newBlockFilter")
def new_block_filter(rpc: Rpc) -> str:
    """Watch for blocks."""
    return rpc.filters.install("blocks", LogFilter())


@method("eth_newPendingTransactionFilter")
def new_pending_transaction_filter(rpc: Rpc) -> str:
    """Watch for transactions."""
    return rpc.filters.install("transactions", LogFilter())


@method("eth_getFilterChanges", filter_identifier=QUANTITY)
def get_filter_changes(rpc: Rpc, filter_identifier: int) -> list[Any]:
    """What is new since this was asked last."""
    return rpc.filters.changes(filter_identifier)


@method("eth_getFilterLogs", filter_identifier=QUANTITY)
def get_filter_logs(rpc: Rpc, filter_identifier: int) -> list[dict[str, Any]]:
    """All logs that a filter asks for."""
    return logs_of(rpc, rpc.filters.log_filter(filter_identifier))


@method("eth_uninstallFilter", filter_identifier=QUANTITY)
def uninstall_filter(rpc: Rpc, filter_identifier: int) -> bool:
    """Stop watching. Returns whether there was such a filter."""
    return rpc.filters.uninstall(filter_identifier)
