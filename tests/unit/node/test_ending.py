"""However a node ends, its state is kept, and nobody waits for long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from running_node import START_TIMEOUT_S, Node

import ingot
from ingot.node.setup import NodeSettings, make_rpc
from ingot.node.state_file import write_state

LOOP = "0x" + "77" * 20
GAS = hex(2**60)
CODE = "0x5b600056"
"""Goes round until its gas is gone."""


def ask_in_the_background(node: Node, *, times: int) -> threading.Thread:
    """Let the node go round in circles so many times."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": LOOP, "gas": GAS}, "latest"]}
    body = json.dumps([call] * times).encode()

    def ask() -> None:
        with suppress(urllib.error.URLError, OSError, HTTPException):  # the node ends
            urllib.request.urlopen(urllib.request.Request(node.url, body), timeout=60).close()

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    return thread


@contextmanager
def hangups(wanted: signal.Handlers) -> Iterator[None]:
    """What children that begin inside do about SIGHUP, however the tests were begun: it is inherited."""
    before = signal.signal(signal.SIGHUP, wanted)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_state_is_written_at_each_end(node: Callable[..., Node], tmp_path: Path, number: int) -> None:
    file = tmp_path / "chain.state"
    with hangups(signal.SIG_DFL):
        running = node("--dump-state", str(file))
    running.ask("anvil_setBalance", LOOP, "0x7")
    code, _, error = running.end(number)
    assert (code, error) == (0, "")
    assert make_rpc(NodeSettings(state=file)).request("eth_getBalance", [LOOP, "latest"]) == "0x7"


def test_a_long_batch_does_not_hold_up_the_end(node: Callable[..., Node], tmp_path: Path) -> None:
    file = tmp_path / "chain.state"
    running = node("--dump-state", str(file))
    running.ask("anvil_setCode", LOOP, CODE)
    asking = ask_in_the_background(running, times=10_000)
    started = time.monotonic()
    code, _, error = running.end()
    assert (code, error) == (0, "")
    assert time.monotonic() - started < 10  # the whole batch would take minutes
    assert file.exists()
    asking.join()


def test_the_second_signal_ends_at_once(node: Callable[..., Node]) -> None:
    running = node("--gas-limit", str(2**62))
    running.ask("anvil_setCode", LOOP, CODE)
    asking = ask_in_the_background(running, times=1)
    running.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert running.process.poll() is None
    code, _, error = running.end()
    assert code == 130
    assert error == "ingot: ended at once, without its state\n"
    asking.join()


def test_nohup_is_respected(node: Callable[..., Node]) -> None:
    with hangups(signal.SIG_IGN):
        running = node()
    running.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert running.ask("eth_chainId") == hex(31337)
    assert running.end()[0] == 0


def test_what_is_killed_while_it_writes_leaves_the_former_file(tmp_path: Path) -> None:
    """A child writes states without end and is killed at many moments; there is always a whole one."""
    file = tmp_path / "chain.state"
    chain = ingot.Chain()
    for index in range(1, 300):
        chain.set_code(f"0x{index:040x}", os.urandom(2000))
    write_state(chain.engine, file)
    program = (
        "import sys; from pathlib import Path; from ingot import Chain; from ingot.node.state_file import write_state\n"
        "chain, path = Chain(), Path(sys.argv[1]); chain.load(path); print(flush=True)\n"
        "while True: write_state(chain.engine, path)"
    )
    for moment in range(4):
        child = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        time.sleep(0.004 * moment)
        child.kill()
        child.communicate(timeout=START_TIMEOUT_S)
        assert make_rpc(NodeSettings(state=file)).engine.code(f"0x{299:040x}")
