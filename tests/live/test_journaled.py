"""`ingot.deployment()` on a stand-in for Sepolia: done once, whatever happens in between."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anvil import Anvil
from stand_in import StartAnvil

import ingot
from ingot import networks
from ingot.deploy import node_simulation
from ingot.deploy.journal import read
from ingot.deploy.session import Options, Session
from ingot.deploy.sight import Sight
from ingot.errors import DeployError, UsageError
from ingot.remote import RemoteChain, open_transport
from ingot.remote.network import find_network

SAMPLE = Path(__file__).parents[1] / "unit" / "sample"
Script = Callable[[Any], Any]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("deployed") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".ingot"))
    return ingot.load(folder)


class Stage:
    """Runs scripts on a node as `ingot run --yes` does, with anvil's own accounts."""

    def __init__(self, project: Any, node: Anvil, folder: Path) -> None:
        self.project, self.node, self.folder = project, node, folder
        self.said: list[str] = []

    @contextmanager
    def session(self, **options: Any) -> Iterator[Session]:
        chain = RemoteChain(open_transport([self.node.url]), network=find_network("ethereum", "sepolia"))
        try:
            yield Session(chain, self.folder, Options(yes=True, **options), tell=self.said.append)
        finally:
            chain.close()

    def run(self, script: Script, **options: Any) -> Any:
        """Plan, then for real. Returns: what the script returned, and the plan."""
        with self.session(**options) as session:
            with session.planning() as simulation, networks.use(simulation.chain, project=self.project):
                script(ingot.deployment())
            plan = session.plan()
            plan.check(max_cost=session.options.max_cost)
            with networks.use(session.chain, project=self.project), session.sending(plan):
                return script(ingot.deployment()), plan

    def plan(self, script: Script, **options: Any) -> Any:
        with self.session(**options) as session:
            with session.planning() as simulation, networks.use(simulation.chain, project=self.project):
                script(ingot.deployment())
            return session.plan()

    @property
    def journal(self) -> Path:
        return self.folder / "sepolia" / "default"

    @property
    def steps(self) -> Any:
        return read(self.journal).state.steps

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in read(self.journal).entries]

    def count(self, account: int = 0) -> int:
        """Transactions of one of anvil's accounts."""
        return self.node.number("eth_getTransactionCount", self.node.call("eth_accounts")[account], "latest")


@pytest.fixture
def stage(anvil: StartAnvil, sample: Any, tmp_path: Path) -> Stage:
    return Stage(sample, anvil(), tmp_path / "deployments")


def story(deploy: Any) -> Any:
    """A library, a creation, a CREATE2, calls by two senders."""
    ledger = deploy("Ledger", "units", 100)
    doubler = deploy("Doubler", 3)
    lasting = deploy("contracts/Factory.sol:Purse", salt=7)
    deploy.call(ledger.transfer, doubler, 5)
    deploy.call(ledger.transfer, lasting, 6, name="more")
    deploy.transfer(lasting, 9, name="wei", sender=deploy.accounts[1])
    return ledger, doubler, lasting


def test_a_deployment_is_planned_made_and_not_made_again(stage: Stage) -> None:
    (ledger, doubler, lasting), plan = stage.run(story)
    assert [step.step for step in plan.steps] == [
        "Ledger",
        "Doubling",
        "Doubler",
        "Purse",
        "Ledger.transfer",
        "more",
        "wei",
    ]
    assert {step.status for step in plan.steps} == {"new"}
    assert doubler.times(4) == 24
    assert ledger.balanceOf(lasting) == 6
    assert ledger.receipt.succeeded
    assert [stage.steps[step.step].address for step in plan.steps] == [step.address for step in plan.steps]
    assert {step.phase for step in stage.steps.values()} == {"confirmed"}
    assert stage.steps["Doubler"].checked
    assert stage.steps["Doubler"].intent.after == ("Doubling",)
    before = (stage.count(0), stage.count(1), stage.journal.joinpath("journal.jsonl").read_bytes())
    again, plan = stage.run(story)
    assert [contract.address for contract in again] == [ledger.address, doubler.address, lasting.address]
    assert "Nothing to do" in plan.render()
    assert (stage.count(0), stage.count(1), stage.journal.joinpath("journal.jsonl").read_bytes()) == before


def test_gas_of_the_plan_is_gas_that_is_used(stage: Stage) -> None:
    _, plan = stage.run(story)
    for step in plan.steps:
        mined = stage.steps[step.step].mined
        assert mined.gas_used == step.gas
        assert step.gas <= stage.steps[step.step].intent.gas_limit


def test_what_the_node_reckons_otherwise_is_shown_and_counts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dearer(_chain: Any, to_do: Any) -> Any:
        return [{"status": "0x1", "gasUsed": hex(step.gas + 1)} for step in to_do]

    before = stage.plan(story)
    monkeypatch.setattr(node_simulation, "_simulated", dearer)
    after = stage.plan(story)
    assert not before.notes
    assert len(after.notes) == 7
    assert "gas by the node" in after.render()
    assert [step.gas for step in after.steps] == [step.gas + 1 for step in before.steps]


def test_the_node_agrees_about_what_it_can_simulate(stage: Stage) -> None:
    """Anvil 1.7 simulates calls and transfers, but no creations: then the simulation here counts alone."""

    def calls(deploy: Any) -> None:
        deploy.transfer(deploy.accounts[1], 5, name="first")
        deploy.transfer(deploy.accounts[2], 5, name="second", sender=deploy.accounts[1])

    plan = stage.plan(calls)
    with stage.session() as session:
        answers = node_simulation._simulated(session.chain, plan.to_do)
        assert answers is not None
        assert [int(each["gasUsed"], 16) for each in answers] == [step.gas for step in plan.steps]
        assert node_simulation._simulated(session.chain, stage.plan(story).to_do) is None


def test_what_fails_by_the_nodes_own_reckoning_is_not_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [{"status": "0x0", "error": {"message": "execution reverted"}} for _ in range(7)]
    monkeypatch.setattr(node_simulation, "_simulated", lambda *_: failing)
    with pytest.raises(DeployError, match="the node says that it would fail, execution reverted"):
        stage.run(story)
    assert not stage.folder.exists()


def test_a_node_that_does_not_simulate_is_asked_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_simulation, "_simulated", lambda *_: None)
    assert len(stage.plan(story).to_do) == 7


def test_a_plan_writes_and_sends_nothing(stage: Stage) -> None:
    plan = stage.plan(story)
    assert len(plan.to_do) == 7
    text = plan.render()
    assert "Ledger(name_='units', supply=100)" in text
    assert "ethereum:sepolia (testnet, chain 11155111)" in text
    assert not stage.folder.exists()
    assert stage.node.number("eth_blockNumber") == 0


def test_each_line_is_there_before_its_transaction(stage: Stage) -> None:
    stage.run(lambda deploy: deploy("Ledger", "units", 1))
    assert stage.kinds == ["intent", "signed", "sent", "mined", "confirmed", "checked"]


def test_a_script_that_raises_halfway_is_continued(stage: Stage) -> None:
    def fails(deploy: Any) -> None:
        deploy("Ledger", "units", 100)
        if hasattr(deploy.chain, "transport"):
            raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        stage.run(fails)
    assert stage.steps["Ledger"].phase == "mined"
    _, plan = stage.run(story)
    assert [step.status for step in plan.steps] == ["done", *6 * ["new"]]
    assert stage.count() == 6


def test_in_a_batch_nobody_waits(stage: Stage) -> None:
    def script(deploy: Any) -> Any:
        with deploy.batch():
            ledger = deploy("Ledger", "units", 100)
            deploy.call(ledger.transfer, deploy.accounts[1], 5)
            purse = deploy("contracts/Factory.sol:Purse")
        return ledger, purse

    (ledger, purse), _ = stage.run(script)
    assert ledger.balanceOf(stage.node.call("eth_accounts")[1]) == 5
    assert purse.code
    kinds = stage.kinds
    assert kinds[:9] == 3 * ["intent", "signed", "sent"]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (lambda deploy: deploy("Ledger", "units", 13), "Lacking"),
        (lambda deploy: deploy("Ledger", "units", 13, salt=1), "Lacking"),
        (lambda deploy: deploy.call(deploy("Failing").withString), "too late"),
    ],
)
def test_what_would_revert_ends_in_the_plan(stage: Stage, script: Script, says: str) -> None:
    with pytest.raises(ingot.Revert, match=says):
        stage.run(script)
    assert not stage.folder.exists()
    assert stage.node.number("eth_blockNumber") == 0


def test_an_unfunded_sender_is_told_what_is_missing(stage: Stage) -> None:
    poor = stage.node.call("eth_accounts")[0]
    stage.node.call("anvil_setBalance", poor, hex(10**12))
    with pytest.raises(DeployError, match=r"has 0\.000001 ETH and may need .* are missing") as caught:
        stage.run(story)
    assert "test money" in str(caught.value)
    assert not stage.folder.exists()


def test_caps_hold(stage: Stage) -> None:
    with pytest.raises(DeployError, match="more than --max-cost"):
        stage.run(story, max_cost=10**9)
    assert not stage.folder.exists()


def test_what_is_no_step_is_refused(stage: Stage) -> None:
    def script(deploy: Any) -> None:
        ledger = deploy("Ledger", "units", 100)
        ledger.transfer(deploy.accounts[1], 5, sender=deploy.accounts[0])

    with pytest.raises(UsageError, match=r"deploy\.call"):
        stage.run(script)
    assert stage.count() == 0  # Seen in the plan.


def test_what_is_no_step_is_refused_where_only_the_real_run_meets_it(stage: Stage) -> None:
    def script(deploy: Any) -> None:
        ledger = deploy("Ledger", "units", 100)
        if isinstance(deploy.chain, RemoteChain):
            ledger.transfer(deploy.accounts[1], 5, sender=deploy.accounts[0])

    with pytest.raises(UsageError, match=r"deploy\.call"):
        stage.run(script)
    assert stage.count() == 1


# What changed since


def changed(deploy: Any) -> Any:
    ledger = deploy("Ledger", "other", 100)
    deploy.call(ledger.transfer, deploy.accounts[1], 5)
    return ledger


def original(deploy: Any) -> Any:
    ledger = deploy("Ledger", "units", 100)
    deploy.call(ledger.transfer, deploy.accounts[1], 5)
    return ledger


@pytest.mark.parametrize("choice", ["ask", "fail"])
def test_a_changed_step_stops_the_run_unless_somebody_decides(stage: Stage, choice: str) -> None:
    stage.run(original)
    with pytest.raises(DeployError, match=r"the constructor's arguments; Ledger\.transfer uses it"):
        stage.run(changed, on_change=choice)
    assert stage.count() == 2


def test_a_changed_step_is_kept_if_that_is_said(stage: Stage) -> None:
    first, _ = stage.run(original)
    second, plan = stage.run(changed, on_change="keep")
    assert first == second
    assert not plan.to_do


def test_a_changed_step_is_made_anew_with_what_depends_on_it(stage: Stage) -> None:
    first, _ = stage.run(original)
    second, plan = stage.run(changed, on_change="redeploy")
    assert second.name() == "other"
    assert first != second
    assert [step.status for step in plan.steps] == ["anew, arguments changed", "anew, target changed"]
    assert stage.kinds.count("wiped") == 2
    _, plan = stage.run(changed)
    assert not plan.to_do


def test_another_sender_is_a_change(stage: Stage) -> None:
    stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse"))
    with pytest.raises(DeployError, match="who sends it"):
        stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse", sender=deploy.accounts[1]))


# What the chain does meanwhile


def signed_and_lost(stage: Stage) -> dict[str, Any]:
    """The journal of a run that was killed before anything of its only step was sent."""
    stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse"))
    path = stage.journal / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    return json.loads(path.read_bytes().splitlines()[2])


def reorganise(node: Anvil, depth: int) -> None:
    """Other blocks in place of the latest ones, without their transactions."""
    node.call("anvil_reorg", depth, [])


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_what_was_reorganised_away_is_sent_again_as_it_was(stage: Stage, depth: int) -> None:
    contracts, _ = stage.run(story)
    hashes = {name: step.mined.hash for name, step in stage.steps.items()}
    reorganise(stage.node, depth)
    assert stage.count(0) + stage.count(1) == 7 - depth
    again, plan = stage.run(story)
    assert [contract.address for contract in again] == [contract.address for contract in contracts]
    assert sum(step.status == "in flight" for step in plan.steps) == depth
    assert {name: step.mined.hash for name, step in stage.steps.items()} == hashes
    assert stage.kinds.count("reorged") == depth
    assert (stage.count(0), stage.count(1)) == (6, 1)


def test_what_was_signed_and_never_sent_is_sent(stage: Stage) -> None:
    snapshot = stage.node.call("evm_snapshot")
    signed = signed_and_lost(stage)
    stage.node.call("evm_revert", snapshot)
    purse, plan = stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse"))
    assert purse.code
    assert [step.status for step in plan.steps] == ["in flight"]
    assert stage.steps["Purse"].mined.hash == signed["hash"]


def test_a_nonce_that_another_program_took_is_given_up(stage: Stage) -> None:
    snapshot = stage.node.call("evm_snapshot")
    signed = signed_and_lost(stage)
    stage.node.call("evm_revert", snapshot)
    accounts = stage.node.call("eth_accounts")
    stage.node.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[5], "value": "0x1"})
    purse, plan = stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse"))
    assert purse.code
    assert [(step.status, step.address) for step in plan.steps] == [
        ("anew, its nonce was used by another transaction", purse.address)
    ]
    assert stage.steps["Purse"].mined.hash != signed["hash"]
    assert stage.steps["Purse"].intent.nonce == 1
    assert stage.count() == 2


def test_a_nonce_that_another_programs_transaction_waits_with_is_waited_for(stage: Stage) -> None:
    snapshot = stage.node.call("evm_snapshot")
    signed = signed_and_lost(stage)
    stage.node.call("evm_revert", snapshot)
    accounts = stage.node.call("eth_accounts")
    stage.node.call("evm_setAutomine", False)
    stage.node.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[5], "value": "0x1"})
    timer = threading.Timer(
        1.5, lambda: (stage.node.call("evm_setAutomine", True), stage.node.call("evm_mine"))
    )
    timer.start()
    try:
        purse, _ = stage.run(lambda deploy: deploy("contracts/Factory.sol:Purse"), confirmations=0)
    finally:
        timer.join()
    assert purse.code
    assert any("another transaction with nonce 0 waits" in line for line in stage.said)
    assert stage.steps["Purse"].mined.hash != signed["hash"]
    assert stage.steps["Purse"].intent.nonce == 1
    assert "replaced" not in stage.kinds


def test_a_cap_below_the_market_stops_only_what_costs_something(stage: Stage) -> None:
    with stage.session() as session:
        session.chain.max_fee = 1
        with session.planning() as simulation, networks.use(simulation.chain, project=stage.project):
            story(ingot.deployment())
        with pytest.raises(ingot.InvalidTransaction, match="below the base fee"):
            session.plan()
    stage.run(story)
    with stage.session() as session:
        session.chain.max_fee = 1
        with session.planning() as simulation, networks.use(simulation.chain, project=stage.project):
            story(ingot.deployment())
        assert not session.plan().to_do


def test_another_genesis_is_another_chain(stage: Stage, anvil: StartAnvil) -> None:
    stage.run(story)
    stage.node = anvil(timestamp=1_760_000_000)
    with pytest.raises(DeployError, match="another chain with the id 11155111"):
        stage.run(story)


def test_a_node_that_is_behind_is_told(stage: Stage, anvil: StartAnvil) -> None:
    stage.run(story)
    stage.node = anvil()
    with pytest.raises(DeployError, match="lags behind, is on another fork"):
        stage.run(story)


def test_a_node_that_catches_up_is_waited_for_in_the_plan_and_in_the_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.run(story)
    lagging = [True, True, False, True, False]  # twice in the plan, once when the run begins
    real = Sight.facts

    def facts(self: Sight, steps: Any) -> Any:
        found = real(self, steps)
        if lagging and lagging.pop(0):
            return {name: replace(each, head=0, nonce=0, seen={}) for name, each in found.items()}
        return found

    monkeypatch.setattr(Sight, "facts", facts)
    _, plan = stage.run(story)
    assert not plan.to_do
    assert not lagging


# Several deployments, and scripts by themselves


def test_two_deployments_of_a_script_share_libraries_and_no_ids(stage: Stage) -> None:
    def twice(deploy: Any) -> Any:
        first = deploy("Doubler", 2)
        second = ingot.deployment()("Doubler", 3, name="second")
        return first, second

    (first, second), plan = stage.run(twice)
    assert [step.step for step in plan.steps] == ["Doubling", "Doubler", "second"]
    assert (first.times(1), second.times(1)) == (4, 6)

    def clashing(deploy: Any) -> None:
        deploy("Doubler", 2)
        ingot.deployment()("Doubler", 2)

    with pytest.raises(DeployError, match="there is a step 'Doubler' already"):
        stage.plan(clashing)


def test_deployments_of_other_names_have_journals_of_their_own(stage: Stage) -> None:
    def script(deploy: Any) -> None:
        deploy("Doubling")
        ingot.deployment(name="other")("Doubling")

    stage.run(script)
    assert set(stage.steps) == {"Doubling"}
    assert set(read(stage.folder / "sepolia" / "other").state.steps) == {"Doubling"}
    for name in ("", "..", "a/b"):
        with pytest.raises(UsageError, match="cannot name a deployment"), stage.session(name=name) as session:
            session.folder(name)


def test_a_script_by_itself_writes_the_same_journal(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(type(stage.project), "path", tmp_path)
    with stage.session() as session, networks.use(session.chain, project=stage.project):
        accounts = session.chain.accounts[:2]
        monkeypatch.setattr(RemoteChain, "is_development", False)
        monkeypatch.setattr("ingot.deploy.session.confirmations_of", lambda _: 0)
        session.chain.default_sender = accounts[0].address
        monkeypatch.setattr(type(session.chain.accounts), "__getitem__", lambda *_: accounts[0])
        for _ in range(2):
            deploy = ingot.deployment()
            doubler = deploy("Doubler", 2)
            assert doubler.times(3) == 12
            assert [step.gas_used > 0 for step in deploy.steps] == [True, True]
    assert {step.phase for step in stage.steps.values()} == {"confirmed"}
    assert stage.count() == 2
