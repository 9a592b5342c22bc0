"""A project on anvil, and a server that verifies it for real: lib-sourcify and npm's solc (server.js)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
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
from ingot.verify import Node, Verification
from ingot.verify.creation import encoded_arguments
from ingot.verify.etherscan import etherscan
from ingot.verify.patience import Patience
from ingot.verify.sourcify import sourcify

ROOT = Path(__file__).parents[3]
ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
QUICK = Patience(first_s=0.05, longest_s=0.2, total_s=180)

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
import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {BeaconProxy} from "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol";
import {UpgradeableBeacon} from "@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol";

contract Counter {
    uint256 public count;

    function increment() external {
        count++;
    }
}
""",
    "Born.sol": """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Early {
    function seven() external pure returns (uint256) {
        return 7;
    }
}

contract Born {
    uint256 public number;

    constructor() {
        number = Early.seven();
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


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("verified")
    shutil.copytree(ROOT / "contracts", folder / "contracts")
    for name, text in EXTRA.items():
        (folder / "contracts" / name).write_text(text)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "ape-config.yaml").write_text(CONFIG)
    return ingot.load(folder)


@pytest.fixture(scope="session")
def stand_in() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil() as node:
        yield node


@pytest.fixture(scope="session")
def verifier(stand_in: Anvil) -> Iterator[str]:
    """URL of a server that verifies what is on the stand-in."""
    if not (ROOT / "node_modules/@ethereum-sourcify/lib-sourcify").is_dir():
        pytest.skip("npm install brings lib-sourcify")
    words = ["node", str(Path(__file__).parent / "server.js"), stand_in.url, str(SEPOLIA)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


Deploy = Callable[..., Address]


@pytest.fixture(scope="session")
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
