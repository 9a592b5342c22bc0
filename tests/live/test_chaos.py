"""A deployment through a connection that fails at random, to nodes that now and then lag behind, run until it ends.

INGOT_CHAOS_SEED says how it fails (it is printed), INGOT_CHAOS_SHARE how often, INGOT_CHAOS_NUMBER how many deployments.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random, SystemRandom

import pytest
from faulty_proxy import (
    Exchange,
    Fault,
    delayed,
    drop_after,
    drop_before,
    duplicated,
    failing,
    garbage,
    honest,
    reset_after,
    status,
    truncated,
    truncated_json,
)
from killing_points import Course, differences, undisturbed
from lab import DEPLOY, Lab

SEED = int(os.environ.get("INGOT_CHAOS_SEED") or SystemRandom().randrange(2**32))
SHARE = float(os.environ.get("INGOT_CHAOS_SHARE", "0.05"))
MOST_RUNS = 25
FAULTS: tuple[Fault, ...] = (
    drop_before,
    drop_after,
    reset_after,
    delayed(0.05),
    duplicated,
    garbage,
    truncated,
    truncated_json,
    status(429, headers="Retry-After: 0\r\n"),
    status(502, after=True),
    status(503),
    failing("header not found"),
    failing("too many requests", -32005),
)
STALE = {
    "eth_getTransactionReceipt": None,
    "eth_getTransactionByHash": None,
    "eth_getTransactionCount": "0x0",
    "eth_blockNumber": "0x1",
}
"""What a node says that lags behind those that it shares a URL with."""


def lagging(exchange: Exchange) -> None:
    """Every call that can be is answered as by a node that knows nothing yet."""
    code, body = exchange.forward()
    methods = {call["id"]: call["method"] for call in exchange.request.calls}
    answers = json.loads(body)
    for answer in answers if isinstance(answers, list) else [answers]:
        if "result" in answer and methods[answer["id"]] in STALE:
            answer["result"] = STALE[methods[answer["id"]]]
    exchange.reply(code, json.dumps(answers).encode())


def chaotic(random: Random, share: float) -> Fault:
    """So many of the requests go wrong, in one way or another; as many again meet a node that lags behind."""

    def fault(exchange: Exchange) -> None:
        drawn = random.random()
        if drawn < share:
            random.choice(FAULTS)(exchange)
        elif drawn < 2 * share:
            lagging(exchange)
        else:
            honest(exchange)

    return fault


@pytest.fixture(scope="module")
def lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage) as made:
        yield made


@pytest.fixture(scope="module")
def course(lab: Lab) -> Course:
    return undisturbed(lab)


@pytest.mark.parametrize("number", range(int(os.environ.get("INGOT_CHAOS_NUMBER", "2"))))
def test_whatever_goes_wrong_nothing_is_lost_or_doubled(
    number: int, lab: Lab, course: Course, live_log: list[str]
) -> None:
    random = Random(f"{SEED}/{number}")
    lab.reset()
    lab.proxy.always("", chaotic(random, SHARE))
    outputs = []
    for _ in range(MOST_RUNS):
        outcome = lab.run(*DEPLOY)
        outputs.append(outcome.output)
        assert "Traceback" not in outcome.output, f"seed {SEED}/{number}: {outcome.output}"
        assert lab.facts().hashes <= lab.written_down(), f"seed {SEED}/{number}"
        if outcome.code == 0:
            break
    requests = len(lab.proxy.requests)
    lab.proxy.reset()  # an honest node has the last word
    last = lab.run(*DEPLOY)

    live_log.append(f"chaos, seed {SEED}/{number}: {len(outputs)} runs, {requests} requests")
    assert last.code == 0, f"seed {SEED}/{number}:\n{last.output}"
    assert differences(lab, course) == [], f"seed {SEED}/{number}:\n" + "\n".join(outputs)[-4000:]
