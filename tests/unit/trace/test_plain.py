"""Plain code in place of code that the optimizer has made vague."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traced import Traced

from ingot.artifacts import Bytecode, LinkReference
from ingot.trace import is_vague, plain_settings, unwind
from ingot.trace.plain import transplanted


@pytest.fixture
def traced(local):
    return Traced("optimized via_ir", local)


def test_a_transaction_is_repeated_with_plain_code(traced):
    store = traced.deploy("Store", ["uint256"], [100])
    outcome = traced.send(store, "add(uint256)", 3)
    assert traced.running(outcome) == [("add", 18), ("checkEven", 19)]
    assert traced.running(traced.send(store, "add(uint256)", 101)) == [("add", 17), ("below", 13)]


def test_a_constructor_is_repeated_with_plain_code(traced):
    outcome = traced.run(data=traced.initcode("Store", ["uint256"], [0]))
    assert traced.running(outcome) == [("constructor", 13), ("constructor", 8)]


def test_what_depends_on_its_own_code_is_not_exchanged(traced):
    """It ends otherwise with plain code: what is known of its own is told."""
    own = traced.deploy("Own")
    outcome = traced.call(own, "check(uint256)", 7)
    assert not outcome.succeeded
    steps = traced.steps(outcome)
    assert steps.program(0).is_vague
    assert [one.function.name for one in unwind(steps)] == ["check"]


def test_where_gas_ended_is_not_told_by_code_that_needs_more(traced):
    store = traced.deploy("Store", ["uint256"], [100])
    outcome = traced.call(store, "sum(uint256)", 10**6, gas_limit=60_000)
    assert traced.steps(outcome).program(0).is_vague
    assert traced.running(outcome)[0][0] == "sum"


@pytest.mark.parametrize(
    ("settings", "vague"),
    [
        ({"viaIR": True, "optimizer": {"enabled": True, "runs": 200}}, True),
        ({"viaIR": True, "optimizer": {"enabled": False}}, False),
        ({"optimizer": {"enabled": True}}, False),
        ({}, False),
        (plain_settings({"viaIR": True, "optimizer": {"enabled": True}}), False),
    ],
)
def test_which_code_is_vague(settings, vague):
    assert is_vague(settings) == vague


_WORD = 32


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=_WORD, max_size=_WORD), st.binary(max_size=40))
def test_immutables_libraries_and_arguments_are_transplanted(library, immutable, arguments):
    link = "__$" + "a" * 34 + "$__"
    of = Bytecode("73" + link + "7f" + "00" * 32, (LinkReference("m.sol", "M", 1),), "", {"5": ((22, 32),)})
    into = Bytecode(
        "6001" + "7f" + "00" * 32 + "73" + link + "7f" + "00" * 32,
        (LinkReference("m.sol", "M", 36),),
        "",
        {"5": ((3, 32), (57, 32))},
    )
    found = b"\x73" + library + b"\x7f" + immutable + arguments
    expected = b"\x60\x01\x7f" + immutable + b"\x73" + library + b"\x7f" + immutable + arguments
    assert transplanted(found, of, into) == expected
    unknown = Bytecode(into.text, into.link_references, "", {"6": ((3, 32),)})
    assert transplanted(found, of, unknown) is None
