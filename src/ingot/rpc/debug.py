"""debug_: traces, raw blocks and transactions, the state in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.rpc.eth_transactions import call_terms
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import block_of, number_of, state_of
from ingot.rpc.parameters import ADDRESS, BLOCK, HASH, NUMBER, SLOT, read_data
from ingot.rpc.rlp import header_of
from ingot.rpc.tracing import TRACE_OPTIONS, recording_for, trace_call, trace_transaction
from ingot.rpc.transactions import BLOCK_OVERRIDES, STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from ingot.engine import Block, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

OPTIONS = optional(TRACE_OPTIONS, {})


def mined(rpc: Rpc, transaction_hash: bytes) -> Transaction:
    """A mined transaction. Raises: RpcError."""
    found = rpc.engine.transaction(transaction_hash)
    if found is None or not found.is_mined:
        raise server_error("transaction not found")
    return found


def known_block(rpc: Rpc, block: BlockId) -> Block:
    """A block. Raises: RpcError, if there is none, or it is the pending one."""
    found = block_of(rpc, block)
    if found is None:
        shown = f"0x{block.hex()}" if isinstance(block, bytes) else block
        raise server_error(f"block not found: {shown}")
    return found


# Traces


@method("debug_traceTransaction", transaction_hash=HASH, options=OPTIONS)
def trace_one(rpc: Rpc, transaction_hash: bytes, options: dict[str, Any]) -> Any:
    """The trace of a mined transaction: every step, or what a tracer makes of it."""
    transaction = mined(rpc, transaction_hash)
    return trace_transaction(rpc, transaction, options, rpc.engine.block(transaction.block_number))


def _trace_block(rpc: Rpc, block: Block, options: dict[str, Any]) -> list[dict[str, Any]]:
    if block.number == 0:
        raise server_error("genesis is not traceable")
    return [
        {"txHash": "0x" + each.hash.hex(), "result": trace_transaction(rpc, each, options, block)}
        for each in block.transactions
    ]


@method("debug_traceBlockByNumber", block=BLOCK, options=OPTIONS)
def trace_block_by_number(rpc: Rpc, block: BlockId, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of a block's transactions."""
    return _trace_block(rpc, known_block(rpc, block), options)


@method("debug_traceBlockByHash", block_hash=HASH, options=OPTIONS)
def trace_block_by_hash(rpc: Rpc, block_hash: bytes, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of a block's transactions."""
    return _trace_block(rpc, known_block(rpc, block_hash), options)


def _read_raw_block(value: Any) -> bytes:
    return keccak256(header_of(read_data(value)))


RAW_BLOCK = Parameter(_read_raw_block, "RLP of a block")


@method("debug_traceBlock", block=RAW_BLOCK, options=OPTIONS)
def trace_block(rpc: Rpc, block: bytes, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of the transactions of a block of this chain, which is given as RLP."""
    return _trace_block(rpc, known_block(rpc, block), options)


@method("debug_traceCall", transaction=TRANSACTION, block=optional(BLOCK, "latest"), options=OPTIONS)
def trace_a_call(rpc: Rpc, transaction: dict[str, Any], block: BlockId, options: dict[str, Any]) -> Any:
    """The trace of a call, on the state at a block; stateOverrides and blockOverrides are among its options."""
    overrides = []
    for name, parameter in (("stateOverrides", STATE_OVERRIDES), ("blockOverrides", BLOCK_OVERRIDES)):
        given = options.get(name)
        try:
            overrides.append(None if given is None else parameter.read(given))
        except ValueError as error:
            raise invalid(f"invalid argument 2: options: {name}: {error}") from None
    state_overrides, block_overrides = overrides
    with state_of(rpc, block) as number:
        at = rpc.engine.block_number if block == "latest" else number
        terms = call_terms(rpc, transaction, at, block_overrides)
        flags = recording_for(options)
        outcome = rpc.engine.call(block=at, overrides=state_overrides, recording=flags, **terms)
        return trace_call(rpc, outcome, options, at, state_overrides)


@method("debug_intermediateRoots", block_hash=HASH, options=OPTIONS)
def intermediate_roots(rpc: Rpc, block_hash: bytes, options: dict[str, Any]) -> list[str]:
    """The state root at the end of a block, the only one that is kept since Byzantium."""
    return ["0x" + known_block(rpc, block_hash).state_root.hex()]


# Raw


@method("debug_getRawBlock", block=BLOCK)
def get_raw_block(rpc: Rpc, block: BlockId) -> str:
    """RLP of a block."""
    return "0x" + known_block(rpc, block).rlp.hex()


@method("debug_getRawHeader", block=BLOCK)
def get_raw_header(rpc: Rpc, block: BlockId) -> str:
    """RLP of a header."""
    return "0x" + known_block(rpc, block).header_rlp.hex()


@method("debug_getRawReceipts", block=BLOCK)
def get_raw_receipts(rpc: Rpc, block: BlockId) -> list[str]:
    """EIP-2718 encodings of a block's receipts."""
    return ["0x" + receipt.hex() for receipt in known_block(rpc, block).receipts]


@method("debug_getRawTransaction", transaction_hash=HASH)
def get_raw_transaction(rpc: Rpc, transaction_hash: bytes) -> str:
    """EIP-2718 encoding of a transaction."""
    found = rpc.pool.find(transaction_hash)
    if found is None:
        raise server_error("transaction not found")
    return "0x" + found.raw.hex()


@method("debug_getBadBlocks")
def get_bad_blocks(rpc: Rpc) -> list[Any]:
    """Blocks that were refused: none is kept."""
    return []


# The state in pieces


def _account_range(rpc: Rpc, number: int | None, start: bytes, most: int) -> dict[str, Any]:
    engine = rpc.engine
    addresses = [each for each in engine.addresses(block=number) if bytes(each) >= start]
    shown: dict[str, Any] = {}
    for address in addresses[:most]:
        ((balance, nonce, code, _),) = engine.views([(address, [])], block=number)
        shown[address.lower()] = {
            "balance": str(balance),
            "nonce": nonce,
            "codeHash": "0x" + keccak256(code).hex(),
            "code": "0x" + code.hex(),
            "storage": {f"0x{slot:064x}": f"{word:x}" for slot, word in engine.slots(address, block=number)},
        }
    root = engine.state_root() if number is None else engine.block(number).state_root
    answer = {"root": root.hex(), "accounts": shown}
    if len(addresses) > most:
        answer["next"] = addresses[most].lower()
    return answer


@method("debug_dumpBlock", block=BLOCK)
def dump_block(rpc: Rpc, block: BlockId) -> dict[str, Any]:
    """All accounts at a block."""
    return _account_range(rpc, number_of(rpc, block), b"", 1 << 32)


def _read_start(value: Any) -> bytes:
    return b"" if value == "0x" else read_data(value)


@method(
    "debug_accountRange",
    block=BLOCK,
    start=optional(Parameter(_read_start, "address"), b""),
    max_results=optional(NUMBER, 256),
)
def account_range(rpc: Rpc, block: BlockId, start: bytes, max_results: int) -> dict[str, Any]:
    """Accounts at a block, from an address on."""
    return _account_range(rpc, number_of(rpc, block), start, max_results)


@method("debug_storageRangeAt", block=BLOCK, index=NUMBER, address=ADDRESS, start=SLOT, max_results=NUMBER)
def storage_range_at(
    rpc: Rpc, block: BlockId, index: int, address: bytes, start: int, max_results: int
) -> dict[str, Any]:
    """Slots of an account before a transaction of a block, in the order of their hashes, from a hash on."""
    engine, found = rpc.engine, known_block(rpc, block)
    if index < len(found.transactions):
        slots = engine.slots(address, before=found.transactions[index])
    elif index == 0:
        slots = engine.slots(address, block=max(found.number - 1, engine.first_block_number))
    else:
        raise invalid(f"invalid argument 1: index: the block has {len(found.transactions)} transactions")
    hashed = sorted((keccak256(slot.to_bytes(32, "big")), slot, word) for slot, word in slots)
    wanted = [each for each in hashed if int.from_bytes(each[0], "big") >= start]
    shown = {
        "0x" + digest.hex(): {"key": f"0x{slot:064x}", "value": f"0x{word:064x}"}
        for digest, slot, word in wanted[:max_results]
    }
    following = "0x" + wanted[max_results][0].hex() if len(wanted) > max_results else None
    return {"storage": shown, "nextKey": following}


@method("debug_codeByHash", code_hash=HASH, block=optional(BLOCK, "latest"))
def code_by_hash(rpc: Rpc, code_hash: bytes, block: BlockId) -> str | None:
    """Runtime code by its hash."""
    number = number_of(rpc, block)
    for address in rpc.engine.addresses(block=number):
        code = rpc.engine.code(address, number)
        if code and keccak256(code) == code_hash:
            return "0x" + code.hex()
    return None


@method("debug_getModifiedAccountsByNumber", start=BLOCK, end=optional(BLOCK))
def get_modified_accounts_by_number(rpc: Rpc, start: BlockId, end: BlockId | None) -> list[str]:
    """Accounts that changed from one block to another, by default in the one."""
    engine = rpc.engine
    first = known_block(rpc, start).number
    last = first if end is None else known_block(rpc, end).number
    first = max(first - 1, engine.first_block_number) if end is None else first
    if first > last:
        raise invalid("invalid argument 1: end: it is before start")
    addresses = sorted({*engine.addresses(block=first), *engine.addresses(block=last)})
    wanted = [(address, sorted(_slots_of(rpc, address, (first, last)))) for address in addresses]
    before, after = (engine.views(wanted, block=number) for number in (first, last))
    return [
        address.lower() for (address, _), was, now in zip(wanted, before, after, strict=True) if was != now
    ]


def _slots_of(rpc: Rpc, address: str, blocks: tuple[int, ...]) -> set[int]:
    return {slot for number in blocks for slot, _ in rpc.engine.slots(address, block=number)}
