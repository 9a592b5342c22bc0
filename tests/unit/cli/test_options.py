"""Our options among a script's words."""

from __future__ import annotations

import argparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.cli.run import Parser, add_arguments, take_options
from ingot.errors import UsageError


def parsed(*words: str) -> tuple[argparse.Namespace, list[str]]:
    parser = Parser()
    add_arguments(parser)
    arguments = parser.parse_args(words)
    return arguments, [*take_options(arguments.arguments, arguments), *arguments.passed]


def test_options_are_found_before_and_after_the_script():
    arguments, theirs = parsed(
        "--network", "sepolia", "deploy", "a", "--rpc-url", "http://x", "--supply", "5", "--account=me"
    )
    assert (arguments.network, arguments.rpc_url, arguments.account) == ("sepolia", ["http://x"], "me")
    assert theirs == ["a", "--supply", "5"]


def test_the_last_network_counts_and_urls_are_collected():
    arguments, theirs = parsed(
        "--network", "a", "--rpc-url", "http://x", "deploy", "--network=b", "--rpc-url", "http://y"
    )
    assert (arguments.network, arguments.rpc_url) == ("b", ["http://x", "http://y"])
    assert theirs == []


def test_two_runs_share_nothing():
    assert parsed("deploy", "--rpc-url", "http://x")[0].rpc_url == ["http://x"]
    assert parsed("deploy")[0].rpc_url == []


def test_an_option_is_never_abbreviated():
    arguments, theirs = parsed("deploy", "--net", "x", "--acc", "y")
    assert (arguments.network, arguments.account) == ("", "")
    assert theirs == ["--net", "x", "--acc", "y"]


@pytest.mark.parametrize("option", ["--network", "--rpc-url", "--account"])
def test_an_option_without_its_value_is_refused(option):
    with pytest.raises(UsageError, match=f"{option}: expected one argument"):
        parsed("deploy", option)


@given(st.lists(st.sampled_from(["a", "-x", "--supply", "--supply=3", "5", "", "--no-network", "-5"])))
def test_the_scripts_words_keep_their_order(words):
    assert parsed("deploy", "--network", "n", *words)[1] == words
    assert parsed("deploy", *words, "--", "--network", "n")[1] == [*words, "--network", "n"]
