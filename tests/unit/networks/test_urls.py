from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.config import NetworkSettings
from ingot.errors import ConfigError, UsageError
from ingot.networks.urls import check_url, is_url, node_urls, variables_of
from ingot.remote.network import TABLE, Network, find_network

NOTHING = NetworkSettings()


def network(choice: str) -> Network:
    found = find_network(*choice.split(":"))
    assert found is not None
    return found


SEPOLIA = network("ethereum:sepolia")


def test_the_environment_comes_before_the_configuration_and_services_last():
    settings = NetworkSettings(urls=("https://config.example",))
    environ = {
        "INGOT_SEPOLIA_URL": "https://short.example",
        "INGOT_ETHEREUM_SEPOLIA_URL": "https://long.example",
        "WEB3_INFURA_PROJECT_ID": "abc",
        "WEB3_ALCHEMY_API_KEY": "def",
    }
    assert node_urls(SEPOLIA, settings, environ=environ) == (
        "https://long.example",
        "https://short.example",
        "https://config.example",
        "https://sepolia.infura.io/v3/abc",
        "https://eth-sepolia.g.alchemy.com/v2/def",
    )


def test_the_default_provider_of_the_configuration_is_the_first_service():
    environ = {"WEB3_INFURA_PROJECT_ID": "abc", "WEB3_ALCHEMY_API_KEY": "def"}
    urls = node_urls(SEPOLIA, NetworkSettings(default_provider="alchemy"), environ=environ)
    assert urls == ("https://eth-sepolia.g.alchemy.com/v2/def", "https://sepolia.infura.io/v3/abc")


def test_a_service_can_be_chosen_alone():
    environ = {"INGOT_SEPOLIA_URL": "https://short.example", "WEB3_INFURA_PROJECT_ID": "a,b"}
    urls = node_urls(SEPOLIA, NOTHING, provider="infura", environ=environ)
    assert urls == ("https://sepolia.infura.io/v3/a", "https://sepolia.infura.io/v3/b")
    with pytest.raises(UsageError, match="needs a key: set WEB3_ALCHEMY_API_KEY"):
        node_urls(SEPOLIA, NOTHING, provider="alchemy", environ=environ)


@pytest.mark.parametrize("entry", TABLE, ids=str)
def test_services_serve_every_public_network(entry):
    environ = {"WEB3_INFURA_API_KEY": "k", "WEB3_ALCHEMY_PROJECT_ID": "k"}
    urls = node_urls(entry, NOTHING, environ=environ)
    assert urls == (f"https://{entry.infura}.infura.io/v3/k", f"https://{entry.alchemy}.g.alchemy.com/v2/k")


def test_several_urls_in_one_variable_are_kept_in_order_and_once():
    environ = {
        "INGOT_SEPOLIA_URL": "https://a.example/x,y, wss://b.example https://a.example/x,y\n/run/geth.ipc"
    }
    assert node_urls(SEPOLIA, NOTHING, environ=environ) == (
        "https://a.example/x,y",
        "wss://b.example",
        "/run/geth.ipc",
    )


def test_the_short_name_is_ethereums_alone():
    base = network("base:sepolia")
    assert variables_of(base) == ("INGOT_BASE_SEPOLIA_URL",)
    assert variables_of(SEPOLIA) == ("INGOT_ETHEREUM_SEPOLIA_URL", "INGOT_SEPOLIA_URL")
    own = Network(ecosystem="my-chain", name="test.net", chain_id=5)
    assert variables_of(own) == ("INGOT_MY_CHAIN_TEST_NET_URL",)
    with pytest.raises(UsageError, match="nobody says where"):
        node_urls(base, NOTHING, environ={"INGOT_SEPOLIA_URL": "https://x.example"})


def test_no_url_says_the_three_ways_to_give_one():
    with pytest.raises(UsageError) as caught:
        node_urls(SEPOLIA, NOTHING, environ={})
    message = str(caught.value)
    assert "--rpc-url URL" in message
    assert "INGOT_SEPOLIA_URL=URL, or WEB3_INFURA_PROJECT_ID or WEB3_ALCHEMY_API_KEY" in message
    assert "node: {ethereum: {sepolia: {uri: URL}}}" in message


def test_a_network_that_was_shut_down_names_its_successor():
    with pytest.raises(UsageError, match="use ethereum:hoodi"):
        node_urls(network("ethereum:holesky"), NOTHING, environ={})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8545",
        "https://user:word@x.example/a?b=c",
        "ws://[::1]:8546",
        "/run/geth.ipc",
        "geth.ipc",
    ],
)
def test_a_url_that_can_be_is_taken_as_it_is(url):
    assert check_url(f" {url}\n", place="--rpc-url") == url


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is empty"),
        ("127.0.0.1:8545", "does not begin with http"),
        ("ftp://x.example/secret", "not reached by ftp://"),
        ("http://", "names no host"),
        ("http://:8545", "names no host"),
        ("http://x.example:99999/secret", "port is no number from 0 to 65535"),
        ("http://x.example:port/secret", "port is no number from 0 to 65535"),
        ("http://x.example:0/secret", "port is 0"),
        ("http://x.example/sec ret", "has a space"),
        ("http://[::1/secret", "no URL of a node"),
        ("https://x.example/$INGOT_UNSET_KEY", "INGOT_UNSET_KEY is not set"),
        ("https://x.example/${INGOT_UNSET_KEY}", "INGOT_UNSET_KEY is not set"),
    ],
)
def test_a_malformed_url_is_refused_without_its_secret(url, says):
    with pytest.raises(UsageError, match=says) as caught:
        check_url(url, place="--rpc-url")
    assert str(caught.value).startswith("--rpc-url: ")
    assert "secret" not in str(caught.value)


def test_a_malformed_url_says_where_it_is_written():
    with pytest.raises(UsageError, match=r"^INGOT_SEPOLIA_URL: "):
        node_urls(SEPOLIA, NOTHING, environ={"INGOT_SEPOLIA_URL": "sepolia"})
    with pytest.raises(ConfigError, match=r"node: ethereum: sepolia: uri: "):
        node_urls(SEPOLIA, NetworkSettings(urls=("sepolia",)), environ={})


@given(st.text(max_size=40))
def test_any_text_is_a_url_or_refused(text):
    try:
        taken = check_url(text, place="here")
    except UsageError:
        return
    assert is_url(taken) or taken.lower().startswith(("http", "ws"))
