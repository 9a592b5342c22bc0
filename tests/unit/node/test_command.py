"""`ingot node`, as a process."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from running_node import START_TIMEOUT_S, Node

from ingot.cli import main


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_shows_accounts_and_lines_and_ends_cleanly(node: Callable[..., Node], number: int) -> None:
    running = node()
    text = "\n".join(running.banner)
    assert "(0) 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 (10000.000000000000000000 ETH)" in text
    assert "(0) 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80" in text
    assert "Mnemonic:          test test test test test test test test test test test junk" in text
    sender, to = running.ask("eth_accounts")[:2]
    sent = running.ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    assert running.ask("eth_nonsense")["code"] == -32601
    code, out, error = running.end(number)
    assert (code, error) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("eth_accounts ")
    assert lines[1].startswith("eth_sendTransaction ")
    assert lines[3:5] == [f"    Transaction: {sent}", "    Gas used: 21000"]
    assert lines[6] == "    Block Number: 1"
    assert "-32601" in lines[10]


def test_the_options_make_the_chain(node: Callable[..., Node]) -> None:
    running = node(
        *("--chain-id", "5", "--accounts", "3", "--balance", "7", "--hardfork", "shanghai"),
        *("--gas-limit", "12000000", "--base-fee", "5", "--timestamp", "1000"),
        *("--mnemonic", "legal winner thank year wave sausage worth useful legal winner thank yellow"),
    )
    accounts = running.ask("eth_accounts")
    assert len(accounts) == 3
    assert accounts[0] == "0x58a57ed9d8d624cbd12e2c467d34787555bb1b25"
    assert running.ask("eth_getBalance", accounts[2], "latest") == hex(7 * 10**18)
    assert running.ask("eth_chainId") == "0x5"
    genesis = running.ask("eth_getBlockByNumber", "0x0", False)
    assert (genesis["gasLimit"], genesis["timestamp"]) == (hex(12_000_000), hex(1000))
    assert "blobGasUsed" not in genesis


def test_blocks_come_by_themselves(node: Callable[..., Node]) -> None:
    running = node("--block-time", "0.1")
    sender, to = running.ask("eth_accounts")[:2]
    sent = running.ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    receipts = (running.ask("eth_getTransactionReceipt", sent) for _ in range(2000))
    assert next(each for each in receipts if each is not None)["status"] == "0x1"


def test_without_mining_transactions_wait(node: Callable[..., Node]) -> None:
    running = node("--no-mining")
    sender, to = running.ask("eth_accounts")[:2]
    sent = running.ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    assert running.ask("eth_getTransactionReceipt", sent) is None
    running.ask("evm_mine")
    assert running.ask("eth_getTransactionReceipt", sent)["status"] == "0x1"


def test_a_port_in_use_is_one_sentence(node: Callable[..., Node], capfd: pytest.CaptureFixture[str]) -> None:
    port = node().url.rpartition(":")[2]
    assert main(["node", "--port", port]) == 2
    out, error = capfd.readouterr()
    assert out == ""
    assert error.splitlines() == [
        f"ingot: port {port} of 127.0.0.1 is in use by another program: end that one, or choose a port with --port"
    ]


def answers(path: Path) -> bool:
    """Whether somebody listens on a socket: the file is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def test_silence_is_kept(tmp_path: Path) -> None:
    ipc = tmp_path / "node.ipc"
    with subprocess.Popen(
        [sys.executable, "-m", "ingot", "node", "--port", "0", "--silent", "--ipc", str(ipc)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        from web3 import IPCProvider, Web3

        provider = IPCProvider(ipc)
        while not answers(ipc):
            assert process.poll() is None
        assert Web3(provider).eth.chain_id == 31337
        provider._socket.sock.close()  # web3 leaves it open
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=START_TIMEOUT_S) == (b"", b"")
    assert process.returncode == 0
    assert not ipc.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--block-time", "1", "--no-mining"], "give one of them"),
        (["--block-time", "0"], "--block-time: seconds"),
        (["--port", "70000"], "--port: 0 to 65535"),
        (["--accounts", "-1"], "--accounts: 0 to"),
        (["--balance", "much"], "amount"),
        (["--hardfork", "berlin2"], "berlin2"),
        (["--mnemonic", "one two three"], "mnemonic"),
        (["--ipc", __file__], "no socket"),
        (["--load-state", "no-such-file"], "cannot read no-such-file"),
        (["--state", "a", "--dump-state", "b"], "--state loads and dumps"),
        (["--state-interval", "0"], "--state-interval: seconds"),
        (["--import", "chain.rlp"], "--genesis"),
        (["--genesis", "no-such-file"], "cannot read no-such-file"),
        (["--genesis", __file__], "genesis"),
    ],
)
def test_wrong_options_are_one_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["node", "--port", "0", *options] if "--port" not in options else ["node", *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("name", ["chain.state", "chain.json"])
def test_the_state_is_kept_from_run_to_run(node: Callable[..., Node], tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    first = node("--state", str(file))
    sender, to = first.ask("eth_accounts")[:2]
    first.ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    assert first.end()[0] == 0
    second = node("--state", str(file), "--state-interval", "0.05")
    assert second.ask("eth_blockNumber") == "0x1"
    assert second.ask("eth_getBalance", to, "latest") == hex(10_000 * 10**18 + 1)
    before = file.stat().st_mtime_ns
    deadline = time.monotonic() + START_TIMEOUT_S
    while file.stat().st_mtime_ns == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_chain_begins_with_a_genesis_file(node: Callable[..., Node], tmp_path: Path) -> None:
    genesis = tmp_path / "genesis.json"
    genesis.write_text(
        '{"config": {"chainId": 99, "homesteadBlock": 0}, "difficulty": "0x1", "gasLimit": "0x1c9c380", "alloc": {}}'
    )
    assert node("--genesis", str(genesis)).ask("eth_chainId") == "0x63"


def test_output_that_nobody_reads_stops_nothing(node: Callable[..., Node]) -> None:
    running = node()
    batch = [{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}] * 10_000
    for _ in range(2):
        urllib.request.urlopen(
            urllib.request.Request(running.url, json.dumps(batch).encode()), timeout=30
        ).close()
    assert running.ask("eth_chainId") == hex(31337)
    code, out, error = running.end()
    assert (code, error) == (0, "")
    assert "events left out: nobody read them fast enough" in out


def test_output_that_is_closed_stops_nothing(node: Callable[..., Node]) -> None:
    running = node()
    assert running.process.stdout
    running.process.stdout.close()
    for _ in range(3):
        assert running.ask("eth_chainId") == hex(31337)
        time.sleep(0.05)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(START_TIMEOUT_S) == 0
    assert running.process.stderr
    assert running.process.stderr.read() == ""


def test_a_project_gives_its_names_and_lines(node: Callable[..., Node], sample: Any) -> None:
    running = node("--project", str(sample.path), "--color", "always")
    sender = running.ask("eth_accounts")[0]
    initcode = "0x" + sample.Failing.interface.artifact.initcode.hex()
    hash_ = running.ask("eth_sendTransaction", {"from": sender, "data": initcode})
    address = running.ask("eth_getTransactionReceipt", hash_)["contractAddress"]
    data = "0x" + sample.Failing.interface.function("withString").encode([]).hex()
    assert running.ask("eth_call", {"to": address, "data": data})["code"] == 3
    _, out, _ = running.end()
    assert " Failing\x1b[0m\n" in out
    assert "        at Failing.withString() (contracts/Failing.sol:" in out


def test_json_is_an_object_on_each_line(node: Callable[..., Node]) -> None:
    running = node("--json")
    running.ask("evm_mine")
    _, out, _ = running.end()
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["request", "block"]


def test_the_samples_pass_on_it(node: Callable[..., Node], request: pytest.FixtureRequest) -> None:
    running = node()
    words = [sys.executable, "-m", "pytest", "tests/contracts", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*words, "--ingot-network", running.url],
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
    assert " failed" not in done.stdout


def test_blocks_that_are_undone_and_replaced_are_told(node: Callable[..., Node]) -> None:
    running = node()
    running.ask("anvil_mine", "0x3")
    running.ask("anvil_reorg", 2, [])
    snapshot = running.ask("evm_snapshot")
    running.ask("evm_mine")
    running.ask("evm_revert", snapshot)
    running.ask("anvil_mine", "0x64")
    lines = [line.strip() for line in running.end()[1].splitlines() if line.startswith("    B")]
    told = [line for line in lines if not line.startswith(("Block Hash", "Block Time"))]
    numbers = [f"Block Number: {number}" for number in (1, 2, 3)]
    assert told == [
        *numbers,
        "Back to block 1",
        *numbers[1:],
        "Block Number: 4",
        "Back to block 3",
        "Blocks 4 to 102",
        "Block Number: 103",
    ]
