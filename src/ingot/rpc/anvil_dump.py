"""A chain as one of anvil's state files. Source: anvil 1.7.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.engine import keccak256
from ingot.rpc.answers import bloom, data, header_answer, transaction_answer

if TYPE_CHECKING:
    from ingot.engine import Block, Engine, Transaction

__all__ = ["MAX_DUMPED", "anvil_document"]

MAX_DUMPED: Final = 10_000
"""Blocks in a file: the latest ones."""

_RING: Final = 8191
_SYSTEM_SLOTS: Final = {
    "0x0000f90827f1c53a10cb7a02335b175320002935": _RING,
    "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": 2 * _RING,
}
"""Contracts that the protocol writes to (EIP-2935, EIP-4788), which the engine does when somebody looks."""

_NOT_THEIRS: Final = ("blockHash", "blockNumber", "blockTimestamp", "from", "transactionIndex")


def anvil_document(engine: Engine, *, historical: bool = False) -> dict[str, Any]:
    """The state, the latest blocks and their transactions. historical: the accounts at each of them, too."""
    latest = engine.block(engine.block_number)
    first = max(engine.first_block_number, latest.number + 1 - MAX_DUMPED)
    blocks = [engine.block(number) for number in range(first, latest.number + 1)]
    states = [
        [data(block.hash), _earlier(engine, block.number)]
        for block in blocks[:-1]
        if historical and block.number >= engine.oldest_state
    ]
    return {
        "block": {
            "number": hex(latest.number),
            "beneficiary": latest.coinbase.lower(),
            "timestamp": hex(latest.timestamp),
            "gas_limit": latest.gas_limit,
            "basefee": latest.base_fee,
            "difficulty": hex(latest.difficulty),
            "prevrandao": data(latest.prev_randao),
            "blob_excess_gas_and_price": {"excess_blob_gas": latest.excess_blob_gas, "blob_gasprice": 1},
            "slot_num": 0,
        },
        "accounts": {address.lower(): _account(engine, address) for address in engine.addresses()},
        "best_block_number": latest.number,
        "blocks": [_block(block) for block in blocks],
        "transactions": [_ended(block, each) for block in blocks for each in block.transactions],
        "historical_states": states if historical else None,
    }


def _account(engine: Engine, address: Any, block: int | None = None) -> dict[str, Any]:
    slots = engine.slots(address, block=block)
    code = engine.code(address, block)
    ring = _SYSTEM_SLOTS.get(address.lower(), 0) if code else 0
    if ring:
        words = ((slot, engine.storage(address, slot, block)) for slot in range(ring))
        slots = [(slot, word) for slot, word in words if word]
    return {
        "nonce": engine.nonce(address, block),
        "balance": hex(engine.balance(address, block)),
        "code": data(code),
        "storage": {f"0x{slot:064x}": f"0x{word:064x}" for slot, word in slots},
    }


def _earlier(engine: Engine, number: int) -> dict[str, Any]:
    accounts, storage = {}, {}
    for address in engine.addresses(block=number):
        account = _account(engine, address, number)
        code = bytes.fromhex(account["code"][2:])
        name = address.lower()
        accounts[name] = {
            "balance": account["balance"],
            "nonce": account["nonce"],
            "code_hash": data(keccak256(code)),
            "code": _analysed(code),
        }
        storage[name] = account["storage"]
    return {"accounts": accounts, "storage": storage, "block_hashes": {}}


def _analysed(code: bytes) -> dict[str, Any]:
    """Code as revm writes it, with a bit for each place that can be jumped to."""
    if code[:3] == b"\xef\x01\x00":
        return {"Eip7702": {"delegated_address": data(code[3:]), "version": 0, "raw": data(code)}}
    padded = code + bytes(33) if code else b"\0"
    bits, at = bytearray((len(padded) + 7) // 8), 0
    while at < len(code):
        if code[at] == 0x5B:
            bits[at // 8] |= 1 << at % 8
        at += code[at] - 0x5E if 0x60 <= code[at] <= 0x7F else 1
    table = {"order": "bitvec::order::Lsb0", "head": {"width": 8, "index": 0}}
    return {
        "LegacyAnalyzed": {
            "bytecode": data(padded),
            "original_len": len(code),
            "jump_table": {**table, "bits": len(padded) if code else 0, "data": list(bits) if code else []},
        }
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "header": header_answer(block),
        "transactions": [
            {"transaction": _signed(each), "impersonated_sender": _impersonated(each)}
            for each in block.transactions
        ],
        "ommers": [],
        "withdrawals": None,
    }


def _signed(transaction: Transaction) -> dict[str, Any]:
    answer = transaction_answer(transaction)
    left_out = _NOT_THEIRS if transaction.type < 2 else (*_NOT_THEIRS, "gasPrice")
    return {name: value for name, value in answer.items() if name not in left_out}


def _impersonated(transaction: Transaction) -> str | None:
    _, r, s = transaction.signature
    is_ours = s == 0 and r in (0, int.from_bytes(bytes(transaction.sender), "big"))
    return transaction.sender.lower() if is_ours else None


def _ended(block: Block, transaction: Transaction) -> dict[str, Any]:
    outcome = transaction.outcome
    sender = transaction.sender.lower()
    to = None if transaction.to is None else transaction.to.lower()
    created = None if outcome.contract_address is None else outcome.contract_address.lower()
    ending = {"success": "Return" if outcome.output else "Stop", "revert": "Revert"}
    exit_ = ending.get(outcome.status, "OutOfGas")
    output = data(outcome.output)
    call = {
        "depth": 0,
        "success": outcome.succeeded,
        "caller": sender,
        "address": to or created or "0x" + "00" * 20,
        "maybe_precompile": None,
        "selfdestruct_address": None,
        "selfdestruct_refund_target": None,
        "selfdestruct_transferred_value": None,
        "kind": "CREATE" if to is None else "CALL",
        "value": hex(transaction.value),
        "data": data(transaction.data),
        "output": output,
        "gas_used": outcome.gas_used,
        "gas_limit": transaction.gas_limit,
        "gas_refund_counter": 0,
        "status": exit_,
        "steps": [],
        "decoded": None,
    }
    logs = [
        {
            "address": log.address.lower(),
            "topics": [data(topic) for topic in log.topics],
            "data": data(log.data),
        }
        for log in outcome.logs
    ]
    return {
        "info": {
            "transaction_hash": data(transaction.hash),
            "transaction_index": transaction.index,
            "from": sender,
            "to": to,
            "contract_address": created,
            "traces": [{"parent": None, "children": [], "idx": 0, "trace": call, "logs": [], "ordering": []}],
            "exit": exit_,
            "out": output,
            "nonce": transaction.nonce,
            "gas_used": outcome.gas_used,
        },
        "receipt": {
            "type": hex(transaction.type),
            "status": "0x1" if outcome.succeeded else "0x0",
            "cumulativeGasUsed": hex(transaction.cumulative_gas_used),
            "logs": logs,
            "logsBloom": bloom((log.address, log.topics) for log in outcome.logs),
        },
        "block_hash": data(block.hash),
        "block_number": block.number,
    }
