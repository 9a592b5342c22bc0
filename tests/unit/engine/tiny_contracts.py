"""Contracts of a few bytes, so that the engine is tested without a compiler; and two accounts."""

from __future__ import annotations

from ingot.engine import to_address

__all__ = [
    "ALICE",
    "BOB",
    "COUNTER",
    "ECHO",
    "FOREVER",
    "INVALID",
    "KEY",
    "LOGGER",
    "RELAY",
    "REVERTER",
    "TIME",
    "initcode",
]

ALICE = to_address("0x" + "a1" * 20)
BOB = to_address("0x" + "b0" * 20)
KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""The well-known first test key, of 0xf39F...2266."""

ECHO = bytes.fromhex("365f5f37365ff3")
"""Returns its calldata."""
REVERTER = bytes.fromhex("365f5f37365ffd")
"""Reverts with its calldata."""
INVALID = bytes.fromhex("fe")
"""Halts."""
FOREVER = bytes.fromhex("5b5f56")
"""Runs until its gas is gone."""
COUNTER = bytes.fromhex("5f54600101805f555f5260205ff3")
"""Adds 1 to slot 0 and returns the sum."""
LOGGER = bytes.fromhex("365f5f376007365fa1")
"""Logs its calldata under the topic 7."""
TIME = bytes.fromhex("425f5260205ff3")
"""Returns TIMESTAMP."""
RELAY = bytes.fromhex("602036038060205f375f5f825f5f5f355af1503d5f5f3e3d5ff3")
"""Calls the address in its first word with the rest, and returns what that returned."""


def initcode(runtime: bytes) -> bytes:
    """Creation code of `runtime`."""
    return bytes.fromhex(f"61{len(runtime):04x}80600a5f395ff3") + runtime
