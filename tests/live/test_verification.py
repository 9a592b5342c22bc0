"""Contracts on anvil, verified for real: lib-sourcify and npm's solc behind a local server (verifier/server.js)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anvil import Anvil, RpcError, require_anvil
from stand_in import SEPOLIA, start_anvil

import ingot
from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.project import Project
from ingot.types import Address
from ingot.verify import Node, Target, Verification, verify
from ingot.verify.creation import encoded_arguments
from ingot.verify.etherscan import etherscan
from ingot.verify.patience import Patience, verified
from ingot.verify.service import Refused, Request
from ingot.verify.sourcify import sourcify

ROOT = Path(__file__).parents[2]
ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
QUICK = Patience(first_s=0.05, longest_s=0.2, total_s=60)

EXTRA = {
    "Linked.sol": """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Doubling {
    function double(uint256 value) external pure returns (uint256) {
        return 2 * value;
    }
}

contract Linked {
    uint256 public immutable factor;
    address public immutable owner = msg.sender;

    constructor(uint256 factor_) {
        factor = Doubling.double(factor_);
    }

    function times(uint256 value) external view returns (uint256) {
        return Doubling.double(value) * factor;
    }
}
""",
    "ViaIr.sol": """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Linked} from "./Linked.sol";

contract ViaIr {
    struct Point { uint256 x; uint256 y; string name; }
    Point[] public points;

    constructor(Point memory first) {
        points.push(first);
    }

    function sum(Point[] calldata more) external view returns (uint256 total) {
        for (uint256 i; i < more.length; i++) total += more[i].x * points[0].y;
    }
}
""",
    "Proxied.sol": """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

contract Counter {
    uint256 public count;

    function increment() external {
        count++;
    }
}
""",
    "Factory.sol": """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Made {
    uint256 public immutable number;

    constructor(uint256 number_) {
        number = number_;
    }
}

contract Factory {
    Made public made = new Made(7);
}
""",
}
CONFIG = """name: verified
solidity:
  version: 0.8.37
  import_remapping:
    - "@openzeppelin/contracts=node_modules/@openzeppelin/contracts"
  overrides:
    - {files: contracts/ViaIr.sol, via_ir: true, optimization_runs: 1000}
"""


class OverIpc:
    """The node as a transport."""

    def __init__(self, anvil: Anvil) -> None:
        self._anvil = anvil

    def request(self, method: str, params: Any = ()) -> Any:
        try:
            return self._anvil.call(method, *params)
        except RpcError as error:
            raise ProviderError(error.message, method=method, code=error.code) from error


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("verified")
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    for name, text in EXTRA.items():
        (folder / "contracts" / name).write_text(text)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "ape-config.yaml").write_text(CONFIG)
    return ingot.load(folder)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil() as node:
        yield node


@pytest.fixture(scope="module")
def verifier(stand_in: Anvil) -> Iterator[str]:
    """URL of a server that verifies what is on the stand-in."""
    if not (ROOT / "node_modules/@ethereum-sourcify/lib-sourcify").is_dir():
        pytest.skip("npm install brings lib-sourcify")
    words = ["node", str(Path(__file__).parent / "verifier/server.js"), stand_in.url, str(SEPOLIA)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


Deploy = Callable[..., Address]


@pytest.fixture(scope="module")
def deploy(project: Project, stand_in: Anvil) -> Deploy:
    """Deploy a contract of the project with an unlocked account; libraries by keyword, junk behind the arguments."""

    def deployed(name: str, *words: object, junk: bytes = b"", **libraries: Address) -> Address:
        artifact = project.artifacts[name]
        linked = artifact.link(libraries) if libraries else artifact
        data = linked.initcode + encoded_arguments(artifact, words) + junk
        fields = {"from": ALICE, "data": "0x" + data.hex()}
        txn_hash = stand_in.call("eth_sendTransaction", fields)
        receipt = None
        while receipt is None:  # anvil answers before it has mined
            receipt = stand_in.call("eth_getTransactionReceipt", txn_hash)
        assert receipt["status"] == "0x1"
        return to_address(receipt["contractAddress"])

    return deployed


@pytest.fixture
def at_sourcify(project: Project, stand_in: Anvil, verifier: str) -> Verification:
    service = sourcify(f"{verifier}/server")
    return Verification(project.config, project.artifacts, Node(OverIpc(stand_in)), [service], QUICK)


@pytest.fixture
def at_etherscan(project: Project, stand_in: Anvil, verifier: str) -> Verification:
    service = etherscan(f"{verifier}/api", "anykey")
    return Verification(project.config, project.artifacts, Node(OverIpc(stand_in)), [service], QUICK)


def proven(verification: Verification, address: Address, name: str = "") -> list[str]:
    """Verify; all must be exact matches of runtime and creation code. Returns: the names, in order."""
    names = []
    for found in verification.examine(Target(address, name)):
        (outcome,) = verification.verify(found)
        assert outcome.error is None
        assert outcome.verdict is not None
        assert outcome.verdict.match == "exact", outcome.line
        assert outcome.verdict.message == "creation code: exact_match, runtime code: exact_match"
        names.append(found.artifact.name)
    return names


def test_the_samples_are_exact_matches(at_sourcify: Verification, deploy: Deploy) -> None:
    storage = deploy("SimpleStorage")
    token = deploy("Token", 10**24)
    vault = deploy("Vault", token)
    for address, name in ((storage, "SimpleStorage"), (token, "Token"), (vault, "Vault")):
        assert proven(at_sourcify, address) == [name]
        assert at_sourcify.examine(Target(address)) == []


def test_a_linked_library_and_what_uses_it_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    library = deploy("Doubling")
    linked = deploy("Linked", 21, Doubling=library)
    assert proven(at_sourcify, library) == ["Doubling"]
    assert proven(at_sourcify, linked) == ["Linked"]


def test_a_contract_through_the_ir_is_an_exact_match(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("ViaIr", (1, 2, "first"))
    assert proven(at_sourcify, address, "ViaIr") == ["ViaIr"]


def test_a_proxy_and_its_implementation_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy, project: Project
) -> None:
    counter = deploy("Counter")
    proxy = deploy("ERC1967Proxy", counter, project.Counter.interface.function("increment").encode([]))
    assert proven(at_sourcify, proxy) == ["ERC1967Proxy", "Counter"]


def test_what_a_factory_made_is_an_exact_match(
    at_sourcify: Verification, deploy: Deploy, stand_in: Anvil, project: Project
) -> None:
    factory = deploy("Factory")
    selector = project.Factory.interface.function("made").selector
    fields = {"to": factory, "data": "0x" + selector.hex()}
    made = to_address("0x" + stand_in.call("eth_call", fields, "latest")[-40:])
    (found,) = at_sourcify.examine(Target(made))
    assert found.artifact.name == "Made"
    assert int.from_bytes(found.arguments, "big") == 7
    (outcome,) = at_sourcify.verify(found)
    assert outcome.verdict is not None
    assert outcome.verdict.match == "exact"


def test_what_stands_behind_the_arguments_is_told(at_sourcify: Verification, deploy: Deploy) -> None:
    token = deploy("Token", 5, junk=b"\x00" * 32)
    lines: list[str] = []
    assert verify(at_sourcify, [Target(token)], say=lines.append)
    assert lines[0].endswith(
        "verified by Sourcify (exact match; creation code: not matched, runtime code: exact_match)"
    )


def test_a_second_time_it_had_been_verified(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("SimpleStorage")
    lines: list[str] = []
    assert verify(at_sourcify, [Target(address, "SimpleStorage")], say=lines.append)
    again = replace(at_sourcify)
    assert verify(again, [Target(address)], say=lines.append)
    assert lines[0].endswith("verified by Sourcify (exact match)")
    assert lines[1].endswith("had been verified before at Sourcify (exact match)")


def request_for(verification: Verification, address: Address, name: str) -> Request:
    (found,) = verification.examine(Target(address, name))
    assert found.creation is not None
    return Request(
        SEPOLIA,
        address,
        verification.document(found),
        found.arguments,
        found.libraries,
        found.creation.transaction,
    )


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"optimizer": {"enabled": False}}, "bytecode_length_mismatch"),
        ({"viaIR": True}, "bytecode_length_mismatch"),
        ({"evmVersion": "paris"}, "bytecode_length_mismatch"),
    ],
)
def test_a_wrong_setting_is_refused_and_explained(
    at_sourcify: Verification, deploy: Deploy, settings: dict[str, Any], code: str
) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    wrong = {**standard_json, "settings": {**standard_json["settings"], **settings}}
    request = replace(request, document=replace(request.document, standard_json=wrong))
    with pytest.raises(Refused, match="sources, settings or compiler are others") as caught:
        verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert caught.value.code == code


def test_a_changed_comment_is_only_a_partial_match(at_sourcify: Verification, deploy: Deploy) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    sources = {
        unit: {"content": source["content"] + "// more\n"}
        for unit, source in standard_json["sources"].items()
    }
    request = replace(
        request, document=replace(request.document, standard_json={**standard_json, "sources": sources})
    )
    verdict = verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert verdict.match == "partial"


def test_sources_that_do_not_compile_are_refused_and_explained(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    broken = {
        **standard_json,
        "sources": {unit: {"content": "contract {"} for unit in standard_json["sources"]},
    }
    request = replace(request, document=replace(request.document, standard_json=broken))
    with pytest.raises(Refused, match="its compiler refuses the sources") as caught:
        verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert caught.value.code == "compiler_error"


def test_etherscan_takes_the_arguments_that_we_recover(at_etherscan: Verification, deploy: Deploy) -> None:
    token = deploy("Token", 5)
    lines: list[str] = []
    assert verify(at_etherscan, [Target(token)], say=lines.append)
    assert lines == [f"contracts/Token.sol:Token at {token}: verified by Etherscan"]


def test_etherscan_takes_libraries_in_the_settings(at_etherscan: Verification, deploy: Deploy) -> None:
    linked = deploy("Linked", 4, Doubling=deploy("Doubling"))
    lines: list[str] = []
    assert verify(at_etherscan, [Target(linked, "Linked")], say=lines.append)


def test_a_wrong_argument_is_refused_and_explained(
    at_etherscan: Verification, deploy: Deploy, project: Project
) -> None:
    request = request_for(at_etherscan, deploy("Token", 6), "Token")
    wrong = encoded_arguments(project.artifacts["Token"], [7])
    with pytest.raises(Refused, match="ingot verify --check") as caught:
        verified(
            at_etherscan.services[0],
            replace(request, constructor_arguments=wrong),
            patience=QUICK,
            progress=lambda _line: None,
        )
    assert "does NOT match the transaction deployment bytecode" in caught.value.reason


def test_a_wrong_argument_is_told_before_anything_is_sent(
    at_etherscan: Verification, deploy: Deploy, project: Project
) -> None:
    token = deploy("Token", 8)
    wrong = encoded_arguments(project.artifacts["Token"], [9])
    lines: list[str] = []
    assert not verify(at_etherscan, [Target(token, "Token", wrong)], say=lines.append)
    (line,) = lines
    assert "was not created with (initialSupply=9) but with (initialSupply=8)" in line


def test_other_sources_are_told_before_anything_is_sent(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("SimpleStorage")
    lines: list[str] = []
    assert not verify(at_sourcify, [Target(address, "Counter")], say=lines.append)
    (line,) = lines
    assert "differs first at byte" in line
    assert "contracts/Proxied.sol:" in line
    assert line.endswith("nothing was sent")
