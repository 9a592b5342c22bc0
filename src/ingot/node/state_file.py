"""State on disk: our own files (docs/state-file.md), and anvil's JSON, of which blocks that are past are left out."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingot.errors import UsageError
from ingot.rpc.answers import header_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Engine

__all__ = ["AnvilState", "place", "read_state", "write_state"]

_GZIP: Final = b"\x1f\x8b"
_MAX_BLOCKS: Final = 1 << 40


@dataclass(frozen=True)
class AnvilState:
    """What an anvil file says. number, timestamp, base_fee: of its latest block."""

    number: int
    timestamp: int
    base_fee: int
    accounts: Mapping[str, Mapping[str, Any]]

    @property
    def first_timestamp(self) -> int:
        """Of block 0 of a chain whose blocks are a second apart and end when this one's did."""
        return max(0, self.timestamp - self.number)

    def put_into(self, engine: Engine) -> None:
        """Give a new chain these accounts and so many blocks. Raises: UsageError."""
        try:
            for address, account in self.accounts.items():
                engine.set_balance(address, _number(account.get("balance", 0)))
                engine.set_nonce(address, _number(account.get("nonce", 0)))
                engine.set_code(address, _data(account.get("code") or "0x"))
                for slot, word in (account.get("storage") or {}).items():
                    engine.set_storage(address, _number(slot), _number(word))
            if self.number:
                engine.mine(self.number)
            if self.base_fee:
                engine.base_fee = self.base_fee
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise UsageError(f"an account of anvil's state is malformed: {error}") from error


def place(path: str) -> Path:
    """The file that is meant: in a folder, state.json, as anvil has it."""
    found = Path(path)
    return found / "state.json" if found.is_dir() else found


def read_state(path: Path) -> bytes | AnvilState:
    """What a file holds: our own bytes, or anvil's accounts. Raises: UsageError."""
    try:
        raw = path.read_bytes()
        if raw[:2] == _GZIP:
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if raw.lstrip()[:1] != b"{":
        return raw
    try:
        return _anvil_state(json.loads(raw))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} is neither a state of ingot nor one of anvil ({type(error).__name__}: {error}): it may be torn"
        ) from error


def _anvil_state(document: Mapping[str, Any]) -> AnvilState:
    block = document.get("block") or {}
    number = _number(document.get("best_block_number") or block.get("number") or 0)
    if not 0 <= number < _MAX_BLOCKS:
        raise ValueError(f"block {number}")
    accounts = document["accounts"]
    if not isinstance(accounts, dict):
        raise TypeError("accounts are no object")
    return AnvilState(number, _number(block.get("timestamp", 0)), _number(block.get("basefee", 0)), accounts)


def _number(value: Any) -> int:
    return int(value, 0) if isinstance(value, str) else int(value)


def _data(value: Any) -> bytes:
    if not isinstance(value, str) or value[:2] != "0x":
        raise ValueError("code is hex text that begins with 0x")
    return bytes.fromhex(value[2:])


def write_state(engine: Engine, path: Path) -> None:
    """Write the state, in anvil's form if the name ends with .json. Raises: UsageError."""
    data = json.dumps(_as_anvil(engine)).encode() if path.suffix == ".json" else engine.dump()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _as_anvil(engine: Engine) -> dict[str, Any]:
    block = engine.block(engine.block_number)
    return {
        "block": {
            "number": hex(block.number),
            "beneficiary": block.coinbase.lower(),
            "timestamp": hex(block.timestamp),
            "gas_limit": block.gas_limit,
            "basefee": block.base_fee,
            "difficulty": "0x0",
            "prevrandao": "0x" + block.prev_randao.hex(),
            "blob_excess_gas_and_price": {"excess_blob_gas": block.excess_blob_gas, "blob_gasprice": 1},
            "slot_num": 0,
        },
        "accounts": {address.lower(): _account(engine, address) for address in engine.addresses()},
        "best_block_number": block.number,
        "blocks": [{"header": header_answer(block), "transactions": [], "ommers": []}],
        "transactions": [],
        "historical_states": None,
    }


def _account(engine: Engine, address: Any) -> dict[str, Any]:
    return {
        "nonce": engine.nonce(address),
        "balance": hex(engine.balance(address)),
        "code": "0x" + engine.code(address).hex(),
        "storage": {f"0x{slot:064x}": f"0x{word:064x}" for slot, word in engine.slots(address)},
    }
