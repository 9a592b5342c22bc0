"""No request crashes or wedges it: whatever is sent gets an answer of JSON-RPC."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingot.chain import Chain
from ingot.errors import RpcError
from ingot.rpc import METHODS, Rpc
from ingot.rpc.tracing import TRACERS

RPC = Rpc(Chain(timestamp=1_700_000_000))
ACCOUNTS = RPC.request("eth_accounts")

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.integers(0, 2**260).map(hex),
    st.integers(0, 300).map(hex),
    st.binary(max_size=40).map(lambda raw: "0x" + raw.hex()),
    st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex()),
    st.sampled_from(
        [*ACCOUNTS, "latest", "pending", "earliest", "safe", "finalized", "0x", "0X1", "0x_1", "-0x1"]
    ),
)
FIELDS = st.sampled_from(
    [
        "from",
        "to",
        "data",
        "input",
        "value",
        "gas",
        "gasPrice",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
        "nonce",
        "chainId",
        "type",
        "accessList",
        "authorizationList",
        "blobVersionedHashes",
        "address",
        "topics",
        "fromBlock",
        "toBlock",
        "blockHash",
        "blockNumber",
        "tracer",
        "tracerConfig",
        "diffMode",
        "stateOverrides",
        "blockOverrides",
        "balance",
        "code",
        "state",
        "stateDiff",
        "number",
        "time",
        "timestamp",
        "blocks",
        "depth",
        "txBlockPairs",
        "storageKeys",
        "forking",
        "limit",
        "withLog",
        "mode",
        "after",
        "count",
        "blockStateCalls",
        "calls",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(FIELDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
HEX_ADDRESS = st.sampled_from(ACCOUNTS[:3]) | st.integers(0, 20).map(lambda number: f"0x{number:040x}")
HEX_NUMBER = st.integers(0, 5).map(hex) | st.integers(0, 2**256 - 1).map(hex)
HEX_DATA = st.binary(max_size=40).map(lambda raw: "0x" + raw.hex())
HEX_WORD = st.integers(0, 5).map(lambda number: f"0x{number:064x}")
BLOCK = st.sampled_from(["latest", "pending", "earliest", "safe"]) | st.integers(0, 4).map(hex)
ACCESS_LIST = st.lists(
    st.fixed_dictionaries({"address": HEX_ADDRESS, "storageKeys": st.lists(HEX_WORD)}), max_size=2
)
TRANSACTION = st.fixed_dictionaries(
    {},
    optional={
        "from": HEX_ADDRESS,
        "to": HEX_ADDRESS,
        "value": HEX_NUMBER,
        "gas": st.integers(0, 2**64).map(hex) | st.just("0x186a0"),
        "input": HEX_DATA,
        "gasPrice": HEX_NUMBER,
        "maxFeePerGas": HEX_NUMBER,
        "maxPriorityFeePerGas": HEX_NUMBER,
        "nonce": HEX_NUMBER,
        "type": st.integers(0, 5).map(hex),
        "accessList": ACCESS_LIST,
        "blobVersionedHashes": st.lists(HEX_WORD, max_size=2),
    },
)
OVERRIDE = st.fixed_dictionaries(
    {},
    optional={
        "balance": HEX_NUMBER,
        "nonce": HEX_NUMBER,
        "code": HEX_DATA,
        "stateDiff": st.dictionaries(HEX_WORD, HEX_WORD, max_size=2),
    },
)
OVERRIDES = st.dictionaries(HEX_ADDRESS, OVERRIDE, max_size=2)
BLOCK_OVERRIDES = st.fixed_dictionaries(
    {},
    optional={"number": HEX_NUMBER, "time": HEX_NUMBER, "gasLimit": HEX_NUMBER, "baseFeePerGas": HEX_NUMBER},
)
SIMULATED = st.fixed_dictionaries(
    {},
    optional={
        "blockOverrides": BLOCK_OVERRIDES,
        "stateOverrides": OVERRIDES,
        "calls": st.lists(TRANSACTION, max_size=3),
    },
)
SIMULATION = st.fixed_dictionaries(
    {"blockStateCalls": st.lists(SIMULATED, max_size=3)},
    optional={name: st.booleans() for name in ("validation", "traceTransfers", "returnFullTransactions")},
)
KINDS = {
    "simulation": SIMULATION,
    "address": HEX_ADDRESS,
    "block": BLOCK,
    "boolean": st.booleans(),
    "data": HEX_DATA,
    "32 bytes": HEX_WORD,
    "quantity": HEX_NUMBER,
    "count": st.integers(0, 50),
    "seconds": st.integers(0, 2**40) | HEX_NUMBER,
    "slot": HEX_NUMBER,
    "word": HEX_WORD,
    "transaction object": TRANSACTION,
    "state overrides": OVERRIDES,
    "block overrides": BLOCK_OVERRIDES,
    "array of trace, vmTrace, stateDiff": st.lists(st.sampled_from(["trace", "stateDiff"]), unique=True),
    "trace options": st.fixed_dictionaries(
        {},
        optional={
            "tracer": st.sampled_from(TRACERS),
            "enableMemory": st.booleans(),
            "limit": st.integers(0, 9),
        },
    ),
}


@st.composite
def likely_requests(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A method with parameters of the right kinds, mostly."""
    name = draw(st.sampled_from(sorted(METHODS)))
    kinds = [parameter.kind for parameter in METHODS[name].parameters]
    return name, [
        draw(KINDS.get(kind, VALUES) | (VALUES if draw(st.booleans()) else SCALARS)) for kind in kinds
    ]


NAMES = st.sampled_from(sorted(METHODS)) | st.text(max_size=12)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.lists(VALUES, max_size=5) | st.dictionaries(st.text(max_size=8), VALUES, max_size=3))
def test_every_request_is_answered(method: str, params: Any) -> None:
    check(method, params)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(likely_requests())
def test_every_likely_request_is_answered(request: tuple[str, list[Any]]) -> None:
    check(*request)


def check(method: str, params: Any) -> None:
    """It is answered, by no internal error, and the next one is answered too."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    answer = json.loads(RPC.handle(body))
    assert answer["id"] == 1
    assert ("result" in answer) != ("error" in answer)
    if "error" in answer:
        assert answer["error"]["code"] != -32603, answer["error"]
    assert RPC.request("eth_chainId") == "0x7a69"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_every_body_is_answered(body: bytes) -> None:
    answer = RPC.handle(body)
    assert not answer or json.loads(answer)


@settings(max_examples=200, deadline=None)
@given(NAMES, st.lists(VALUES, max_size=4))
def test_in_process_nothing_but_rpc_errors_is_raised(method: str, params: list[Any]) -> None:
    with suppress(RpcError):
        RPC.request(method, params)
