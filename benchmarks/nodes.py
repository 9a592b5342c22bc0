"""Rows of the node beside anvil, by raw sockets."""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks import peers
from benchmarks.measure import OURS, Row, Turn
from benchmarks.processes import command, environment, row

CONTRACT = "0x" + "11" * 20
CODE = "0x60005460005260206000f3"
"""Returns the word in slot 0."""

CALL: dict[str, Any] = {"method": "eth_call", "params": [{"to": CONTRACT, "data": "0x"}, "latest"]}
CONNECTIONS = 16
BATCH = 1_000
TURN_S = 0.4
GROWTH = 20_000
"""So many blocks are mined before sending is measured again."""

ANVIL = {"anvil": (), "anvil pruned": ("--hardfork", "cancun", "--prune-history")}


def request(body: object) -> bytes:
    """An HTTP request."""
    raw = json.dumps(body).encode()
    head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: "
    return f"{head}{len(raw)}\r\n\r\n".encode() + raw


def single(method: str, *params: object) -> bytes:
    """A request of one call."""
    return request({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


class Wire:
    """A connection that is kept."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, sent: bytes) -> bytes:
        """The body of the answer."""
        self.socket.sendall(sent)
        return self.receive()

    def receive(self) -> bytes:
        """The body of the next answer."""
        received = self.socket.recv(1 << 20)
        while (head := received.find(b"\r\n\r\n")) < 0:
            received += self.socket.recv(1 << 20)
        lowered = received[:head].lower()
        size = int(lowered[lowered.index(b"content-length:") + 15 :].split(b"\r", 1)[0])
        parts, missing = [received[head + 4 :]], size - (len(received) - head - 4)
        while missing > 0:
            parts.append(self.socket.recv(1 << 20))
            missing -= len(parts[-1])
        return b"".join(parts)

    def ask(self, method: str, *params: object) -> Any:
        """A result."""
        answer = json.loads(self.exchange(single(method, *params)))
        if "result" not in answer:
            raise RuntimeError(f"{method}: {answer.get('error')}")
        return answer["result"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(name: str, port: int) -> list[str]:
    if name == OURS:
        return [str(command("ingot")), "node", "--silent", "--port", str(port)]
    return [str(peers.native("anvil")), "--quiet", "--port", str(port), *ANVIL[name]]


def _begin(name: str, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        _command(name, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )


def _first_answer(port: int) -> Wire:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            wire = Wire(port)
        except OSError:
            time.sleep(0.001)
            continue
        wire.ask("eth_chainId")
        return wire
    raise peers.Unavailable("the node did not answer within 20 s")


@contextmanager
def node(name: str) -> Iterator[tuple[int, Wire]]:
    """A running node, with the contract."""
    port = _free_port()
    process = _begin(name, port)
    try:
        wire = _first_answer(port)
        wire.ask("anvil_setCode", CONTRACT, CODE)
        yield port, wire
        wire.socket.close()
    finally:
        process.kill()
        process.wait()


Make = Callable[[int, Wire], Turn]


def _row(name: str, title: str, rounds: int, make: Make, **settings: Any) -> Row:
    with ExitStack() as stack:

        def begun(contestant: str) -> Callable[[], Turn]:
            return lambda: make(*stack.enter_context(node(contestant)))

        makers = {contestant: begun(contestant) for contestant in (OURS, *ANVIL)}
        return row(name, title, rounds, makers, **{"unit": "/s", "more_is_better": True, **settings})


# TURNS


def _one(port: int, wire: Wire) -> Turn:
    del port
    sent = request({"jsonrpc": "2.0", "id": 1, **CALL})

    def turn() -> float:
        count, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < TURN_S:
            for _ in range(20):
                wire.exchange(sent)
            count += 20
        return count / elapsed

    return turn


def _sixteen(port: int, wire: Wire) -> Turn:
    del wire
    sent = request({"jsonrpc": "2.0", "id": 1, **CALL})
    wires = [Wire(port) for _ in range(CONNECTIONS)]

    def turn() -> float:
        with selectors.DefaultSelector() as selector:
            for each in wires:
                selector.register(each.socket, selectors.EVENT_READ, each)
                each.socket.sendall(sent)
            count, started = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - started) < TURN_S:
                for key, _ in selector.select():
                    key.data.receive()
                    key.data.socket.sendall(sent)
                    count += 1
            for each in wires:
                each.receive()
        return count / elapsed

    return turn


def _batch(port: int, wire: Wire) -> Turn:
    del port
    sent = request([{"jsonrpc": "2.0", "id": number, **CALL} for number in range(BATCH)])

    def turn() -> float:
        started = time.perf_counter()
        wire.exchange(sent)
        return (time.perf_counter() - started) * 1e3

    return turn


def _send(port: int, wire: Wire) -> Turn:
    del port
    sender, to = wire.ask("eth_accounts")[:2]
    sent = single("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1", "gas": "0x5208"})

    def turn() -> float:
        count, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < TURN_S:
            transaction = json.loads(wire.exchange(sent))["result"]
            wanted = single("eth_getTransactionReceipt", transaction)
            while b'"result":null' in wire.exchange(wanted):  # anvil mines in another thread
                pass
            count += 1
        return count / elapsed

    return turn


def _send_late(port: int, wire: Wire) -> Turn:
    wire.ask("anvil_mine", hex(GROWTH))
    return _send(port, wire)


def _start(name: str) -> Callable[[], Turn]:
    def make() -> Turn:
        def turn() -> float:
            port = _free_port()
            started = time.perf_counter()
            process = _begin(name, port)
            try:
                wire = _first_answer(port)
                took = time.perf_counter() - started
                wire.socket.close()
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=20)
            return took * 1e3

        return turn

    return make


def _rows() -> dict[str, Callable[[int], Row]]:
    lasting: Sequence[tuple[str, str, Make, dict[str, Any]]] = (
        ("node-call", "eth_call over one connection", _one, {}),
        ("node-call-16", f"eth_call over {CONNECTIONS} connections", _sixteen, {}),
        ("node-batch", f"a batch of {BATCH:,} eth_calls", _batch, {"unit": "ms", "more_is_better": False}),
        ("node-send", "a transfer and its receipt", _send, {}),
        ("node-send-late", f"the same after {GROWTH:,} blocks", _send_late, {}),
    )

    def against_anvil(name: str, title: str, make: Make, settings: dict[str, Any]) -> Callable[[int], Row]:
        return lambda rounds: _row(
            name, title, rounds, make, ratio_target=1.0, ratio_peer="anvil pruned", **settings
        )

    def start(rounds: int) -> Row:
        makers = {name: _start(name) for name in (OURS, *ANVIL)}
        return row("node-start", "from start to the first answer", rounds, makers, target=250)

    return {
        **{name: against_anvil(name, title, make, settings) for name, title, make, settings in lasting},
        "node-start": start,
    }


ROWS: dict[str, Callable[[int], Row]] = _rows()
