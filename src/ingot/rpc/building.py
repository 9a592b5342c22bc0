"""testing_buildBlockV1: the block that a list of transactions would make. Source: execution-apis, testing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc import rlp
from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.parameters import DATA, HASH, list_of, read_address, read_hash, read_object, read_small
from ingot.rpc.transactions import read_withdrawals

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.rpc import Rpc

_LIMIT_BOUND = 1024
_DESIRED_GAS_LIMIT = 60_000_000
"""What the gas limit moves to, as geth's does by default."""

_MAX_EXTRA_DATA = 32

_WITH_BLOBS = 5
"""Items at most of a transaction of type 3 with its blobs; the transaction alone has 14."""

_WITHDRAWAL = ("index", "validatorIndex", "address", "amount")


def _read_attributes(value: Any) -> dict[str, Any]:
    given = read_object(value)
    readers = (
        ("timestamp", "timestamp", read_small),
        ("prevRandao", "prev_randao", read_hash),
        ("suggestedFeeRecipient", "coinbase", read_address),
        ("parentBeaconBlockRoot", "parent_beacon_root", read_hash),
        ("withdrawals", "withdrawals", read_withdrawals),
    )
    found: dict[str, Any] = {"parent_beacon_root": bytes(32), "withdrawals": ()}
    for name, key, read in readers:
        if given.get(name) is None and key in found:
            continue
        try:
            found[key] = read(given.get(name))
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
    """The block of these transactions, or of what waits, on top of a block. The chain stays as it is."""
    if len(extra_data) > _MAX_EXTRA_DATA:
        raise invalid(f"invalid argument 3: extraData: at most {_MAX_EXTRA_DATA} bytes are possible")
    parent = rpc.engine.block_by_hash(parent_block_hash)
    if parent is None:
        raise server_error(f"unknown parent: there is no block 0x{parent_block_hash.hex()}")
    timestamp = payload_attributes["timestamp"]
    if timestamp <= parent.timestamp:
        raise server_error(f"invalid timestamp, parent {parent.timestamp} given {timestamp}")
    block = rpc.engine.build(
        parent=parent.number,
        gas_limit=_gas_limit(parent.gas_limit),
        transactions=transactions,
        extra_data=extra_data,
        **payload_attributes,
    )
    return _payload(block, transactions or [])


def _gas_limit(parent: int) -> int:
    step = parent // _LIMIT_BOUND - 1
    if parent < _DESIRED_GAS_LIMIT:
        return min(parent + step, _DESIRED_GAS_LIMIT)
    return max(parent - step, _DESIRED_GAS_LIMIT)


def _payload(block: Block, given: list[bytes]) -> dict[str, Any]:
    value = sum(each.gas_used * (each.effective_gas_price - block.base_fee) for each in block.transactions)
    withdrawals = (
        (hex(index), hex(validator), str(address).lower(), hex(amount))
        for index, validator, address, amount in block.withdrawals
    )
    payload = {
        "parentHash": data(block.parent_hash),
        "feeRecipient": block.coinbase.lower(),
        "stateRoot": data(block.state_root),
        "receiptsRoot": data(block.receipts_root),
        "logsBloom": data(block.logs_bloom),
        "prevRandao": data(block.prev_randao),
        "blockNumber": hex(block.number),
        "gasLimit": hex(block.gas_limit),
        "gasUsed": hex(block.gas_used),
        "timestamp": hex(block.timestamp),
        "extraData": data(block.extra_data),
        "baseFeePerGas": hex(block.base_fee),
        "blockHash": data(block.hash),
        "transactions": [data(each.raw) for each in block.transactions],
        "withdrawals": [dict(zip(_WITHDRAWAL, each, strict=True)) for each in withdrawals],
        "blobGasUsed": hex(block.blob_gas_used),
        "excessBlobGas": hex(block.excess_blob_gas),
    }
    return {
        "executionPayload": payload,
        "blockValue": hex(value),
        "blobsBundle": _blobs(given),
        "executionRequests": [data(each) for each in block.requests],
        "shouldOverrideBuilder": False,
    }


def _blobs(given: list[bytes]) -> dict[str, list[str]]:
    """What came with transactions of type 3. Source: EIP-4844, EIP-7594: their network form."""
    bundle: dict[str, list[str]] = {"commitments": [], "proofs": [], "blobs": []}
    for raw in given:
        if raw[:1] != b"\3":
            continue
        items = rlp.decode_list(raw[1:])
        if len(items) > _WITH_BLOBS:
            continue
        for name, parts in zip(("blobs", "commitments", "proofs"), items[-3:], strict=True):
            bundle[name] += [data(part) for part in rlp.decode_list(parts)]
    return bundle
