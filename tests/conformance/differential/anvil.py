"""An anvil process of our own, spoken to over its IPC socket."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[3]
BINARY = REPOSITORY / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
"""The native program; npm's wrapper around it costs 130 ms."""

START_TIMEOUT_S = 20.0
ANSWER_TIMEOUT_S = 120.0

Call = tuple[str, Sequence[Any]]
"""A JSON-RPC method and its parameters."""


class RpcError(Exception):
    """anvil answered with an error. message: its words; data: what came with them, or None."""

    def __init__(self, message: str, code: int, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data


class Anvil:
    """A running anvil, ended when the context ends.

    options: of its command line, without --ipc and --port.      state: what --load-state reads.
    """

    def __init__(self, options: Iterable[str], *, state: Mapping[str, Any] | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="anvil-"))
        self._log = self._folder / "anvil.log"
        path = self._folder / "ipc"
        words = [str(BINARY), "--quiet", "--port", "0", "--ipc", str(path), *options]
        if state is not None:
            file = self._folder / "state.json"
            file.write_text(json.dumps(state))
            words += ["--load-state", str(file)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": str(self._folder)},
            )
        try:
            self._socket = self._connect(path)
        except BaseException:
            self.close()
            raise

    def _connect(self, path: Path) -> socket.socket:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
            except OSError:
                connection.close()
                time.sleep(0.01)
                continue
            connection.settimeout(ANSWER_TIMEOUT_S)
            return connection
        raise RuntimeError(f"anvil did not start; it said:\n{self._log.read_text(errors='replace')[-2000:]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
        self._socket.sendall(json.dumps(body).encode())
        answers: list[Any] = [None] * len(calls)
        for answer in self._receive():
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
                    f"anvil went away; it said:\n{self._log.read_text(errors='replace')[-2000:]}"
                )
            parts.append(part)
            if part.rstrip()[-1:] == b"]":
                try:
                    return json.loads(b"".join(parts))
                except ValueError:
                    continue
