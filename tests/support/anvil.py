"""An anvil process of our own: spoken to over its IPC socket, and offered over HTTP where a test wants that."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = REPOSITORY / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
"""The native program; npm's wrapper around it costs 130 ms."""

START_TIMEOUT_S = 20.0
ANSWER_TIMEOUT_S = 120.0

Call = tuple[str, Sequence[Any]]
"""A JSON-RPC method and its parameters."""


def require_anvil() -> None:
    """Skip the test where anvil is not installed; fail it where CI promises that it is."""
    if not BINARY.is_file():
        if os.environ.get("INGOT_REQUIRE_FIXTURES"):
            pytest.fail(f"{BINARY} is missing: npm install brings it")
        pytest.skip(f"{BINARY} is missing: npm install brings it")


class RpcError(Exception):
    """anvil answered with an error. message: its words; data: what came with them, or None."""

    def __init__(self, message: str, code: int, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data


class Anvil:
    """A running anvil, ended when the context ends. What it is asked here goes over IPC, from any thread.

    options: of its command line, without --ipc and --port.      state: what --load-state reads, as `dumped` gives it.
    http: whether `url` is wanted; anvil then writes a log.      port: for HTTP; 0 for one that is free.
    """

    def __init__(
        self,
        options: Iterable[str] = (),
        *,
        state: Mapping[str, Any] | None = None,
        http: bool = False,
        port: int = 0,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="anvil-"))
        self.log = self._folder / "anvil.log"
        self._lock = threading.Lock()
        path = self.ipc = self._folder / "ipc"
        words = [str(BINARY), "--port", str(port), "--ipc", str(path), *options]
        if not http:
            words.append("--quiet")
        if state is not None:
            file = self._folder / "state.json"
            file.write_text(json.dumps(state))
            words += ["--load-state", str(file)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": str(self._folder)},
            )
        try:
            self._socket = self._started(lambda: _connected(path))
            self.port = self._started(self._logged_port) if http else 0
        except BaseException:
            self.close()
            raise

    def _started(self, look: Callable[[], Any]) -> Any:
        """What `look` sees at last. Raises: RuntimeError, with the log."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := look():
                return found
            time.sleep(0.005)
        raise RuntimeError(f"anvil did not start; it said:\n{self.log.read_text(errors='replace')[-2000:]}")

    def _logged_port(self) -> int | None:
        found = re.search(r"Listening on [\d.]+:(\d+)", self.log.read_text(errors="replace"))
        return int(found[1]) if found else None

    @property
    def url(self) -> str:
        """Of its HTTP server; answers at once."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def die(self) -> None:
        """SIGKILL, as when a machine goes down. `port` can be given to a successor."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process and remove what it wrote."""
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def call(self, method: str, *parameters: Any) -> Any:
        """The result of one call. Raises: RpcError."""
        answer = self.batch([(method, parameters)])[0]
        if isinstance(answer, RpcError):
            raise answer
        return answer

    def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Results in order; an RpcError stands where a call failed."""
        if not calls:
            return []
        body = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}
            for number, (method, parameters) in enumerate(calls)
        ]
        with self._lock:
            self._socket.sendall(json.dumps(body).encode())
            received = self._receive()
        answers: list[Any] = [None] * len(calls)
        for answer in received:
            error = answer.get("error")
            answers[answer["id"]] = (
                RpcError(error["message"], error["code"], error.get("data")) if error else answer["result"]
            )
        return answers

    def _receive(self) -> Any:
        parts: list[bytes] = []
        while True:
            part = self._socket.recv(1 << 20)
            if not part:
                raise RuntimeError(
                    f"anvil went away; it said:\n{self.log.read_text(errors='replace')[-2000:]}"
                )
            parts.append(part)
            if part.rstrip()[-1:] == b"]":
                try:
                    return json.loads(b"".join(parts))
                except ValueError:
                    continue

    def number(self, method: str, *parameters: Any) -> int:
        """The result of a call that answers with a quantity."""
        return int(self.call(method, *parameters), 16)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks now."""
        for _ in range(blocks):
            self.call("evm_mine")

    def dumped(self) -> dict[str, Any]:
        """Its whole state and its blocks, for `state=` of a successor."""
        import gzip

        return json.loads(gzip.decompress(bytes.fromhex(self.call("anvil_dumpState")[2:])))  # type: ignore[no-any-return]


def _connected(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    connection.settimeout(ANSWER_TIMEOUT_S)
    return connection
