from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.config import Config
from ingot.errors import ConfigError, UsageError
from ingot.networks import LOCAL, Choice, KnownNetworks, parse_choice
from ingot.remote.network import TABLE, network_of_chain


def known(tmp_path, **extra):
    return KnownNetworks(Config(root=tmp_path, extra=extra))


CUSTOM = {
    "custom": [
        {"name": "mainnet", "ecosystem": "shibarium", "chain_id": 109},
        {"name": "apenet", "chain_id": 77},
    ]
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ethereum",
        "ethereum:local",
        "::ingot",
        "ethereum:local:ingot",
        ":local",
        "local",
        "ethereum:local:test",
    ],
)
def test_the_local_network_has_many_names(text):
    assert parse_choice(text) == LOCAL
    assert parse_choice(text).is_in_process


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("ethereum:sepolia", "ethereum:sepolia:node"),
        ("sepolia", "ethereum:sepolia:node"),
        (":sepolia", "ethereum:sepolia:node"),
        ("ethereum:sepolia:node", "ethereum:sepolia:node"),
        ("ethereum:sepolia:infura", "ethereum:sepolia:infura"),
        ("mainnet", "ethereum:mainnet:node"),
        ("base:mainnet", "base:mainnet:node"),
        ("base:sepolia:alchemy", "base:sepolia:alchemy"),
        ("amoy", "polygon:amoy:node"),
        ("hoodi", "ethereum:hoodi:node"),
        ("ethereum:local:node", "ethereum:local:node"),
        (" bsc:testnet ", "bsc:testnet:node"),
    ],
)
def test_a_public_network_is_chosen(text, choice):
    assert str(parse_choice(text)) == choice
    assert not parse_choice(text).is_in_process


@pytest.mark.parametrize("network", TABLE, ids=str)
def test_every_public_network_is_a_choice(network):
    found = parse_choice(network.choice)
    assert (found.ecosystem, found.network) == (network.ecosystem, network.name)
    assert parse_choice(str(found)) == found


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8545", "https://x.example/v3/key", "wss://x.example", "/run/geth.ipc", "~/geth.ipc"],
)
def test_a_url_is_a_choice_alone_or_behind_a_network(url):
    assert parse_choice(url) == Choice("ethereum", "", "node", url)
    assert parse_choice(f"base:sepolia:{url}") == Choice("base", "sepolia", "node", url)


def test_a_choice_shows_no_url():
    choice = parse_choice("https://x.example/v3/secret")
    assert "secret" not in f"{choice} {choice!r}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ethereum:seploia", "did you mean ethereum:sepolia"),
        ("seploia", "did you mean ethereum:sepolia"),
        ("etherium:mainnet", "did you mean ethereum:mainnet"),
        ("ethereum:ropsten", r"There are ethereum:local, ethereum:mainnet, ethereum:sepolia"),
        ("solana", "no network 'solana'"),
        ("a:b:c:d", "write ecosystem:network:provider"),
        ("ethereum:sepolia:foundry", "no provider 'foundry'; there are ethereum:sepolia:node"),
        ("ethereum:local:geth", "write ethereum:local:node or its URL"),
        ("ethereum:mainnet-fork", "no network 'ethereum:mainnet-fork'"),
        ("testnet:local", "no network 'testnet:local'"),
        ("polygon", "There are polygon:mainnet, polygon:amoy"),
        ("base:local", "no network 'base:local'"),
    ],
)
def test_what_is_no_network_is_refused_with_what_there_is(text, says):
    with pytest.raises(UsageError, match=says):
        parse_choice(text)


@pytest.mark.parametrize(
    "text",
    [
        "htps://sepolia.infura.io/v3/hunter2",
        "sepolia.infura.io/v3/hunter2",
        "ethereum:sepolia:htps://x.example/hunter2",
        "ethereum:sepolia:x.example/hunter2",
        "me:hunter2@x.example",
        "hunter2" * 10,
    ],
)
def test_what_may_hold_a_key_is_not_quoted(text):
    with pytest.raises(UsageError) as caught:
        parse_choice(text)
    assert "hunter2" not in str(caught.value)


def test_the_configuration_adds_networks(tmp_path):
    networks = known(tmp_path, networks=CUSTOM)
    assert str(parse_choice("shibarium:mainnet", networks)) == "shibarium:mainnet:node"
    assert str(parse_choice("apenet", networks)) == "ethereum:apenet:node"
    assert str(parse_choice("mainnet", networks)) == "ethereum:mainnet:node"
    found = networks.get("ethereum", "apenet")
    assert (found.chain_id, found.is_mainnet, found.finality) == (77, False, "")
    assert networks.get("shibarium", "mainnet").is_mainnet
    with pytest.raises(UsageError, match="did you mean ethereum:apenet"):
        parse_choice("apnet", networks)


def test_two_networks_of_one_name_are_told_apart(tmp_path):
    custom = [{"name": "x", "ecosystem": one, "chain_id": 5} for one in ("one", "two")]
    with pytest.raises(UsageError, match="may be one:x or two:x"):
        parse_choice("x", known(tmp_path, networks={"custom": custom}))


def test_the_default_of_the_configuration_is_taken(tmp_path):
    networks = known(tmp_path, ethereum={"default_network": "sepolia"})
    assert str(parse_choice("", networks)) == "ethereum:sepolia:node"
    assert parse_choice("local", networks) == LOCAL
    assert parse_choice("", KnownNetworks(Config(root=tmp_path, default_ecosystem="base"))) == LOCAL
    other = KnownNetworks(
        Config(root=tmp_path, default_ecosystem="base", extra={"base": {"default_network": "sepolia"}})
    )
    assert str(parse_choice("sepolia", other)) == "base:sepolia:node"
    assert str(parse_choice("", other)) == "base:sepolia:node"


def test_the_configuration_adjusts_a_public_network(tmp_path):
    networks = known(tmp_path, ethereum={"sepolia": {"required_confirmations": 9, "block_time": 7}})
    sepolia = networks.get("ethereum", "sepolia")
    public = network_of_chain(11155111)
    assert public is not None
    assert sepolia == dataclasses.replace(public, confirmations=9, block_time_s=7)


def test_a_public_network_keeps_its_chain_id(tmp_path):
    with pytest.raises(ConfigError, match=r"ethereum:sepolia has the chain id 11,155,111, not 5"):
        known(tmp_path, networks={"custom": [{"name": "sepolia", "chain_id": 5}]})


def test_a_chain_id_leads_to_its_network(tmp_path):
    networks = known(
        tmp_path, networks={"custom": [{"name": "twin", "chain_id": 1}, {"name": "own", "chain_id": 99}]}
    )
    assert networks.of_chain(1).choice == "ethereum:mainnet"
    assert networks.of_chain(99).choice == "ethereum:own"
    assert networks.of_chain(98) is None


@given(st.text(alphabet="abcdehilmnoprstu:/.-_ 0123456789", max_size=40))
def test_any_text_is_a_choice_or_refused(text):
    try:
        choice = parse_choice(text)
    except UsageError:
        return
    if not choice.url:
        assert parse_choice(str(choice)) == choice
