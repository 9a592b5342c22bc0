"""Blocks, transactions, receipts and logs as JSON-RPC writes them. Source: ethereum/execution-apis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.engine import create_address, keccak256
from ingot.errors import ProviderError
from ingot.rpc import rlp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingot.engine import Block, Log, Transaction

__all__ = [
    "ZERO_HASH",
    "block_answer",
    "bloom",
    "header_answer",
    "log_answer",
    "ommer_answer",
    "quantity",
    "receipt_answer",
    "transaction_answer",
    "word",
]

ZERO_HASH: Final = "0x" + "00" * 32
_EMPTY_BLOOM: Final = "0x" + "00" * 256
_PRE_BYZANTIUM = frozenset(("frontier", "homestead", "tangerinewhistle", "spuriousdragon"))

quantity = hex
"""A number as JSON-RPC writes it."""


def word(number: int) -> str:
    """32 bytes."""
    return f"0x{number:064x}"


def data(raw: bytes) -> str:
    """Bytes as hex text."""
    return "0x" + raw.hex()


def bloom(logs: Iterable[tuple[str, Iterable[bytes]]]) -> str:
    """The filter of (address, topics) each. Source: Yellow Paper, 4.3.1."""
    bits = 0
    for address, topics in logs:
        for entry in (bytes.fromhex(address[2:]), *topics):
            digest = keccak256(entry)
            for position in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[position : position + 2], "big") & 2047)
    return f"0x{bits:0512x}" if bits else _EMPTY_BLOOM


# Transactions


def _access_list(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {"address": address.lower(), "storageKeys": [data(slot) for slot in slots]}
        for address, slots in transaction.access_list
    ]


def _authorizations(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {
            "chainId": hex(entry["chain_id"]),
            "address": str(entry["address"]).lower(),
            "nonce": hex(entry["nonce"]),
            "yParity": hex(entry["y_parity"]),
            "r": hex(entry["r"]),
            "s": hex(entry["s"]),
        }
        for entry in transaction.authorizations
    ]


def transaction_answer(transaction: Transaction, block_hash: bytes | None = None) -> dict[str, Any]:
    """A transaction object. block_hash: of its block, for one that is mined."""
    kind, mined = transaction.type, block_hash is not None and transaction.is_mined
    parity, r, s = transaction.signature
    chain_id = transaction.chain_id
    price = transaction.effective_gas_price if mined else transaction.max_fee_per_gas
    to = transaction.to
    answer: dict[str, Any] = {
        "blockHash": data(block_hash) if block_hash is not None else None,
        "blockNumber": hex(transaction.block_number) if mined else None,
        "blockTimestamp": hex(transaction.timestamp) if mined else None,
        "from": transaction.sender.lower(),
        "gas": hex(transaction.gas_limit),
        "gasPrice": hex(price),
        "hash": data(transaction.hash),
        "input": data(transaction.data),
        "nonce": hex(transaction.nonce),
        "to": None if to is None else to.lower(),
        "transactionIndex": hex(transaction.index) if mined else None,
        "value": hex(transaction.value),
        "type": hex(kind),
        "r": hex(r),
        "s": hex(s),
    }
    if kind == 0:
        if chain_id is not None:
            answer["chainId"] = hex(chain_id)
        answer["v"] = hex(27 + parity if chain_id is None else 35 + 2 * chain_id + parity)
        return answer
    answer["chainId"] = hex(chain_id or 0)
    answer["v"] = answer["yParity"] = hex(parity)
    answer["accessList"] = _access_list(transaction)
    if kind >= 2:
        answer["maxFeePerGas"] = hex(transaction.max_fee_per_gas)
        answer["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee_per_gas or 0)
    if kind == 3:
        answer["maxFeePerBlobGas"] = hex(transaction.max_fee_per_blob_gas or 0)
        answer["blobVersionedHashes"] = [data(each) for each in transaction.blob_hashes]
    if kind == 4:
        answer["authorizationList"] = _authorizations(transaction)
    return answer


def log_answer(
    log: Log, transaction: Transaction, block_hash: bytes | None, *, removed: bool = False
) -> dict[str, Any]:
    """A log of a mined transaction."""
    return _log(log, _place(transaction, block_hash), removed=removed)


def _place(transaction: Transaction, block_hash: bytes | None) -> dict[str, Any]:
    """Where a mined transaction is, as each of its logs has it."""
    return {
        "blockNumber": hex(transaction.block_number),
        "transactionHash": data(transaction.hash),
        "transactionIndex": hex(transaction.index),
        "blockHash": None if block_hash is None else data(block_hash),
        "blockTimestamp": hex(transaction.timestamp),
    }


def _log(log: Log, place: dict[str, Any], *, removed: bool = False) -> dict[str, Any]:
    return {
        "address": log.address.lower(),
        "topics": [data(topic) for topic in log.topics],
        "data": data(log.data),
        **place,
        "logIndex": hex(log.log_index),
        "removed": removed,
    }


def receipt_answer(transaction: Transaction, block: Block) -> dict[str, Any]:
    """The receipt of a mined transaction."""
    outcome = transaction.outcome
    place = _place(transaction, block.hash)
    found = outcome.logs if outcome.succeeded else ()
    logs = [_log(log, place) for log in found]
    to = transaction.to
    created = None if to is not None else create_address(transaction.sender, transaction.nonce).lower()
    answer: dict[str, Any] = {
        "blockHash": place["blockHash"],
        "blockNumber": place["blockNumber"],
        "contractAddress": created,
        "cumulativeGasUsed": hex(transaction.cumulative_gas_used),
        "effectiveGasPrice": hex(transaction.effective_gas_price),
        "from": transaction.sender.lower(),
        "gasUsed": hex(outcome.gas_used),
        "logs": logs,
        "logsBloom": bloom((log.address, log.topics) for log in found) if logs else _EMPTY_BLOOM,
        "to": None if to is None else to.lower(),
        "transactionHash": place["transactionHash"],
        "transactionIndex": place["transactionIndex"],
        "type": hex(transaction.type),
    }
    if block.hardfork in _PRE_BYZANTIUM:
        answer["root"] = data(rlp.decode_list(block.receipts[transaction.index])[0])
    else:
        answer["status"] = "0x1" if outcome.succeeded else "0x0"
    if transaction.type == 3:
        answer["blobGasUsed"] = hex(len(transaction.blob_hashes) << 17)
        answer["blobGasPrice"] = hex(block.blob_base_fee)
    return answer


# Blocks


def header_answer(block: Block) -> dict[str, Any]:
    """A header, as subscriptions push it. What a fork cannot know of its roots is zero."""
    answer = _header_answer(rlp.decode_list(_header(block)), block.hash)
    answer["parentHash"] = data(block.parent_hash)
    return answer


def ommer_answer(header: bytes) -> dict[str, Any]:
    """An uncle, as a block without transactions. header: its RLP."""
    answer = _header_answer(rlp.decode_list(header), keccak256(header))
    return {**answer, "size": hex(rlp.length_of_block(header)), "uncles": []}


def _header_answer(fields: list[bytes], block_hash: bytes) -> dict[str, Any]:
    numbers = {7: "difficulty", 8: "number", 9: "gasLimit", 10: "gasUsed", 11: "timestamp"}
    answer: dict[str, Any] = {
        "hash": data(block_hash),
        "parentHash": data(fields[0]),
        "sha3Uncles": data(fields[1]),
        "miner": data(fields[2]),
        "stateRoot": data(fields[3]),
        "transactionsRoot": data(fields[4]),
        "receiptsRoot": data(fields[5]),
        "logsBloom": data(fields[6]),
        **{name: hex(int.from_bytes(fields[index])) for index, name in numbers.items()},
        "extraData": data(fields[12]),
        "mixHash": data(fields[13]),
        "nonce": data(fields[14]),
    }
    numbers = {15: "baseFeePerGas", 17: "blobGasUsed", 18: "excessBlobGas", 22: "slotNumber"}
    hashes = {
        16: "withdrawalsRoot",
        19: "parentBeaconBlockRoot",
        20: "requestsHash",
        21: "blockAccessListHash",
    }
    for index, field in enumerate(fields[15:], 15):
        if index in hashes:
            answer[hashes[index]] = data(field)
        elif index in numbers:
            answer[numbers[index]] = hex(int.from_bytes(field, "big"))
    return answer


def _header(block: Block) -> bytes:
    try:
        return block.header_rlp
    except ProviderError:
        return _forked_header(block)


def _forked_header(block: Block) -> bytes:
    """The header of a fork's block without its state root; of the block that the fork stands on, without any root."""
    try:
        roots = (block.transactions_root, block.receipts_root, block.logs_bloom)
    except ProviderError:
        roots = (bytes(32), bytes(32), bytes(256))
    empty_ommers = keccak256(rlp.encode([]))
    numbers = (block.difficulty, block.number, block.gas_limit, block.gas_used, block.timestamp)
    return rlp.encode(
        [
            bytes(32),
            empty_ommers,
            bytes.fromhex(block.coinbase[2:]),
            bytes(32),
            *roots,
            *numbers,
            block.extra_data,
            block.prev_randao,
            bytes(8),
            block.base_fee,
        ]
    )


def block_answer(block: Block, *, full: bool) -> dict[str, Any]:
    """A block. full: with whole transactions rather than their hashes."""
    answer = header_answer(block)
    try:
        transactions = block.transactions
    except ProviderError:
        return {**answer, "size": "0x0", "transactions": [], "uncles": []}
    if full:
        block_hash = block.hash
        answer["transactions"] = [transaction_answer(each, block_hash) for each in transactions]
    else:
        answer["transactions"] = [data(each.hash) for each in transactions]
    answer["uncles"] = [data(keccak256(ommer)) for ommer in block.ommers]
    answer["size"] = hex(_size(block))
    if "withdrawalsRoot" in answer:
        answer["withdrawals"] = [
            {
                "index": hex(index),
                "validatorIndex": hex(validator),
                "address": address.lower(),
                "amount": hex(gwei),
            }
            for index, validator, address, gwei in block.withdrawals
        ]
    return answer


def _size(block: Block) -> int:
    try:
        return len(block.rlp)
    except ProviderError:
        return 0
