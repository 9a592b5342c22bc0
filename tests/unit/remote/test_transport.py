"""Requests over HTTP: what is repeated, what never is, and what the errors say."""

import json
import select
import socket
import socketserver
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_node import Drop, Raw, RpcFault, ScriptedNode, Status

from ingot.errors import NoHistory, ProviderError, RateLimited, Unreachable, UsageError, WrongChain
from ingot.remote import open_transport
from ingot.remote.retry import Retries, is_read
from ingot.remote.url import without_secrets

SEND = "eth_sendRawTransaction"
GENESIS = {"hash": "0x" + "01" * 32}


@pytest.fixture
def node():
    with ScriptedNode(
        {"eth_chainId": "0x1", "eth_blockNumber": "0x10", "eth_getBlockByNumber": GENESIS}
    ) as node:
        yield node


@pytest.fixture
def slept():
    return []


@pytest.fixture
def transport(node, slept):
    opened = open_transport([node.url], timeout_s=2, sleep=slept.append)
    yield opened
    opened.close()


def test_one_connection_serves_all_requests(node, transport):
    assert [transport.request("eth_blockNumber") for _ in range(3)] == ["0x10"] * 3
    assert node.connections == 1
    assert node.payloads[0] == {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}


def test_a_connection_that_was_closed_in_between_is_opened_again_before_anything_is_sent(node, transport):
    node.hang_up_after_each = True
    node.results[SEND] = "0x" + "02" * 32
    transport.request("eth_blockNumber")
    time.sleep(0.05)
    assert transport.request(SEND, ["0x00"]) == "0x" + "02" * 32
    assert node.methods.count(SEND) == 1
    assert node.connections == 2


@pytest.mark.parametrize(
    "fault",
    [
        Drop(),
        Status(502),
        Status(503),
        Status(429),
        Raw(b"<html>"),
        Raw(b'{"id": 77, "result": 1}'),
        Raw(b"[]"),
        Raw(b"7"),
    ],
    ids=str,
)
def test_a_read_is_repeated_and_a_send_is_not(node, transport, slept, fault):
    node.script = [fault, fault]
    assert transport.request("eth_blockNumber") == "0x10"
    assert slept == [0.25, 0.5]
    node.payloads.clear()
    node.script = [fault]
    with pytest.raises(Unreachable) as caught:
        transport.request(SEND, ["0x00"])
    assert caught.value.may_have_arrived is (fault != Status(429))
    assert node.methods == [SEND]


def test_repetition_ends(node, transport, slept):
    node.script = [Status(503)] * 9
    with pytest.raises(Unreachable, match="HTTP 503"):
        transport.request("eth_blockNumber")
    assert len(node.payloads) == 5
    assert slept == [0.25, 0.5, 1, 2]


def test_the_server_says_how_long_to_wait(node, transport, slept):
    node.script = [Status(429, headers="Retry-After: 3\r\n"), Status(429, headers="Retry-After: 86400\r\n")]
    assert transport.request("eth_blockNumber") == "0x10"
    assert slept == [3, 10]


def test_a_rate_limit_inside_json_is_one_too(node, transport, slept):
    answers = iter(
        [RpcFault("Too Many Requests", -32005), RpcFault("compute units per second exceeded", 429), "0x11"]
    )
    node.results["eth_blockNumber"] = lambda: next(answers)
    assert transport.request("eth_blockNumber") == "0x11"
    assert len(slept) == 2


def test_what_a_contract_says_of_limits_is_no_rate_limit(node, transport, slept):
    node.results["eth_call"] = lambda *_: RpcFault("execution reverted: rate limit", 3, "0x")
    with pytest.raises(ProviderError, match="rate limit") as caught:
        transport.request("eth_call", [{}, "latest"])
    assert not isinstance(caught.value, RateLimited)
    assert not slept


def test_nobody_there(slept):
    with ScriptedNode() as gone:
        pass
    transport = open_transport([gone.url], sleep=slept.append)
    with pytest.raises(
        Unreachable, match=r"cannot connect to http://127\.0\.0\.1:\d+ .*is the node running"
    ) as caught:
        transport.request(SEND, ["0x00"])
    assert caught.value.may_have_arrived is False


def test_a_node_that_stays_silent_is_left(node):
    transport = open_transport([node.url], retries=Retries(timeout_s=0.05, attempts=1))
    node.results["eth_blockNumber"] = lambda: time.sleep(0.3)
    with pytest.raises(Unreachable, match=r"did not answer eth_blockNumber within 0\.05 s") as caught:
        transport.request("eth_blockNumber")
    assert caught.value.may_have_arrived


def test_errors_of_the_node_keep_method_code_and_data(node, transport):
    node.results["eth_call"] = RpcFault("execution reverted", 3, "0x1234")
    with pytest.raises(ProviderError) as caught:
        transport.request("eth_call", [{}, "latest"])
    assert (caught.value.method, caught.value.code, caught.value.data) == ("eth_call", 3, "0x1234")
    with pytest.raises(ProviderError, match="does not offer eth_foo"):
        transport.request("eth_foo")


@pytest.mark.parametrize(
    "words",
    [
        "missing trie node 1c2d (path ) state 0x1 is not available",
        "header not found",
        "required historical state unavailable (reexec=128)",
        "BlockOutOfRangeError: block height is 1 but requested was 99",
        "state at block #5 is pruned",
    ],
)
def test_a_node_without_history_says_so(node, transport, words):
    node.results["eth_getBalance"] = RpcFault(words)
    with pytest.raises(NoHistory, match="archive"):
        transport.request("eth_getBalance", ["0x", "0x1"])


@pytest.mark.parametrize("status", [401, 403, 404, 301])
def test_a_wrong_url_is_not_tried_again(node, transport, slept, status):
    node.script = [Status(status)]
    with pytest.raises(ProviderError, match=f"HTTP {status}.*check the"):
        transport.request("eth_blockNumber")
    assert len(node.payloads) == 1
    assert not slept


# Batches


def test_a_batch_is_one_exchange_and_keeps_order(node, transport):
    node.results["eth_call"] = RpcFault("execution reverted", 3)
    answers = transport.batch([("eth_chainId", []), ("eth_call", [{}]), ("eth_blockNumber", [])])
    assert (answers[0], answers[2]) == ("0x1", "0x10")
    assert isinstance(answers[1], ProviderError)
    assert answers[1].code == 3
    assert len(node.payloads) == 1


@pytest.mark.parametrize(("largest", "exchanges"), [(1000, 1), (16, 4), (1, 31)])
def test_a_batch_is_cut_to_what_the_node_takes(node, transport, largest, exchanges):
    node.largest_batch = largest
    node.results["eth_getBalance"] = lambda address, _: address
    requests = [("eth_getBalance", [hex(number), "latest"]) for number in range(25)]
    assert transport.batch(requests) == [hex(number) for number in range(25)]
    assert len(node.payloads) <= exchanges
    before = len(node.payloads)
    transport.batch(requests)
    assert len(node.payloads) - before <= before  # what was refused once is not tried again


def test_a_refused_entry_of_a_batch_is_asked_for_again_alone(node, transport):
    answers = iter([RpcFault("rate limit", 429), "0x20"])
    node.results["eth_blockNumber"] = lambda: next(answers)
    assert transport.batch([("eth_chainId", []), ("eth_blockNumber", [])]) == ["0x1", "0x20"]


def test_a_batch_with_a_send_is_not_repeated(node, transport):
    node.script = [Drop()]
    with pytest.raises(Unreachable):
        transport.batch([("eth_chainId", []), (SEND, ["0x00"])])
    assert len(node.payloads) == 1


def test_an_empty_batch_asks_nothing(node, transport):
    assert transport.batch([]) == []
    assert not node.payloads


# Several URLs


def test_the_next_url_is_taken_and_kept(node, slept):
    told = []
    with ScriptedNode() as gone:
        pass
    transport = open_transport([gone.url, node.url], sleep=slept.append, progress=told.append)
    assert transport.request("eth_blockNumber") == "0x10"
    assert transport.shown == node.url
    assert any("does not answer" in line for line in told)
    told.clear()
    assert transport.batch([("eth_blockNumber", []), ("eth_chainId", [])]) == ["0x10", "0x1"]
    assert not told
    transport.close()


def test_a_send_goes_to_the_next_url_only_if_it_cannot_have_arrived(node, slept):
    with ScriptedNode(dict(node.results)) as second:
        transport = open_transport([node.url, second.url], sleep=slept.append)
        transport.request("eth_chainId")
        second.results[SEND] = "0x02"
        node.script = [Drop()]
        with pytest.raises(Unreachable) as caught:
            transport.request(SEND, ["0x00"])
        assert caught.value.may_have_arrived
        assert SEND not in second.methods
        node.script = [Status(429)]
        assert transport.request(SEND, ["0x00"]) == "0x02"
        transport.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"eth_chainId": "0x2"}, "chain 2"),
        ({"eth_getBlockByNumber": {"hash": "0x" + "09" * 32}}, "another chain"),
    ],
)
def test_all_urls_must_be_of_one_chain(node, slept, change, words):
    with ScriptedNode({**node.results, **change}) as other:
        transport = open_transport([node.url, other.url], sleep=slept.append)
        assert transport.request("eth_blockNumber") == "0x10"
        node.script = [Drop()] * 9
        with pytest.raises(WrongChain, match=words):
            transport.request("eth_blockNumber")
        assert "eth_blockNumber" not in other.methods
        transport.close()


def test_a_send_is_not_lost_on_a_node_that_was_asked_for_its_chain_only(node, slept):
    with ScriptedNode({**node.results, SEND: "0x02"}) as second:
        node.script = [Drop()] * 2
        transport = open_transport([node.url, second.url], sleep=slept.append)
        assert transport.request(SEND, ["0x00"]) == "0x02"
        assert SEND not in node.methods
        transport.close()


def test_a_node_that_asks_for_patience_is_left_for_one_that_does_not(node, slept):
    with ScriptedNode(dict(node.results)) as second:
        node.script = [Status(429, headers="Retry-After: 60\r\n")] * 9
        transport = open_transport([node.url, second.url], sleep=slept.append)
        assert transport.request("eth_blockNumber") == "0x10"
        assert sum(slept) <= 0.5
        transport.close()


def test_when_none_answers_the_pauses_grow(node, slept):
    with ScriptedNode(dict(node.results)) as second:
        node.script, second.script = [Status(503)] * 5, [Status(503)] * 4
        transport = open_transport([node.url, second.url], sleep=slept.append)
        assert transport.request("eth_blockNumber") == "0x10"
        assert [pause for pause in slept if pause >= 1] == [1, 2]
        transport.close()


def test_when_all_are_gone_it_ends(slept):
    with ScriptedNode() as first, ScriptedNode() as second:
        pass
    with pytest.raises(Unreachable):
        open_transport([first.url, second.url], sleep=slept.append).request("eth_chainId")


# URLs


def test_secrets_of_a_url_are_sent_and_never_shown(node, slept):
    url = f"http://user:hunter2@127.0.0.1:{node.port}/v3/0123456789abcdef?apikey=sesame"
    transport = open_transport([url], sleep=slept.append)
    assert transport.request("eth_blockNumber") == "0x10"
    assert node.heads[0].startswith("POST /v3/0123456789abcdef?apikey=sesame HTTP/1.1")
    assert "Authorization: Basic dXNlcjpodW50ZXIy" in node.heads[0]
    said = [transport.shown, repr(transport)]
    for fault in (Drop(), Status(401), Status(429), Status(503), Status(404), Raw(b"no")):
        node.script = [fault] * 9
        with pytest.raises(ProviderError) as caught:
            transport.request("eth_blockNumber")
        node.script.clear()
        said += [str(caught.value), repr(caught.value), repr(vars(caught.value))]
        said.append(repr(caught.value.__cause__))
    for secret in ("hunter2", "0123456789abcdef", "sesame", "dXNlcjpodW50ZXIy"):
        assert not [line for line in said if secret in line]
    transport.close()


def test_headers_go_with_each_request(node):
    transport = open_transport(
        [node.url], headers={node.url: {"X-Team": "vaults", "Authorization": "Bearer sesame"}}
    )
    assert transport.request("eth_blockNumber") == "0x10"
    assert "X-Team: vaults\r\n" in node.heads[0]
    assert f"Host: 127.0.0.1:{node.port}\r\n" in node.heads[0]
    assert "sesame" not in repr(transport)
    transport.close()


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://host/a b", {}),
        ("http://host/ü", {}),
        ("http://host", {"X": "a\r\nY: b"}),
        ("http://host/\x01", {}),
    ],
)
def test_what_would_break_a_request_is_refused(url, headers):
    with pytest.raises(UsageError, match="cannot be"):
        open_transport([url], headers={url: headers})


@given(st.text("abcdef0123456789", min_size=12), st.sampled_from(["v2/", "v3/", "", "rpc/", "ext/bc/C/"]))
def test_a_key_in_a_path_is_left_out(key, before):
    shown = without_secrets(f"https://node.example:8443/{before}{key}")
    assert key not in shown
    assert shown.startswith("https://node.example:8443/")


@pytest.mark.parametrize(
    "urls", [[], "http://127.0.0.1", ["ftp://host/"], ["http://host:99999999"], ["http://"]]
)
def test_what_is_no_url_is_refused(urls):
    with pytest.raises(UsageError):
        open_transport(urls)


class _Proxy(socketserver.BaseRequestHandler):
    """Opens every tunnel to the scripted node, wherever it is said to lead."""

    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        self.server.heads.append(head.decode())
        with socket.create_connection(("127.0.0.1", self.server.node_port)) as node:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while ready := select.select([self.request, node], [], [], 5)[0]:
                for end in ready:
                    data = end.recv(1 << 16)
                    if not data:
                        return
                    (node if end is self.request else self.request).sendall(data)


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(node, monkeypatch):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy) as proxy:
        proxy.daemon_threads = True
        proxy.node_port, proxy.heads = node.port, []
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HTTP_PROXY", f"http://user:hunter2@127.0.0.1:{proxy.server_address[1]}")
        monkeypatch.setenv("no_proxy", "quiet.example")
        direct = open_transport([node.url])
        assert direct.request("eth_chainId") == "0x1"
        assert not proxy.heads
        through = open_transport(["http://node.example:8545/rpc"])
        assert through.request("eth_blockNumber") == "0x10"
        assert proxy.heads[0].startswith("CONNECT node.example:8545 HTTP/1.")
        assert "Proxy-Authorization: Basic dXNlcjpodW50ZXIy" in proxy.heads[0]
        assert node.heads[-1].startswith("POST /rpc HTTP/1.1\r\nHost: node.example:8545\r\n")
        direct.close()
        through.close()
        proxy.shutdown()
        thread.join()


def test_a_proxy_that_is_not_there_is_named_without_its_password(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://user:hunter2@127.0.0.1:9")
    with pytest.raises(Unreachable, match="cannot connect") as caught:
        open_transport(["http://node.example"], sleep=lambda _: None).request("eth_chainId")
    assert "hunter2" not in str(caught.value)


# What may be repeated


@pytest.mark.parametrize(
    "method", ["eth_call", "eth_getLogs", "eth_estimateGas", "debug_traceTransaction", "net_version"]
)
def test_reads(method):
    assert is_read(method)


@pytest.mark.parametrize(
    "method",
    [SEND, "eth_sendTransaction", "evm_mine", "anvil_setBalance", "eth_sign", "eth_newFilter", "eth_getFilterChanges",
     "hardhat_mine", "debug_setHead", "whatever", "personal_unlockAccount", "eth_submitWork"],
)  # fmt: skip
def test_what_is_not_known_to_be_a_read_is_none(method):
    assert not is_read(method)


def test_nothing_heavy_is_imported_for_http():
    import subprocess
    import sys

    code = (
        "import sys; from ingot.remote import RemoteChain, open_transport; open_transport(['http://127.0.0.1:1']);"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = json.loads(done.stdout)
    assert not {"web3", "eth_account", "websockets", "requests", "urllib3", "asyncio", "hypothesis"} & set(
        loaded
    )
