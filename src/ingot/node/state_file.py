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

from ingot.engine import keccak256
from ingot.errors import UsageError
from ingot.rpc import rlp
from ingot.rpc.answers import header_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Engine

__all__ = [
    "AnvilState",
    "check_place",
    "place",
    "read_state",
    "renumbered",
    "write_privately",
    "write_state",
]

_GZIP: Final = b"\x1f\x8b"
_MAX_BLOCKS: Final = 1 << 40

# Of our own files: where the version ends and the list begins, and what is where in it.
_VERSION_END: Final = 12
_HEAD: Final = 44
_HEADER: Final = 2
_ROOT: Final = 3
_NUMBER: Final = 8


@dataclass(frozen=True)
class AnvilState:
    """What an anvil file says. number, timestamp, base_fee: of its latest block."""

    number: int
    timestamp: int
    base_fee: int
    accounts: Mapping[str, Mapping[str, Any]]

    @property
    def first_timestamp(self) -> int:
        """Of block 0 of a chain whose block 1 becomes this one's latest."""
        return max(0, self.timestamp - (self.number > 0))

    def put_into(self, engine: Engine) -> None:
        """Give a new chain these accounts, and a latest block of this number. Raises: UsageError."""
        try:
            for address, account in self.accounts.items():
                engine.set_balance(address, _number(account.get("balance", 0)))
                engine.set_nonce(address, _number(account.get("nonce", 0)))
                engine.set_code(address, _data(account.get("code") or "0x"))
                for slot, word in (account.get("storage") or {}).items():
                    engine.set_storage(address, _number(slot), _number(word))
            if self.number:
                engine.mine()
                engine.load(renumbered(engine, self.number))
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


def renumbered(engine: Engine, number: int) -> bytes:
    """The engine's state with another number of its latest block, which has no ancestors, and the root of what is there.

    Format: docs/state-file.md.
    """
    dump = engine.dump()
    parts = rlp.decode_list(dump[_HEAD:])
    header: list[Any] = rlp.decode_list(parts[_HEADER])
    header[_ROOT], header[_NUMBER] = engine.state_root(), number
    parts[_HEADER], parts[_HEADER + 1] = rlp.encode(header), rlp.encode([])
    body = rlp.join(parts)
    return dump[:_VERSION_END] + keccak256(body) + body


def check_place(path: Path) -> None:
    """Whether a file can be written there at the end. Raises: UsageError, before anything is lost."""
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        beside.unlink()
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{os.getpid()}")


def write_privately(path: Path, data: bytes) -> None:
    """Replace a file by one that only its owner reads; what is no file is written to. Raises: UsageError."""
    beside = _beside(path)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def write_state(engine: Engine, path: Path) -> None:
    """Write the state, in anvil's form if the name ends with .json. Raises: UsageError."""
    data = json.dumps(_as_anvil(engine)).encode() if path.suffix == ".json" else engine.dump()
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
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
