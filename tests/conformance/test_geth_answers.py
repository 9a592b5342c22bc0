"""What geth said once about the chain of ethereum/execution-apis: the same from ours. write_geth_answers.py made the file."""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping
from pathlib import Path

import pytest
from differential.answers import allowed, difference_of, our_answer
from execution_apis import imported

PAIRS = json.loads(lzma.decompress(Path(__file__).with_name("geth_answers.json.xz").read_bytes()))


def test_every_answer_of_geth_is_ours(files: Mapping[str, bytes], differential_log: list[str]) -> None:
    rpc, found, decided = imported(files), [], 0
    for method, params, theirs in PAIRS:
        ours = our_answer(rpc, method, params)
        difference = difference_of(theirs, ours)
        if difference and allowed(method, theirs, ours):
            decided += 1
        elif difference:
            found.append(f"{method} {params!r:.400}: {difference}")
    differential_log.append(f"geth: {len(PAIRS)} answers of old, {decided} of them otherwise on purpose")
    assert not found, f"{len(found)} of {len(PAIRS)}\n" + "\n".join(found[:20])


def test_every_namespace_is_among_them() -> None:
    methods = {method for method, _, _ in PAIRS}
    assert len(methods) > 50
    assert {method.partition("_")[0] for method in methods} >= {"eth", "debug", "net", "web3", "txpool"}


@pytest.mark.parametrize(
    ("theirs", "ours", "is_told"),
    [
        ({"result": "0x1"}, {"result": "0x2"}, True),
        ({"result": {"a": 1}}, {"result": {"a": 1, "b": 2}}, True),
        ({"error": {"code": -32000, "message": "no"}}, {"error": {"code": 3, "message": "no"}}, True),
        (
            {"error": {"code": -32000, "message": "no"}},
            {"error": {"code": -32000, "message": "never"}},
            False,
        ),
        ({"result": [{"a": 1}]}, {"result": [{"a": 1}]}, False),
    ],
)
def test_a_difference_is_seen(theirs: object, ours: object, is_told: bool) -> None:
    assert bool(difference_of(theirs, ours)) is is_told  # type: ignore[arg-type]
