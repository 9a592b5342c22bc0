"""Which functions were running when something failed, and at which line each was: however solc was told to compile."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced import Traced

from ingot.abi import Function
from ingot.engine import RECORD_TAILS
from ingot.trace import unwind


@pytest.fixture
def store(traced):
    return traced.deploy("Store", ["uint256"], [100])


@pytest.fixture
def shop(traced, store):
    return traced.deploy("Shop", ["address"], [store])


@pytest.mark.parametrize(
    ("signature", "values", "running"),
    [
        ("add(uint256)", (101,), [("add", 17), ("below", 13)]),
        ("add(uint256)", (3,), [("add", 18), ("checkEven", 19)]),
        ("add(uint256)", (6,), [("add", 19), ("half", 8)]),
        ("down(uint256)", (5,), [("down", 41), ("down", 37)]),
        ("bare()", (), [("bare", 45)]),
        ("plain()", (), [("plain", 49)]),
        ("index(uint256[],uint256)", ([1], 1), [("index", 53)]),
        ("spread(uint256)", (2,), [("spread", 57)]),
        ("low(uint256)", (9,), [("low", 68)]),
    ],
)
def test_functions_modifiers_libraries_and_recursion(traced, store, signature, values, running):
    assert traced.running(traced.call(store, signature, *values)) == running


@pytest.mark.parametrize(
    ("signature", "value", "running"),
    [
        ("buy(uint256)", 3, [("buy", 15), ("add", 18), ("checkEven", 19)]),
        ("force(uint256)", 3, [("force", 30)]),
        ("open(uint256)", 0, [("open", 34), ("constructor", 13), ("constructor", 8)]),
        ("openAndFail(uint256)", 5, [("openAndFail", 39), ("plain", 49)]),
    ],
)
def test_calls_and_creations(traced, shop, signature, value, running):
    assert traced.running(traced.call(shop, signature, value)) == running


@pytest.mark.parametrize(
    ("signature", "value", "running"),
    [
        *(
            ("check(uint256)", value, [("check", line)])
            for value, line in ((1, 11), (2, 15), (3, 17), (4, 19))
        ),
        *(("many(uint256)", value, [("many", line)]) for value, line in ((1, 34), (2, 35), (3, 36))),
        ("up(uint256)", 10, [("up", 26), ("next", 40)]),
        ("over(uint256)", 10, [("over", 30), ("following", 45)]),
        ("assemble(uint256)", 100, [("assemble", 54), ("small", 50)]),
        ("assemble(uint256)", 9, [("assemble", 60)]),
    ],
)
def test_what_reads_the_same_is_told_apart(traced, signature, value, running):
    assert traced.running(traced.call(traced.deploy("Twins"), signature, value)) == running


def test_a_failure_that_assembly_hands_on_began_in_the_call(traced, store):
    """The function that the optimizer has woven into the first line has ended."""
    relay = traced.deploy("Relay")
    data = Function("function add(uint256)").encode([3])
    outcome = traced.call(relay, "pass(address,bytes)", store, data)
    running = traced.running(outcome)
    assert running[0] == ("pass", 7)
    assert running[1][0] == "_pass"
    assert running[1][1] in (12, 13)
    assert running[2:] == [("add", 18), ("checkEven", 19)]


def test_ether_that_is_not_taken_fails_at_the_head(traced, store):
    assert traced.running(traced.call(store, "plain()", value=1)) == [("plain", 48)]


def test_what_succeeded_and_what_is_unknown_has_nothing(traced, store, local):
    assert unwind(traced.steps(traced.call(store, "add(uint256)", 4))) == []
    local.set_code(store, bytes.fromhex("5f5ffd"))
    assert traced.running(traced.call(store, "plain()")) == []


@pytest.mark.parametrize(
    ("signature", "count", "running"),
    [
        ("run(uint256)", 3, [("run", 36), ("loop", 43), ("upTo", 12)]),
        ("run(uint256)", 101, [("run", 36), ("loop", 43), ("upTo", 12)]),
        ("relay(uint256)", 101, [("relay", 49), ("run", 36), ("loop", 43), ("upTo", 12)]),
        ("guard(uint256)", 101, [("guard", 58)]),
    ],
)
def test_the_last_steps_tell_as_much_as_all_of_them(traced, signature, count, running):
    other = traced.deploy("Long", ["address"], [traced.sender])
    long = traced.deploy("Long", ["address"], [other])
    outcome = traced.call(long, signature, count, recording=RECORD_TAILS)
    assert bool(outcome.recording.tail_stacks) == (count > 3)
    assert traced.running(outcome) == running


@settings(max_examples=10, deadline=None)
@given(gas_limit=st.integers(60_000, 120_000), way=st.sampled_from(["plain", "via_ir"]))
def test_wherever_gas_ends_the_last_steps_tell_the_same_functions(shared_chain, gas_limit, way):
    with shared_chain.isolate():
        traced = Traced(way, shared_chain)
        long = traced.deploy("Long", ["address"], [traced.sender])
        terms = {"gas_limit": gas_limit}
        whole = traced.running(traced.call(long, "run(uint256)", 10**6, **terms))
        tails = traced.running(traced.call(long, "run(uint256)", 10**6, recording=RECORD_TAILS, **terms))
        assert [name for name, _ in tails] == [name for name, _ in whole]
        assert whole[0][0] == "run"
