"""testing_buildBlockV1: the block that a list of transactions would make. Source: execution-apis, testing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.errors import IngotError
from ingot.rpc import rlp
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, method, optional
from ingot.rpc.parameters import (
    DATA,
    HASH,
    list_of,
    read_address,
    read_hash,
    read_list,
    read_object,
    read_small,
)

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.rpc import Rpc

_LIMIT_BOUND = 1024
_DESIRED_GAS_LIMIT = 60_000_000
"""What the gas limit moves to, as geth's does by default."""

_EXTRA_DATA = 12


def _read_attributes(value: Any) -> dict[str, Any]:
    given = read_object(value)
    readers = (
        ("timestamp", read_small),
        ("prevRandao", read_hash),
        ("suggestedFeeRecipient", read_address),
        ("parentBeaconBlockRoot", read_hash),
        ("withdrawals", read_list),
    )
    found = {}
    for name, read in readers:
        try:
            found[name] = read(given.get(name))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return found


ATTRIBUTES = Parameter(_read_attributes, "payload attributes")
TRANSACTIONS = optional(list_of(DATA))


@method(
    "testing_buildBlockV1",
    parent_block_hash=HASH,
    payload_attributes=ATTRIBUTES,
    transactions=TRANSACTIONS,
    extra_data=optional(DATA, b""),
)
def build_block(
    rpc: Rpc,
    parent_block_hash: bytes,
    payload_attributes: dict[str, Any],
    transactions: list[bytes] | None,
    extra_data: bytes,
) -> dict[str, Any]:
    """The block of these transactions, or of what waits, on top of the latest one. The chain stays as it is."""
    engine = rpc.engine
    latest = engine.block(engine.block_number)
    if latest.hash != parent_block_hash:
        raise server_error(
            f"parent block 0x{parent_block_hash.hex()} is not the latest, 0x{latest.hash.hex()}"
        )
    if len(extra_data) > 32:
        raise server_error("extra data is longer than 32 bytes")
    if payload_attributes["withdrawals"]:
        raise server_error("withdrawals are not made by this chain")
    snapshot = engine.snapshot()
    try:
        _enter(rpc, payload_attributes, latest)
        if transactions is not None:
            for waiting in engine.pending_transactions():
                engine.drop_transaction(waiting.hash)
            _take(rpc, transactions)
        engine.mine()
        return _payload(engine.block(engine.block_number), extra_data)
    finally:
        engine.revert(snapshot)


def _enter(rpc: Rpc, attributes: dict[str, Any], parent: Block) -> None:
    engine = rpc.engine
    engine.automine = False
    engine.pending_timestamp = attributes["timestamp"]
    engine.prev_randao = attributes["prevRandao"]
    engine.coinbase = attributes["suggestedFeeRecipient"]
    engine.set_parent_beacon_root(attributes["parentBeaconBlockRoot"])
    step = parent.gas_limit // _LIMIT_BOUND - 1
    below = parent.gas_limit < _DESIRED_GAS_LIMIT
    engine.gas_limit = (
        min(parent.gas_limit + step, _DESIRED_GAS_LIMIT)
        if below
        else max(parent.gas_limit - step, _DESIRED_GAS_LIMIT)
    )


def _take(rpc: Rpc, transactions: list[bytes]) -> None:
    for index, raw in enumerate(transactions):
        try:
            rpc.engine.send_raw(raw)
        except IngotError as error:
            raise server_error(f"transaction {index}: {error}") from error


def _payload(block: Block, extra_data: bytes) -> dict[str, Any]:
    fields = rlp.decode_list(
        block.header_rlp
    )  # a header has no lists: its items are encoded again as they are
    fields[_EXTRA_DATA] = extra_data
    value = sum(each.gas_used * (each.effective_gas_price - block.base_fee) for each in block.transactions)
    payload = {
        "parentHash": "0x" + block.parent_hash.hex(),
        "feeRecipient": block.coinbase.lower(),
        "stateRoot": "0x" + block.state_root.hex(),
        "receiptsRoot": "0x" + block.receipts_root.hex(),
        "logsBloom": "0x" + block.logs_bloom.hex(),
        "prevRandao": "0x" + block.prev_randao.hex(),
        "blockNumber": hex(block.number),
        "gasLimit": hex(block.gas_limit),
        "gasUsed": hex(block.gas_used),
        "timestamp": hex(block.timestamp),
        "extraData": "0x" + extra_data.hex(),
        "baseFeePerGas": hex(block.base_fee),
        "blockHash": "0x" + keccak256(rlp.encode(fields)).hex(),
        "transactions": ["0x" + each.raw.hex() for each in block.transactions],
        "withdrawals": [],
        "blobGasUsed": hex(block.blob_gas_used),
        "excessBlobGas": hex(block.excess_blob_gas),
    }
    return {
        "executionPayload": payload,
        "blockValue": hex(value),
        "blobsBundle": {"commitments": [], "proofs": [], "blobs": []},
        "executionRequests": [],
        "shouldOverrideBuilder": False,
    }
