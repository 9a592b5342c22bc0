"""A private key in the wrong place: refused, and not quoted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ingot.abi import Function, encode, encode_packed
from ingot.engine import Engine, to_address
from ingot.errors import AbiError, IngotError, UsageError

RAW = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
NUMBER = int.from_bytes(RAW, "big")
ADDRESS = "0x" + "b0" * 20
TRANSFER = Function("function transfer(address to, uint256 value)")
TEXTS = [
    RAW.hex(),
    "0x" + RAW.hex(),
    "0x" + RAW.hex().upper(),
    f" 0x{RAW.hex()}\n",
    "0X" + RAW.hex(),
    "0x" + RAW.hex()[:-1],
    "0x" + RAW.hex() + "ff",
]
KEYS: list[Any] = [*TEXTS, NUMBER, RAW, bytearray(RAW)]


class Holder:
    def __init__(self, address: object) -> None:
        self.address = address


def refused(use: Callable[[], object], kind: type[IngotError] = IngotError) -> str:
    """What the error says, after a look whether anything of the key is in it."""
    with pytest.raises(kind) as caught:
        use()
    shown = f"{caught.value!r} {caught.value} {getattr(caught.value, '__notes__', '')}"
    for secret in (RAW.hex()[4:20], RAW.hex()[40:56], str(NUMBER)[4:20], repr(RAW)[4:20]):
        assert secret.lower() not in shown.lower()
    return str(caught.value)


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_key_where_an_address_belongs(key: Any) -> None:
    engine = Engine()
    to = to_address(ADDRESS)
    for use in (
        lambda: to_address(key),
        lambda: to_address(Holder(key)),  # type: ignore[arg-type]
        lambda: encode(["address"], [key]),
        lambda: encode(["address[]"], [[key]]),
        lambda: encode_packed(["address"], [key]),
        lambda: TRANSFER.encode([key, 1]),
        lambda: TRANSFER.encode([], {"to": key, "value": 1}),
        lambda: engine.send(sender=key, to=to),
        lambda: engine.send_function(TRANSFER, to, [key, 1], None, to),
        lambda: engine.send_function(TRANSFER, key, [to, 1], None, to),
        lambda: engine.call(sender=to, to=key),
        lambda: engine.balance(key),
        lambda: engine.call(access_list=[(key, [])]),
    ):
        refused(use, AbiError)


@pytest.mark.parametrize("key", [RAW.hex(), "0X" + RAW.hex(), "0x" + RAW.hex()[:-1], "0x" + RAW.hex() + "ff"])
def test_a_key_where_bytes_belong(key: str) -> None:
    for kind in ("bytes32", "bytes4", "bytes20"):
        refused(lambda kind=kind: encode([kind], [key]), AbiError)  # type: ignore[misc]
    refused(lambda: encode(["bytes"], ["z" + key]), AbiError)


@pytest.mark.parametrize("key", [*TEXTS, RAW], ids=repr)
def test_a_key_where_a_number_or_a_truth_belongs(key: Any) -> None:
    for kind in ("uint256", "bool", "uint256[]", "(uint256,bool)"):
        refused(lambda kind=kind: encode([kind], [key]), AbiError)  # type: ignore[misc]
    refused(lambda: Engine().send(sender=ADDRESS, to=ADDRESS, value=key), UsageError)
    refused(lambda: encode(["string"], [RAW]), AbiError)
    refused(lambda: encode(["bool"], [NUMBER]), AbiError)
    for kind in ("uint8", "uint160", "int128"):
        assert "the number is above" in refused(lambda kind=kind: encode([kind], [NUMBER]))  # type: ignore[misc]
    assert "the number is below" in refused(lambda: encode(["int128"], [-NUMBER]))
    assert "the number is above" in refused(lambda: Engine().send(sender=ADDRESS, to=ADDRESS, nonce=NUMBER))
    assert "the number is above" in refused(lambda: Engine().send(sender=ADDRESS, to=ADDRESS, max_fee=NUMBER))


def test_what_is_no_key_is_still_quoted() -> None:
    assert "'0x12' (str)" in refused(lambda: encode(["uint8"], ["0x12"]))
    assert "5 (int)" in refused(lambda: to_address(5))
    assert "length of a private key" in refused(lambda: to_address("0x" + RAW.hex()))
    assert "63 hex digits" in refused(lambda: to_address("0x" + RAW.hex()[1:]))
