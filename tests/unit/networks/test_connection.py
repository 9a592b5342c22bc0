"""connect: which URLs are opened, and what the node has to prove before it is a chain."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from ingot.config import Config
from ingot.errors import ProviderError, Unreachable, UsageError, WrongChain
from ingot.networks import Choice, connect, connection


class Node:
    """A transport that answers eth_chainId, and remembers what it was opened with and asked."""

    shown = "http://node.example"
    client = "anvil/v1.5.0"

    def __init__(self, answer: object = "0xaa36a7") -> None:
        self.answer = answer
        self.urls: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.is_closed = False

    def open(self, urls: Sequence[str], *, headers: Any, **_: Any) -> Node:
        self.urls = list(urls)
        self.headers = headers
        return self

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:  # noqa: ARG002
        self.asked.append(method)
        if method == "web3_clientVersion":
            return self.client
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.request(*request) for request in requests]

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def config(tmp_path):
    return Config(root=tmp_path)


def open_chain(choice, config=None, *, node, environ=(), **settings):
    return connect(choice, config, open_transport=node.open, environ=dict(environ), **settings)


def test_a_node_of_the_network_becomes_its_chain(config):
    node = Node()
    chain = open_chain("ethereum:sepolia", config, node=node, rpc_url="https://x.example/key")
    assert chain.network.choice == "ethereum:sepolia"
    assert chain.transport is node
    assert node.urls == ["https://x.example/key"]
    assert node.asked == ["eth_chainId"], "nothing is asked before"


def test_a_node_of_another_network_is_refused_before_anything_else(config):
    node = Node("0x1")
    with pytest.raises(WrongChain) as caught:
        open_chain("ethereum:sepolia", config, node=node, rpc_url="https://x.example/key")
    error = caught.value
    assert (error.expected, error.answered) == (11155111, 1)
    message = str(error)
    assert "expected is 11155111, the node answers 1 (ethereum:mainnet)" in message
    assert "--network ethereum:mainnet" in message
    assert "(--rpc-url)" in message
    assert "key" not in message
    assert node.is_closed
    assert node.asked == ["eth_chainId"]


def test_a_development_node_is_told_how_to_stand_in(config):
    with pytest.raises(WrongChain, match=r"answers 31337 \(a development node's\).*anvil --chain-id 84532"):
        open_chain(
            "base:sepolia", config, node=Node("0x7a69"), environ={"INGOT_BASE_SEPOLIA_URL": "http://x"}
        )


def test_a_chain_that_nobody_knows_is_refused_too(config):
    with pytest.raises(WrongChain, match=r"answers 5 \(no network known here\).*INGOT_SEPOLIA_URL"):
        open_chain("ethereum:sepolia", config, node=Node("0x5"), environ={"INGOT_SEPOLIA_URL": "http://x"})


@pytest.mark.parametrize("answer", [None, "", "sepolia", {}, [1]])
def test_an_answer_that_is_no_number_is_told(config, answer):
    node = Node(answer)
    with pytest.raises(ProviderError, match="which is no number: is it the URL of a node"):
        open_chain("ethereum:sepolia", config, node=node, rpc_url="http://x")
    assert node.is_closed


def test_an_unreachable_node_passes_on_its_error(config):
    node = Node(Unreachable("cannot connect to http://x"))
    with pytest.raises(Unreachable, match="cannot connect"):
        open_chain("ethereum:sepolia", config, node=node, rpc_url="http://x")
    assert node.is_closed


def test_all_urls_are_handed_over_in_order(tmp_path):
    settings = {"ethereum": {"sepolia": {"uri": "https://config.example"}}}
    config = Config(root=tmp_path, extra={"node": settings})
    node = Node()
    open_chain(
        "sepolia", config, node=node, environ={"INGOT_SEPOLIA_URL": "https://a.example https://b.example"}
    )
    assert node.urls == ["https://a.example", "https://b.example", "https://config.example"]
    open_chain("sepolia", config, node=node, rpc_url=["http://one", "http://two"])
    assert node.urls == ["http://one", "http://two"], "what is given on the command line is all there is"


def test_a_url_alone_is_whatever_network_the_node_is_of(config):
    assert open_chain("http://x", config, node=Node("0x2105")).network.choice == "base:mainnet"
    assert open_chain("http://x", config, node=Node("0x7a69")).network.choice == "ethereum:local"
    other = open_chain("http://x", config, node=Node("0x4d2")).network
    assert (other.choice, other.chain_id, other.is_mainnet) == ("ethereum:chain-1234", 1234, False)


def test_what_happens_on_an_unknown_network_may_cost_money(config):
    node = Node("0x4d2")
    node.client = "Geth/v1.16.0"
    network = open_chain("http://x", config, node=node).network
    assert (network.choice, network.is_mainnet) == ("ethereum:chain-1234", True)
    with pytest.raises(UsageError, match=r"of chain 1234.*--rpc-url without --network uses it"):
        open_chain("ethereum:local:http://x", config, node=node)


def test_a_url_behind_a_network_has_to_be_one_of_it(config):
    assert open_chain("base:mainnet:http://x", config, node=Node("0x2105")).network.choice == "base:mainnet"
    with pytest.raises(WrongChain):
        open_chain("base:mainnet:http://x", config, node=Node("0x1"))


def test_a_local_node_is_looked_for_where_ape_does(config, tmp_path):
    node = Node("0x7a69")
    open_chain("ethereum:local:node", config, node=node)
    assert node.urls == ["http://127.0.0.1:8545"]
    own = Config(root=tmp_path, extra={"node": {"ethereum": {"local": {"uri": "http://localhost:5550"}}}})
    open_chain("ethereum:local:node", own, node=node)
    assert node.urls == ["http://localhost:5550"]
    open_chain("ethereum:local:node", own, node=node, environ={"INGOT_LOCAL_URL": "http://other"})
    assert node.urls == ["http://other", "http://localhost:5550"]


def test_a_fork_of_a_public_network_is_local_if_one_says_so(config):
    network = open_chain("ethereum:local:http://x", config, node=Node("0x1")).network
    assert (network.choice, network.chain_id, network.is_mainnet) == ("ethereum:local", 1, False)
    assert open_chain("http://x", config, node=Node("0x1")).network.is_mainnet, (
        "where nobody says so it is the real one"
    )


def test_a_node_that_others_use_is_never_local(config):
    node = Node("0xaa36a7")
    node.client = "Geth/v1.16.0-stable/linux-amd64/go1.24"
    with pytest.raises(
        UsageError, match=r"no development node \(it is Geth/.*--network ethereum:sepolia uses it"
    ):
        open_chain("ethereum:local", config, node=node, rpc_url="http://x")
    assert node.is_closed
    dev = Node("0x539")
    dev.client = node.client
    assert open_chain("ethereum:local:node", config, node=dev, rpc_url="http://x").network.chain_id == 1337


def test_a_custom_network_is_connected_as_a_public_one_is(tmp_path):
    custom = {"custom": [{"name": "apenet", "ecosystem": "jungle", "chain_id": 1234}]}
    nodes = {"jungle": {"apenet": {"uri": "http://jungle.example", "request_headers": {"X-Key": "secret"}}}}
    config = Config(root=tmp_path, extra={"networks": custom, "node": nodes})
    node = Node("0x4d2")
    chain = open_chain("jungle:apenet", config, node=node)
    assert (chain.network.choice, chain.network.chain_id) == ("jungle:apenet", 1234)
    assert node.urls == ["http://jungle.example"]
    assert node.headers == {"http://jungle.example": {"X-Key": "secret"}}


def test_headers_of_the_configuration_go_to_its_own_urls_only(tmp_path):
    nodes = {"ethereum": {"sepolia": {"uri": "http://own", "request_headers": {"X-Key": "secret"}}}}
    config = Config(root=tmp_path, extra={"node": nodes})
    node = Node()
    open_chain("sepolia", config, node=node, environ={"INGOT_SEPOLIA_URL": "http://other"})
    assert node.urls == ["http://other", "http://own"]
    assert list(node.headers) == ["http://own"]


def test_the_chain_in_this_process_is_none_to_connect_to(config):
    with pytest.raises(UsageError, match="nothing to connect to"):
        open_chain("ethereum:local", config, node=Node())


def test_two_urls_for_one_thing_are_refused(config):
    with pytest.raises(UsageError, match="leave one of the two out"):
        open_chain("http://one", config, node=Node(), rpc_url="http://two")


def test_a_malformed_url_says_which_option_it_is_of(config):
    for choice, given, says in (("sepolia", "x", "--rpc-url: "), ("http://:1", (), "--network: ")):
        with pytest.raises(UsageError, match=f"^{says}"):
            open_chain(choice, config, node=Node(), rpc_url=given)


def test_a_choice_in_words_or_parsed_is_the_same(config):
    parsed = Choice("ethereum", "sepolia", "node")
    assert open_chain(parsed, config, node=Node(), rpc_url="http://x").network.name == "sepolia"


def test_accounts_are_those_of_the_configuration(tmp_path):
    from ingot.config import TestSettings

    config = Config(root=tmp_path, test=TestSettings(number_of_accounts=3))
    accounts = open_chain("sepolia", config, node=Node(), rpc_url="http://x").accounts
    assert accounts._number == 3


def test_a_node_that_takes_its_time_is_told(config, monkeypatch):
    lines: list[str] = []
    told = threading.Event()

    class Slow(Node):
        def request(self, method, params=()):
            assert told.wait(10)
            return super().request(method, params)

    def progress(line):
        lines.append(line)
        told.set()

    monkeypatch.setattr(connection, "_PATIENCE_S", 0.001)
    open_chain("sepolia", config, node=Slow(), rpc_url="http://x", progress=progress)
    assert lines == ["waiting for http://node.example to answer"]


def test_a_quick_node_is_not_worth_a_line(config):
    lines: list[str] = []
    open_chain("sepolia", config, node=Node(), rpc_url="http://x", progress=lines.append)
    assert lines == []


def test_settings_reach_the_chain(config):
    chain = open_chain("sepolia", config, node=Node(), rpc_url="http://x", max_fee=5)
    assert chain.network.choice == "ethereum:sepolia"
