"""eth_simulateV1: blocks of calls on top of a block, as if they had been. Source: execution-apis, geth's internal/ethapi."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import RECORD_FRAMES
from ingot.errors import InvalidTransaction, ProviderError, RpcError, UsageError
from ingot.rpc.answers import block_answer
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.failure import failure
from ingot.rpc.method import INVALID_PARAMS, Parameter, method, optional
from ingot.rpc.moments import number_of, pending_block
from ingot.rpc.parameters import BLOCK, read_bool, read_list, read_object
from ingot.rpc.rules import is_since
from ingot.rpc.transactions import BLOCK_OVERRIDES, STATE_OVERRIDES, read_transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Block, Outcome, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

MAX_BLOCKS: Final = 256
MAX_CALLS: Final = 5_000
MAX_TOTAL_CALLS: Final = 10_000
GAS_BUDGET: Final = 50_000_000
SPACING_S: Final = 12

_CODES: Final = (
    ("nonce too low", -38010),
    ("nonce too high", -38011),
    ("max fee per gas less", -38012),
    ("intrinsic gas too low", -38013),
    ("insufficient funds", -38014),
    ("block gas limit reached", -38015),
    ("max initcode size", -38025),
    ("max priority fee per gas higher", INVALID_PARAMS),
    ("difficulty override is not allowed", INVALID_PARAMS),
)
_BLOCK_ORDER, _TIME_ORDER, _TOO_MANY = -38020, -38021, -38026
_REFUSED, _SERVER, _VM_ERROR = -32603, -32000, -32015

_UNSIGNED: Final = {"v": "0x0", "chainId": hex((-35 % 2**64) // 2)}
"""A legacy transaction that nobody signed; geth derives the chain's id from `v`, whatever that is."""

_CAPPED: Final = " (gas limit was capped by the RPC server's global gas cap)"
_TRANSFER_EMITTER: Final = "0x" + "ee" * 20
_TRANSFER_TOPIC: Final = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


@dataclass(frozen=True, slots=True)
class Planned:
    """A block to be simulated."""

    block: Mapping[str, Any]
    state: Mapping[str, Mapping[str, Any]]
    calls: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Payload:
    """What is asked for."""

    blocks: list[Planned]
    traces_transfers: bool
    validates: bool
    full: bool


def _read_block(value: Any) -> Planned:
    given = read_object(value)
    parts: list[Any] = []
    for name, read, default in (
        ("blockOverrides", BLOCK_OVERRIDES.read, {}),
        ("stateOverrides", STATE_OVERRIDES.read, {}),
        ("calls", _read_calls, []),
    ):
        found = given.get(name)
        try:
            parts.append(default if found is None else read(found))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return Planned(*parts)


def _read_calls(value: Any) -> list[dict[str, Any]]:
    calls = []
    for index, call in enumerate(read_list(value)):
        try:
            calls.append(read_transaction(call))
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return calls


def _read_payload(value: Any) -> Payload:
    given = read_object(value)
    blocks = []
    wanted = given.get("blockStateCalls")
    for index, block in enumerate([] if wanted is None else read_list(wanted)):
        try:
            blocks.append(_read_block(block))
        except ValueError as error:
            raise ValueError(f"blockStateCalls[{index}]: {error}") from None
    flags = []
    for name in ("traceTransfers", "validation", "returnFullTransactions"):
        flag = given.get(name)
        flags.append(False if flag is None else read_bool(flag))
    return Payload(blocks, *flags)


PAYLOAD = Parameter(_read_payload, "simulation")


def _check_limits(payload: Payload) -> None:
    """Raises: RpcError."""
    if not payload.blocks:
        raise RpcError("empty input", code=INVALID_PARAMS)
    if len(payload.blocks) > MAX_BLOCKS:
        raise RpcError("too many blocks", code=_TOO_MANY)
    total = 0
    for each in payload.blocks:
        if len(each.calls) > MAX_CALLS:
            raise RpcError(f"too many calls in block: {len(each.calls)} > {MAX_CALLS}", code=_TOO_MANY)
        total += len(each.calls)
    if total > MAX_TOTAL_CALLS:
        raise RpcError(f"too many calls: {total} > {MAX_TOTAL_CALLS}", code=_TOO_MANY)


def _planned(payload: Payload, base: Block) -> list[Planned]:
    """The blocks with their numbers and times, those between them included. Raises: RpcError."""
    planned: list[Planned] = []
    number, timestamp = base.number, base.timestamp
    for each in payload.blocks:
        wanted = each.block.get("number", number + 1)
        if wanted <= number:
            raise RpcError(f"block numbers must be in order: {wanted} <= {number}", code=_BLOCK_ORDER)
        if wanted - base.number > MAX_BLOCKS:
            raise RpcError("too many blocks", code=_TOO_MANY)
        while number + 1 < wanted:
            number, timestamp = number + 1, timestamp + SPACING_S
            planned.append(Planned({"number": number, "timestamp": timestamp}, {}, []))
        at = each.block.get("timestamp", timestamp + SPACING_S)
        if at <= timestamp:
            raise RpcError(f"block timestamps must be in order: {at} <= {timestamp}", code=_TIME_ORDER)
        number, timestamp = wanted, at
        planned.append(Planned({**each.block, "number": wanted, "timestamp": at}, each.state, each.calls))
    return planned


@method("eth_simulateV1", payload=PAYLOAD, block=optional(BLOCK, "latest"))
def simulate(rpc: Rpc, payload: Payload, block: BlockId) -> list[dict[str, Any]]:
    """Execute calls in blocks on top of a block, each on what the one before left, and answer with the blocks."""
    _check_limits(payload)
    engine = rpc.engine
    with pending_block(rpc) if block == "pending" else nullcontext():
        number = engine.block_number if block == "pending" else number_of(rpc, block)
        base = engine.block(engine.block_number if number is None else number)
        planned = _planned(payload, base)
        try:
            made = engine.simulate(
                [_simulated(each, engine.chain_id) for each in planned],
                base=base.number,
                validation=payload.validates,
                budget=GAS_BUDGET,
                recording=RECORD_FRAMES,
            )
        except (InvalidTransaction, ProviderError, UsageError) as error:
            raise _refusal(error) from error
        return [_answer(block, each, payload) for block, each in zip(made, planned, strict=True)]


def _simulated(planned: Planned, chain_id: int) -> dict[str, Any]:
    """What the engine takes of a block."""
    block = dict(planned.block)
    return {
        "withdrawals": block.pop("withdrawals", ()),
        "block": block,
        "state": planned.state,
        "calls": [_sent(call, chain_id) for call in planned.calls],
    }


def _sent(call: Mapping[str, Any], chain_id: int) -> dict[str, Any]:
    """What the engine takes of a call; its type follows from its other fields, as in geth."""
    given = call.get("chain_id", chain_id)
    if given != chain_id:
        raise RpcError(f"chainId does not match node's (have={given}, want={chain_id})", code=_SERVER)
    without = {"chain_id", "type", "other_data"}
    if "blob_hashes" not in call:
        without.add("max_fee_per_blob_gas")
    return {"sender": bytes(20), **{name: value for name, value in call.items() if name not in without}}


def _refusal(error: Exception) -> RpcError:
    text = str(error)
    is_transaction = isinstance(error, InvalidTransaction)
    other = _REFUSED if is_transaction else INVALID_PARAMS if isinstance(error, UsageError) else _SERVER
    code = next((code for words, code in _CODES if words in text), other)
    return RpcError(f"err: {text}" if is_transaction else text, code=code)


# Answers


def _answer(block: Block, planned: Planned, payload: Payload) -> dict[str, Any]:
    answer = block_answer(block, full=payload.full)
    for transaction in answer["transactions"] if payload.full else ():
        if transaction["type"] == "0x0":
            transaction.update(_UNSIGNED)
    calls: list[dict[str, Any]] = []
    log_index, left = 0, block.gas_limit
    # From Amsterdam on transfers are logged anyway (EIP-7708).
    with_transfers = payload.traces_transfers and not is_since(block.hardfork, "amsterdam")
    for transaction, wanted in zip(block.transactions, planned.calls, strict=True):
        call, log_index = _call_answer(block, transaction, log_index, with_transfers)
        is_capped = transaction.gas_limit < wanted.get("gas_limit", left)
        if is_capped and call.get("error", {}).get("code") == _VM_ERROR:
            call["error"]["message"] += _CAPPED
        left -= transaction.outcome.gas_used
        calls.append(call)
    return {**answer, "calls": calls}


def _call_answer(
    block: Block, transaction: Transaction, log_index: int, with_transfers: bool
) -> tuple[dict[str, Any], int]:
    outcome = transaction.outcome
    shown: dict[str, Any] = {
        "returnData": "0x" + outcome.output.hex() if outcome.succeeded else "0x",
        "logs": [],
        "gasUsed": hex(outcome.gas_used),
        "maxUsedGas": hex(outcome.gas_spent),
        "status": "0x1" if outcome.succeeded else "0x0",
    }
    if not outcome.succeeded:
        shown["error"] = _error(outcome)
        return shown, log_index
    place = {
        "blockNumber": hex(block.number),
        "transactionHash": "0x" + transaction.hash.hex(),
        "transactionIndex": hex(transaction.index),
        "blockHash": "0x" + block.hash.hex(),
        "blockTimestamp": hex(block.timestamp),
    }
    found = _logs(outcome, with_transfers)
    shown["logs"] = [
        {**log, **place, "logIndex": hex(index), "removed": False}
        for index, log in enumerate(found, log_index)
    ]
    return shown, log_index + len(found)


def _error(outcome: Outcome) -> dict[str, Any]:
    refused = failure(outcome)
    if outcome.status != "revert":
        return {"message": refused.message, "code": _VM_ERROR}
    return {"message": refused.message, "code": refused.code, "data": refused.data}


def _logs(outcome: Outcome, with_transfers: bool) -> list[dict[str, Any]]:
    """The logs that stayed, with those that transfers of ether would have been if it were a token."""
    recording = outcome.recording
    if recording is None:
        return []
    frames = frames_of(outcome)
    found: list[tuple[tuple[int, int], dict[str, Any]]] = []
    for order, (_, begun, index, address, topics, data) in enumerate(recording.logs):
        if index is not None:
            shown = {
                "address": address.lower(),
                "topics": ["0x" + topic.hex() for topic in topics],
                "data": "0x" + data.hex(),
            }
            found.append(((begun, 1 + order), shown))
    if not with_transfers:
        return [shown for _, shown in found]
    stays: list[bool] = []
    for index, frame in enumerate(frames):
        stays.append(frame.status == "success" and (frame.parent is None or stays[frame.parent]))
        if stays[index] and frame.value and frame.kind not in ("DELEGATECALL", "CALLCODE"):
            transfer = {
                "address": _TRANSFER_EMITTER,
                "topics": [_TRANSFER_TOPIC, _topic(frame.sender), _topic(frame.to)],
                "data": f"0x{frame.value:064x}",
            }
            found.append(((index + 1, 0), transfer))
    return [shown for _, shown in sorted(found, key=lambda entry: entry[0])]


def _topic(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")
