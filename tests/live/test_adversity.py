"""What happens to deployments besides being killed: dropped, replaced, reorganised, outbid, interrupted, doubled."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from faulty_proxy import Exchange, answering, honest, killing
from lab import CHOICE, DEPLOY, SHORT, Lab, Nursery, Outcome
from stand_in import GENESIS_TIMESTAMP

SEND = "eth_sendRawTransaction"
GWEI = 10**9
ADA = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


@pytest.fixture
def make_lab(voyage: Path) -> Iterator[Callable[..., Lab]]:
    with ExitStack() as stack:
        yield lambda *options, **settings: stack.enter_context(Lab(voyage, *options, **settings))


@pytest.fixture(scope="module")
def shared_lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage) as made:
        yield made


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """A chain that mines at once."""
    shared_lab.reset()
    return shared_lab


@pytest.fixture(scope="module")
def shared_still_lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage, mining=False) as made:
        yield made


@pytest.fixture
def still_lab(shared_still_lab: Lab) -> Lab:
    """A chain that mines when the test says so."""
    shared_still_lab.reset()
    return shared_still_lab


def until(condition: Callable[[], object], *, timeout_s: float = 20) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def finish(lab: Lab, *, started: bool = False, words: tuple[str, ...] = SHORT) -> Outcome:
    """Run to the end while blocks are made."""
    if not started:
        lab.start(*words)
    with lab.paced(0.05):
        return lab.nursery.wait()


def assert_done_once(lab: Lab, outcome: Outcome) -> None:
    """The short script's effect: the contract exists, both mints happened once."""
    assert outcome.code == 0, outcome.output
    facts = lab.facts()
    assert not facts.failed
    assert not facts.waiting
    creations = [one for one in facts.transactions if one[2] is None]
    assert len(creations) == 1, facts.transactions
    coin = next(entry["address"] for entry in lab.entries if entry["kind"] == "checked")
    assert int(lab.node.call("eth_getStorageAt", coin, "0x2", "latest"), 16) == 2  # mints
    again = len(lab.proxy.calls(SEND))
    assert finish(lab).code == 0
    assert len(lab.proxy.calls(SEND)) == again


def kinds(lab: Lab) -> list[str]:
    return [entry["kind"] for entry in lab.entries]


# DROPPED


@pytest.mark.parametrize("alive", [True, False], ids=["while we wait", "while nobody runs"])
def test_a_dropped_transaction_is_sent_again_as_it_was(alive: bool, still_lab: Lab) -> None:
    lab = still_lab
    pid = lab.start(*SHORT)
    until(lambda: lab.pool())
    if not alive:
        os.kill(pid, signal.SIGKILL)
        lab.nursery.wait()
    waiting = lab.pool()
    for one in waiting:
        lab.node.call("anvil_dropTransaction", one["hash"])

    outcome = finish(lab, started=alive)

    assert_done_once(lab, outcome)
    assert {one["hash"] for one in waiting} <= lab.facts().hashes  # the same, not another with its nonce


# REPLACED


def replace(lab: Lab, transaction: dict, **changes: str) -> str:
    """Send another transaction with its nonce, and mine it. Returns: its hash."""
    fields = {
        name: transaction[name]
        for name in ("from", "to", "input", "value", "nonce", "gas")
        if transaction.get(name)
    }
    fees = {"maxFeePerGas": hex(500 * GWEI), "maxPriorityFeePerGas": hex(100 * GWEI)}
    made = lab.node.call("eth_sendTransaction", {**fields, **fees, **changes})
    lab.node.mine()
    assert lab.node.call("eth_getTransactionReceipt", made) is not None
    return made


def stopped_with_one_waiting(lab: Lab) -> dict:
    """Start, and kill it when its first transaction is in the pool, and written down as sent."""
    pid = lab.start(*SHORT)
    until(lambda: lab.pool() and "sent" in kinds(lab))
    os.kill(pid, signal.SIGKILL)
    lab.nursery.wait()
    return min(lab.pool(), key=lambda one: int(one["nonce"], 16))


def test_a_replacement_with_the_same_effect_is_taken_for_ours(still_lab: Lab) -> None:
    lab = still_lab
    theirs = replace(lab, stopped_with_one_waiting(lab))

    outcome = finish(lab)

    assert_done_once(lab, outcome)
    assert theirs in lab.facts().hashes
    assert "replaced" in kinds(lab)


def test_a_replacement_with_another_effect_is_a_conflict_that_is_named(still_lab: Lab) -> None:
    lab = still_lab
    ours = stopped_with_one_waiting(lab)
    for one in lab.pool():
        if one["hash"] != ours["hash"]:
            lab.node.call("anvil_dropTransaction", one["hash"])
    theirs = replace(lab, {"from": ours["from"], "nonce": ours["nonce"]}, to=ADA, gas=hex(21_000))
    before = len(lab.proxy.calls(SEND))

    outcome = finish(lab)

    assert outcome.code == 1, outcome.output
    assert theirs in outcome.output
    assert "Coin" in outcome.output
    assert "wipe" in outcome.output  # what to do
    assert len(lab.proxy.calls(SEND)) == before
    assert "Traceback" not in outcome.output


def test_a_step_is_not_forgotten_while_a_reorganisation_may_undo_what_replaced_it(still_lab: Lab) -> None:
    lab = still_lab
    ours = stopped_with_one_waiting(lab)
    for one in lab.pool():
        if one["hash"] != ours["hash"]:
            lab.node.call("anvil_dropTransaction", one["hash"])
    theirs = replace(lab, {"from": ours["from"], "nonce": ours["nonce"]}, to=ADA, gas=hex(21_000))
    raw = next(entry["raw"] for entry in lab.entries if entry.get("hash") == ours["hash"])
    before = lab.journal.read_bytes()

    refused = [lab.run("deployments", "wipe", "Coin"), lab.run(*SHORT)]
    lab.node.call("anvil_reorg", 1, [])  # and so it does
    lab.node.call("anvil_dropTransaction", theirs)
    lab.node.call("eth_sendRawTransaction", raw)

    assert [outcome.code for outcome in refused] == [2, 1], refused
    assert all(theirs in outcome.output for outcome in refused)
    assert "its confirmations" in refused[0].output
    assert lab.journal.read_bytes() == before
    assert_done_once(lab, finish(lab))
    assert ours["hash"] in lab.facts().hashes


def test_a_step_whose_replacement_is_settled_is_forgotten_and_done_anew(still_lab: Lab) -> None:
    lab = still_lab
    ours = stopped_with_one_waiting(lab)
    theirs = replace(lab, {"from": ours["from"], "nonce": ours["nonce"]}, to=ADA, gas=hex(21_000))
    for _ in range(2):
        lab.node.mine()

    assert lab.run("deployments", "wipe", "Coin").code == 0
    outcome = finish(lab)

    assert_done_once(lab, outcome)
    assert {theirs, ours["hash"]} & lab.facts().hashes == {theirs}


# REORGANISED


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_reorganisation_after_confirmation_is_repaired(depth: int, lab: Lab) -> None:
    assert lab.run(*DEPLOY).code == 0
    wanted = lab.facts()
    lab.node.call("anvil_reorg", depth, [])
    lab.node.call("anvil_dropAllTransactions")
    lost = wanted.hashes - lab.facts().hashes
    assert lost

    outcome = lab.run(*DEPLOY)

    assert outcome.code == 0, outcome.output
    assert lab.facts() == wanted
    assert "reorged" in kinds(lab)
    assert lab.sent() <= lab.written_down()


# OUTBID


def test_a_transaction_below_a_spiking_base_fee_is_bumped(still_lab: Lab) -> None:
    lab = still_lab
    lab.start(*SHORT)
    until(lambda: lab.pool())
    first = min(lab.pool(), key=lambda one: int(one["nonce"], 16))
    lab.node.call("anvil_setNextBlockBaseFeePerGas", hex(4 * int(first["maxFeePerGas"], 16)))
    lab.node.mine()
    assert lab.node.call("eth_getTransactionReceipt", first["hash"]) is None

    until(lambda: "bumped" in kinds(lab))
    outcome = finish(lab, started=True)

    assert_done_once(lab, outcome)
    bumped = next(entry for entry in lab.entries if entry["kind"] == "bumped")
    assert bumped["old"] == first["hash"]
    assert bumped["new"] in lab.facts().hashes
    assert first["hash"] not in lab.facts().hashes


# TWO AT ONCE, INTERRUPTED, FULL


def test_of_two_processes_that_start_at_once_one_deploys(lab: Lab) -> None:
    second = Nursery()
    try:
        lab.start(*DEPLOY)
        second.start(
            DEPLOY, cwd=lab.project, env=lab.environment(), output=lab.folder / "output of the second"
        )
        outcomes = [lab.nursery.wait(), second.wait()]
    finally:
        second.close()

    assert sorted(outcome.code for outcome in outcomes) in ([0, 1], [0, 0])
    refused = [outcome.output for outcome in outcomes if outcome.code]
    assert all("works on the deployment" in output for output in refused), refused
    facts = lab.facts()
    assert not facts.failed
    assert lab.run(*DEPLOY).code == 0
    assert lab.facts() == facts
    senders = [(sender, nonce) for sender, nonce, *_ in facts.transactions]
    assert len(set(senders)) == len(senders) == 21


@pytest.mark.parametrize("nth", [1, 7])
def test_ctrl_c_leaves_what_a_later_run_continues(nth: int, lab: Lab) -> None:
    lab.proxy.on(SEND, killing(lab.nursery.pid, before=False, sent=signal.SIGINT), nth=nth)

    interrupted = lab.run(*DEPLOY)

    assert interrupted.code == 130, interrupted.output
    assert "Traceback" not in interrupted.output
    assert lab.sent() <= lab.written_down()
    assert lab.run(*DEPLOY).code == 0
    assert len(lab.facts().transactions) == 21


@pytest.mark.parametrize("size", [1, 100, 3_000, 20_000])
def test_a_full_disk_stops_before_anything_is_sent_that_is_not_written_down(size: int, lab: Lab) -> None:
    full = lab.run(*DEPLOY, file_size=size)

    assert full.code == 1, full.output
    assert "cannot write" in full.output
    assert "Traceback" not in full.output
    assert lab.sent() <= lab.written_down()
    assert lab.run(*DEPLOY).code == 0
    assert len(lab.facts().transactions) == 21


@pytest.mark.parametrize("size", [3_000, 20_000])
def test_a_disk_that_fills_up_while_the_journal_grows_stops_it_there(size: int, lab: Lab) -> None:
    """What the contracts were compiled from is kept since an earlier run: then the journal is what has no room."""
    assert lab.run(*DEPLOY).code == 0
    kept = {path: path.read_bytes() for path in lab.journal.parent.rglob("*.json")}
    lab.reset()
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    full = lab.run(*DEPLOY, file_size=size)

    assert full.code == 1, full.output
    assert f"cannot write {lab.journal}" in full.output
    assert lab.sent() <= lab.written_down()
    assert lab.entries
    assert lab.run(*DEPLOY).code == 0
    assert len(lab.facts().transactions) == 21


# THE NODE


def test_a_node_that_dies_in_the_middle_is_not_the_end(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    saved: list[dict] = []

    def death(exchange: Exchange) -> None:
        exchange.forward()
        time.sleep(0.05)
        saved.append(lab.node.dumped())
        lab.node.die()
        exchange.hang_up()

    lab.proxy.on(SEND, death, nth=9)

    outcome = lab.run(*DEPLOY)

    assert outcome.code == 1, outcome.output
    assert "Traceback" not in outcome.output
    lab.successor(state=saved[0])
    assert lab.sent() <= lab.written_down()
    resumed = lab.run(*DEPLOY)
    assert resumed.code == 0, resumed.output
    assert len(lab.facts().transactions) == 21


def test_a_node_of_another_chain_id_is_refused_before_anything_is_signed(lab: Lab) -> None:
    lab.proxy.always("eth_chainId", answering("0x1", method="eth_chainId"))

    outcome = lab.run(*DEPLOY)

    assert outcome.code != 0
    assert "11155111" in outcome.output
    assert not lab.journal.exists()
    assert not lab.proxy.calls(SEND)


def test_a_chain_id_that_changes_midway_stops_the_next_run(lab: Lab) -> None:
    lab.proxy.on(SEND, killing(lab.nursery.pid, before=False), nth=5)
    lab.run(*DEPLOY)
    lab.proxy.reset()
    before = lab.journal.read_bytes()
    lab.proxy.always("eth_chainId", answering("0x1", method="eth_chainId"))

    outcome = lab.run(*DEPLOY)

    assert outcome.code != 0
    assert not lab.proxy.calls(SEND)
    assert lab.journal.read_bytes() == before


def test_a_stand_in_with_another_genesis_is_another_chain(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    assert lab.run(*SHORT).code == 0
    before = lab.journal.read_bytes()
    lab.successor(timestamp=GENESIS_TIMESTAMP + 1)
    lab.proxy.reset()

    outcome = lab.run(*SHORT)

    assert outcome.code == 1, outcome.output
    assert "block 0" in outcome.output
    assert not lab.proxy.calls(SEND)
    assert lab.journal.read_bytes() == before


@pytest.mark.parametrize("blocks", [0, 200], ids=["behind", "far ahead"])
def test_a_node_on_another_fork_is_refused(blocks: int, make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    assert lab.run(*SHORT).code == 0
    before = lab.facts()
    lab.successor()  # the same genesis, without our transactions
    lab.node.call("anvil_mine", hex(blocks))
    lab.proxy.reset()

    outcome = lab.run(*SHORT)

    assert outcome.code == 1, outcome.output
    assert "fork" in outcome.output or "behind" in outcome.output
    assert "Traceback" not in outcome.output
    assert not lab.proxy.calls(SEND)
    assert before.transactions


def test_a_proxy_that_only_forwards_changes_nothing(lab: Lab) -> None:
    lab.proxy.always("", honest)

    assert lab.run(*SHORT).code == 0
    assert json.loads(lab.journal.read_text().splitlines()[0])["kind"] == "journal"


@pytest.mark.parametrize("before", [True, False], ids=["before the node got it", "after"])
def test_resume_brings_what_was_begun_to_its_end_and_no_more(before: bool, lab: Lab) -> None:
    assert lab.run(*DEPLOY).code == 0
    wanted = lab.facts()
    lab.reset()
    lab.proxy.on(SEND, killing(lab.nursery.pid, before=before), nth=9)
    lab.run(*DEPLOY)

    resumed = lab.run("deployments", "resume", "--network", CHOICE)

    assert resumed.code == 0, resumed.output
    assert len(lab.facts().transactions) == 9
    assert kinds(lab).count("intent") == 9
    assert lab.run(*DEPLOY).code == 0
    assert lab.facts() == wanted


@pytest.mark.parametrize("nth", [1, 2, 9])
def test_a_nonce_that_another_program_took_before_we_sent_is_no_loss(nth: int, lab: Lab) -> None:
    lab.proxy.on(SEND, killing(lab.nursery.pid, before=True), nth=nth)
    lab.run(*DEPLOY)
    entry = [entry for entry in lab.entries if entry["kind"] == "intent"][-1]
    theirs = lab.node.call(
        "eth_sendTransaction",
        {"from": entry["sender"], "to": ADA, "nonce": hex(entry["nonce"]), "gas": hex(21_000)},
    )
    until(lambda: lab.node.call("eth_getTransactionReceipt", theirs))

    outcome = lab.run(*DEPLOY)

    assert outcome.code == 0, outcome.output
    facts = lab.facts()
    assert theirs in facts.hashes
    assert not facts.failed
    assert facts.hashes - {theirs} <= lab.written_down()
    assert len(facts.transactions) == 22
    by_sender: dict[str, list[int]] = {}
    for sender, nonce, *_ in facts.transactions:
        by_sender.setdefault(sender, []).append(nonce)
    assert all(nonces == list(range(len(nonces))) for nonces in by_sender.values())


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_reorganisation_while_we_send_is_repaired(depth: int, lab: Lab) -> None:
    assert lab.run(*DEPLOY).code == 0
    wanted = lab.facts()
    lab.reset()

    def reorganised(exchange: Exchange) -> None:
        code, body = exchange.forward()
        until(lambda: lab.node.number("eth_blockNumber") >= 10)
        lab.node.call("anvil_reorg", depth, [])
        exchange.reply(code, body)

    lab.proxy.on(SEND, reorganised, nth=10)

    first = lab.run(*DEPLOY)

    assert "Traceback" not in first.output
    assert lab.sent() <= lab.written_down()
    outcome = first if first.code == 0 else lab.run(*DEPLOY)
    assert outcome.code == 0, outcome.output
    assert lab.facts() == wanted
