"""The sample contracts as targets: calldata made from their ABIs, encoded by eth-abi."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from eth_abi.abi import encode

from differential.programs import random_word
from differential.world import Application
from ingot.compile import compile_project
from ingot.config import load_config
from ingot.engine import keccak256

SUPPLY = 10**24


def sample_applications(root: Path) -> tuple[Application, ...]:
    """The samples that need no other contract, compiled."""
    artifacts = compile_project(load_config(root)).artifacts
    arguments = {"SimpleStorage": b"", "Token": encode(["uint256"], [SUPPLY])}
    return tuple(
        Application(name, artifacts[name].initcode + argument, _calls(artifacts[name].abi))
        for name, argument in arguments.items()
    )


def _calls(abi: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        item["name"]: partial(_calldata, item["name"], [one["type"] for one in item["inputs"]])
        for item in abi
        if item["type"] == "function"
    }


def _calldata(name: str, types: Sequence[str], random: Random, actors: Sequence[str]) -> bytes:
    selector = keccak256(f"{name}({','.join(types)})".encode())[:4]
    return selector + encode(types, [_value(kind, random, actors) for kind in types])


def _value(kind: str, random: Random, actors: Sequence[str]) -> Any:
    match kind:
        case "address":
            return random.choice(actors) if random.random() < 0.95 else "0x" + "00" * 20
        case "uint256":
            return random.choice(
                [random.randrange(SUPPLY), random.randrange(10), SUPPLY, random_word(random)]
            )
        case _:
            raise ValueError(f"no values for {kind}: add them when a sample needs them")
