"""ots_ and erigon_: what Otterscan asks for. Source: Otterscan's docs, custom JSON-RPC API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_FRAMES, to_address
from ingot.errors import ProviderError
from ingot.rpc.answers import block_answer, data, header_answer, receipt_answer, transaction_answer
from ingot.rpc.call_tracer import caller_of, frames_of, target_of
from ingot.rpc.method import invalid, method, optional
from ingot.rpc.moments import block_of, known_block, mined, state_of
from ingot.rpc.parameters import ADDRESS, BLOCK, HASH, NUMBER

if TYPE_CHECKING:
    from ingot.engine import Block, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

API_LEVEL = 8
MAX_PAGE = 1_000
MAX_BLOCKS = 100_000
"""How many blocks are searched for a page."""

_TRANSFER, _SELFDESTRUCT, _CREATE, _CREATE2 = range(4)


@method("erigon_getHeaderByNumber", block=BLOCK)
def get_header_by_number(rpc: Rpc, block: BlockId) -> dict[str, Any] | None:
    """A header by number or tag."""
    found = block_of(rpc, block)
    return None if found is None else header_answer(found)


@method("ots_getApiLevel")
def get_api_level(rpc: Rpc) -> int:
    """The version of this namespace."""
    return API_LEVEL


@method("ots_hasCode", address=ADDRESS, block=optional(BLOCK, "latest"))
def has_code(rpc: Rpc, address: bytes, block: BlockId) -> bool:
    """Whether an account is a contract."""
    with state_of(rpc, block) as number:
        return bool(rpc.engine.code(address, number))


@method("ots_getInternalOperations", transaction_hash=HASH)
def get_internal_operations(rpc: Rpc, transaction_hash: bytes) -> list[dict[str, Any]]:
    """Transfers, creations and self-destructions below a transaction's own call."""
    frames = frames_of(rpc.engine.replay(mined(rpc, transaction_hash), RECORD_FRAMES))
    kinds = {"CREATE": _CREATE, "CREATE2": _CREATE2, "SELFDESTRUCT": _SELFDESTRUCT}
    operations = []
    for frame in frames[1:]:
        if frame.kind not in kinds and not (frame.kind == "CALL" and frame.value):
            continue
        operations.append(
            {
                "type": kinds.get(frame.kind, _TRANSFER),
                "from": frame.sender.lower(),
                "to": frame.to.lower(),
                "value": hex(frame.value),
            }
        )
    return operations


@method("ots_traceTransaction", transaction_hash=HASH)
def trace_transaction(rpc: Rpc, transaction_hash: bytes) -> list[dict[str, Any]]:
    """The calls of a transaction, in order, with their depth."""
    frames = frames_of(rpc.engine.replay(mined(rpc, transaction_hash), RECORD_FRAMES))
    return [
        {
            "type": frame.kind,
            "depth": frame.depth,
            "from": caller_of(frames, frame),
            "to": target_of(frame),
            "value": None if frame.kind in ("STATICCALL", "DELEGATECALL") else hex(frame.value),
            "input": data(frame.input),
            "output": data(frame.output),
        }
        for frame in frames
    ]


@method("ots_getTransactionError", transaction_hash=HASH)
def get_transaction_error(rpc: Rpc, transaction_hash: bytes) -> str:
    """Revert data of a transaction; empty if it succeeded."""
    outcome = mined(rpc, transaction_hash).outcome
    return "0x" if outcome.succeeded else data(outcome.output)


# Blocks


def _details(block: Block) -> dict[str, Any]:
    shown = block_answer(block, full=False)
    transactions = block.transactions
    fees = sum(each.gas_used * each.effective_gas_price for each in transactions)
    del shown["transactions"], shown["logsBloom"]
    shown["transactionCount"] = len(transactions)
    return {
        "block": shown,
        "issuance": {"blockReward": "0x0", "uncleReward": "0x0", "issuance": "0x0"},
        "totalFees": hex(fees),
    }


@method("ots_getBlockDetails", block=BLOCK)
def get_block_details(rpc: Rpc, block: BlockId) -> dict[str, Any] | None:
    """A block without its transactions, and the fees that it earned."""
    found = block_of(rpc, block)
    return None if found is None else _details(found)


@method("ots_getBlockDetailsByHash", block_hash=HASH)
def get_block_details_by_hash(rpc: Rpc, block_hash: bytes) -> dict[str, Any] | None:
    """A block without its transactions, and the fees that it earned."""
    found = rpc.engine.block_by_hash(block_hash)
    return None if found is None else _details(found)


@method("ots_getBlockTransactions", block=BLOCK, page=NUMBER, page_size=NUMBER)
def get_block_transactions(rpc: Rpc, block: BlockId, page: int, page_size: int) -> dict[str, Any]:
    """A page of a block's transactions and their receipts."""
    found = known_block(rpc, block)
    chosen = found.transactions[page * page_size : (page + 1) * page_size]
    shown = block_answer(found, full=False)
    shown["transactions"] = [_shortened(transaction_answer(each, found.hash)) for each in chosen]
    shown["transactionCount"] = len(found.transactions)
    receipts = [{**receipt_answer(each, found), "logs": None, "logsBloom": None} for each in chosen]
    return {"fullblock": shown, "receipts": receipts}


def _shortened(transaction: dict[str, Any]) -> dict[str, Any]:
    return {**transaction, "input": transaction["input"][:10]}


# An account's past


def _concerns(rpc: Rpc, transaction: Transaction, address: str) -> bool:
    if address in (transaction.sender, transaction.to, transaction.outcome.contract_address):
        return True
    frames = frames_of(rpc.engine.replay(transaction, RECORD_FRAMES))
    return any(address in (frame.sender, frame.to) for frame in frames)


def _searched(rpc: Rpc, address: str, numbers: range, page_size: int) -> tuple[list[Transaction], bool]:
    """Transactions of whole blocks until the page is full, and whether the search came to its end."""
    found: list[Transaction] = []
    for looked_at, number in enumerate(numbers):
        if looked_at >= MAX_BLOCKS:
            return found, False
        try:
            transactions = rpc.engine.block(number).transactions
        except ProviderError:  # the block that a fork stands on
            continue
        if transactions and len(found) >= page_size:
            return found, False
        ordered = transactions if numbers.step > 0 else reversed(transactions)
        found += [each for each in ordered if _concerns(rpc, each, address)]
    return found, True


def _page(rpc: Rpc, found: list[Transaction], *, first: bool, last: bool) -> dict[str, Any]:
    txs, receipts = [], []
    for each in found:
        block = rpc.engine.block(each.block_number)
        txs.append(transaction_answer(each, block.hash))
        receipts.append({**receipt_answer(each, block), "timestamp": block.timestamp})
    return {"txs": txs, "receipts": receipts, "firstPage": first, "lastPage": last}


def _check_page(page_size: int) -> None:
    if not 0 < page_size <= MAX_PAGE:
        raise invalid(f"invalid argument 2: pageSize: 1 to {MAX_PAGE} transactions fit on a page")


@method("ots_searchTransactionsBefore", address=ADDRESS, block_number=NUMBER, page_size=NUMBER)
def search_before(rpc: Rpc, address: bytes, block_number: int, page_size: int) -> dict[str, Any]:
    """The latest transactions before a block that concern an account; 0 stands for the end of the chain."""
    _check_page(page_size)
    engine = rpc.engine
    newest = engine.block_number if block_number == 0 else min(block_number - 1, engine.block_number)
    numbers = range(newest, engine.first_block_number - 1, -1)
    found, ended = _searched(rpc, to_address(address), numbers, page_size)
    return _page(rpc, found, first=newest == engine.block_number, last=ended)


@method("ots_searchTransactionsAfter", address=ADDRESS, block_number=NUMBER, page_size=NUMBER)
def search_after(rpc: Rpc, address: bytes, block_number: int, page_size: int) -> dict[str, Any]:
    """The first transactions after a block that concern an account, latest first; 0 stands for the beginning."""
    _check_page(page_size)
    engine = rpc.engine
    oldest = engine.first_block_number if block_number == 0 else block_number + 1
    found, ended = _searched(rpc, to_address(address), range(oldest, engine.block_number + 1), page_size)
    return _page(rpc, found[::-1], first=ended, last=oldest == engine.first_block_number)


@method("ots_getTransactionBySenderAndNonce", sender=ADDRESS, nonce=NUMBER)
def get_transaction_by_sender_and_nonce(rpc: Rpc, sender: bytes, nonce: int) -> str | None:
    """The hash of the transaction that an account sent with a nonce."""
    found = rpc.pool.find_by_nonce(sender, nonce)
    return None if found is None or not found.is_mined else data(found.hash)


@method("ots_getContractCreator", address=ADDRESS)
def get_contract_creator(rpc: Rpc, address: bytes) -> dict[str, str] | None:
    """The transaction that made a contract, and who called for it."""
    engine = rpc.engine
    low, high = engine.first_block_number, engine.block_number
    if not engine.code(address):
        return None
    while low < high:
        middle = (low + high) // 2
        if engine.code(address, middle):
            high = middle
        else:
            low = middle + 1
    created = to_address(address)
    for transaction in engine.block(low).transactions:
        for frame in frames_of(engine.replay(transaction, RECORD_FRAMES)):
            if frame.kind in ("CREATE", "CREATE2") and frame.to == created:
                return {"hash": data(transaction.hash), "creator": frame.sender.lower()}
    return None
