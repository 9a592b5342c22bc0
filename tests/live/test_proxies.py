"""Contracts behind OpenZeppelin's proxies, upgraded when their code changed; and CREATE2 where its deployer is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY
from stand_in import StartAnvil
from test_journaled import Stage

import ingot
from ingot.contract.deployer import CREATE2_DEPLOYER
from ingot.deploy import Deployment
from ingot.errors import DeployError, UsageError

CONFIG = """
name: behind
solidity:
  version: 0.8.37
  import_remapping:
    - "@openzeppelin/contracts=node_modules/@openzeppelin/contracts"
"""
PROXIES = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {UpgradeableBeacon} from "@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol";
import {BeaconProxy} from "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol";
"""
COUNTER = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

contract Counter is UUPSUpgradeable {
%s

    function initialize(address owner_, uint256 start) external {
        require(owner == address(0), "initialised already");
        owner = owner_;
        count = start;
    }

    function add() external {
        count += %d;
    }

    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == owner, "only the owner");
    }
}

contract Fixed {
    uint256 public immutable number = 5;
}
"""
BEFORE = "    address public owner;\n    uint256 public count;"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "behind"
    (folder / "contracts").mkdir(parents=True)
    (folder / "ape-config.yaml").write_text(CONFIG)
    (folder / "contracts" / "Proxies.sol").write_text(PROXIES)
    (folder / "contracts" / "Counter.sol").write_text(COUNTER % (BEFORE, 1))
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    return folder


@pytest.fixture
def stage(anvil: StartAnvil, project: Path, tmp_path: Path) -> Stage:
    return Stage(ingot.load(project), anvil(), tmp_path / "deployments")


def changed(stage: Stage, variables: str = BEFORE, step: int = 10) -> None:
    folder = stage.project.path
    (folder / "contracts" / "Counter.sol").write_text(COUNTER % (variables, step))
    stage.project = ingot.load(folder)


def script(kind: str) -> Any:
    def run(deploy: Any) -> Any:
        owner = deploy.accounts[1]
        counter = deploy.proxy("Counter", owner, 5, kind=kind, owner=owner)
        deploy.call(counter.add)
        return counter

    return run


KINDS = ["transparent", "uups", "beacon"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_contract_behind_a_proxy_is_deployed_kept_and_upgraded(stage: Stage, kind: str) -> None:
    counter, plan = stage.run(script(kind))
    assert counter.count() == 6
    assert counter.receipt.succeeded
    assert [step.step for step in plan.steps] == [
        "Counter implementation",
        *(["Counter beacon"] if kind == "beacon" else []),
        "Counter",
        "Counter.add",
    ]
    assert not stage.run(script(kind))[1].to_do
    changed(stage)
    with pytest.raises(DeployError, match=r"its code.*--on-change=upgrade"):
        stage.run(script(kind))
    again, plan = stage.run(script(kind), on_change="upgrade")
    assert [step.step for step in plan.to_do] == ["Counter implementation 2", "Counter upgrade 2"]
    assert again == counter
    assert again.count() == 6
    again.add(sender=stage_account(again, 0))
    assert again.count() == 16
    changed(stage, BEFORE + "\n    uint256 public more;", 100)
    _, plan = stage.run(script(kind), on_change="upgrade")
    assert [step.step for step in plan.to_do] == ["Counter implementation 3", "Counter upgrade 3"]
    assert not stage.run(script(kind))[1].to_do


def stage_account(contract: Any, index: int) -> Any:
    return contract.chain.accounts[index]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ("    uint256 public count;\n    address public owner;", "slot 0 was owner"),
        ("    bytes12 public tag;\n" + BEFORE, r"slot 0 was owner \(address\), and would be read as tag"),
        ("    address public owner;\n    uint256 public sum;\n    uint256 public count;", "would be sum"),
    ],
)
def test_an_upgrade_that_would_read_old_data_wrongly_is_refused(
    stage: Stage, variables: str, says: str
) -> None:
    stage.run(script("uups"))
    before = stage.count(0), stage.count(1)
    changed(stage, variables)
    with pytest.raises(DeployError, match=says):
        stage.run(script("uups"), on_change="upgrade")
    assert (stage.count(0), stage.count(1)) == before


def test_a_run_that_was_cut_between_implementation_and_upgrade_is_continued(stage: Stage) -> None:
    stage.run(script("transparent"))
    changed(stage)
    stage.run(script("transparent"), on_change="upgrade")
    path = stage.journal / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if b"Counter upgrade 2" in line)
    path.write_bytes(b"".join(lines[:cut]))
    stage.node.call("anvil_reorg", 1, [])
    counter, plan = stage.run(script("transparent"))
    assert [step.step for step in plan.to_do] == ["Counter upgrade 2"]
    counter.add(sender=stage_account(counter, 0))
    assert counter.count() == 16


@pytest.mark.parametrize("kind", KINDS)
def test_locally_it_is_the_same_script(project: Path, kind: str) -> None:
    loaded = ingot.load(project)
    deploy = Deployment(loaded, loaded.chain)
    counter = script(kind)(deploy)
    assert counter.count() == 6
    assert len(deploy.steps) == (4 if kind == "beacon" else 3)


def test_what_cannot_be_upgraded_is_refused(project: Path) -> None:
    loaded = ingot.load(project)
    deploy = Deployment(loaded, loaded.chain)
    with pytest.raises(UsageError, match="no upgradeToAndCall"):
        deploy.proxy("Fixed", kind="uups", initializer="")
    with pytest.raises(UsageError, match="transparent, uups or beacon"):
        deploy.proxy("Fixed", kind="clone", initializer="")
    with pytest.raises(UsageError, match="arguments are for the initializer"):
        deploy.proxy("Fixed", 5, initializer="")


def test_without_openzeppelin_it_is_said_what_to_import(project: Path) -> None:
    (project / "contracts" / "Proxies.sol").unlink()
    loaded = ingot.load(project)
    with pytest.raises(UsageError, match=r"contracts/Proxies\.sol: import \{TransparentUpgradeableProxy\}"):
        Deployment(loaded, loaded.chain).proxy("Fixed", initializer="")


def test_the_create2_deployer_is_made_where_it_is_missing(stage: Stage) -> None:
    stage.node.call("anvil_setCode", CREATE2_DEPLOYER, "0x")
    fixed, plan = stage.run(lambda deploy: deploy("Fixed", salt=1))
    assert [step.step for step in plan.steps] == ["fund the CREATE2 deployer", "CREATE2 deployer", "Fixed"]
    assert fixed.number() == 5
    assert stage.steps["CREATE2 deployer"].checked
    assert len(stage.node.call("eth_getCode", CREATE2_DEPLOYER, "latest")) > 100
    second, plan = stage.run(lambda deploy: deploy("Fixed", salt=1))
    assert second == fixed
    assert not plan.to_do


def test_the_create2_deployer_is_made_inside_of_a_batch(stage: Stage) -> None:
    stage.node.call("anvil_setCode", CREATE2_DEPLOYER, "0x")

    def script(deploy: Deployment) -> list[Any]:
        with deploy.batch():
            return [deploy("Fixed", salt=salt, name=f"Fixed {salt}") for salt in (1, 2)]

    made, plan = stage.run(script)
    assert [step.step for step in plan.steps] == [
        "fund the CREATE2 deployer",
        "CREATE2 deployer",
        "Fixed 1",
        "Fixed 2",
    ]
    assert [fixed.number() for fixed in made] == [5, 5]
