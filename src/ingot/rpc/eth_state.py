"""eth_: what accounts hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import to_address
from ingot.rpc.method import invalid, method, optional
from ingot.rpc.moments import number_of, state_of
from ingot.rpc.parameters import ADDRESS, BLOCK, OBJECT, SLOT, list_of, read_address, read_slot

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
        return "0x" + rpc.engine.code(address, number).hex()


@method("eth_getStorageAt", address=ADDRESS, slot=SLOT, block=LATEST)
def get_storage_at(rpc: Rpc, address: bytes, slot: int, block: BlockId) -> str:
    """The word of a storage slot."""
    with state_of(rpc, block) as number:
        return f"0x{rpc.engine.storage(address, slot, number):064x}"


@method("eth_getStorageValues", requests=OBJECT, block=LATEST)
def get_storage_values(rpc: Rpc, requests: dict[str, Any], block: BlockId) -> dict[str, list[str]]:
    """The words of several slots of several accounts."""
    if not requests:
        raise invalid("empty request")
    wanted = []
    for account, slots in requests.items():
        try:
            wanted.append((account, read_address(account), [read_slot(slot) for slot in slots or ()]))
        except (ValueError, TypeError) as error:
            raise invalid(f"invalid argument 0: requests: {account}: {error}") from None
    if sum(len(slots) for _, _, slots in wanted) > MAX_SLOTS:
        raise invalid(f"too many slots (max {MAX_SLOTS})")
    with state_of(rpc, block) as number:
        storage = rpc.engine.storage
        return {
            account: [f"0x{storage(address, slot, number):064x}" for slot in slots]
            for account, address, slots in wanted
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
    return {"balance": hex(balance), "nonce": hex(nonce), "code": "0x" + code.hex()}


@method("eth_getAccount", address=ADDRESS, block=LATEST)
def get_account(rpc: Rpc, address: bytes, block: BlockId) -> dict[str, str]:
    """Balance, nonce, code hash and storage root of an account."""
    proof = rpc.engine.proof(address, (), number_of(rpc, block))
    return {
        "balance": hex(proof["balance"]),
        "nonce": hex(proof["nonce"]),
        "codeHash": "0x" + proof["code_hash"].hex(),
        "storageRoot": "0x" + proof["storage_root"].hex(),
    }


@method("eth_getProof", address=ADDRESS, storage_keys=list_of(SLOT), block=LATEST)
def get_proof(rpc: Rpc, address: bytes, storage_keys: list[int], block: BlockId) -> dict[str, Any]:
    """Merkle proofs of an account and some of its slots, against the state root of the block's header."""
    if len(storage_keys) > MAX_SLOTS:
        raise invalid(f"too many slots (max {MAX_SLOTS})")
    proof = rpc.engine.proof(address, storage_keys, number_of(rpc, block))
    return {
        "address": "0x" + address.hex(),
        "accountProof": ["0x" + node.hex() for node in proof["nodes"]],
        "balance": hex(proof["balance"]),
        "codeHash": "0x" + proof["code_hash"].hex(),
        "nonce": hex(proof["nonce"]),
        "storageHash": "0x" + proof["storage_root"].hex(),
        "storageProof": [
            {"key": hex(slot), "value": hex(value), "proof": ["0x" + node.hex() for node in nodes]}
            for slot, value, nodes in proof["slots"]
        ],
    }
