"""The column of docs/json-rpc.md that says what anvil serves, asked of anvil."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

from anvil import Anvil, require_anvil
from anvil import RpcError as AnvilError

from ingot.rpc import METHODS

PAGE = (Path(__file__).parents[2] / "docs" / "json-rpc.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z0-9]+_[A-Za-z0-9_]+)\(.*? \| (yes|-) \|", re.MULTILINE)

ACCOUNT, ZEROS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0x" + "00" * 32
TYPED_DATA = {"types": {"EIP712Domain": [], "A": []}, "primaryType": "A", "domain": {}, "message": {}}
SAMPLES: dict[str, list[Any]] = {
    "address": [ACCOUNT],
    "block": ["latest", 0],
    "boolean": [False],
    "data": ["0x00", "0x" + "00" * 8],
    "32 bytes": [ZEROS],
    "quantity": ["0x1", 1],
    "count": [1],
    "integer": [1],
    "seconds": [1, 4102444800],
    "slot": ["0x0"],
    "word": [ZEROS],
    "transaction object": [{"from": ACCOUNT, "to": ACCOUNT}],
    "state overrides": [{}],
    "block overrides": [{}],
    "trace options": [{}],
    "message": ["0x00"],
    "typed data": [TYPED_DATA],
    "filter object": [{}],
    "simulation": [{"blockStateCalls": []}],
    "array": [[]],
    "object": [{ACCOUNT: [ZEROS]}],
    "text": ["0x01"],
    "anything": [{}],
    "array of numbers": [[50]],
    "array of slot": [[ZEROS]],
    "array of quantity": [["0x0"]],
    "array of data": [[]],
    "array of trace, vmTrace, stateDiff": [["trace"]],
    "trace filter": [{}],
    "timestamp, or object with timestamp and blocks": [{}],
    "depth, or object with depth and txBlockPairs": [0],
    "array of [transaction, offset]": [[]],
    "signature, or array of signature and address": [["0x" + "00" * 65, ACCOUNT]],
    "RLP of a block": ["0x00"],
    "payload attributes": [{}],
}
UNASKED = {
    "anvil_setRpcUrl": "it would look for the other node",
    "debug_dbGet": "what its key is nobody says",
}
UNKNOWN = "did not match any variant"


def is_served(anvil: Anvil, method: str) -> bool:
    parameters = METHODS[method].parameters
    needed = [parameter for parameter in parameters if not parameter.is_optional]
    for chosen in (parameters, needed):
        for sample in itertools.product(*(SAMPLES[parameter.kind] for parameter in chosen)):
            try:
                anvil.call(method, *sample)
            except AnvilError as error:
                if UNKNOWN in error.message:
                    continue
            return True
    return False


def test_the_table_says_what_anvil_serves() -> None:
    require_anvil()
    rows = dict(ROW.findall(PAGE))
    assert len(rows) > 150
    with Anvil() as anvil:
        asked = [name for name in rows if name not in UNASKED]
        found = {name: "yes" if is_served(anvil, name) else "-" for name in asked}
    assert found == {name: rows[name] for name in asked}
