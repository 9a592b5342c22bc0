"""The stack of layers, in every order in which pytest may open and close them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.errors import ProviderError
from ingot.testing.isolation import Isolation, Reach


class Ledger:
    """A chain of which only the undoing matters: a list of marks."""

    def __init__(self) -> None:
        self.marks: list[object] = []
        self.inside: list[object] = []

    @contextmanager
    def isolate(self) -> Iterator[None]:
        token = object()
        self.inside.append(token)
        before = list(self.marks)
        yield
        if token not in self.inside:
            raise ProviderError("the snapshot is used up")
        del self.inside[self.inside.index(token) :]
        self.marks = before


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def isolation(ledger: Ledger) -> Isolation:
    isolation = Isolation()
    isolation.watch(ledger)
    return isolation


def test_closing_undoes_what_came_after_opening(ledger: Ledger, isolation: Isolation) -> None:
    ledger.marks.append("before")
    isolation.open("test", Reach.FUNCTION)
    ledger.marks.append("inside")
    isolation.close("test")
    assert ledger.marks == ["before"]


def test_a_layer_below_a_living_one_waits(ledger: Ledger, isolation: Isolation) -> None:
    isolation.open("renewed", Reach.MODULE)
    ledger.marks.append("renewed")
    isolation.open("kept", Reach.MODULE)
    ledger.marks.append("kept")
    isolation.close("renewed")
    assert ledger.marks == ["renewed", "kept"]
    isolation.close("kept")
    assert ledger.marks == []


def test_a_wider_layer_inside_a_test_outlives_it(ledger: Ledger, isolation: Isolation) -> None:
    isolation.open("test", Reach.FUNCTION)
    ledger.marks.append("before")
    isolation.open("wide", Reach.MODULE)
    ledger.marks.append("wide")
    isolation.reopen_below(Reach.MODULE)
    ledger.marks.append("after")
    isolation.close("test")
    assert ledger.marks == ["before", "wide"]
    isolation.close("wide")
    assert ledger.marks == []


def test_a_chain_that_comes_late_is_covered_from_then_on(ledger: Ledger) -> None:
    isolation = Isolation()
    isolation.open("test", Reach.FUNCTION)
    isolation.watch(ledger)
    isolation.reopen_below(Reach.SESSION)
    ledger.marks.append("inside")
    isolation.close("test")
    assert ledger.marks == []


def test_without_a_chain_nothing_happens() -> None:
    isolation = Isolation()
    with isolation.layer("test", Reach.FUNCTION):
        isolation.reopen_below(Reach.SESSION)
    isolation.close("never opened")
    assert isolation.lost == []


def test_a_used_up_snapshot_is_told_and_the_next_layers_work(ledger: Ledger, isolation: Isolation) -> None:
    isolation.open("test", Reach.FUNCTION)
    ledger.inside.clear()
    isolation.close("test")
    assert isolation.lost == ["test"]
    with isolation.layer("next", Reach.FUNCTION):
        ledger.marks.append("inside")
    assert ledger.marks == []


def test_the_layer_lets_exceptions_through(ledger: Ledger, isolation: Isolation) -> None:
    def fail() -> None:
        with isolation.layer("test", Reach.FUNCTION):
            ledger.marks.append("inside")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ledger.marks == []


@given(data=st.data())
def test_living_layers_keep_their_state_and_all_is_undone_in_the_end(data: st.DataObject) -> None:
    ledger, isolation = Ledger(), Isolation()
    isolation.watch(ledger)
    living: dict[int, Reach] = {}
    owners: dict[int, object] = {}
    for owner in range(data.draw(st.integers(1, 12), label="owners")):
        while living and data.draw(st.booleans(), label="close one"):
            # pytest ends the narrowest first; among equals, in any order.
            narrowest = min(living.values())
            ended = data.draw(st.sampled_from([one for one, reach in living.items() if reach == narrowest]))
            del living[ended]
            isolation.close(owners[ended])
            assert {f"setup {one}" for one in living} <= set(ledger.marks)
        reach = data.draw(st.sampled_from(Reach), label="reach")
        owners[owner] = object()
        isolation.open(owners[owner], reach)
        ledger.marks.append(f"setup {owner}")
        isolation.reopen_below(reach)
        living[owner] = reach
        assert {f"setup {one}" for one in living} <= set(ledger.marks)
    for one in sorted(living, key=lambda one: living[one]):
        isolation.close(owners[one])
    assert ledger.marks == []
