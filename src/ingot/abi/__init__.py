"""The contract ABI: encoding and decoding (native), and the tuples with names that decoding returns."""

from __future__ import annotations

from ingot._engine import Error, Event, Function, decode, encode, encode_packed
from ingot.abi.structs import Struct

__all__ = ["Error", "Event", "Function", "Struct", "decode", "encode", "encode_packed"]
