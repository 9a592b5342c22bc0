"""trace_: Parity's traces. Source: OpenEthereum's trace module, as anvil and reth serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_FRAMES, decode_transaction
from ingot.rpc import prestate
from ingot.rpc.answers import data
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.calling import run_call
from ingot.rpc.flat_traces import flat_traces
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import block_of, known_block, mined, number_of
from ingot.rpc.parameters import (
    BLOCK,
    DATA,
    HASH,
    LIST,
    list_of,
    read_address,
    read_block,
    read_list,
    read_object,
    read_small,
)
from ingot.rpc.tracing import EVERY_STEP
from ingot.rpc.transactions import TRANSACTION
from ingot.rpc.vm_traces import vm_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ingot.engine import Block, Outcome, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

States = tuple[prestate.Views, prestate.Views]
"""Accounts before and after an execution."""

KINDS = ("trace", "vmTrace", "stateDiff")
MAX_BLOCKS = 10_000


def _read_kinds(value: Any) -> tuple[str, ...]:
    kinds = tuple(read_list(value))
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(f"there is no {kind!r}; {', '.join(KINDS)} are known")
    return kinds


TRACE_KINDS = Parameter(_read_kinds, "array of trace, vmTrace, stateDiff")


def _place(transaction: Transaction, block_hash: bytes) -> dict[str, Any]:
    return {
        "blockHash": data(block_hash),
        "blockNumber": transaction.block_number,
        "transactionHash": data(transaction.hash),
        "transactionPosition": transaction.index,
    }


def _traces(rpc: Rpc, transaction: Transaction, block_hash: bytes) -> list[dict[str, Any]]:
    outcome = rpc.engine.replay(transaction, RECORD_FRAMES)
    return flat_traces(outcome, _place(transaction, block_hash))


def _traces_of_block(rpc: Rpc, block: Block) -> list[dict[str, Any]]:
    block_hash = block.hash
    return [trace for each in block.transactions for trace in _traces(rpc, each, block_hash)]


@method("trace_transaction", transaction_hash=HASH)
def trace_transaction(rpc: Rpc, transaction_hash: bytes) -> list[dict[str, Any]] | None:
    """The calls of a mined transaction, in a row."""
    found = rpc.engine.transaction(transaction_hash)
    if found is None or not found.is_mined:
        return None
    return _traces(rpc, found, rpc.engine.block(found.block_number).hash)


@method("trace_get", transaction_hash=HASH, indices=list_of(Parameter(read_small, "quantity")))
def trace_get(rpc: Rpc, transaction_hash: bytes, indices: list[int]) -> dict[str, Any] | None:
    """The call of a transaction at an address in the tree."""
    for trace in trace_transaction.answer(rpc, transaction_hash) or []:
        if trace["traceAddress"] == indices:
            found: dict[str, Any] = trace
            return found
    return None


@method("trace_block", block=BLOCK)
def trace_block(rpc: Rpc, block: BlockId) -> list[dict[str, Any]] | None:
    """The calls of all transactions of a block, in a row."""
    found = block_of(rpc, block)
    return None if found is None else _traces_of_block(rpc, found)


def _addresses(given: dict[str, Any], name: str) -> set[str]:
    wanted = given.get(name)
    try:
        return {data(read_address(each)) for each in read_list([] if wanted is None else wanted)}
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _read_trace_filter(value: Any) -> dict[str, Any]:
    given = read_object(value)
    mode = given.get("mode") or "union"
    if mode not in ("union", "intersection"):
        raise ValueError("mode: union or intersection was expected")
    after, count = given.get("after"), given.get("count")
    return {
        "from_block": read_block(given.get("fromBlock") or "earliest"),
        "to_block": read_block(given.get("toBlock") or "latest"),
        "senders": _addresses(given, "fromAddress"),
        "targets": _addresses(given, "toAddress"),
        "is_union": mode == "union",
        "after": 0 if after is None else read_small(after),
        "count": None if count is None else read_small(count),
    }


TRACE_FILTER = Parameter(_read_trace_filter, "trace filter")


@method("trace_filter", trace_filter=TRACE_FILTER)
def filter_traces(rpc: Rpc, trace_filter: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a range of blocks, by who called and who was called."""
    engine = rpc.engine
    ends = (number_of(rpc, trace_filter[end]) for end in ("from_block", "to_block"))
    first, last = (engine.block_number if end is None else end for end in ends)
    if first > last:
        raise invalid("invalid argument 0: traceFilter: fromBlock is after toBlock")
    if last - first >= MAX_BLOCKS:
        raise invalid(f"invalid argument 0: traceFilter: at most {MAX_BLOCKS} blocks can be searched at once")
    found = [
        trace
        for number in range(first, last + 1)
        for trace in _traces_of_block(rpc, engine.block(number))
        if _matches(trace, trace_filter)
    ]
    count = trace_filter["count"]
    stop = None if count is None else trace_filter["after"] + count
    return found[trace_filter["after"] : stop]


def _matches(trace: dict[str, Any], wanted: dict[str, Any]) -> bool:
    action = trace["action"]
    sender = action.get("from", action.get("address"))
    target = action.get("to") or action.get("refundAddress") or (trace.get("result") or {}).get("address")
    senders, targets = wanted["senders"], wanted["targets"]
    if not senders or not targets:
        return (not senders or sender in senders) and (not targets or target in targets)
    if wanted["is_union"]:
        return sender in senders or target in targets
    return sender in senders and target in targets


# What an execution did, in Parity's three ways


def _flags(kinds: tuple[str, ...]) -> int:
    every_step = "stateDiff" in kinds or "vmTrace" in kinds
    return EVERY_STEP if every_step else RECORD_FRAMES


def _result(outcome: Outcome, kinds: tuple[str, ...], states: Callable[[], States]) -> dict[str, Any]:
    """states: the accounts before and after it."""
    with_diff, with_steps = "stateDiff" in kinds, "vmTrace" in kinds
    before, after = states() if with_diff or with_steps else ({}, {})
    return {
        "output": data(outcome.output),
        "stateDiff": _state_diff(before, after) if with_diff else None,
        "trace": flat_traces(outcome, {}) if "trace" in kinds else [],
        "vmTrace": vm_trace(outcome, {address: view[2] for address, view in before.items()})
        if with_steps
        else None,
    }


def _change(was: Any, now: Any, *, is_new: bool, is_gone: bool) -> Any:
    if is_new:
        return {"+": now}
    if is_gone:
        return {"-": was}
    return "=" if was == now else {"*": {"from": was, "to": now}}


def _state_diff(before: prestate.Views, after: prestate.Views) -> dict[str, Any]:
    shown = {}
    for address, was in before.items():
        now = after[address]
        if was == now:
            continue
        is_new, is_gone = not any(was[:3]), not any(now[:3])
        terms = {"is_new": is_new, "is_gone": is_gone}
        shown[address.lower()] = {
            "balance": _change(hex(was[0]), hex(now[0]), **terms),
            "code": _change(data(was[2]), data(now[2]), **terms),
            "nonce": _change(hex(was[1]), hex(now[1]), **terms),
            "storage": {
                f"0x{slot:064x}": _change(f"0x{word:064x}", f"0x{now[3][slot]:064x}", **terms)
                for slot, word in was[3].items()
                if word != now[3][slot]
            },
        }
    return shown


def _met(outcome: Outcome, first: Iterable[str]) -> prestate.Met:
    ends = [address for frame in frames_of(outcome)[:1] for address in (frame.sender, frame.to)]
    return prestate.meet(outcome, (*first, *ends), keeps_old_code=True)


def _replayed(rpc: Rpc, transaction: Transaction, kinds: tuple[str, ...]) -> dict[str, Any]:
    engine = rpc.engine
    outcome = engine.replay(transaction, _flags(kinds))

    def states() -> States:
        coinbase = engine.block(transaction.block_number).coinbase
        met = _met(outcome, (transaction.sender, coinbase))
        return (
            prestate.views(met, lambda wanted: engine.views(wanted, before=transaction)),
            prestate.views(met, lambda wanted: engine.views(wanted, after=transaction)),
        )

    return _result(outcome, kinds, states)


@method("trace_replayTransaction", transaction_hash=HASH, kinds=TRACE_KINDS)
def replay_transaction(rpc: Rpc, transaction_hash: bytes, kinds: tuple[str, ...]) -> dict[str, Any]:
    """What a mined transaction did: its calls, what it changed, its steps."""
    return _replayed(rpc, mined(rpc, transaction_hash), kinds)


@method("trace_replayBlockTransactions", block=BLOCK, kinds=TRACE_KINDS)
def replay_block(rpc: Rpc, block: BlockId, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the transactions of a block did."""
    return [
        {**_replayed(rpc, each, kinds), "transactionHash": data(each.hash)}
        for each in known_block(rpc, block).transactions
    ]


def _called(rpc: Rpc, fields: dict[str, Any], kinds: tuple[str, ...], block: BlockId) -> dict[str, Any]:
    outcome = run_call(rpc, fields, block, recording=_flags(kinds))
    number = number_of(rpc, block)

    def states() -> States:
        met = _met(outcome, ())
        before = prestate.views(met, lambda wanted: rpc.engine.views(wanted, block=number))
        return before, prestate.after(before, outcome)

    return _result(outcome, kinds, states)


@method("trace_call", transaction=TRANSACTION, kinds=TRACE_KINDS, block=optional(BLOCK, "latest"))
def trace_call(
    rpc: Rpc, transaction: dict[str, Any], kinds: tuple[str, ...], block: BlockId
) -> dict[str, Any]:
    """What a call would do."""
    return _called(rpc, transaction, kinds, block)


@method("trace_callMany", calls=LIST, block=optional(BLOCK, "latest"))
def trace_call_many(rpc: Rpc, calls: list[Any], block: BlockId) -> list[dict[str, Any]]:
    """What several calls would do, each on the same state."""
    read = []
    for index, pair in enumerate(calls):
        try:
            fields, kinds = read_list(pair)
            read.append((TRANSACTION.read(fields), _read_kinds(kinds)))
        except ValueError as error:
            raise invalid(f"invalid argument 0: calls: [{index}]: {error}") from None
    return [_called(rpc, fields, kinds, block) for fields, kinds in read]


@method("trace_rawTransaction", transaction=DATA, kinds=TRACE_KINDS)
def trace_raw_transaction(rpc: Rpc, transaction: bytes, kinds: tuple[str, ...]) -> dict[str, Any]:
    """What a signed transaction would do."""
    signed = decode_transaction(transaction)
    fields: dict[str, Any] = {
        "sender": bytes(signed.sender),
        "data": signed.data,
        "value": signed.value,
        "gas_limit": signed.gas_limit,
    }
    if signed.access_list:
        fields["access_list"] = signed.access_list
    if signed.authorizations:
        fields["authorizations"] = signed.authorizations
    if signed.to is not None:
        fields["to"] = bytes(signed.to)
    return _called(rpc, fields, kinds, "latest")
