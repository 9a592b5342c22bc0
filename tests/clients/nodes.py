"""The nodes that clients talk to: `ingot node`, and anvil with the same beginning."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import rlp
from anvil import Anvil
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak, to_checksum_address

START_TIMEOUT_S = 60.0
BEGINNING = 1_900_000_000
"""When block 0 was, in seconds: the same in every run."""

OPTIONS = ("--timestamp", str(BEGINNING))
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
)
"""Of the first accounts, known to everybody."""

ALICE, BOB, CAROL = (Account.from_key(key).address for key in KEYS)
STRANGER, OTHER = (to_checksum_address(f"0x{number:040x}") for number in (0xB0, 0xC0))
"""Without a key, and without anything at the start."""


def created(sender: str, nonce: int) -> str:
    """The address of what an account creates (yellow paper, section 7)."""
    return to_checksum_address(keccak(rlp.encode([bytes.fromhex(sender[2:]), nonce]))[12:])


def called(signature: str, *values: Any) -> str:
    """Calldata, as eth-abi has it."""
    types = signature.partition("(")[2].rstrip(")").split(",")
    return "0x" + (keccak(text=signature)[:4] + encode([each for each in types if each], values)).hex()


@dataclass(frozen=True)
class Node:
    """A running node. kind: ingot or anvil.      log: where it writes what it was asked."""

    kind: str
    url: str
    ipc: str
    log: Path

    @property
    def ws(self) -> str:
        return self.url.replace("http:", "ws:")

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of one request. Raises: AssertionError, with the node's error."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = Request(self.url, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=30) as response:
            answer: Mapping[str, Any] = json.load(response)
        assert "result" in answer, answer
        return answer["result"]

    def number(self, method: str, *parameters: Any) -> int:
        return int(self.ask(method, *parameters), 16)


@contextmanager
def ingot_node(*options: str) -> Iterator[Node]:
    """`ingot node` as a process of its own, ended with the context."""
    folder = Path(tempfile.mkdtemp(prefix="ingot-node-"))  # a short path: a socket's has 107 bytes at most
    log, ipc = folder / "log", folder / "ipc"
    words = [sys.executable, "-m", "ingot", "node", "--port", "0", "--ipc", str(ipc), *OPTIONS, *options]
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield Node("ingot", f"http://{_listening(process, log)}", str(ipc), log)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)
        shutil.rmtree(folder)


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^Listening on (\S+)$", log.read_text(errors="replace"), re.MULTILINE):
            return found[1]
        time.sleep(0.005)
    raise RuntimeError(f"the node did not start; it said:\n{log.read_text(errors='replace')}")


@contextmanager
def anvil_node(*options: str) -> Iterator[Node]:
    """anvil, by the same rules as ours by default."""
    with Anvil([*OPTIONS, *options], http=True) as node:
        yield Node("anvil", node.url, str(node.ipc), node.log)
