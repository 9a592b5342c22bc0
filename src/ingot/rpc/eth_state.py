"""eth_: what accounts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256, to_address
from ingot.errors import RpcError
from ingot.rpc import rlp
from ingot.rpc.answers import data
from ingot.rpc.failure import LIMIT_EXCEEDED
from ingot.rpc.method import invalid, method, optional
from ingot.rpc.moments import number_of, state_of
from ingot.rpc.parameters import ADDRESS, BLOCK, KEY, OBJECT, list_of, read_address, read_key

if TYPE_CHECKING:
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

LATEST = optional(BLOCK, "latest")
MAX_SLOTS = 1024


@method("eth_getBalance", address=ADDRESS, block=LATEST)
def get_balance(rpc: Rpc, address: bytes, block: BlockId) -> str:
    """Wei of an account."""
    if block == "latest":
        return hex(rpc.engine.balance(address))
    with state_of(rpc, block) as number:
        return hex(rpc.engine.balance(address, number))


@method("eth_getCode", address=ADDRESS, block=LATEST)
def get_code(rpc: Rpc, address: bytes, block: BlockId) -> str:
    """Runtime code of an account."""
    with state_of(rpc, block) as number:
        return data(rpc.engine.code(address, number))


@method("eth_getStorageAt", address=ADDRESS, slot=KEY, block=LATEST)
def get_storage_at(rpc: Rpc, address: bytes, slot: bytes, block: BlockId) -> str:
    """The word of a storage slot."""
    with state_of(rpc, block) as number:
        return f"0x{rpc.engine.storage(address, int.from_bytes(slot), number):064x}"


@method("eth_getStorageValues", requests=OBJECT, block=LATEST)
def get_storage_values(rpc: Rpc, requests: dict[str, Any], block: BlockId) -> dict[str, list[str]]:
    """The words of several slots of several accounts."""
    wanted = []
    for account, slots in requests.items():
        try:
            keys = [int.from_bytes(read_key(slot)) for slot in slots or ()]
            wanted.append((read_address(account), keys))
        except (ValueError, TypeError) as error:
            raise invalid(f"invalid argument 0: requests: {account}: {error}") from None
    count = sum(len(keys) for _, keys in wanted)
    if not count:
        raise invalid("empty request")
    if count > MAX_SLOTS:
        raise RpcError(f"too many slots (max {MAX_SLOTS})", code=LIMIT_EXCEEDED)
    with state_of(rpc, block) as number:
        storage = rpc.engine.storage
        return {
            data(address): [f"0x{storage(address, key, number):064x}" for key in keys]
            for address, keys in wanted
        }


@method("eth_getTransactionCount", address=ADDRESS, block=LATEST)
def get_transaction_count(rpc: Rpc, address: bytes, block: BlockId) -> str:
    """How many transactions an account has sent; those that wait count for the pending block."""
    engine = rpc.engine
    if block == "pending":
        known = to_address(address)
        waiting = sum(each.sender == known for each in engine.pending_transactions())
        return hex(engine.nonce(address) + waiting)
    with state_of(rpc, block) as number:
        return hex(engine.nonce(address, number))


@method("eth_getAccountInfo", address=ADDRESS, block=LATEST)
def get_account_info(rpc: Rpc, address: bytes, block: BlockId) -> dict[str, str]:
    """Balance, nonce and code of an account."""
    with state_of(rpc, block) as number:
        ((balance, nonce, code, _),) = rpc.engine.views([(address, [])], block=number)
    return {"balance": hex(balance), "nonce": hex(nonce), "code": data(code)}


@method("eth_getAccount", address=ADDRESS, block=LATEST)
def get_account(rpc: Rpc, address: bytes, block: BlockId) -> dict[str, str]:
    """Balance, nonce, code hash and storage root of an account."""
    proof = rpc.engine.proof(address, (), number_of(rpc, block))
    return {
        "balance": hex(proof["balance"]),
        "nonce": hex(proof["nonce"]),
        "codeHash": data(proof["code_hash"]),
        "storageRoot": data(proof["storage_root"]),
    }


_ZERO_HASH = "0x" + "00" * 32


def _is_included(address: bytes, nodes: list[bytes]) -> bool:
    """Whether a proof ends in the leaf of this account, rather than where it would be."""
    if not nodes:
        return False
    items = rlp.decode_list(nodes[-1])
    if len(items) != 2 or not items[0] or items[0][0] >> 4 not in (2, 3):
        return False
    path = items[0].hex()
    path = path[1:] if items[0][0] >> 4 == 3 else path[2:]
    return keccak256(address).hex().endswith(path)


def _key_answer(key: bytes) -> str:
    """32 bytes as they came, fewer as a quantity, as in geth."""
    return data(key) if len(key) == 32 else hex(int.from_bytes(key))


@method("eth_getProof", address=ADDRESS, storage_keys=list_of(KEY), block=LATEST)
def get_proof(rpc: Rpc, address: bytes, storage_keys: list[bytes], block: BlockId) -> dict[str, Any]:
    """Merkle proofs of an account and some of its slots, against the state root of the block's header."""
    if len(storage_keys) > MAX_SLOTS:
        raise invalid(f"too many storage keys requested (max {MAX_SLOTS}, got {len(storage_keys)})")
    slots = [int.from_bytes(key) for key in storage_keys]
    proof = rpc.engine.proof(address, slots, number_of(rpc, block))
    is_there = _is_included(address, proof["nodes"])
    return {
        "address": data(address),
        "accountProof": [data(node) for node in proof["nodes"]],
        "balance": hex(proof["balance"]),
        "codeHash": data(proof["code_hash"]) if is_there else _ZERO_HASH,
        "nonce": hex(proof["nonce"]),
        "storageHash": data(proof["storage_root"]) if is_there else _ZERO_HASH,
        "storageProof": [
            {"key": _key_answer(key), "value": hex(value), "proof": [data(node) for node in nodes]}
            for key, (_, value, nodes) in zip(storage_keys, proof["slots"], strict=True)
        ],
    }
