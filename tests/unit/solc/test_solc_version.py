"""Versions of solc: what parses, and how they are ordered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.compile.solc.version import Version, commit_of, is_release
from ingot.errors import UsageError

numbers = st.integers(0, 9999)


@pytest.mark.parametrize(
    "text",
    [
        "0.8.24",
        "v0.8.24",
        " 0.8.24\n",
        "0.8.24+commit.e11b9ed9",
        "0.8.24+commit.e11b9ed9.Emscripten.clang",
        "0.8.24-nightly.2024.1.1+commit.e11b9ed9.Linux.g++",
    ],
)
def test_spellings_of_one_version_are_equal(text: str) -> None:
    assert Version.parse(text) == Version(0, 8, 24)


@pytest.mark.parametrize("text", ["", "0.8", "0.8.x", "^0.8.24", "0.8.24 0.8.25", "solc", "0.8.-1"])
def test_what_is_no_version_is_refused_with_the_right_spelling(text: str) -> None:
    with pytest.raises(UsageError, match=r"write it as 0\.8\.24"):
        Version.parse(text)


@given(numbers, numbers, numbers)
def test_text_round_trips(major: int, minor: int, patch: int) -> None:
    version = Version(major, minor, patch)
    assert Version.parse(str(version)) == version
    assert Version.parse(version) is version


@given(st.tuples(numbers, numbers, numbers), st.tuples(numbers, numbers, numbers))
def test_order_is_by_number_and_not_by_text(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    assert (Version(*one) < Version(*other)) == (one < other)


def test_commit_and_release_are_read_from_the_long_version() -> None:
    assert commit_of("0.8.24+commit.e11b9ed9.Linux.g++") == "e11b9ed9"
    assert commit_of("0.8.24") == ""
    assert is_release("0.8.24+commit.e11b9ed9")
    assert not is_release("0.8.25-nightly.2024.2.1+commit.11111111")
