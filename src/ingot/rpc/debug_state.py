"""debug_: the state in pieces. Source: geth, eth/api_debug.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import known_block, number_of
from ingot.rpc.parameters import ADDRESS, BLOCK, BOOL, HASH, INTEGER, NUMBER, read_key

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

MAX_ACCOUNTS = 256


def _account(rpc: Rpc, address: str, number: int | None, *, code: bool, storage: bool) -> dict[str, Any]:
    engine = rpc.engine
    proof = engine.proof(address, (), number)
    shown: dict[str, Any] = {
        "balance": str(proof["balance"]),
        "nonce": proof["nonce"],
        "root": data(proof["storage_root"]),
        "codeHash": data(proof["code_hash"]),
        "address": address.lower(),
        "key": data(_key(address)),
    }
    if code and (runtime := engine.code(address, number)):
        shown["code"] = data(runtime)
    if storage and (slots := engine.slots(address, block=number)):
        shown["storage"] = {f"0x{slot:064x}": _even(word) for slot, word in slots}
    return shown


def _key(address: str) -> bytes:
    return keccak256(bytes.fromhex(address[2:]))


def _even(word: int) -> str:
    """Hex digits of whole bytes."""
    return word.to_bytes((word.bit_length() + 7) // 8, "big").hex()


def _account_range(
    rpc: Rpc, number: int | None, start: bytes, most: int, *, code: bool, storage: bool
) -> dict[str, Any]:
    """Accounts in the order of their hashes, from a hash on."""
    engine = rpc.engine
    most = most if 0 < most <= MAX_ACCOUNTS else MAX_ACCOUNTS
    keyed = sorted((_key(address), address) for address in engine.addresses(block=number))
    wanted = [(key, address) for key, address in keyed if key >= start]
    root = engine.state_root() if number is None else engine.block(number).state_root
    shown = {
        str(address): _account(rpc, address, number, code=code, storage=storage)
        for _, address in wanted[:most]
    }
    answer = {"root": root.hex(), "accounts": shown}
    if len(wanted) > most:
        answer["next"] = data(wanted[most][0])
    return answer


@method("debug_dumpBlock", block=BLOCK)
def dump_block(rpc: Rpc, block: BlockId) -> dict[str, Any]:
    """The first 256 accounts at a block."""
    return _account_range(rpc, number_of(rpc, block), b"", MAX_ACCOUNTS, code=True, storage=True)


START = Parameter(read_key, "slot")


@method(
    "debug_accountRange",
    block=BLOCK,
    start=optional(START, b""),
    max_results=optional(INTEGER, MAX_ACCOUNTS),
    no_code=optional(BOOL, False, name="nocode"),
    no_storage=optional(BOOL, False, name="nostorage"),
    incompletes=optional(BOOL, False),
)
def account_range(
    rpc: Rpc,
    block: BlockId,
    start: bytes,
    max_results: int,
    no_code: bool,
    no_storage: bool,
    incompletes: bool,
) -> dict[str, Any]:
    """Accounts at a block in the order of their hashes, from a hash on, at most 256. None is incomplete."""
    number = number_of(rpc, block)
    return _account_range(rpc, number, start, max_results, code=not no_code, storage=not no_storage)


@method("debug_storageRangeAt", block=BLOCK, index=NUMBER, address=ADDRESS, start=START, max_results=INTEGER)
def storage_range_at(
    rpc: Rpc, block: BlockId, index: int, address: bytes, start: bytes, max_results: int
) -> dict[str, Any]:
    """Slots of an account as a block found them, in the order of their hashes, from a hash on.

    As geth, from the state before the block's transaction `index`.
    """
    engine, found = rpc.engine, known_block(rpc, block)
    if not found.number:
        raise server_error("no transaction in genesis")
    transactions = found.transactions
    if index < len(transactions):
        slots = engine.slots(address, before=transactions[index])
    elif index == 0:
        slots = engine.slots(address, block=found.number - 1)
    else:
        raise server_error(
            f"transaction index {index} out of range for block 0x{found.hash.hex()}: it has {len(transactions)}"
        )
    hashed = sorted((keccak256(slot.to_bytes(32, "big")), slot, word) for slot, word in slots)
    wanted = [each for each in hashed if each[0] >= start]
    most = max(max_results, 0)
    shown = {
        data(digest): {"key": f"0x{slot:064x}", "value": f"0x{word:064x}"}
        for digest, slot, word in wanted[:most]
    }
    following = data(wanted[most][0]) if len(wanted) > most else None
    return {"storage": shown, "nextKey": following}


@method("debug_codeByHash", code_hash=HASH, block=optional(BLOCK, "latest"))
def code_by_hash(rpc: Rpc, code_hash: bytes, block: BlockId) -> str | None:
    """Runtime code by its hash."""
    number = number_of(rpc, block)
    for address in rpc.engine.addresses(block=number):
        code = rpc.engine.code(address, number)
        if code and keccak256(code) == code_hash:
            return data(code)
    return None


# What changed


def _modified(rpc: Rpc, start: Block, end: Block | None) -> list[str]:
    """Accounts that changed after `start` and are there at `end`, in the order of their hashes."""
    engine = rpc.engine
    if end is None:
        if start.number <= engine.first_block_number:
            raise server_error(f"block {start.number} has no parent")
        start, end = engine.block(start.number - 1), start
    if start.number >= end.number:
        raise server_error(
            f"start block height ({start.number}) must be less than end block height ({end.number})"
        )
    there = dict.fromkeys(engine.addresses(block=start.number))
    changed = []
    for address in engine.addresses(block=end.number):
        ends = (engine.proof(address, (), block.number) for block in (start, end))
        was, now = (
            [proof[name] for name in ("balance", "nonce", "code_hash", "storage_root")] for proof in ends
        )
        if address not in there or was != now:
            changed.append(address)
    return [address.lower() for address in sorted(changed, key=_key)]


@method("debug_getModifiedAccountsByNumber", start=BLOCK, end=optional(BLOCK))
def get_modified_accounts_by_number(rpc: Rpc, start: BlockId, end: BlockId | None) -> list[str]:
    """Accounts that changed from one block to another, by default in the one."""
    for index, each in enumerate((start, end)):
        if isinstance(each, bytes):
            raise invalid(f"invalid argument {index}: a number was expected; ByHash takes hashes")
    return _modified(rpc, known_block(rpc, start), None if end is None else known_block(rpc, end))


@method("debug_getModifiedAccountsByHash", start_hash=HASH, end_hash=optional(HASH))
def get_modified_accounts_by_hash(rpc: Rpc, start_hash: bytes, end_hash: bytes | None) -> list[str]:
    """Accounts that changed from one block to another, by default in the one."""
    end = None if end_hash is None else known_block(rpc, end_hash)
    return _modified(rpc, known_block(rpc, start_hash), end)
