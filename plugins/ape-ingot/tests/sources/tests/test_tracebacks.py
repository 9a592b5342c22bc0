"""Which lines of Solidity ran, and which one failed."""

import os
import re

import ape
import pytest

all_lines = pytest.mark.skipif(
    "SOURCES_VIA_IR" in os.environ,
    reason="by way of Yul, assembly is one place, and what only moves values has none",
)


@all_lines
def test_a_transaction_went_through_modifiers_inherited_functions_and_libraries(store, owner, way):
    assert way(store.add(4, sender=owner).source_traceback) == [
        (1, "add", [17]),
        (2, "below", [13]),
        (1, "add", [18]),
        (2, "checkEven", [18]),
        (1, "add", [19]),
        (2, "half", [8, 9]),
        (1, "add", [20, 21]),
    ]


def test_loops_show_each_round_and_continue_only_where_it_happened(store, owner, way):
    rounds = [25, 26, 29] * 3 + [25, 26, 27] + [25, 26, 29]
    assert way(store.sum.transact(5, sender=owner).source_traceback) == [(1, "sum", [*rounds, 25, 31])]


def test_recursion_goes_deeper(store, owner, way):
    assert way(store.down(2, sender=owner).source_traceback) == [
        (1, "down", [37, 38, 41]),
        (2, "down", [37, 38, 41]),
        (3, "down", [37, 38, 39]),
    ]


def test_a_failure_that_was_caught_is_part_of_the_way(shop, owner, way):
    assert way(shop.tryBuy(3, sender=owner).source_traceback) == [
        (1, "tryBuy", [20]),
        (2, "add", [17]),
        (3, "below", [13]),
        (2, "add", [18]),
        (3, "checkEven", [18, 19]),
        (1, "tryBuy", [23, 24]),
    ]


def test_receive_and_fallback(store, owner, way):
    assert way(store(data="0x11223344", sender=owner).source_traceback) == [(1, "fallback", [76])]
    assert way(owner.transfer(store, 1).source_traceback) == []


def test_full_names_and_files(shop, owner, project):
    traceback = shop.buy(2, sender=owner).source_traceback
    assert [flow.closure.full_name for flow in traceback][:3] == [
        "buy(uint256)",
        "add(uint256)",
        "below(uint256)",
    ]
    names = [flow.source_path.relative_to(project.path).as_posix() for flow in traceback]
    assert names[:3] == ["contracts/Shop.sol", "contracts/Store.sol", "contracts/Limits.sol"]


FAILURES = {
    "in a modifier": (
        lambda c: c.store.add(101, sender=c.owner),
        [(1, "add", [17]), (2, "below", [13])],
        None,
    ),
    "in an inherited function": (
        lambda c: c.store.add(3, sender=c.owner),
        [(1, "add", [17]), (2, "below", [13]), (1, "add", [18]), (2, "checkEven", [18, 19])],
        "dev: must be even",
    ),
    "in a library": (
        lambda c: c.store.add(6, sender=c.owner),
        [
            (1, "add", [17]),
            (2, "below", [13]),
            (1, "add", [18]),
            (2, "checkEven", [18]),
            (1, "add", [19]),
            (2, "half", [8]),
        ],
        None,
    ),
    "in a contract that was called": (
        lambda c: c.shop.buy(3, sender=c.owner),
        [
            (1, "buy", [15]),
            (2, "add", [17]),
            (3, "below", [13]),
            (2, "add", [18]),
            (3, "checkEven", [18, 19]),
        ],
        "dev: must be even",
    ),
    "because of a call that failed": (
        lambda c: c.shop.force(3, sender=c.owner),
        [
            (1, "force", [29]),
            (2, "add", [17]),
            (3, "below", [13]),
            (2, "add", [18]),
            (3, "checkEven", [18, 19]),
            (1, "force", [30]),
        ],
        "dev: the store has refused",
    ),
    "in recursion": (
        lambda c: c.store.down(5, sender=c.owner),
        [(1, "down", [37, 38, 41]), (2, "down", [37])],
        "dev: four",
    ),
    "without a reason": (lambda c: c.store.bare(sender=c.owner), [(1, "bare", [45])], "dev: bare"),
    "in code that solc shares": (lambda c: c.store.plain(sender=c.owner), [(1, "plain", [49])], None),
    "in a call": (lambda c: c.store.bare(), [(1, "bare", [45])], "dev: bare"),
    "by a panic": (lambda c: c.store.index([1], 1), [(1, "index", [53])], "dev: out of bounds"),
    "over several lines": (lambda c: c.store.spread(2), [(1, "spread", [57])], "dev: spread out"),
    "in assembly": (lambda c: c.store.low(9), [(1, "low", [66, 67, 68])], "dev: assembly"),
    "in an inherited constructor": (
        lambda c: c.project.Store.deploy(0, sender=c.owner),
        [(1, "constructor", [13]), (2, "constructor", [8])],
        "dev: no limit",
    ),
    "in the constructor of a contract that was made": (
        lambda c: c.shop.open(0, sender=c.owner),
        [(1, "open", [34]), (2, "constructor", [13]), (3, "constructor", [8])],
        "dev: no limit",
    ),
    "in a contract of the same transaction": (
        lambda c: c.shop.openAndFail(5, sender=c.owner),
        [
            (1, "openAndFail", [38]),
            (2, "constructor", [13]),
            (3, "constructor", [8, 9]),
            (2, "constructor", [14]),
            (1, "openAndFail", [39]),
            (2, "plain", [49]),
        ],
        None,
    ),
    "before the first statement": (
        lambda c: c.store.plain(value=1, sender=c.owner),
        [(1, "plain", [48])],
        None,
    ),
}


class Case:
    def __init__(self, project, owner, store, shop):
        self.project, self.owner, self.store, self.shop = project, owner, store, shop


@pytest.fixture
def case(project, owner, store, shop):
    return Case(project, owner, store, shop)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=all_lines) if name == "in assembly" else name for name in FAILURES]
)
def test_a_failure(case, way, name):
    fail, expected, dev_message = FAILURES[name]
    with ape.reverts() as caught:
        fail(case)
    assert way(caught.value.source_traceback) == expected
    assert caught.value.dev_message == dev_message


def test_a_dev_message_is_compared(store):
    with ape.reverts(dev_message="dev: bare"):
        store.bare()
    with ape.reverts(dev_message=re.compile("dev: b.*")):
        store.bare()


def test_another_dev_message_is_not_taken(store):
    with (
        pytest.raises(AssertionError, match="Expected dev revert message 'dev: other' but got 'dev: bare'"),
        ape.reverts(dev_message="dev: other"),
    ):
        store.bare()


def test_a_line_without_dev_message_has_none(store, owner):
    with (
        pytest.raises(
            AssertionError, match=r"Could not find the source of the revert.\n(.*\n)*.*revert\(\);"
        ),
        ape.reverts(dev_message="dev: bare"),
    ):
        store.plain(sender=owner)


def test_a_traceback_as_text(shop, owner, project):
    with ape.reverts() as caught:
        shop.buy(3, sender=owner)
    folder = project.path / "contracts"
    assert str(caught.value.source_traceback) == (
        f"Traceback (most recent call last)\n"
        f"  File {folder}/Shop.sol, in buy\n"
        f"  -->  15         uint256 part = store.add(amount);\n"
        f"       16         return part + 1;\n\n"
        f"  File {folder}/Store.sol, in add\n"
        f"  -->  18         checkEven(amount);\n"
        f"       19         uint256 part = amount.half();\n\n"
        f"  File {folder}/Limits.sol, in checkEven\n"
        f"       18         if (amount % 2 == 1) {{\n"
        f'  -->  19             revert("odd"); // dev: must be even'
    )


def test_foreign_code_has_no_lines(owner, project, chain):
    address = "0x1111111111111111111111111111111111111111"
    chain.provider.set_code(address, "0x5f5ffd")
    with ape.reverts() as caught:
        project.Store.at(address).plain(sender=owner)
    assert caught.value.source_traceback is None
    assert caught.value.dev_message is None


def test_out_of_gas_ends_where_the_gas_ended(store, owner, way):
    with ape.reverts("out of gas") as caught:
        store.sum.transact(10**6, gas_limit=60_000, sender=owner)
    ((depth, name, lines),) = way(caught.value.source_traceback)
    assert (depth, name) == (1, "sum")
    assert len(lines) > 100
    assert lines[-1] in (25, 26, 29)


def test_of_what_is_too_long_to_be_recorded_the_last_lines_are_known(store, owner, way):
    with ape.reverts("out of gas") as caught:
        store.sum.transact(10**7, gas_limit=16_000_000, sender=owner)
    ((depth, name, lines),) = way(caught.value.source_traceback)
    assert (depth, name) == (1, "sum")
    assert set(lines) <= {25, 26, 29}


def test_what_was_undone_has_no_lines_any_more(store, owner, chain, way):
    snapshot = chain.snapshot()
    receipt = store.add(4, sender=owner)
    chain.restore(snapshot)
    assert way(receipt.source_traceback) == []


@all_lines
def test_a_receipt_that_waits_has_its_lines_when_it_is_mined(store, owner, chain, way):
    chain.provider.auto_mine = False
    receipt = store.add(4, sender=owner, required_confirmations=0)
    assert way(receipt.source_traceback) == []
    chain.provider.auto_mine = True
    chain.mine()
    assert way(receipt.source_traceback)[-1] == (1, "add", [20, 21])
