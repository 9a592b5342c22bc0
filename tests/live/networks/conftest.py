"""Nodes of networks, and a project that runs on them."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import pytest
from anvil import Anvil, require_anvil
from stand_in import start_anvil
from tiny_project import SCRIPT, TESTS, TINY


@pytest.fixture(scope="module")
def sepolia() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil() as node:
        yield node


@pytest.fixture(scope="module")
def development() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil(chain_id=31337) as node:
        yield node


@pytest.fixture(scope="module")
def public(sepolia) -> Iterator[str]:
    """The URL of a node that says it is geth, as on a network that others use. Behind it is anvil."""

    class Geth(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(sepolia.url, body, {"Content-Type": "application/json"})
            with urlopen(request) as response:
                answer = response.read().replace(b"anvil/", b"Geth/")
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Geth) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    for name, file, text in (
        ("contracts", "Tiny.sol", TINY),
        ("scripts", "deploy.py", SCRIPT),
        ("tests", "test_tiny.py", TESTS),
        ("tests", "conftest.py", "import hypothesis\n"),
    ):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / file).write_text(text)
    (folder / "ape-config.yaml").write_text("name: tiny\nsolidity:\n  version: 0.8.37\n")
    return folder
