"""What reads the same has the same code, once it is optimized; the place that ran must be told from the others."""

import os

import ape
import pytest


@pytest.fixture
def twins(project, owner):
    return project.Twins.deploy(sender=owner)


@pytest.mark.parametrize(
    ("amount", "lines", "dev_message"),
    [
        (1, [10, 11], "dev: first"),
        (2, [10, 13, 14, 15], "dev: second"),
        (3, [10, 13, 14, 17], None),
        (4, [10, 13, 14, 17, 18, 19], None),
    ],
)
def test_one_of_four_equal_reverts(twins, owner, way, amount, lines, dev_message):
    with ape.reverts(twins.Bad) as caught:
        twins.check(amount, sender=owner)
    assert way(caught.value.source_traceback) == [(1, "check", lines)]
    assert caught.value.dev_message == dev_message


def test_none_of_them(twins, owner, way):
    assert way(twins.check(5, sender=owner).source_traceback) == [(1, "check", [10, 13, 14, 17, 18, 21])]


@pytest.mark.parametrize(
    ("amount", "last", "dev_message"), [(1, 34, None), (2, 35, "dev: not two"), (3, 36, None)]
)
def test_one_of_three_reverts_without_data(twins, way, amount, last, dev_message):
    with ape.reverts() as caught:
        twins.many(amount)
    assert way(caught.value.source_traceback) == [(1, "many", list(range(34, last + 1)))]
    assert caught.value.dev_message == dev_message


@pytest.mark.parametrize(
    ("method", "line", "inner", "first"), [("up", 26, "next", 40), ("over", 30, "following", 45)]
)
def test_one_of_two_equal_functions(twins, owner, way, method, line, inner, first):
    receipt = getattr(twins, method)(4, sender=owner)
    assert way(receipt.source_traceback) == [(1, method, [line]), (2, inner, [first, first + 1])]
    with ape.reverts("high") as caught:
        getattr(twins, method)(10, sender=owner)
    assert way(caught.value.source_traceback) == [(1, method, [line]), (2, inner, [first])]


@pytest.mark.skipif("SOURCES_VIA_IR" in os.environ, reason="by way of Yul, assembly is one place")
def test_what_comes_after_assembly_and_an_error_like_the_modifiers(twins, owner, way):
    receipt = twins.assemble(5, sender=owner)
    assert way(receipt.source_traceback) == [
        (1, "assemble", [54]),
        (2, "small", [50]),
        (1, "assemble", [55, 57, 59, 62]),
    ]
    with ape.reverts("ten") as caught:
        twins.assemble(9, sender=owner)
    assert way(caught.value.source_traceback)[-1] == (1, "assemble", [55, 57, 59, 60])
