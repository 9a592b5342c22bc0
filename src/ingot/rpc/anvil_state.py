"""Anvil's state files, both ways: accounts, blocks, transactions and earlier states. Source: anvil 1.7.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import keccak256
from ingot.errors import UsageError
from ingot.rpc import rlp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.engine import Engine

__all__ = ["AnvilState", "read_anvil_state"]

_MAX_BLOCKS: Final = 1 << 40

Account = tuple[int, int, bytes, dict[int, int]]
"""Nonce, balance, code, slots."""

_EMPTY: Final[Account] = (0, 0, b"", {})

Accounts = dict[bytes, Account]


@dataclass(frozen=True)
class AnvilBlock:
    """number, block_hash, parent: of the header, which is RLP.      transactions: as Engine.adopt_block takes them."""

    number: int
    block_hash: bytes
    parent: bytes
    header: bytes
    transactions: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class AnvilState:
    """What a file says. number, timestamp, base_fee: of its latest block.

    blocks: those that follow each other up to the latest, if the file has them.      states: accounts at blocks, by hash.
    """

    number: int
    timestamp: int
    base_fee: int
    accounts: Accounts
    blocks: Sequence[AnvilBlock] = ()
    states: Mapping[bytes, Accounts] = field(default_factory=dict)

    @property
    def first_timestamp(self) -> int:
        """Of block 0 of a chain whose blocks are a second apart and end when this one's did."""
        return max(0, self.timestamp - self.number)

    def put_into(self, engine: Engine) -> None:
        """Give a chain these accounts and blocks. Raises: UsageError."""
        try:
            if self.blocks:
                self._put_blocks(engine)
                return
            _change(engine, {}, self.accounts)
            if self.number > engine.block_number:
                engine.mine(self.number - engine.block_number)
            if self.base_fee:
                engine.base_fee = self.base_fee
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            raise UsageError(f"anvil's state is malformed: {type(error).__name__}: {error}") from error

    def _put_blocks(self, engine: Engine) -> None:
        before: Accounts = {}
        for index, block in enumerate(self.blocks):
            is_last = index + 1 == len(self.blocks)
            state = self.accounts if is_last else self.states.get(block.block_hash)
            if state is not None:
                _change(engine, before, state)
                before = state
            engine.adopt_block(
                block.header, block.transactions, has_state=state is not None, begins=index == 0
            )


def _change(engine: Engine, before: Accounts, after: Accounts) -> None:
    for address in before.keys() | after.keys():
        old, new = before.get(address, _EMPTY), after.get(address, _EMPTY)
        if old == new and address in before:
            continue
        engine.set_balance(address, new[1])
        engine.set_nonce(address, new[0])
        if old[2] != new[2] or address not in before:
            engine.set_code(address, new[2])
        for slot in old[3].keys() | new[3].keys():
            if old[3].get(slot, 0) != new[3].get(slot, 0):
                engine.set_storage(address, slot, new[3].get(slot, 0))


# Reading


def read_anvil_state(document: Mapping[str, Any]) -> AnvilState:
    """What a document says. Raises: ValueError, TypeError, KeyError or AttributeError, if it is not one of anvil's."""
    block = document.get("block") or {}
    number = _number(document.get("best_block_number") or block.get("number") or 0)
    if not 0 <= number < _MAX_BLOCKS:
        raise ValueError(f"block {number}")
    accounts = document["accounts"]
    if not isinstance(accounts, dict):
        raise TypeError("accounts are no object")
    ended = {
        (_number(each["block_number"]), _number(each["info"]["transaction_index"])): each
        for each in document.get("transactions") or ()
    }
    blocks = [_block(each, ended) for each in document.get("blocks") or ()]
    return AnvilState(
        number=number,
        timestamp=_number(block.get("timestamp", 0)),
        base_fee=_number(block.get("basefee", 0)),
        accounts={_data(address): _account(account) for address, account in accounts.items()},
        blocks=_line_up_to(number, blocks),
        states={_data(each): _earlier(state) for each, state in document.get("historical_states") or ()},
    )


def _line_up_to(number: int, blocks: Sequence[AnvilBlock]) -> list[AnvilBlock]:
    by_hash = {block.block_hash: block for block in blocks}
    latest = next((block for block in blocks if block.number == number), None)
    line: list[AnvilBlock] = []
    while latest is not None:
        line.append(latest)
        latest = by_hash.get(latest.parent) if latest.number else None
    line.reverse()
    return line


def _account(given: Mapping[str, Any]) -> Account:
    storage = given.get("storage") or {}
    return (
        _number(given.get("nonce", 0)),
        _number(given.get("balance", 0)),
        _data(given.get("code") or "0x"),
        {_number(slot): _number(word) for slot, word in storage.items() if _number(word)},
    )


def _earlier(state: Mapping[str, Any]) -> Accounts:
    storage = state.get("storage") or {}
    return {
        _data(address): _account(
            {**account, "code": _code(account.get("code")), "storage": storage.get(address)}
        )
        for address, account in state["accounts"].items()
    }


def _code(given: Any) -> str:
    if not isinstance(given, dict):
        return given or "0x"
    analysed = given.get("LegacyAnalyzed")
    if analysed is not None:
        return str(analysed["bytecode"][: 2 + 2 * _number(analysed["original_len"])])
    return "0xef0100" + str(given["Eip7702"]["delegated_address"])[2:]


_HEADER: Final = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("=difficulty", "=number", "=gasLimit", "=gasUsed", "=timestamp", "extraData", "mixHash", "nonce"),
)
_LATER: Final = (
    *("=baseFeePerGas", "withdrawalsRoot", "=blobGasUsed", "=excessBlobGas", "parentBeaconBlockRoot"),
    *("requestsHash", "blockAccessListHash", "=slotNumber"),
)
"""Names of a header's fields, in order; "=" stands before numbers."""


def _fields(given: Mapping[str, Any], names: Sequence[str]) -> list[rlp.Item]:
    return [_number(given[each[1:]]) if each[0] == "=" else _data(given[each]) for each in names]


def _block(given: Mapping[str, Any], ended: Mapping[tuple[int, int], Mapping[str, Any]]) -> AnvilBlock:
    header = given["header"]
    later = [each for each in _LATER if header.get(each.removeprefix("=")) is not None]
    encoded = rlp.encode([*_fields(header, _HEADER), *_fields(header, later)])
    number = _number(header["number"])
    return AnvilBlock(
        number=number,
        block_hash=keccak256(encoded),
        parent=_data(header["parentHash"]),
        header=encoded,
        transactions=[
            _transaction(each, ended[number, index])
            for index, each in enumerate(given.get("transactions") or ())
        ],
    )


def _transaction(given: Mapping[str, Any], ended: Mapping[str, Any]) -> dict[str, Any]:
    told, sender = given.get("transaction", given), given.get("impersonated_sender")
    information, receipt = ended["info"], ended["receipt"]
    receipt = receipt.get("receipt", receipt)
    succeeded, ending = receipt["status"] in ("0x1", True), str(information["exit"])
    created = information.get("contract_address")
    return {
        "raw": _raw(told.get("tx", told)),
        "sender": None if sender is None else _data(sender),
        "hash": _data(information["transaction_hash"]),
        "status": "success" if succeeded else "revert" if ending == "Revert" else ending,
        "gas_used": _number(information["gas_used"]),
        "output": _data(information.get("out") or "0x"),
        "logs": [
            (_data(log["address"]), [_data(topic) for topic in log["topics"]], _data(log["data"]))
            for log in receipt["logs"]
        ],
        "created": _data(created) if created is not None and succeeded else None,
    }


_BODIES: Final[Mapping[int, Sequence[str]]] = {
    0: ("=nonce", "=gasPrice", "=gas", "to", "=value", "input"),
    1: ("=chainId", "=nonce", "=gasPrice", "=gas", "to", "=value", "input", "accessList"),
    2: (
        *("=chainId", "=nonce", "=maxPriorityFeePerGas", "=maxFeePerGas", "=gas", "to", "=value", "input"),
        "accessList",
    ),
}


def _raw(told: Mapping[str, Any]) -> bytes:
    """The EIP-2718 encoding of a transaction object."""
    kind = _number(told.get("type") or 0)
    given = {**told, "to": told.get("to") or "0x"}
    body = [
        _access_list(given.get(each) or ()) if each == "accessList" else _fields(given, [each])[0]
        for each in _BODIES[min(kind, 2)]
    ]
    if kind == 3:
        hashes = [_data(each) for each in given["blobVersionedHashes"]]
        body += [_number(given["maxFeePerBlobGas"]), hashes]
    elif kind == 4:
        names = ("=chainId", "address", "=nonce", "=yParity", "=r", "=s")
        body.append([_fields(each, names) for each in given["authorizationList"]])
    elif kind > 4:
        raise ValueError(f"transactions of type {kind} are not known")
    parity = "v" if kind == 0 else "yParity"
    body += [_number(given[each]) for each in (parity, "r", "s")]
    return (bytes([kind]) if kind else b"") + rlp.encode(body)


def _access_list(given: Sequence[Mapping[str, Any]]) -> rlp.Item:
    return [[_data(each["address"]), [_data(key) for key in each["storageKeys"]]] for each in given]


def _number(value: Any) -> int:
    return int(value, 0) if isinstance(value, str) else int(value)


def _data(value: Any) -> bytes:
    if not isinstance(value, str) or value[:2] != "0x":
        raise ValueError("hex text that begins with 0x was expected")
    return bytes.fromhex(value[2:])
