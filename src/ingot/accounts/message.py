"""What is signed when a message is: text and bytes as wallets do it, typed data, delegations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingot.engine import keccak256
from ingot.errors import UsageError

__all__ = ["authorization_digest", "message_digest"]


def message_digest(message: object) -> bytes:
    """32 bytes to sign.

    message: text or bytes (EIP-191, version 0x45); a mapping with types, domain, primaryType and message (EIP-712); or
    what other libraries make of such: an object with version, header and body, or with such a `signable_message`.
    Raises: UsageError.
    """
    if isinstance(message, str):
        message = message.encode()
    if isinstance(message, (bytes, bytearray)):
        return keccak256(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)
    if isinstance(message, Mapping):
        message = _typed_data(message)
    signable: Any = getattr(message, "signable_message", message)
    try:
        return keccak256(b"\x19" + signable.version + signable.header + signable.body)
    except (AttributeError, TypeError):
        raise UsageError(
            f"a {type(message).__name__} cannot be signed: give text, bytes, or typed data (EIP-712) as a mapping"
        ) from None


def authorization_digest(chain_id: int, address: bytes, nonce: int) -> bytes:
    """What an account signs to run the code of `address`. Source: EIP-7702, keccak(0x05 || rlp([...]))."""
    payload = b"".join(map(_rlp, (_minimal(chain_id), address, _minimal(nonce))))
    return keccak256(b"\x05" + _prefix(0xC0, len(payload)) + payload)


def _rlp(item: bytes) -> bytes:
    return item if len(item) == 1 and item[0] < 0x80 else _prefix(0x80, len(item)) + item


def _prefix(kind: int, length: int) -> bytes:
    """RLP's length prefix, for what is shorter than 256 bytes."""
    return bytes([kind + length]) if length < 56 else bytes([kind + 56, length])


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _typed_data(message: Mapping[str, Any]) -> object:
    from eth_account.messages import encode_typed_data

    try:
        _check_shape(message["types"], message["primaryType"], message["message"], "message")
        return encode_typed_data(full_message=dict(message))
    except Exception as error:  # eth-account, eth-abi and eth-utils raise what shares no base
        raise UsageError(f"the typed data (EIP-712) is malformed: {error}") from error


def _check_shape(types: Mapping[str, Any], kind: str, value: Any, where: str) -> None:
    """What eth-account signs all the same: values that are missing, arrays that are longer or shorter than their type.

    Raises: ValueError.
    """
    element, _, length = kind.removesuffix("]").rpartition("[")
    if element:
        if length and len(value) != int(length):
            raise ValueError(f"{where} is a {kind}: it has {len(value)} elements, not {length}")
        for index, each in enumerate(value):
            _check_shape(types, element, each, f"{where}[{index}]")
    elif kind in types and value is not None:
        for field in types[kind]:
            name, of = field["name"], field["type"]
            if name not in value and of not in types:  # a struct may be absent: then it is zero
                raise ValueError(f"{where}.{name} is missing, which is a {of}")
            _check_shape(types, of, value.get(name), f"{where}.{name}")
