"""A go-ethereum process of our own, with the chain of ethereum/execution-apis: a second truth for JSON-RPC.

INGOT_GETH names the program; without it the tests that need it are skipped. CONTRIBUTING says how to get it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

START_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 60.0
_SECRET = b"\1" * 32
_STATE = ("--state.scheme", "hash", "--gcmode", "archive", "--cache.preimages")


def require_geth() -> Path:
    """The program; skips the test where none is named."""
    named = os.environ.get("INGOT_GETH")
    if not named:
        pytest.skip("INGOT_GETH names no geth: nothing to compare with")
    path = Path(named)
    if not path.is_file():
        pytest.fail(f"INGOT_GETH: there is no {path}")
    return path


class Geth:
    """A running geth with a chain, its head safe and finalized; ended when the context ends.

    genesis, blocks, head: as in the archive: genesis.json, chain.rlp, headfcu.json.
    """

    def __init__(self, program: Path, genesis: bytes, blocks: bytes, head: bytes) -> None:
        self._program = program
        self._folder = Path(tempfile.mkdtemp(prefix="geth-"))
        self._log = self._folder / "geth.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._auth_port = _free_ports(2)
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_TIMEOUT_S)
        try:
            self._import(genesis, blocks)
            self._start()
            self._set_head(head)
        except BaseException:
            self.close()
            raise

    def _import(self, genesis: bytes, blocks: bytes) -> None:
        places = {"genesis.json": genesis, "chain.rlp": blocks, "secret": _SECRET.hex().encode()}
        for name, content in places.items():
            (self._folder / name).write_bytes(content)
        data = ("--datadir", str(self._folder / "data"))
        for words in (
            (
                "init",
                *data,
                "--state.scheme",
                "hash",
                "--cache.preimages",
                str(self._folder / "genesis.json"),
            ),
            ("import", *data, *_STATE, str(self._folder / "chain.rlp")),
        ):
            done = subprocess.run(
                [str(self._program), *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=120,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"geth {words[0]} failed:\n{done.stderr.decode()[-2000:]}")

    def _start(self) -> None:
        words = [
            str(self._program),
            *("--datadir", str(self._folder / "data"), *_STATE),
            *("--nodiscover", "--maxpeers", "0", "--port", "0", "--ipcdisable", "--verbosity", "2"),
            *("--http", "--http.port", str(self._port), "--http.api", "eth,debug,net,web3,txpool,testing"),
            *("--authrpc.port", str(self._auth_port), "--authrpc.jwtsecret", str(self._folder / "secret")),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._exchange(self._port, b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}', {})
            except OSError:
                time.sleep(0.05)
                continue
            return
        raise RuntimeError(f"geth did not start; it said:\n{self._log.read_text(errors='replace')[-2000:]}")

    def _set_head(self, head: bytes) -> None:
        answer = self._exchange(self._auth_port, head, {"Authorization": f"Bearer {_token()}"})
        if answer.get("result", {}).get("payloadStatus", {}).get("status") != "VALID":
            raise RuntimeError(f"geth refused the head: {answer}")

    def _exchange(self, port: int, body: bytes, headers: Mapping[str, str]) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json", **headers})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def ask(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        """The answer to a request: "result" or "error"."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self._connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(self._connection.getresponse().read())
        return {key: answer[key] for key in ("result", "error") if key in answer}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and forget its chain."""
        self._connection.close()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _token() -> str:
    """A JWT (HS256) that says when it was made. Source: execution-apis, engine/authentication.md."""

    def packed(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = packed(b'{"alg":"HS256","typ":"JWT"}') + b"." + packed(b'{"iat":%d}' % time.time())
    return (head + b"." + packed(hmac.new(_SECRET, head, hashlib.sha256).digest())).decode()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
