"""The native engine, as the upper layers see it."""

from __future__ import annotations

from ingot._engine import (
    create2_address,
    create_address,
    keccak256,
    key_address,
    public_key,
    recover_hash,
    sign_hash,
    to_address,
)

__all__ = [
    "create2_address",
    "create_address",
    "keccak256",
    "key_address",
    "public_key",
    "recover_hash",
    "sign_hash",
    "to_address",
]
