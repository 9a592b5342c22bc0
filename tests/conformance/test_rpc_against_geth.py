"""The same requests, asked of geth and of ours, about the chain of ethereum/execution-apis.

INGOT_GETH names the program; without it the test is skipped, and test_geth_answers.py holds us to what geth said once.
INGOT_GETH_QUESTIONS (default 1000) says how many random requests, INGOT_GETH_SEED which; the seed is printed at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from random import Random, SystemRandom

import pytest
from differential.answers import allowed, difference_of, our_answer
from differential.questions import Facts, Question, facts_of, systematic
from differential.random_questions import log_filter, random_question
from differential.raw_transactions import raw_transactions
from execution_apis import imported
from running_geth import Geth, require_geth

from ingot.rpc import Rpc

COUNT = int(os.environ.get("INGOT_GETH_QUESTIONS", "1000"))


@pytest.fixture(scope="module")
def geth(files: Mapping[str, bytes]) -> Iterator[Geth]:
    program = require_geth()
    parts = (files[f"chain/{name}"] for name in ("genesis.json", "chain.rlp", "headfcu.json"))
    with Geth(program, *parts) as running:
        yield running


@pytest.fixture(scope="module")
def facts(geth: Geth) -> Facts:
    return facts_of(lambda method, params: geth.ask(method, params)["result"])


def compare(geth: Geth, rpc: Rpc, questions: Iterable[Question]) -> tuple[int, list[str]]:
    """How many were asked, and every difference that nobody decided."""
    count, found = 0, []
    for method, params in questions:
        count += 1
        theirs, ours = geth.ask(method, params), our_answer(rpc, method, params)
        difference = difference_of(theirs, ours)
        if difference and not allowed(method, theirs, ours):
            found.append(f"{method} {params!r:.600}: {difference}")
    return count, found


def test_every_block_transaction_and_account_is_told_as_by_geth(
    geth: Geth, facts: Facts, files: Mapping[str, bytes], differential_log: list[str]
) -> None:
    count, found = compare(geth, imported(files), systematic(facts))
    differential_log.append(f"geth: {count} answers about all that there is")
    assert not found, "\n".join(found[:20])


def test_random_requests_are_answered_as_by_geth(
    geth: Geth, facts: Facts, files: Mapping[str, bytes], differential_log: list[str]
) -> None:
    seed = int(os.environ.get("INGOT_GETH_SEED") or SystemRandom().randrange(2**32))
    questions = (random_question(Random(f"{seed}/{number}"), facts) for number in range(COUNT))
    count, found = compare(geth, imported(files), questions)
    differential_log.append(f"geth: {count} answers to random requests, INGOT_GETH_SEED={seed}")
    assert not found, f"INGOT_GETH_SEED={seed}\n" + "\n".join(found[:20])


def test_raw_transactions_are_taken_and_refused_as_by_geth(geth: Geth, files: Mapping[str, bytes]) -> None:
    rpc, found = imported(files), []
    for name, raw in raw_transactions():
        params = ["0x" + raw.hex()]
        theirs = geth.ask("eth_sendRawTransaction", params)
        ours = our_answer(rpc, "eth_sendRawTransaction", params)
        if difference := difference_of(theirs, ours):
            found.append(f"{name}: {difference}")
    for method in ("txpool_status", "txpool_content", "txpool_inspect"):
        assert difference_of(geth.ask(method, []), our_answer(rpc, method, [])) == ""
    assert not found, "\n".join(found)


def test_filters_are_installed_and_answered_as_by_geth(
    geth: Geth, facts: Facts, files: Mapping[str, bytes], differential_log: list[str]
) -> None:
    seed = int(os.environ.get("INGOT_GETH_SEED") or SystemRandom().randrange(2**32))
    rpc, random, found = imported(files), Random(seed), []
    for _ in range(60):
        method = random.choice(
            ["eth_newFilter"] * 4 + ["eth_newBlockFilter", "eth_newPendingTransactionFilter"]
        )
        params = [log_filter(random, facts)] if method == "eth_newFilter" else []
        theirs, ours = geth.ask(method, params), our_answer(rpc, method, params)
        if ("result" in theirs) != ("result" in ours) and not allowed(method, theirs, ours):
            found.append(f"{method} {params}: geth {theirs}, ours {ours}")
        ids = theirs.get("result", "0x999"), ours.get("result", "0x999")
        for asked in (
            "eth_getFilterLogs",
            "eth_getFilterChanges",
            "eth_uninstallFilter",
            "eth_getFilterChanges",
        ):
            answers = geth.ask(asked, [ids[0]]), our_answer(rpc, asked, [ids[1]])
            if "0x999" not in ids and (difference := difference_of(*answers)):
                found.append(f"{method} {params} {asked}: {difference}")
    differential_log.append(f"geth: filters, INGOT_GETH_SEED={seed}")
    assert not found, f"INGOT_GETH_SEED={seed}\n" + "\n".join(found[:20])
