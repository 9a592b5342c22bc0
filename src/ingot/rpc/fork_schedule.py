"""When the forks of a genesis file begin, and what a network is called by them. Source: EIP-2124, EIP-6122, EIP-7910."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ForkSchedule", "fork_id"]


@dataclass(frozen=True, slots=True)
class ForkSchedule:
    """blocks: numbers at which forks began, in order.      times: name and beginning of each that has a time, in order.

    blobs: target, most and update fraction by name.      deposits: the contract of EIP-6110, if the file names one.
    """

    blocks: tuple[int, ...]
    times: tuple[tuple[str, int], ...]
    blobs: Mapping[str, tuple[int, int, int]]
    deposits: str | None

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> ForkSchedule:
        """Of a genesis file's `config`, as geth writes it."""
        blocks = {value for name, value in config.items() if name.endswith("Block") and type(value) is int}
        times = [
            (name.removesuffix("Time").lower(), value)
            for name, value in config.items()
            if name.endswith("Time") and type(value) is int
        ]
        blobs = {
            name: (each["target"], each["max"], each["baseFeeUpdateFraction"])
            for name, each in (config.get("blobSchedule") or {}).items()
        }
        return cls(
            tuple(sorted(blocks - {0})),
            tuple(sorted(times, key=lambda each: each[1])),
            blobs,
            config.get("depositContractAddress"),
        )

    def names(self, genesis_hash: bytes, genesis_time: int, time: int) -> int:
        """The id of the network at a time."""
        later = sorted({begin for _, begin in self.times if genesis_time < begin <= time})
        return fork_id(genesis_hash, (*self.blocks, *later))


def fork_id(genesis_hash: bytes, passed: tuple[int, ...]) -> int:
    """Of a chain on which forks began at these numbers and times."""
    found = zlib.crc32(genesis_hash)
    for begin in passed:
        found = zlib.crc32(begin.to_bytes(8, "big"), found)
    return found
