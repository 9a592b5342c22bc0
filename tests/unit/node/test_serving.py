"""`with ingot.serve(chain) as url:`"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest

import ingot
from ingot.errors import UsageError
from ingot.remote import RemoteChain, open_transport


def ask(url: str, method: str, *params: Any) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as response:
        return json.load(response)["result"]


def test_the_chain_of_the_program_and_the_served_one_are_one() -> None:
    chain = ingot.Chain()
    alice, bob = chain.accounts[:2]
    with ingot.serve(chain) as url:
        chain.mine(3)
        assert ask(url, "eth_blockNumber") == "0x3"
        ask(url, "eth_sendTransaction", {"from": alice.address, "to": bob.address, "value": "0x5"})
        assert chain.block_number == 4
        assert chain.blocks.head.transactions[0].value == 5


def test_what_the_program_does_meanwhile_is_not_undone_with_a_pending_block() -> None:
    chain = ingot.Chain()
    alice, bob = chain.accounts[:2]
    over = threading.Event()

    def watch(url: str) -> None:
        while not over.is_set():
            ask(url, "eth_getBlockByNumber", "pending", False)

    with ingot.serve(chain) as url:
        watcher = threading.Thread(target=watch, args=(url,))
        watcher.start()
        for _ in range(2_000):
            alice.transfer(bob, 1)
        over.set()
        watcher.join(10)
    assert chain.get_nonce(alice) == 2_000
    assert chain.block_number == 2_000


def test_its_time_is_the_chains_own() -> None:
    chain = ingot.Chain(timestamp=1_000)
    with ingot.serve(chain) as url:
        ask(url, "evm_mine")
        assert ask(url, "eth_getBlockByNumber", "latest", False)["timestamp"] == hex(1_001)


def test_a_remote_chain_over_it_tests_as_on_any_node() -> None:
    with ingot.serve(ingot.Chain()) as url:
        remote = RemoteChain(open_transport([url]))
        alice, bob = remote.accounts[:2]
        with remote.isolate():
            assert alice.transfer(bob, "1 ether").succeeded
            remote.set_balance(bob, 7)
            assert bob.balance == 7
        assert bob.balance == 10_000 * 10**18
        assert remote.is_development
        remote.close()


def test_leaving_frees_the_port_and_ends_the_thread() -> None:
    with ingot.serve(ingot.Chain()) as url:
        port = int(url.rpartition(":")[2])
        ask(url, "eth_chainId")
    with pytest.raises(urllib.error.URLError):
        ask(url, "eth_chainId")
    assert not [thread for thread in threading.enumerate() if thread.name == "ingot.serve"]
    with ingot.serve(ingot.Chain(), port=port) as again:
        assert ask(again, "eth_chainId") == "0x7a69"


def test_a_port_in_use_is_one_sentence() -> None:
    with ingot.serve(ingot.Chain()) as url:
        port = int(url.rpartition(":")[2])
        with (
            pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is in use by another program"),
            ingot.serve(ingot.Chain(), port=port),
        ):
            pass


def test_a_host_that_is_none_is_refused() -> None:
    with (
        pytest.raises(UsageError, match=r"--host no\.such\.host\.invalid"),
        ingot.serve(ingot.Chain(), host="no.such.host.invalid"),
    ):
        pass
