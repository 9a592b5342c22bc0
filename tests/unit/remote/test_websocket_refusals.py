"""What a server says instead of opening a WebSocket."""

import socketserver
import threading

import pytest

from ingot.errors import ProviderError, RateLimited, Unreachable
from ingot.remote import open_transport


@pytest.fixture
def server():
    """Answers every connection with `server.answer`, and hangs up."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline().strip():
                pass
            self.wfile.write(self.server.answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", RateLimited, "no more connections"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ProviderError, "the key in it"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Unreachable, "HTTP 503"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Unreachable, "cannot connect"),
        (b"", Unreachable, "cannot connect"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_error_says_which(server, answer, kind, words):
    server.answer = answer
    slept = []
    transport = open_transport([f"ws://127.0.0.1:{server.server_address[1]}/v3/sesame"], sleep=slept.append)
    with pytest.raises(kind, match=words) as caught:
        transport.request("eth_chainId")
    assert len(slept) == (4 if issubclass(kind, Unreachable) else 0)
    assert "sesame" not in str(caught.value)
    assert not getattr(caught.value, "may_have_arrived", False)
