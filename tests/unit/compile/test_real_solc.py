"""With the real compiler: what only it can prove."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingot.artifacts import Artifacts
from ingot.compile.ast import add_asts, load_asts
from ingot.compile.sizes import size_table
from ingot.config import load_config
from ingot.errors import CompileError, UsageError

NODE_MODULES = Path(__file__).parents[3] / "node_modules"


def test_an_artifact_has_all_that_was_asked_for(workspace: Any) -> None:
    workspace.write(
        "contracts/A.sol",
        """/// @title The title.
        contract A {
            uint256 public immutable cap;
            mapping(address => uint256) public balances;
            constructor(uint256 cap_) { cap = cap_; }
            /// @notice Doubles.
            /// @param x Any.
            function twice(uint256 x) external pure returns (uint256) { return 2 * x; }
        }
        """,
    )
    artifact = workspace.compile(real=True).artifacts["A"]
    assert artifact.compiler.startswith("0.8.")
    assert "+commit." in artifact.compiler
    assert set(artifact.method_ids) == {"balances(address)", "cap()", "twice(uint256)"}
    assert artifact.storage_layout is not None
    assert [slot["label"] for slot in artifact.storage_layout["storage"]] == ["balances"]
    assert artifact.userdoc["methods"]["twice(uint256)"]["notice"] == "Doubles."
    assert artifact.devdoc["title"] == "The title."
    assert artifact.initcode_object.source_map
    assert artifact.runtime_object.source_map
    ((offset, length), *_rest) = next(iter(artifact.immutable_references.values()))
    assert artifact.runtime_code[offset : offset + length] == bytes(32)
    assert json.loads(artifact.metadata)["compiler"]["version"] == artifact.compiler
    deployed = artifact.runtime_code[:offset] + b"\x01" * 32 + artifact.runtime_code[offset + 32 :]
    assert len(artifact.immutable_references) == 1
    assert artifact.is_code_of(artifact.runtime_object.masked(deployed))


def test_build_info_is_hardhats_and_reproduces_the_code(workspace: Any) -> None:
    workspace.contract("A", body="uint256 public x = 7;")
    build = workspace.compile(real=True)
    artifact = build.artifacts["A"]
    path = workspace.root / ".ingot" / "build-info" / f"{artifact.build_id}.json"
    info = json.loads(path.read_text())
    assert info["_format"] == "hh-sol-build-info-1"
    assert info["id"] == artifact.build_id
    assert info["solcLongVersion"] == artifact.compiler
    assert info["solcVersion"] == build.releases[0]
    assert set(info) >= {"input", "output"}
    from ingot.compile.rebuild import default_compilers

    again = (
        default_compilers(load_config(workspace.root), None)
        .resolve(info["solcVersion"])
        .compile(info["input"])
    )
    assert again["contracts"]["contracts/A.sol"]["A"]["evm"]["bytecode"]["object"] == artifact.initcode.hex()


def test_our_artifacts_load_as_a_folder(workspace: Any) -> None:
    workspace.contract("A", body="uint256 public x = 7;")
    build = workspace.compile(real=True)
    for folder in (workspace.root / ".ingot", workspace.root / ".ingot" / "artifacts"):
        loaded = Artifacts.load_folder(folder)
        assert loaded["A"] == build.artifacts["A"]


def test_a_library_is_linked_by_hand_or_by_the_configuration(workspace: Any) -> None:
    workspace.write(
        "contracts/M.sol", "library M { function f(uint x) public pure returns (uint) { return x; } }"
    )
    workspace.write(
        "contracts/A.sol",
        'import "./M.sol"; contract A { function g() public pure returns (uint) { return M.f(7); } }',
    )
    artifact = workspace.compile(real=True).artifacts["A"]
    with pytest.raises(UsageError, match=r"it needs contracts/M\.sol:M"):
        _ = artifact.initcode
    address = "0x00000000000000000000000000000000000000aa"
    by_hand = artifact.link({"M": address})
    for name in ("M", "contracts/M.sol:M"):
        workspace.write("ape-config.yaml", f'solidity: {{libraries: {{"{name}": "{address}"}}}}\n')
        by_solc = workspace.compile(real=True).artifacts["A"]
        assert by_solc.link_references == ()
        # The metadata at the end holds the settings: they differ.
        assert by_solc.runtime_code[:-53] == by_hand.runtime_code[:-53]


def test_settings_reach_the_compiler(workspace: Any) -> None:
    workspace.contract("A", body="uint256 public x = 7;")
    workspace.contract("B", body="uint256 public x = 7;")
    workspace.write(
        "ape-config.yaml",
        "solidity:\n  evm_version: london\n  metadata: {bytecode_hash: none, append_cbor: false}\n"
        '  overrides:\n    - {files: "*/B.sol", via_ir: true, evm_version: shanghai, optimization_runs: 1}\n',
    )
    build = workspace.compile(real=True)
    metadata = {name: json.loads(build.artifacts[name].metadata)["settings"] for name in "AB"}
    assert metadata["A"]["evmVersion"] == "london"
    assert metadata["B"]["evmVersion"] == "shanghai"
    assert metadata["B"]["viaIR"] is True
    assert metadata["B"]["optimizer"]["runs"] == 1
    assert metadata["A"]["metadata"] == {"appendCBOR": False, "bytecodeHash": "none"}
    assert b"ipfs" not in build.artifacts["A"].runtime_code


def test_circular_imports_compile(workspace: Any) -> None:
    workspace.write("contracts/A.sol", 'import "./B.sol"; contract A { B b; }')
    workspace.write("contracts/B.sol", 'import "./A.sol"; contract B { A a; }')
    assert workspace.compile(real=True).artifacts.names() == ["A", "B"]


def test_a_syntax_error_shows_the_line(workspace: Any) -> None:
    workspace.write("contracts/A.sol", "contract A {\n    uint256 x = ;\n}\n")
    with pytest.raises(CompileError) as raised:
        workspace.compile(real=True)
    assert "contracts/A.sol:4:17: error[6933]" in str(raised.value)
    assert "  4 |     uint256 x = ;\n    |                 ^" in str(raised.value)


def test_places_of_a_source_with_unicode_are_solcs(workspace: Any) -> None:
    text = 'contract A { string s = unicode"é日本"; uint x = nope; }'
    workspace.write("contracts/A.sol", text)
    with pytest.raises(CompileError, match=rf"contracts/A\.sol:3:{text.index('nope') + 1}: error\[7576\]"):
        workspace.compile(real=True)


def test_a_shadowed_declaration_shows_both_places(workspace: Any) -> None:
    workspace.write("contracts/A.sol", "contract A { uint x; uint x; }")
    with pytest.raises(CompileError, match=r"(?s)3:22: error\[2333\].*3:14: note: "):
        workspace.compile(real=True)


def test_syntax_trees_come_on_demand_and_fit_the_build(workspace: Any) -> None:
    workspace.contract("Base", body="uint256 public immutable cap = 7;")
    workspace.contract("A", "./Base.sol")
    workspace.write("contracts/C.sol", 'import "./Base.sol"; contract C is Base {}')
    build = workspace.compile(real=True)
    artifact = build.artifacts["C"]
    config = load_config(workspace.root)
    assert not workspace.files("ast")
    trees = load_asts(config, artifact)
    assert set(trees) == {"contracts/A.sol", "contracts/Base.sol", "contracts/C.sol"}
    # The immutable's AST id, from the first compile, names the variable in the later tree.
    (ast_id,) = artifact.immutable_references
    assert [node["name"] for node in _walk(trees["contracts/Base.sol"]) if node.get("id") == int(ast_id)] == [
        "cap"
    ]
    assert load_asts(config, artifact) == trees
    add_asts(build)
    info = json.loads((workspace.root / ".ingot" / "build-info" / f"{artifact.build_id}.json").read_text())
    assert info["output"]["sources"]["contracts/C.sol"]["ast"] == trees["contracts/C.sol"]
    assert workspace.compile(real=True).compiled == ()


def _walk(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def test_openzeppelin_from_node_modules_works_out_of_the_box(workspace: Any) -> None:
    if not (NODE_MODULES / "@openzeppelin").is_dir():
        pytest.skip("@openzeppelin/contracts is not installed")
    (workspace.root / "node_modules").symlink_to(NODE_MODULES)
    workspace.write(
        "contracts/T.sol",
        'import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";\ncontract T is ERC20("T", "T") {}\n',
    )
    build = workspace.compile(real=True)
    assert build.artifacts["T"].source == "contracts/T.sol"
    assert build.artifacts["ERC20"].source == "@openzeppelin/contracts/token/ERC20/ERC20.sol"
    assert build.diagnostics == ()
    assert [line.split()[0] for line in size_table(build.artifacts).splitlines()] == ["contract", "T"]


FORGE = NODE_MODULES / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"

LAUNCHER = """#!{python}
import sys
if "--version" in sys.argv:
    print("solc, the solidity compiler commandline interface\\nVersion: {long_version}.Linux.g++")
    raise SystemExit
from pathlib import Path
from ingot.compile.solc import Resolver, Settings
solc = Resolver(Settings.from_environment(project=Path({project!r}))).resolve("{version}")
sys.stdout.buffer.write(solc.run(sys.stdin.buffer.read()))
"""


@pytest.mark.skipif(not FORGE.exists(), reason="forge is not installed")
def test_what_forge_makes_of_a_source_is_what_we_make_of_it(workspace: Any) -> None:
    """The same compiler and settings through two tools."""
    workspace.write(
        "ape-config.yaml",
        "contracts_folder: src\nsolidity: {metadata: {bytecode_hash: none, append_cbor: false}}\n",
    )
    workspace.write(
        "src/C.sol",
        """library M { function f(uint x) public pure returns (uint) { return x; } }
        contract C {
            uint256 public immutable cap;
            constructor(uint256 c) { cap = c; }
            function g() external view returns (uint256) { return M.f(cap); }
        }
        """,
    )
    build = workspace.compile(real=True)
    ours = build.artifacts["C"]
    version = build.releases[0]
    launcher = workspace.write(
        "solc",
        LAUNCHER.format(
            python=sys.executable,
            long_version=ours.compiler,
            version=version,
            project=str(NODE_MODULES.parent),
        ),
    )
    launcher.chmod(0o755)
    settings = "optimizer = true\noptimizer_runs = 200\nbytecode_hash = 'none'\ncbor_metadata = false\n"
    evm_version = json.loads(ours.metadata)["settings"]["evmVersion"]
    workspace.write(
        "foundry.toml", f"[profile.default]\nsrc = 'src'\n{settings}evm_version = '{evm_version}'\n"
    )
    subprocess.run(
        [FORGE, "build", "--offline", "--use", launcher],
        cwd=workspace.root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
        check=True,
    )
    theirs = Artifacts.load_folder(workspace.root / "out")["src/C.sol:C"]
    assert theirs.abi == ours.abi
    assert theirs.initcode_object.text == ours.initcode_object.text
    assert theirs.link_references == ours.link_references
    assert theirs.immutable_references == ours.immutable_references
    assert theirs.runtime_object.source_map == ours.runtime_object.source_map
    assert theirs.method_ids == ours.method_ids
    assert theirs.compiler == ours.compiler


def test_sizes_show_the_margin_to_both_limits(workspace: Any) -> None:
    workspace.contract("Small", body="uint256 public x;")
    workspace.write(
        "contracts/Big.sol",
        f'contract Big {{ bytes constant B = hex"{"01" * 25000}"; function f() external pure returns (bytes memory) {{ return B; }} }}',
    )
    workspace.write("contracts/I.sol", "interface I {}")
    build = workspace.compile(real=True)
    rows = size_table(build.artifacts).splitlines()
    assert rows[0].split() == ["contract", "runtime", "margin", "initcode", "margin"]
    assert rows[1].startswith("Big ")
    assert rows[1].endswith("above the limit")
    size = len(build.artifacts["Small"].runtime_code)
    assert rows[2].split() == ["Small", str(size), f"{24576 - size:,}", *rows[2].split()[3:]]
    assert len(rows) == 3
