"""forge of Foundry: contracts and scripts that it sends, and tests on a fork of the node."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY
from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from foundry_tools import Foundry, program
from nodes import ALICE, BOB, KEYS, Node, called, created
from seeing import Seeing

from ingot.cli import main

CREATE2_DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
SCRIPT = "script/Deploy.s.sol:Deploy"
VERSION = "0.8.37"

Play = Callable[..., Any]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of Foundry with contracts of ours, and a launcher of the compiler that we have."""
    folder = tmp_path_factory.mktemp("foundry") / "project"
    shutil.copytree(Path(__file__).with_name("foundry"), folder)
    (folder / "src").mkdir()
    for name in ("SimpleStorage", "Token"):
        shutil.copy(REPOSITORY / "contracts" / f"{name}.sol", folder / "src")
    assert main(["solc", "link", VERSION, "--to", str(folder / "bin")]) == 0
    return folder


@pytest.fixture
def forge(project: Path) -> Callable[[Node], Foundry]:
    binary, solc = program("forge"), project / "bin" / f"solc-v{VERSION}"
    return lambda node: Foundry(binary, node, project, project, {"FOUNDRY_SOLC": str(solc)})


def test_forge_creates_contracts(play: Play, forge: Callable[[Node], Foundry]) -> None:
    def session(node: Node) -> dict[str, Any]:
        tool, see = forge(node), Seeing()
        create = ("create", "--json", "--broadcast")
        given = ("src/Token.sol:Token", "--constructor-args", 77)
        see("by a key", lambda: tool.read(*create, "--private-key", KEYS[0], *given)["deployedTo"])
        see("by the node", lambda: tool.read(*create, "--unlocked", "--from", BOB, *given)["deployedTo"])
        see(
            "not sent",
            lambda: "transactionHash" not in tool("create", "--json", "--private-key", KEYS[0], *given),
        )
        refused = ("create", "--broadcast", "--private-key", f"0x{5:064x}", *given)
        see("by somebody without ether", lambda: "insufficient funds" in tool.refused(*refused).lower())
        supply = called("totalSupply()")
        for sender in (ALICE, BOB):
            see(
                f"supply of {sender}",
                lambda by=sender: node.ask("eth_call", {"to": created(by, 0), "data": supply}, "latest"),
            )
        return see.seen

    played = play(session)
    assert (played["by a key"], played["by the node"]) == (created(ALICE, 0), created(BOB, 0))
    assert played["not sent"] is played["by somebody without ether"] is True
    assert played[f"supply of {ALICE}"] == played[f"supply of {BOB}"] == f"0x{77:064x}"


def _store_of(artifacts: Any) -> str:
    """Where CREATE2 puts the script's storage (EIP-1014)."""
    code = keccak(hexstr=artifacts["initcode"])
    whole = b"\xff" + bytes.fromhex(CREATE2_DEPLOYER[2:]) + (7).to_bytes(32, "big") + code
    return to_checksum_address(keccak(whole)[12:])


def test_forge_runs_a_script_and_tests_on_a_fork(
    play: Play, forge: Callable[[Node], Foundry], project: Path
) -> None:
    def session(node: Node) -> dict[str, Any]:
        tool, see = forge(node), Seeing()
        shutil.rmtree(project / "broadcast", ignore_errors=True)
        see(
            "simulated",
            lambda: tool("script", SCRIPT, "--rpc-url", node.url) and node.number("eth_blockNumber"),
        )
        see(
            "broadcast",
            lambda: len(tool("script", SCRIPT, "--rpc-url", node.url, "--broadcast", "--slow")) > 0,
        )
        written = json.loads(
            (project / "broadcast" / "Deploy.s.sol" / "31337" / "run-latest.json").read_text()
        )
        see(
            "sent",
            lambda: [
                (each["transactionType"], each["contractName"], each["function"])
                for each in written["transactions"]
            ],
        )
        see(
            "receipts",
            lambda: [(each["status"], each["blockNumber"], each["from"]) for each in written["receipts"]],
        )
        see("returned", lambda: {name: each["value"] for name, each in written["returns"].items()})
        store = to_checksum_address(written["returns"]["store"]["value"])
        facts = {"STORE": store, "HEIGHT": str(node.number("eth_blockNumber"))}
        facts["BALANCE"] = str(node.number("eth_getBalance", BOB, "latest"))
        see("number", lambda: node.number("eth_call", {"to": store, "data": called("number()")}, "latest"))
        see("author", lambda: node.ask("eth_call", {"to": store, "data": called("author()")}, "latest"))
        see("tests on a fork", lambda: _results(tool.read("test", "--json", "--fork-url", node.url, **facts)))
        earlier = ("test", "--json", "--fork-url", node.url, "--fork-block-number", 3)
        see("tests on an earlier block", lambda: _results(json.loads(tool.done(*earlier, **facts).stdout)))
        see("nothing of it stays", lambda: node.number("eth_blockNumber"))
        return see.seen

    played = play(session)
    initcode = json.loads((project / "out" / "SimpleStorage.sol" / "SimpleStorage.json").read_text())[
        "bytecode"
    ]["object"]
    store = _store_of({"initcode": initcode})
    assert (played["simulated"], played["broadcast"]) == (0, True)
    transfer = "transfer(address,uint256)"
    assert played["sent"] == [
        ("CREATE", "Token", None),
        ("CREATE2", "SimpleStorage", None),
        ("CALL", "Token", transfer),
        ("CALL", "Token", transfer),
        ("CALL", "SimpleStorage", "store(uint256)"),
    ]
    senders = [ALICE.lower()] * 3 + [BOB.lower()] * 2
    assert played["receipts"] == [("0x1", hex(number), sender) for number, sender in enumerate(senders, 1)]
    assert played["returned"] == {"token": created(ALICE, 0), "store": store}
    assert (played["number"], played["author"]) == (26, "0x" + encode(["address"], [BOB]).hex())
    tests = ("test_fork_goes_on()", "test_fork_has_the_chain()", "test_fork_rolls_back()")
    assert played["tests on a fork"] == dict.fromkeys(tests, "Success")
    assert played["tests on an earlier block"] == {**dict.fromkeys(tests, "Success"), tests[1]: "Failure"}
    assert played["nothing of it stays"] == 5


def _results(suites: Any) -> dict[str, str]:
    (suite,) = suites.values()
    return {name: result["status"] for name, result in suite["test_results"].items()}
