"""eth_simulateV1 on random requests: against openrpc.json, and against geth where INGOT_GETH names one.

INGOT_SIMULATIONS_SEED and INGOT_SIMULATIONS choose the first seed and how many; a failure prints the seed of its request.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from execution_apis import imported, read_archive
from running_geth import Geth, require_geth
from schema import OpenRpc
from simulated_requests import HEAD, LONDON, request

from ingot.rpc import Rpc

FIRST = int(os.environ.get("INGOT_SIMULATIONS_SEED", "0"))
COUNT = int(os.environ.get("INGOT_SIMULATIONS", "60"))
MANY = 10 * COUNT


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return read_archive()


@pytest.fixture(scope="module")
def rpc(files: Mapping[str, bytes]) -> Rpc:
    return imported(files)


def answer(rpc: Rpc, parameters: list[Any]) -> dict[str, Any]:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_simulateV1", "params": parameters}
    found: dict[str, Any] = json.loads(rpc.handle(json.dumps(asked)))
    return found


def test_answers_fit_the_schema_and_the_chain_stays_as_it_is(files: Mapping[str, bytes], rpc: Rpc) -> None:
    openrpc = OpenRpc(json.loads(files["openrpc.json"]))
    codes = {error["code"] for error in openrpc.methods["eth_simulateV1"]["errors"]}
    before = (
        rpc.request("eth_getBlockByNumber", ["latest", True]),
        rpc.request("eth_getProof", [EMPTY, [], hex(HEAD)]),
    )
    wrong, answered = [], 0
    for seed in range(FIRST, FIRST + COUNT):
        found = answer(rpc, request(seed))
        if "error" in found:
            wrong += [] if found["error"]["code"] in codes else [f"seed {seed}: {found['error']}"]
            continue
        answered += 1
        problems = openrpc.problems("eth_simulateV1", found["result"])
        wrong += [f"seed {seed}: {each}" for each in problems if WORDS not in each]
        numbers = [int(block["number"], 16) for block in found["result"]]
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), f"seed {seed}"
    assert not wrong, "\n".join(wrong)
    assert answered > COUNT // 4
    after = (
        rpc.request("eth_getBlockByNumber", ["latest", True]),
        rpc.request("eth_getProof", [EMPTY, [], hex(HEAD)]),
    )
    assert before == after


WORDS = "^vm execution error"
"""So the schema wants the message of a call that failed to begin, which geth's never does."""

EMPTY = "0x" + "00" * 20


def differences(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    if path == ".error":
        theirs, ours = theirs["code"], ours["code"]
    if path.endswith(".message") or NEWER in path:
        return
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted(theirs.keys() | ours.keys()):
            if name in theirs and name in ours:
                yield from differences(theirs[name], ours[name], f"{path}.{name}")
            else:
                yield f"{path}.{name} is only {'ours' if name in ours else 'theirs'}"
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif theirs != ours:
        yield f"{path}: theirs {theirs!r:.100}, ours {ours!r:.100}"


NEWER = ".logIndex"
"""Since geth 1.17.9 logs that were undone leave no gap in it, as here."""


def is_of_newer_geth(parameters: list[Any]) -> bool:
    """Before 1.17.9 geth forgot the access list of a call with a gas price."""
    calls = [call for block in parameters[0]["blockStateCalls"] for call in block["calls"]]
    is_old = parameters[1].startswith("0x") and int(parameters[1], 16) < LONDON
    return any("accessList" in call and (is_old or "gasPrice" in call) for call in calls)


def test_answers_are_those_of_geth(files: Mapping[str, bytes], rpc: Rpc, differential_log: list[str]) -> None:
    program = require_geth()
    wrong, errors, compared = [], 0, 0
    with Geth(
        program, files["chain/genesis.json"], files["chain/chain.rlp"], files["chain/headfcu.json"]
    ) as geth:
        for seed in range(FIRST, FIRST + MANY):
            parameters = request(seed)
            if is_of_newer_geth(parameters):
                continue
            theirs, ours = geth.ask("eth_simulateV1", parameters), answer(rpc, parameters)
            ours = {key: ours[key] for key in ("result", "error") if key in ours}
            compared, errors = compared + 1, errors + ("error" in theirs)
            found = list(differences(theirs, ours))
            if found:
                wrong.append(f"seed {seed}: {found[0]} (and {len(found) - 1} more)")
    differential_log.append(
        f"eth_simulateV1: {compared} requests compared with geth, {errors} of them refused"
    )
    assert not wrong, "\n".join(wrong)
