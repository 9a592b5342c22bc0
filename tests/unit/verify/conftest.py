"""The local chain as a node, a server with a script, and patience that takes no time."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from ingot.errors import ProviderError
from ingot.verify.document import document_of
from ingot.verify.node import Node
from ingot.verify.patience import Patience
from ingot.verify.service import Request


class LocalNode:
    """The few JSON-RPC methods that verification asks, answered by the chain in this process.

    indexes, traces: whether it answers as nodes do that offer Otterscan's index, and traces.
    keeps: how many blocks back it has states.
    """

    def __init__(self, chain, *, indexes=True, traces=True, keeps=10**9):
        self.chain = chain
        self.keeps = keeps
        self.indexes = indexes
        self.traces = traces
        self.asked = []

    def request(self, method, params=()):
        self.asked.append(method)
        return getattr(self, method, self._unknown(method))(*params)

    def _unknown(self, method):
        def refuse(*_params):
            raise ProviderError(f"the method {method} does not exist", method=method, code=-32601)

        return refuse

    def eth_chainId(self):  # noqa: N802
        return hex(self.chain.chain_id)

    def eth_getCode(self, address, block):  # noqa: N802
        if block != "latest" and int(block, 16) < self.chain.block_number - self.keeps:
            raise ProviderError("missing trie node", method="eth_getCode", code=-32000)
        if block != "latest" and int(block, 16) < self._created(address)[0]:
            return "0x"
        return "0x" + self.chain.get_code(address).hex()

    def eth_getStorageAt(self, address, slot, _block):  # noqa: N802
        return hex(self.chain.get_storage(address, int(slot, 16)))

    def eth_call(self, fields, _block):
        outcome = self.chain.call(to=fields["to"], data=bytes.fromhex(fields["data"][2:]))
        if not outcome.succeeded:
            raise ProviderError("execution reverted", method="eth_call", code=3)
        return "0x" + outcome.output.hex()

    def eth_blockNumber(self):  # noqa: N802
        return hex(self.chain.block_number)

    def eth_getBlockByNumber(self, number, _full):  # noqa: N802
        transactions = self.chain.block(int(number, 16)).transactions
        return {"transactions": [_hash(each) for each in transactions]}

    def _transactions(self):
        for number in range(self.chain.block_number + 1):
            for receipt in self.chain.block(number).transactions:
                yield number, receipt

    def _found(self, txn_hash):
        return next((each for _, each in self._transactions() if _hash(each) == txn_hash), None)

    def _created(self, address):
        """Block and hash of the transaction that created `address`."""
        for number, each in self._transactions():
            if any(frame.kind.startswith("CREATE") and frame.to == address for frame in self._frames(each)):
                return number, _hash(each)
        return 0, ""

    def _frames(self, each):
        transaction = getattr(each, "transaction", each)
        return self.chain.replay(transaction, 1).recording.frames

    def eth_getTransactionByHash(self, txn_hash):  # noqa: N802
        found = self._found(txn_hash)
        if found is None:
            return None
        found = getattr(found, "transaction", found)
        return {"to": found.to, "input": "0x" + bytes(found.data).hex()}

    def eth_getTransactionReceipt(self, txn_hash):  # noqa: N802
        found = self._found(txn_hash)
        return {"contractAddress": found.contract_address}

    def ots_getContractCreator(self, address):  # noqa: N802
        if not self.indexes:
            return self._unknown("ots_getContractCreator")()
        txn_hash = self._created(address)[1]
        return {"hash": txn_hash, "creator": None} if txn_hash else None

    def debug_traceTransaction(self, txn_hash, _options):  # noqa: N802
        if not self.traces:
            return self._unknown("debug_traceTransaction")()
        frames = list(self._frames(self._found(txn_hash)))
        shaped = [
            {"type": each.kind, "to": each.to, "input": "0x" + bytes(each.input).hex(), "calls": []}
            for each in frames
        ]
        for index, each in enumerate(frames):
            if each.parent is not None:
                shaped[each.parent]["calls"].append(shaped[index])
        return shaped[0]


def _hash(each):
    found = getattr(each, "txn_hash", None) or each.hash
    return found if isinstance(found, str) else "0x" + found.hex()


@dataclass
class Script:
    """What the server answers, in order, and what it was asked. The last answer is repeated."""

    url: str
    answers: list = field(default_factory=list)
    requests: list = field(default_factory=list)

    def will(self, *answers):
        """Each: a body (status 200), or (status, body), or (status, body, headers); a body may be bytes."""
        self.answers[:] = [each if isinstance(each, tuple) else (200, each) for each in answers]
        self.requests.clear()

    def next(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict
    form: dict
    body: object
    headers: dict


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(b"")

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, content):
        parts = urlsplit(self.path)
        is_json = self.headers.get("Content-Type") == "application/json"
        script = self.server.script
        script.requests.append(
            Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                {} if is_json else dict(parse_qsl(content.decode(), keep_blank_values=True)),
                json.loads(content) if is_json else None,
                dict(self.headers),
            )
        )
        status, body, *headers = script.next()
        if body is None:
            self.close_connection = True
            return
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        sent = {"Content-Length": str(len(encoded)), **(headers[0] if headers else {})}
        self.close_connection = sent["Content-Length"] != str(len(encoded))
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *_args):
        pass


@pytest.fixture
def script():
    """A local HTTP server that answers as it is told."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.script = Script(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.script
    server.shutdown()
    server.server_close()
    thread.join()


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def read(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def patience(clock):
    return Patience(sleep=clock.sleep, clock=clock.read)


@pytest.fixture
def local_node(local):
    return lambda **offers: LocalNode(local, **offers)


@pytest.fixture
def node(local_node):
    return Node(local_node())


@pytest.fixture(scope="session")
def ledger_document(sample):
    return document_of(sample.config, sample.artifacts["Ledger"])


@pytest.fixture
def request_of_ledger(sample, ledger_document):
    """A request for a ledger that was made with ("units", 1000)."""
    arguments = sample.Ledger.constructor.encode_input("units", 1000)
    return Request(
        11155111,
        "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        ledger_document,
        constructor_arguments=arguments,
        creation_transaction="0x" + "ab" * 32,
    )
