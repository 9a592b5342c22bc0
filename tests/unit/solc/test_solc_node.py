"""The node route's driver: an answer or a reason, never silence."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from ingot.compile.solc import node as module
from ingot.compile.solc.node import Node, find_node
from ingot.errors import SolcCrashed


@pytest.fixture
def node() -> Node:
    found = find_node(os.environ)
    if found is None:
        pytest.skip("node is not on the PATH")
    return found


def _soljson(tmp_path: Path, compile_: str) -> Path:
    """A stand-in for soljson.js, which answers by the body of a JavaScript function."""
    path = tmp_path / "soljson.js"
    path.write_text(
        "module.exports = { _solidity_compile: 1, _solidity_version: 1, cwrap: (name) => "
        f'name === "solidity_version" ? () => "0.9.0+commit.00000000" : (input) => {{ {compile_} }} }};\n'
    )
    return path


def test_the_answer_is_passed_on(node: Node, tmp_path: Path) -> None:
    soljson = _soljson(tmp_path, 'console.log("noise"); return "{" + input.length + "ä}"')
    assert node.version_of(soljson) == "0.9.0+commit.00000000"
    assert node.compile(soljson, b"text", version="0.9.0") == "{4ä}".encode()


def test_a_large_answer_arrives_whole(node: Node, tmp_path: Path) -> None:
    soljson = _soljson(tmp_path, 'return "{" + "x".repeat(5_000_000)')
    assert len(node.compile(soljson, b"", version="0.9.0")) == 5_000_001


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('throw new Error("abort(OOM)")', r"failed with exit code 3: Error: abort\(OOM\)"),
        ('throw new RangeError("could not allocate memory")', "RangeError: could not allocate memory"),
        ("throw 42", "failed with exit code 3: 42"),
        ('return ""', "failed with exit code 0: no message"),
        ("process.abort()", "was killed by SIGABRT"),
        ("const f = () => f(); f()", "Maximum call stack size exceeded"),
    ],
)
def test_what_ends_without_an_answer_says_why(node: Node, tmp_path: Path, body: str, words: str) -> None:
    core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, core[1]))
    try:
        with pytest.raises(SolcCrashed, match=words):
            node.compile(_soljson(tmp_path, body), b"{}", version="0.9.0")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, core)


def test_deep_sources_get_a_larger_stack(node: Node, tmp_path: Path) -> None:
    soljson = _soljson(tmp_path, 'const f = (n) => n ? 1 + f(n - 1) : 0; return "{" + f(200_000)')
    assert node.compile(soljson, b"{}", version="0.9.0") == b"{200000"


def test_a_file_that_is_no_soljson_is_refused(node: Node, tmp_path: Path) -> None:
    for name, text in (("a.js", "module.exports = {};"), ("b.js", "}"), ("c.js", "")):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(SolcCrashed, match=f"{name} is no soljson.js"):
            node.version_of(path)


def test_a_node_that_does_not_start_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "node"
    broken.write_text("")
    broken.chmod(0o755)
    with pytest.raises(SolcCrashed, match="cannot load"):
        Node(broken).version_of(tmp_path / "soljson.js")
    with pytest.raises(SolcCrashed, match=r"solc 0\.9\.0 \(node\) does not start"):
        Node(broken).compile(tmp_path / "soljson.js", b"", version="0.9.0")


def test_the_driver_is_part_of_the_package() -> None:
    assert module._DRIVER.is_file()
