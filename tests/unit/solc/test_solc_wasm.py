"""soljson on wasmtime: the same bytes as on node, from any thread, and a clear end when it cannot go on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from solc_cases import NEWEST, NODE_MODULES, OTHER, standard_json

from ingot.compile.solc import Resolver, Settings, Solc, Version
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.node import Node, find_node
from ingot.compile.solc.probe import PROBES, check_answers
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.soljson import find_soljson
from ingot.errors import SolcCrashed

Wasm = Callable[[str], Solc]

OPENZEPPELIN = NODE_MODULES / "@openzeppelin" / "contracts"
SAMPLES = {
    "ERC20": "token/ERC20/ERC20.sol",
    "ERC4626": "token/ERC20/extensions/ERC4626.sol",
}


@pytest.fixture(scope="module")
def node() -> Node:
    found = find_node(os.environ)
    if found is None:
        pytest.skip("node is not on the PATH")
    return found


@pytest.fixture(scope="module")
def on_node(node: Node, user_settings: Settings) -> Callable[[str, bytes], bytes]:
    """The answer of soljson.js on node."""

    def answer(version: str, text: bytes) -> bytes:
        cache = Cache(user_settings.cache, warn=pytest.fail)
        soljson = find_soljson(Version.parse(version), settings=user_settings, cache=cache)
        return node.compile(soljson.path, text, version=version)

    return answer


def _closure(entry: str) -> dict[str, dict[str, str]]:
    """Sources of `entry` and all that it imports, by the names that npm packages have in imports."""
    sources: dict[str, dict[str, str]] = {}
    waiting = [OPENZEPPELIN / entry]
    while waiting:
        path = waiting.pop()
        name = f"@openzeppelin/contracts/{path.relative_to(OPENZEPPELIN).as_posix()}"
        if name in sources:
            continue
        text = path.read_text()
        sources[name] = {"content": text}
        for line in text.splitlines():
            if line.startswith("import ") and '"' in line:
                waiting.append(Path(os.path.normpath(path.parent / line.split('"')[1])))
    return sources


@pytest.mark.parametrize("version", [NEWEST, OTHER])
@pytest.mark.parametrize("name", SAMPLES)
def test_openzeppelin_compiles_to_the_same_bytes_as_on_node(
    wasm: Wasm, on_node: Callable[[str, bytes], bytes], version: str, name: str
) -> None:
    settings = {
        "optimizer": {"enabled": True, "runs": 200},
        "outputSelection": {"*": {"*": ["*"], "": ["ast"]}},
    }
    text = json.dumps(
        {"language": "Solidity", "sources": _closure(SAMPLES[name]), "settings": settings}
    ).encode()
    answer = wasm(version).answer(text)
    assert f'"{name}":'.encode() in answer
    assert answer == on_node(version, text)


def test_via_ir_compiles_to_the_same_bytes_as_on_node(
    wasm: Wasm, on_node: Callable[[str, bytes], bytes]
) -> None:
    probe = json.loads(PROBES[0])
    probe["settings"]["viaIR"] = True
    text = json.dumps(probe).encode()
    answer = wasm(NEWEST).answer(text)
    assert json.loads(answer)["contracts"]["Probe.sol"]["Probe"]["evm"]["bytecode"]["object"]
    assert answer == on_node(NEWEST, text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"language": "Vyper"}',
        b'{"language": "Solidity", "sources": {}}',
        '{"language": "Solidity", "sources": {"Ä.sol": {"content": "contract Ä {}"}}}'.encode(),
        b'{"language": "Yul", "sources": {"a.yul": {"content": "{ sstore(0, 1) }"}}, '
        b'"settings": {"outputSelection": {"*": {"*": ["*"]}}}}',
    ],
)
def test_odd_input_has_the_same_answer_as_on_node(
    wasm: Wasm, on_node: Callable[[str, bytes], bytes], text: bytes
) -> None:
    assert wasm(NEWEST).answer(text) == on_node(NEWEST, text)


def test_errors_are_in_the_answer(wasm: Wasm) -> None:
    output = wasm(NEWEST).compile(standard_json("contract A { uint x = true; }"))
    assert [error["type"] for error in output["errors"] if error["severity"] == "error"] == ["TypeError"]


def test_no_file_is_read_for_a_source_that_is_missing(
    wasm: Wasm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "B.sol").write_text("contract B {}")
    monkeypatch.chdir(tmp_path)
    output = wasm(NEWEST).compile(standard_json('import "./B.sol"; contract A is B {}'))
    assert any('Source "B.sol" not found' in error["message"] for error in output["errors"])


def test_threads_compile_at_the_same_time_and_agree(wasm: Wasm) -> None:
    solc = wasm(NEWEST)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(solc.answer, [*PROBES, *PROBES]))
    assert answers[: len(PROBES)] == answers[len(PROBES) :]
    check_answers(solc.answer, expected=known_releases()[Version.parse(NEWEST)].probe_sha256)


def test_a_run_leaves_nothing_to_the_next(wasm: Wasm) -> None:
    solc = wasm(OTHER)
    before = solc.answer(PROBES[0])
    solc.answer(PROBES[-1])
    solc.answer(b"{")
    assert solc.answer(PROBES[0]) == before


# Deeper than wasmtime's stack and node's default one; on its large stack node copes.
DEEP = json.dumps(
    standard_json(
        f"contract A {{ function f(uint a) public pure returns (uint) {{ return {'+'.join(['a'] * 20_000)}; }} }}",
        output=("abi",),
    )
).encode()


def test_sources_nested_too_deeply_for_wasmtime_go_to_node(wasm: Wasm, user_settings: Settings) -> None:
    solc = wasm(NEWEST)
    with pytest.raises(SolcCrashed, match="ran out of stack: something in the sources is nested too deeply"):
        solc.run(DEEP)
    if find_node(user_settings.environ):
        assert b'"abi":[{' in solc.answer(DEEP)


def test_without_another_way_the_crash_is_raised(wasm: Wasm, make_resolver: Callable[..., Resolver]) -> None:
    solc = wasm(NEWEST)
    lonely = Solc(
        solc.version,
        solc.long_version,
        "wasmtime",
        solc.path,
        solc.run,
        fallback=lambda: make_resolver(INGOT_OFFLINE="1").resolve(NEWEST),
    )
    with pytest.raises(SolcCrashed, match="ran out of stack"):
        lonely.answer(DEEP)


def test_an_answer_nested_too_deeply_for_python_is_an_error(wasm: Wasm) -> None:
    solc = wasm(NEWEST)
    nested = Solc(solc.version, solc.long_version, "wasmtime", solc.path, lambda _: b'{"a":' * 200_000)
    with pytest.raises(SolcCrashed, match="nested too deeply to be read"):
        nested.compile({})


def test_all_routes_to_a_compiler_have_one_identity(wasm: Wasm) -> None:
    assert wasm(NEWEST).identity == "0.8.37+commit.f401782d"
