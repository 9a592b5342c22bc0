"""The official binary, from a server of the test's own: checked, remembered when it does not answer."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingot.compile.solc import Resolver, Version, download
from ingot.compile.solc.context import RouteClosed
from ingot.compile.solc.download import downloaded_solc, platform_name
from ingot.compile.solc.launcher.script import launcher_text
from ingot.errors import SolcNotFound

Make = Callable[..., Resolver]

NAME = "solc-linux-amd64-v0.8.24+commit.e11b9ed9"
BINARY = b"""#!/bin/sh
case "$1" in --version) echo "Version: 0.8.24+commit.e11b9ed9.Linux.g++";; *) printf '{"downloaded":true}';; esac
"""


@dataclass
class Mirror:
    """Serves `files`; counts the requests in `asked`."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def publish(self, *, name: str = NAME, content: bytes = BINARY, sha256: str = "") -> None:
        digest = sha256 or hashlib.sha256(content).hexdigest()
        listed = {
            "builds": [{"path": name, "version": "0.8.24", "sha256": f"0x{digest}"}],
            "releases": {"0.8.24": name},
        }
        self.files["list.json"] = json.dumps(listed).encode()
        self.files[name] = content


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rsplit("/", 1)[-1]
            mirror.asked.append(self.path)
            content = mirror.files.get(name)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(download, "platform_name", lambda *_: "linux-amd64")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror = Mirror(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield mirror
        server.shutdown()
        thread.join()


@pytest.fixture
def resolver(make_resolver: Make, mirror: Mirror) -> Resolver:
    return make_resolver(INGOT_SOLC_MIRROR=mirror.url, INGOT_SOLC_ROUTES="native download")


def test_the_binary_is_checked_stored_for_py_solc_x_and_used(
    resolver: Resolver, mirror: Mirror, environ: dict[str, str], notices: list[str], make_resolver: Make
) -> None:
    mirror.publish()
    solc = resolver.resolve("0.8.24")
    assert solc.route == "download"
    assert solc.path == Path(environ["HOME"]) / ".solcx" / "solc-v0.8.24"
    assert solc.compile({}) == {"downloaded": True}
    assert mirror.asked == ["/linux-amd64/list.json", f"/linux-amd64/{NAME}"]
    assert notices == ["downloading solc 0.8.24"]
    assert make_resolver(INGOT_OFFLINE="1").resolve("0.8.24").route == "native"


def test_the_list_is_asked_for_once_a_day(
    make_resolver: Make, mirror: Mirror, environ: dict[str, str]
) -> None:
    mirror.publish()
    for _ in range(2):
        make_resolver(INGOT_SOLC_MIRROR=mirror.url, INGOT_SOLC_ROUTES="download").resolve("0.8.24")
        (Path(environ["HOME"]) / ".solcx" / "solc-v0.8.24").unlink()
    assert mirror.asked.count("/linux-amd64/list.json") == 1


def test_a_wrong_hash_is_refused_and_nothing_is_kept(
    resolver: Resolver, mirror: Mirror, environ: dict[str, str]
) -> None:
    mirror.publish(sha256="00" * 32)
    with pytest.raises(SolcNotFound, match="the download has the wrong sha256"):
        resolver.resolve("0.8.24")
    assert list(Path(environ["HOME"]).rglob("solc-v*")) == []


def test_a_version_that_the_list_lacks_is_said_so(resolver: Resolver, mirror: Mirror) -> None:
    mirror.publish()
    with pytest.raises(SolcNotFound, match=r"linux-amd64 has no solc 0\.8\.23"):
        resolver.resolve("0.8.23")


@pytest.mark.parametrize(
    "content", [b"<html>", b"{}", b'{"builds": [], "releases": {"0.8.24": "x"}}', b"\xff"]
)
def test_a_list_that_is_none_is_refused(resolver: Resolver, mirror: Mirror, content: bytes) -> None:
    mirror.files["list.json"] = content
    with pytest.raises(SolcNotFound, match=r"list\.json is not the official list"):
        resolver.resolve("0.8.24")


def test_a_list_cannot_name_files_elsewhere(resolver: Resolver, mirror: Mirror) -> None:
    mirror.publish(name="../../evil")
    with pytest.raises(SolcNotFound, match="names a file outside its folder"):
        resolver.resolve("0.8.24")


def test_a_missing_file_is_said_with_its_address(resolver: Resolver) -> None:
    with pytest.raises(SolcNotFound, match=r"/linux-amd64/list\.json answers 404"):
        resolver.resolve("0.8.24")


def test_a_binary_that_does_not_run_here_is_removed(
    resolver: Resolver, mirror: Mirror, environ: dict[str, str]
) -> None:
    mirror.publish(content=b"\x7fELF of another machine")
    with pytest.raises(SolcNotFound, match="the official binary does not run here"):
        resolver.resolve("0.8.24")
    assert list(Path(environ["HOME"]).rglob("solc-v*")) == []


def test_a_launcher_in_its_place_is_left_alone(
    make_resolver: Make, mirror: Mirror, environ: dict[str, str], tmp_path: Path
) -> None:
    launcher = Path(environ["HOME"]) / ".solcx" / "solc-v0.8.24"
    launcher.parent.mkdir()
    text = launcher_text(Version(0, 8, 24), python="/usr/bin/python3", root=tmp_path)
    launcher.write_text(text)
    launcher.chmod(0o755)
    mirror.publish()
    solc = make_resolver(INGOT_SOLC_MIRROR=mirror.url, INGOT_SOLC_ROUTES="native download").resolve("0.8.24")
    assert solc.path == tmp_path / "cache" / "native" / "solc-v0.8.24"
    assert launcher.read_text() == text
    assert make_resolver(INGOT_OFFLINE="1").resolve("0.8.24").path == solc.path


def test_a_network_that_does_not_answer_is_left_alone_for_an_hour(make_resolver: Make) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    reasons = []
    for _ in range(2):
        with pytest.raises(SolcNotFound) as caught:
            make_resolver(INGOT_SOLC_MIRROR=url, INGOT_SOLC_ROUTES="download").resolve("0.8.24")
        reasons.append(caught.value.tried[0][1])
    assert "does not answer: [Errno 111] Connection refused" in reasons[0] or "refused" in reasons[0]
    assert reasons[1] == f"{reasons[0]} (not tried again for an hour)"


def test_a_server_that_says_nothing_is_given_up(make_resolver: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_LIST_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SolcNotFound, match="does not answer: timed out"):
            make_resolver(INGOT_SOLC_MIRROR=url, INGOT_SOLC_ROUTES="download").resolve("0.8.24")


def test_offline_nothing_is_asked(make_resolver: Make, mirror: Mirror) -> None:
    mirror.publish()
    with pytest.raises(SolcNotFound, match="INGOT_OFFLINE forbids it"):
        make_resolver(INGOT_SOLC_MIRROR=mirror.url, INGOT_SOLC_ROUTES="download", INGOT_OFFLINE="1").resolve(
            "0.8.24"
        )
    assert mirror.asked == []


def test_a_full_disk_is_said_and_leaves_nothing(
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    make_resolver: Make,
    environ: dict[str, str],
) -> None:
    def full(path: Path, content: bytes) -> int:
        if path.name.startswith(".solc"):
            path.touch()
            raise OSError(28, "No space left on device")
        with path.open("wb") as file:
            return file.write(content)

    monkeypatch.setattr(Path, "write_bytes", full)
    mirror.publish()
    resolver = make_resolver(INGOT_SOLC_MIRROR=mirror.url)
    with pytest.raises(RouteClosed, match="the binary cannot be stored: No space left on device"):
        downloaded_solc(Version(0, 8, 24), resolver._context)
    assert [path.name for path in Path(environ["HOME"]).rglob("*solc-v*")] == []


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "linux-amd64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "arm64", "macosx-amd64"),
        ("linux", "riscv64", ""),
        ("win32", "AMD64", ""),
    ],
)
def test_each_machine_has_its_own_binaries(system: str, machine: str, name: str) -> None:
    assert platform_name(system, machine) == name
