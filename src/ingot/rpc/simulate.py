"""eth_simulateV1: blocks of calls on top of a block, as if they had been. Source: execution-apis, geth's internal/ethapi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import RECORD_FRAMES
from ingot.errors import InvalidTransaction, RpcError, UsageError
from ingot.rpc.answers import block_answer
from ingot.rpc.call_tracer import frames_of
from ingot.rpc.failure import failure
from ingot.rpc.method import Parameter, method, optional
from ingot.rpc.moments import number_of
from ingot.rpc.parameters import BLOCK, read_bool, read_list, read_object
from ingot.rpc.rules import precompiles
from ingot.rpc.transactions import BLOCK_OVERRIDES, STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Block, Outcome, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

MAX_BLOCKS: Final = 256
MAX_CALLS: Final = 5_000
GAS_BUDGET: Final = 50_000_000
SPACING_S: Final = 12

_CODES: Final = (
    ("nonce too low", -38010),
    ("nonce too high", -38011),
    ("max fee per gas less", -38012),
    ("intrinsic gas", -38013),
    ("insufficient funds", -38014),
    ("block gas limit", -38015),
    ("sender not an eoa", -38024),
    ("max initcode size", -38025),
)
_BLOCK_ORDER, _TIME_ORDER, _TOO_MANY = -38020, -38021, -38026
_VM_ERROR: Final = -32015

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
    calls = read_list(value)
    if len(calls) > MAX_CALLS:
        raise ValueError(f"at most {MAX_CALLS} calls fit into a block")
    return [TRANSACTION.read(call) for call in calls]


def _read_payload(value: Any) -> Payload:
    given = read_object(value)
    blocks = []
    for index, block in enumerate(read_list(given.get("blockStateCalls"))):
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


def _planned(payload: Payload, base: Block) -> list[Planned]:
    """The blocks with their numbers and times, those between them included. Raises: RpcError."""
    if not payload.blocks:
        raise RpcError("empty input", code=-32602)
    if len(payload.blocks) > MAX_BLOCKS:
        raise RpcError("too many blocks", code=_TOO_MANY)
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
            planned.append(Planned({"timestamp": timestamp}, {}, []))
        at = each.block.get("timestamp", timestamp + SPACING_S)
        if at <= timestamp:
            raise RpcError(f"block timestamps must be in order: {at} <= {timestamp}", code=_TIME_ORDER)
        number, timestamp = wanted, at
        planned.append(Planned({**each.block, "timestamp": at}, each.state, each.calls))
    return planned


@method("eth_simulateV1", payload=PAYLOAD, block=optional(BLOCK, "latest"))
def simulate(rpc: Rpc, payload: Payload, block: BlockId) -> list[dict[str, Any]]:
    """Execute calls in blocks on top of a block, each on what the one before left, and answer with the blocks."""
    engine = rpc.engine
    number = number_of(rpc, block)
    base = engine.block(engine.block_number if number is None else number)
    planned = _planned(payload, base)
    if base.number != engine.block_number:
        raise RpcError(
            f"eth_simulateV1: block {base.number} is not the latest, {engine.block_number}: "
            "only on top of that can be simulated",
            code=-32000,
        )
    _check_precompiles(rpc, planned)
    snapshot, budget, answers = engine.snapshot(), GAS_BUDGET, []
    try:
        for transaction in engine.pending_transactions():
            engine.drop_transaction(transaction.hash)
        engine.gas_limit, engine.coinbase = base.gas_limit, base.coinbase
        for each in planned:
            made, budget = _make(rpc, each, payload, budget)
            answers.append(_answer(made, payload))
    finally:
        engine.revert(snapshot)
    return answers


def _check_precompiles(rpc: Rpc, planned: list[Planned]) -> None:
    """Precompiles stay where they are, which only calls could notice. Raises: RpcError."""
    known = precompiles(rpc.engine.hardfork).values()
    has_calls = any(each.calls for each in planned)
    for each in planned:
        for address, changes in each.state.items():
            is_one = int(address, 16) in known
            if "move_to" in changes and not is_one:
                raise RpcError(f"account {address} is not a precompile", code=-32000)
            if is_one and has_calls and ("move_to" in changes or "code" in changes):
                raise RpcError(
                    f"account {address} is a precompile: it cannot be moved or replaced here", code=-32000
                )


def _make(rpc: Rpc, planned: Planned, payload: Payload, budget: int) -> tuple[Block, int]:
    engine, wanted = rpc.engine, planned.block
    _override_state(rpc, planned.state)
    engine.pending_timestamp = wanted["timestamp"]
    if "gas_limit" in wanted:
        engine.gas_limit = wanted["gas_limit"]
    if "coinbase" in wanted:
        engine.coinbase = wanted["coinbase"]
    engine.prev_randao = wanted.get("prev_randao", bytes(32))
    if "base_fee" in wanted or not payload.validates:
        engine.base_fee = wanted.get("base_fee", 0)
    else:
        engine.base_fee = None
    calls = [_sent(call) for call in planned.calls]
    try:
        return engine.simulate(
            calls,
            validation=payload.validates,
            budget=budget,
            recording=RECORD_FRAMES,
            blob_base_fee=wanted.get("blob_base_fee"),
        )
    except (InvalidTransaction, UsageError) as error:
        raise _refusal(error) from error


def _sent(call: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine takes of a call: without the chain's id, without fees of blobs that are not there."""
    without = {"chain_id"} if call.get("blob_hashes") else {"chain_id", "max_fee_per_blob_gas", "blob_hashes"}
    return {name: value for name, value in call.items() if name not in without}


def _refusal(error: Exception) -> RpcError:
    text = str(error)
    code = next((code for words, code in _CODES if words in text.lower()), -32000)
    return RpcError(f"err: {text}", code=code)


def _override_state(rpc: Rpc, overrides: Mapping[str, Mapping[str, Any]]) -> None:
    engine = rpc.engine
    for address, changes in overrides.items():
        if "nonce" in changes:
            engine.set_nonce(address, changes["nonce"])
        if "code" in changes:
            engine.set_code(address, changes["code"])
        if "balance" in changes:
            engine.set_balance(address, changes["balance"])
        if "state" in changes:
            for slot, _ in engine.slots(address):
                engine.set_storage(address, slot, 0)
        for slot, word in {**changes.get("state", {}), **changes.get("storage", {})}.items():
            engine.set_storage(address, slot, word)


# Answers


def _answer(block: Block, payload: Payload) -> dict[str, Any]:
    answer = block_answer(block, full=payload.full)
    calls, log_index = [], 0
    for transaction in block.transactions:
        call, log_index = _call_answer(block, transaction, payload, log_index)
        calls.append(call)
    return {**answer, "calls": calls}


def _call_answer(
    block: Block, transaction: Transaction, payload: Payload, log_index: int
) -> tuple[dict[str, Any], int]:
    outcome = transaction.outcome
    shown: dict[str, Any] = {
        "returnData": "0x" + outcome.output.hex() if outcome.succeeded else "0x",
        "logs": [],
        "gasUsed": hex(outcome.gas_used),
        "maxUsedGas": hex(outcome.gas_used + outcome.gas_refunded),
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
    found = _logs(outcome, payload.traces_transfers)
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
