"""The native engine, as the upper layers see it."""

from __future__ import annotations

from ingot._engine import (
    RECORD_COVERAGE,
    RECORD_EDGES,
    RECORD_FRAMES,
    RECORD_STEPS,
    RECORD_STORAGE,
    Block,
    Engine,
    Frame,
    Log,
    Outcome,
    Recording,
    Transaction,
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
    "RECORD_COVERAGE",
    "RECORD_EDGES",
    "RECORD_FRAMES",
    "RECORD_STEPS",
    "RECORD_STORAGE",
    "Block",
    "Engine",
    "Frame",
    "Log",
    "Outcome",
    "Recording",
    "Transaction",
    "create2_address",
    "create_address",
    "keccak256",
    "key_address",
    "public_key",
    "recover_hash",
    "sign_hash",
    "to_address",
]
