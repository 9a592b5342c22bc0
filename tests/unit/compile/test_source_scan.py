"""Imports and pragmas read without a compiler, against the compiler's own parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingot.compile.remapping import absolute_import
from ingot.compile.scanning import scan

REPOSITORY = Path(__file__).parents[3]


def imports(text: str) -> list[tuple[str, int]]:
    return [(found.path, found.line) for found in scan(text.encode()).imports]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('import "./a.sol";', ["./a.sol"]),
        ("import './a.sol';", ["./a.sol"]),
        ('import "a.sol" as A;', ["a.sol"]),
        ('import * as A from "a.sol";', ["a.sol"]),
        ('import {B, C as D} from "a.sol";', ["a.sol"]),
        ('import{B}from"a.sol";', ["a.sol"]),
        ('import\n{\n  B, // "no.sol"\n  C /* from "no.sol" */\n}\nfrom\n"a.sol"\n;', ["a.sol"]),
        ('import /* "no.sol" */ "a.sol";', ["a.sol"]),
        ('import "a.sol"; import "b.sol";', ["a.sol", "b.sol"]),
        ('import {$A} from "a.sol";', ["a.sol"]),
        ('import "a\\"b.sol";', ['a"b.sol']),
        ('import "caf\\u00e9.sol";', ["café.sol"]),
        ('import "caf\\xc3\\xa9.sol";', ["café.sol"]),
        ('import "ünïcode.sol";', ["ünïcode.sol"]),
        ('// import "no.sol";', []),
        ('/* import "no.sol"; */', []),
        ('/** import\n "no.sol"; */ import "a.sol";', ["a.sol"]),
        ("string constant x = \"import 'no.sol';\";", []),
        ("string constant x = 'it\\'s // \"'; import 'a.sol';", ["a.sol"]),
        ('string constant u = "http://x"; import "a.sol";', ["a.sol"]),
        ("contract C { uint important; function imports() public {} }", []),
        ('/* never closed import "no.sol";', []),
        ('import "a.sol"', ["a.sol"]),
        ("", []),
    ],
)
def test_imports_are_found_where_solc_finds_them(text: str, paths: list[str]) -> None:
    assert [path for path, _ in imports(text)] == paths


def test_lines_count_from_one() -> None:
    assert imports('\n/*\n*/import "a.sol";\r\nimport "b.sol";') == [("a.sol", 3), ("b.sol", 4)]


def test_pragmas() -> None:
    found = scan(
        b"// pragma solidity ^0.1.0;\npragma solidity  >=0.8.0\n  /* x */ <0.9.0;\npragma abicoder v2;\n"
        b"pragma experimental SMTChecker;\npragma solidity 0.8.24;"
    ).pragmas
    assert [(pragma.text, pragma.line) for pragma in found] == [(">=0.8.0 <0.9.0", 2), ("0.8.24", 6)]


def _imports_of(node: Any) -> list[tuple[str, str]]:
    return [
        (child["file"], child["absolutePath"])
        for child in node["nodes"]
        if child["nodeType"] == "ImportDirective"
    ]


def test_every_import_of_openzeppelin_is_what_solc_parses() -> None:
    """The compiler as the second truth: what it parses, in all files of the package."""
    from ingot.compile.solc import Resolver, Settings

    base = REPOSITORY / "node_modules"
    folder = base / "@openzeppelin" / "contracts"
    if not folder.is_dir():
        pytest.skip("@openzeppelin/contracts is not installed")
    sources = {path.relative_to(base).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.sol"))}
    resolver = Resolver(Settings.from_environment(project=REPOSITORY))
    output = resolver.resolve(str(resolver.installed_versions()[0])).compile(
        {
            "language": "Solidity",
            "sources": {unit: {"content": content.decode()} for unit, content in sources.items()},
            "settings": {"stopAfter": "parsing", "outputSelection": {"*": {"": ["ast"]}}},
        }
    )
    assert len(sources) > 200
    for unit, content in sources.items():
        found = [(item.path, absolute_import(item.path, unit)) for item in scan(content).imports]
        assert found == _imports_of(output["sources"][unit]["ast"]), unit


def test_libraries_are_those_that_are_declared() -> None:
    text = b'library A { }\nlibrary\nB{}\n// library C {}\nstring constant s = "library D {";\nusing library_e for x;'
    assert scan(text).libraries == ("A", "B")
