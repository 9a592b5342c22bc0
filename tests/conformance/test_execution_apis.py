"""Requests and answers of a real client about a real chain: ethereum/execution-apis, read in place.

INGOT_FIXTURES names the folder that holds the archive; where it is not there the tests are skipped, or fail with
INGOT_REQUIRE_FIXTURES=1. A file that says `speconly` is only held against the schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from execution_apis import imported
from schema import OpenRpc

from ingot.chain import Chain
from ingot.node.setup import NodeSettings, make_rpc
from ingot.rpc import Rpc


@pytest.fixture(scope="module")
def openrpc(files: Mapping[str, bytes]) -> OpenRpc:
    return OpenRpc(json.loads(files["openrpc.json"]))


@pytest.fixture(scope="module")
def rpc(files: Mapping[str, bytes]) -> Rpc:
    return imported(files)


def exchanges(text: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    asked: dict[str, Any] = {}
    for line in text.splitlines():
        if line.startswith(">>"):
            asked = json.loads(line[2:])
        elif line.startswith("<<"):
            yield asked, json.loads(line[2:])


def differences(theirs: Any, ours: Any, path: str = "") -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if path == ".error":  # the words are each client's own
            theirs, ours = (
                {key: each[key] for key in ("code", "data") if key in each} for each in (theirs, ours)
            )
        for name in sorted(theirs.keys() | ours.keys()):
            if name not in ours or name not in theirs:
                yield f"{path}.{name} is only {'ours' if name in ours else 'theirs'}"
            else:
                yield from differences(theirs[name], ours[name], f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif theirs != ours:
        yield f"{path}: theirs {theirs!r:.120}, ours {ours!r:.120}"


def test_every_answer_is_that_of_a_real_client(
    files: Mapping[str, bytes], rpc: Rpc, openrpc: OpenRpc, differential_log: list[str]
) -> None:
    wrong, equal, checked = [], 0, 0
    for name in sorted(each for each in files if each.endswith(".io")):
        text = files[name].decode()
        only_schema = any("speconly" in line for line in text.splitlines() if line.startswith("//"))
        snapshot = rpc.engine.snapshot()
        for asked, theirs in exchanges(text):
            ours = json.loads(rpc.handle(json.dumps(asked)))
            problems = []
            if "result" in ours and not (
                "result" in theirs and openrpc.problems(asked["method"], theirs["result"])
            ):
                problems += openrpc.problems(asked["method"], ours["result"])
            if only_schema:
                checked += 1
                problems += [] if ("error" in ours) == ("error" in theirs) else [f"ours is {ours!r:.120}"]
            else:
                equal += 1
                problems += differences(theirs, ours)
            wrong += [f"{name}: {problem}" for problem in problems[:3]]
        rpc.engine.revert(snapshot)
    differential_log.append(
        f"execution-apis: {equal} answers are compared with geth's, {checked} with the schema; {len(wrong)} problems"
    )
    assert not wrong, "\n".join(wrong)


def test_the_node_gives_them_one_after_the_other(files: Mapping[str, bytes], tmp_path: Path) -> None:
    """`ingot node --genesis --import` and nothing else: what was sent waits, and is in no other answer's way."""
    for name in ("genesis.json", "chain.rlp"):
        (tmp_path / name).write_bytes(files[f"chain/{name}"])
    rpc = make_rpc(NodeSettings(genesis=tmp_path / "genesis.json", blocks=tmp_path / "chain.rlp"))
    wrong = []
    for name in sorted(each for each in files if each.endswith(".io")):
        text = files[name].decode()
        only_schema = any("speconly" in line for line in text.splitlines() if line.startswith("//"))
        for asked, theirs in exchanges(text):
            ours = json.loads(rpc.handle(json.dumps(asked)))
            if only_schema:
                wrong += [f"{name}: {ours!r:.120}"] if ("error" in ours) != ("error" in theirs) else []
            else:
                wrong += [f"{name}: {problem}" for problem in differences(theirs, ours)][:3]
    assert not wrong, "\n".join(wrong)


def test_every_described_method_is_served(openrpc: OpenRpc, rpc: Rpc) -> None:
    assert sorted(set(openrpc.methods) - set(rpc.methods)) == []


def test_parameters_are_as_described(openrpc: OpenRpc, rpc: Rpc) -> None:
    for name, described in openrpc.methods.items():
        ours = rpc.methods[name].parameters
        assert len(ours) >= len(described["params"]), name
        for parameter, theirs in zip(ours, described["params"], strict=False):
            assert not theirs.get("required") or not parameter.is_optional or name in LENIENT, (
                name,
                theirs["name"],
            )


LENIENT = {
    "eth_getBlockByHash": "whole transactions",
    "eth_getBlockByNumber": "whole transactions",
    "eth_feeHistory": "percentiles",
    "testing_buildBlockV1": "transactions, which may be null",
}
"""Methods with parameters that may be left out here, as by most clients."""


@pytest.mark.parametrize(
    "method", ["eth_config", "eth_capabilities", "txpool_status", "txpool_content", "eth_accounts"]
)
def test_other_answers_fit_the_schema(openrpc: OpenRpc, method: str) -> None:
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    assert openrpc.problems(method, rpc.request(method)) == []


def test_answers_of_a_local_chain_fit_the_schema(openrpc: OpenRpc) -> None:
    rpc = Rpc(Chain(timestamp=1_700_000_000))
    alice, bob = rpc.request("eth_accounts")[:2]
    sent = rpc.request("eth_sendTransaction", [{"from": alice, "to": bob, "value": "0x1"}])
    requests: list[tuple[str, list[Any]]] = [
        ("eth_getTransactionByHash", [sent]),
        ("eth_getTransactionReceipt", [sent]),
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getBlockByNumber", ["pending", False]),
        ("eth_getProof", [alice, ["0x0"], "latest"]),
        ("eth_feeHistory", ["0x2", "latest", [25, 75]]),
        ("eth_createAccessList", [{"from": alice, "to": bob}]),
        ("eth_signTransaction", [{"from": alice, "to": bob, "gas": "0x5208"}]),
        ("eth_fillTransaction", [{"from": alice, "to": bob}]),
        ("eth_sign", [alice, "0x1234"]),
        ("debug_traceTransaction", [sent]),
        ("debug_getRawReceipts", ["latest"]),
        ("debug_getRawBlock", ["latest"]),
        ("eth_newFilter", [{}]),
        ("eth_getFilterChanges", ["0x1"]),
    ]
    found = {name: openrpc.problems(name, rpc.request(name, params)) for name, params in requests}
    assert {name: problems for name, problems in found.items() if problems} == {}
