"""Where the journal and the chain disagree: nonces that others took, transactions that nodes forgot, places that are taken."""

from __future__ import annotations

import itertools
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stand_in import StartAnvil
from test_journaled import SAMPLE, Stage, changed, original, signed_and_lost, story

import ingot
from ingot import networks
from ingot.deploy.courier import Patience
from ingot.deploy.journal import Journal, read
from ingot.deploy.journaled import Limits
from ingot.deploy.session import Options, Session
from ingot.deploy.sight import Sight
from ingot.errors import DeployError
from ingot.remote import RemoteChain, open_transport
from ingot.remote.network import find_network
from ingot.remote.rollup import NODE_INTERFACE


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("disagreements") / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".ingot"))
    return ingot.load(folder)


@pytest.fixture
def stage(anvil: StartAnvil, project: Any, tmp_path: Path) -> Stage:
    return Stage(project, anvil(), tmp_path / "deployments")


def test_a_nonce_that_another_program_is_about_to_take_is_waited_for_and_given_up(stage: Stage) -> None:
    snapshot = stage.node.call("evm_snapshot")
    signed = signed_and_lost(stage)
    stage.node.call("evm_revert", snapshot)
    stage.node.call("evm_setAutomine", False)
    accounts = stage.node.call("eth_accounts")
    stage.node.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[5], "value": "0x1"})

    def mine() -> None:
        stage.node.call("evm_mine")
        stage.node.call("evm_setAutomine", True)

    mining = threading.Timer(0.3, mine)
    with stage.session(confirmations=0) as session, networks.use(session.chain, project=stage.project):
        assert session.chain.accounts[0]  # Without its key nothing could be signed anew.
        mining.start()
        with session.sending():
            ingot.deployment()
    mining.join()
    assert "Purse: another transaction with nonce 0 waits; waiting for what becomes of it" in stage.said
    assert stage.steps["Purse"].intent.nonce == 1
    assert stage.steps["Purse"].mined.hash != signed["hash"]


def test_without_its_key_nothing_is_signed_anew(stage: Stage) -> None:
    snapshot = stage.node.call("evm_snapshot")
    signed_and_lost(stage)
    stage.node.call("evm_revert", snapshot)
    accounts = stage.node.call("eth_accounts")
    stage.node.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[5], "value": "0x1"})
    lines = stage.kinds
    with (
        stage.session() as session,
        networks.use(session.chain, project=stage.project),
        pytest.raises(DeployError, match=rf"(?i)signed again by {accounts[0]}.*ingot run.*account"),
        session.sending(),
    ):
        ingot.deployment()
    assert stage.kinds == lines
    Journal(stage.journal, read(stage.journal).header).close()  # The lock is free.


def test_what_a_node_has_forgotten_is_done_while_it_has_the_block(stage: Stage) -> None:
    """Nodes keep transactions and their receipts for some time: geth's for a year of blocks."""
    stage.run(story)
    with stage.session() as session:
        chain = session.chain
        steps = list(stage.steps.values())
        whole = chain.transport.batch

        def forgetful(requests: Any) -> Any:
            forgotten = ("eth_getTransactionReceipt", "eth_getTransactionByHash")
            answers = whole(requests)
            return [
                None if method in forgotten else answer
                for (method, _), answer in zip(requests, answers, strict=True)
            ]

        chain.transport.batch = forgetful  # type: ignore[method-assign]
        sight = Sight(chain.transport, confirmations=0, finality=1)
        assert {decision.action for decision, _ in sight.survey(steps).values()} == {"done"}
        elsewhere = [replace(step, mined=replace(step.mined, block_hash="0x00")) for step in steps]
        actions = {decision.action for decision, _ in sight.survey(elsewhere).values()}
        assert actions <= {"fork", "reorg"}


def test_what_cannot_be_done_anew_is_not_forgotten(stage: Stage) -> None:
    stage.run(original)
    before = stage.steps["Ledger"]
    with stage.session(on_change="redeploy") as session:
        session.chain.max_fee = 1
        with networks.use(session.chain, project=stage.project), session.sending():
            deploy = ingot.deployment()
            with pytest.raises(ingot.IngotError):
                changed(deploy)
    assert stage.steps["Ledger"] == before


def test_what_is_made_anew_is_forgotten_when_it_is_settled(stage: Stage) -> None:
    stage.run(original)
    path = stage.journal / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        b"".join(line for line in lines if json.loads(line)["kind"] not in ("confirmed", "checked"))
    )
    mining = threading.Timer(0.3, lambda: stage.node.call("anvil_mine", hex(4)))
    with (
        stage.session(on_change="redeploy", confirmations=5) as session,
        networks.use(session.chain, project=stage.project),
        session.sending(),
    ):
        deploy = ingot.deployment()
        mining.start()
        deploy("Ledger", "other", 100)
        stage.node.call("anvil_mine", hex(9))
    mining.join()
    kinds = [entry.kind for entry in read(stage.journal).entries if entry.step == "Ledger"]
    before, _, after = " ".join(kinds).partition(" wiped ")
    assert before == "intent signed sent mined confirmed checked"
    assert after == before


def test_what_create2_made_before_is_not_made_again_but_can_be_adopted(stage: Stage) -> None:
    def script(deploy: Any) -> Any:
        return deploy("Ledger", "units", 100, salt=3)

    ledger = stage.run(script)[0]
    with pytest.raises(DeployError, match=rf"adopt 'Ledger:Ledger={ledger.address}'.* another salt="):
        stage.run(script, name="other")
    assert stage.count() == 1
    assert not (stage.folder / "sepolia" / "other").exists()


def test_a_higher_fee_stays_below_the_most_that_a_run_may_cost(stage: Stage) -> None:
    with (
        stage.session(confirmations=0) as session,
        networks.use(session.chain, project=stage.project),
        session.sending(),
    ):
        deploy = ingot.deployment()
        executor: Any = session.executor()
        stage.node.call("evm_setAutomine", False)
        with deploy.batch():
            deploy("contracts/Factory.sol:Purse")
            step = stage.steps["Purse"]
            [attempt] = step.attempts
            cost = step.intent.gas_limit * attempt.max_fee
            executor._limits = Limits(max_cost=cost + 1)
            assert not executor.courier.offer_more("Purse")
            assert "bumped" not in stage.kinds
            executor._limits = Limits(max_cost=2 * cost)
            assert executor.courier.offer_more("Purse")
            stage.node.call("evm_mine")
            stage.node.call("evm_setAutomine", True)
    assert stage.kinds.count("bumped") == 1
    assert stage.steps["Purse"].phase == "confirmed"


class Busy:
    """Blocks that have room for two transfers, which another account pays more for. cap: of ours, wei for each gas."""

    def __init__(self, stage: Stage, cap: int | None) -> None:
        self.stage, self.over = stage, threading.Event()
        stage.node.call("evm_setBlockGasLimit", hex(45_000))
        self.session = stage.session(confirmations=0)
        self.cap = cap

    def mine(self) -> None:
        node = self.stage.node
        account = node.call("eth_accounts")[3]
        fields = {"from": account, "to": account, "gas": hex(21_000)}
        # More than ours, which begins at 3 and 1 gwei; anvil orders transactions by the whole fee.
        fees = {"maxFeePerGas": hex(32 * 10**8), "maxPriorityFeePerGas": hex(2 * 10**9)}
        while not self.over.wait(0.03):
            for _ in range(2):
                node.call("eth_sendTransaction", {**fields, **fees})
            node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
            node.call("evm_mine")

    def run(self, patience: Patience) -> None:
        """One transfer; blocks are made meanwhile. Raises what the deployment raises."""
        mining = threading.Thread(target=self.mine)
        with self.session as session, networks.use(session.chain, project=self.stage.project):
            session.chain.max_fee = self.cap
            try:
                with session.sending():
                    deploy = ingot.deployment()
                    executor: Any = session.executor()
                    executor.courier.patience = patience
                    mining.start()
                    deploy.transfer(deploy.accounts[1], 5, name="wei")
            finally:
                self.over.set()
                mining.join()


def test_what_blocks_pass_over_for_its_low_tip_offers_more(anvil: StartAnvil, stage: Stage) -> None:
    stage.node = anvil(mining=False)
    Busy(stage, None).run(Patience(tip_s=0.2, block_s=20))
    [*bumps] = [entry for entry in read(stage.journal).entries if entry.kind == "bumped"]
    assert 1 <= len(bumps) <= 4
    step = stage.steps["wei"]
    assert step.phase == "confirmed"
    for before, after in itertools.pairwise(step.attempts):
        assert 10 * after.max_priority_fee >= 11 * before.max_priority_fee
        assert 10 * after.max_fee >= 11 * before.max_fee
    assert step.attempts[0].max_priority_fee < 2 * 10**9 <= step.attempts[-1].max_priority_fee


def test_a_low_tip_is_not_raised_above_what_one_gas_may_cost(anvil: StartAnvil, stage: Stage) -> None:
    stage.node = anvil(mining=False)
    with pytest.raises(DeployError, match=r"step wei is not mined after 1 s"):
        Busy(stage, 2 * 10**9).run(Patience(tip_s=0.1, block_s=1))
    assert "bumped" not in stage.kinds
    assert sum("blocks pass" in line and "--max-fee" in line for line in stage.said) == 1
    [attempt] = stage.steps["wei"].attempts
    assert attempt.max_fee == 2 * 10**9


def test_nothing_is_sent_to_a_contract_that_will_not_be_where_it_was_foreseen(stage: Stage) -> None:
    """Both were signed in a batch; then another program took the nonce of the contract."""

    def script(deploy: Any) -> None:
        with deploy.batch():
            purse = deploy("contracts/Factory.sol:Purse")
            deploy.transfer(purse, 9, name="wei")

    snapshot = stage.node.call("evm_snapshot")
    stage.run(script)
    foreseen = stage.steps["Purse"].address
    path = stage.journal / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        b"".join(line for line in lines if json.loads(line)["kind"] in ("journal", "intent", "signed"))
    )
    stage.node.call("evm_revert", snapshot)
    accounts = stage.node.call("eth_accounts")
    stage.node.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[5], "value": "0x1"})

    with (
        stage.session() as session,
        networks.use(session.chain, project=stage.project),
        pytest.raises(DeployError, match=r"step wei .* Purse .* nonce 1 .*`ingot deployments wipe wei`"),
        session.sending(),
    ):
        ingot.deployment()
    assert stage.node.number("eth_getBalance", foreseen, "latest") == 0
    assert stage.count() == 1


def arbitrum(stage: Stage, script: Any) -> Any:
    """The plan of a script there."""
    network = find_network("arbitrum", "sepolia")
    chain = RemoteChain(open_transport([stage.node.url]), network=network)
    try:
        session = Session(chain, stage.folder, Options(yes=True), tell=stage.said.append)
        with session.planning() as simulation, networks.use(simulation.chain, project=stage.project):
            script(ingot.deployment())
        return session.plan()
    finally:
        chain.close()


def test_a_plan_on_arbitrum_counts_the_gas_of_the_data(anvil: StartAnvil, stage: Stage) -> None:
    def script(deploy: Any) -> None:
        ledger = deploy("Ledger", "units", 100)
        deploy.call(ledger.transfer, deploy.accounts[1], 5)

    stage.node = anvil(chain_id=421_614)
    without = arbitrum(stage, script)
    assert "without that of the data" in without.render()
    # The NodeInterface: as much gas as it is given bytes, and 5,000.
    stage.node.call("anvil_setCode", NODE_INTERFACE, "0x36611388015f5260605ff3")
    plan = arbitrum(stage, script)
    assert "of the data" not in plan.render()
    for bare, step in zip(without.steps, plan.steps, strict=True):
        size = 4 + 4 * 32 + (len(step.data) + 31) // 32 * 32
        assert step.gas - bare.gas == size + 5_000
        assert step.gas_limit > bare.gas_limit + step.gas - bare.gas
    assert plan.needed(plan.senders[0]) > without.needed(plan.senders[0])


@pytest.mark.parametrize(
    ("ecosystem", "kinds"),
    [
        ("arbitrum", ["intent", "signed", "sent", "mined"]),
        ("optimism", ["intent", "signed", "sent", "intent"]),
    ],
)
def test_where_data_is_paid_for_in_gas_a_batch_waits(
    ecosystem: str, kinds: list[str], anvil: StartAnvil, project: Any, tmp_path: Path
) -> None:
    """Gas of the plan, which is not Arbitrum's, would be too little."""
    network = find_network(ecosystem, "sepolia")
    assert network is not None
    node = anvil(chain_id=network.chain_id)
    chain = RemoteChain(open_transport([node.url]), network=network)
    try:
        session = Session(chain, tmp_path / "deployments", Options(yes=True), tell=lambda _: None)
        with networks.use(chain, project=project), session.sending():
            deploy = ingot.deployment()
            with deploy.batch():
                deploy("contracts/Factory.sol:Purse")
                deploy("contracts/Factory.sol:Purse", name="other")
        entries = read(tmp_path / "deployments" / f"{ecosystem}-sepolia" / "default").entries
    finally:
        chain.close()
    assert [entry.kind for entry in entries][:4] == kinds
