"""One run of a script on a live network: its journals, and who carries out what the script says."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.deploy.changes import Choice, OnChange
from ingot.deploy.doubt import Doubts, patience_of
from ingot.deploy.entries import Header
from ingot.deploy.journal import Journal, Record, check_header, read
from ingot.deploy.journaled import Journaled, Limits
from ingot.deploy.outcomes import stopped
from ingot.deploy.sight import Sight, finality_of
from ingot.errors import DeployError, ProviderError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.deploy.executor import Executor
    from ingot.deploy.plan import Plan
    from ingot.deploy.simulated import Simulated, Simulation
    from ingot.remote import Network, RemoteChain

__all__ = [
    "DEFAULT_NAME",
    "Options",
    "Session",
    "active_session",
    "confirmations_of",
    "network_name",
]

DEFAULT_NAME = "default"
_INSTEAD = "use deploy(...), deploy.call(...) or deploy.transfer(...)"

_active: ContextVar[Session | None] = ContextVar("ingot_deploy_session", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says. name: of the deployment.      max_cost: wei, for all gas of the run.

    confirmations: None for the network's.      on_change: see `OnChange`.
    """

    name: str = DEFAULT_NAME
    yes: bool = False
    dry_run: bool = False
    max_cost: int | None = None
    on_change: Choice = "ask"
    confirmations: int | None = None


class Session:
    """tell: takes lines for people.      ask: shows a question, returns the answer; None where nobody can be asked.

    The script runs twice: inside `planning` on a copy of the live state, inside `sending` over the journal.
    """

    def __init__(
        self,
        chain: RemoteChain,
        deployments: Path,
        options: Options,
        *,
        tell: Callable[[str], None] | None = None,
        ask: Callable[[str], str] | None = None,
    ) -> None:
        self.chain = chain
        self.deployments = deployments
        self.options = options
        self.tell = tell or _tell
        self.on_change = OnChange(options.on_change, None if options.yes else ask, self.tell)
        self.confirmations = (
            confirmations_of(chain) if options.confirmations is None else options.confirmations
        )
        self._simulation: Simulation | None = None
        self._planned: dict[str, Simulated] = {}
        self._sending: dict[str, Journaled] = {}
        self._entries: dict[str, int] = {}
        self._gas: Mapping[str, int] = {}

    @property
    def network(self) -> str:
        """Name of the network's folder and settings file."""
        return network_name(self.chain.network, self.chain.chain_id)

    def folder(self, name: str) -> Path:
        """Of a deployment. Raises: UsageError, for a name that is no folder's."""
        if not name or name.startswith(".") or not all(each.isalnum() or each in "-_." for each in name):
            raise UsageError(f"{name!r} cannot name a deployment: use letters, digits, - _ and .")
        return self.deployments / self.network / name

    def record(self, name: str) -> Record:
        """The journal of a deployment as it is on the disk. Raises: DeployError, if it is another chain's, or corrupt."""
        folder = self.folder(name)
        record = read(folder)
        if record.header is not None:
            check_header(record.header, self._header(name), folder)
        return record

    def sight(self) -> Sight:
        """Of the chain."""
        return Sight(
            self.chain.transport, confirmations=self.confirmations, finality=finality_of(self.chain.network)
        )

    def executor(self, name: str = "") -> Executor:
        """Of a deployment, by default of the one that the command line names."""
        chosen = name or self.options.name
        if self._simulation is not None:
            if chosen not in self._planned:
                self._planned[chosen] = self._simulated(chosen, self._simulation)
            return self._planned[chosen]
        if chosen not in self._sending:
            self._sending[chosen] = self._journaled(chosen)
        return self._sending[chosen]

    def _header(self, name: str) -> Header:
        return Header(
            chain_id=self.chain.chain_id,
            genesis_hash=f"0x{self.chain.genesis_hash.hex()}",
            network=self.network,
            name=name,
            choice="" if self.chain.network is None else self.chain.network.choice,
        )

    # The plan

    @contextmanager
    def planning(self) -> Iterator[Simulation]:
        """Inside, deployments are simulated: nothing is sent and nothing written. `plan` says what came of it."""
        from ingot.deploy.simulated import Simulation

        self._simulation = Simulation(self.chain)
        token = _active.set(self)
        try:
            with self.chain.only_prepared(_INSTEAD):
                yield self._simulation
        finally:
            _active.reset(token)
            self._simulation = None

    def _simulated(self, name: str, simulation: Simulation) -> Simulated:
        from ingot.deploy.simulated import Simulated

        record = self.record(name)
        self._entries[name] = len(record.entries)
        sight = self.sight()
        steps = [step for step in record.state.steps.values() if step.attempts or step.adopted is not None]
        seen = Doubts(patience_of(self.chain)).outlast(lambda: sight.survey(steps)) if steps else {}
        decisions = {key: decision for key, (decision, _) in seen.items()}
        for key, decision in decisions.items():
            if decision.action in ("fork", "lost", "contested", "conflict"):
                raise stopped(record.state.steps[key], decision)
        return Simulated(simulation, record.state, decisions, on_change=self.on_change)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the deployments that the script made when it was planned."""
        return tuple(self._planned)

    @property
    def has_deployments(self) -> bool:
        """Whether the script made any, when it was planned."""
        return bool(self._planned)

    def plan(self) -> Plan:
        """What the simulated script would send."""
        from ingot.deploy.plan import plan_of

        return plan_of(self.chain, [step for each in self._planned.values() for step in each.steps])

    # For real

    @contextmanager
    def sending(self, plan: Plan | None = None) -> Iterator[None]:
        """Inside, deployments are made over their journals; at the end everything is waited for."""
        self._gas = {step.step: step.gas_limit for step in plan.to_do} if plan is not None else {}
        token = _active.set(self)
        try:
            with self.chain.only_prepared(_INSTEAD):
                yield
                for executor in self._sending.values():
                    executor.settle()
        finally:
            _active.reset(token)
            for executor in self._sending.values():
                executor.journal.close()
            self._sending.clear()

    def _journaled(self, name: str) -> Journaled:
        executor = open_journaled(self, name, gas=self._gas)
        planned = self._entries.get(name, len(executor.journal.entries))
        if planned != len(executor.journal.entries):
            executor.journal.close()
            raise DeployError(
                f"the deployment {name} was changed by another run since the plan was made: run the same command again"
            )
        simulated = self._planned.get(name)
        return _begin(executor, () if simulated is None else simulated.artifacts)


def active_session() -> Session | None:
    """The session that the running script belongs to, or None."""
    return _active.get()


def open_journaled(session: Session, name: str, *, gas: Mapping[str, int] | None = None) -> Journaled:
    """Open the journal of a deployment, or begin it. Raises: DeployError."""
    journal = Journal(session.folder(name), session._header(name))
    if journal.repaired:
        session.tell(
            f"{journal.path}: a last line that a crash had cut off was removed; nothing was sent for it"
        )
    return Journaled(
        session.chain,
        journal,
        confirmations=session.confirmations,
        on_change=session.on_change,
        tell=session.tell,
        limits=Limits(max_cost=session.options.max_cost),
        gas=gas,
    )


def _begin(executor: Journaled, artifacts: Sequence[Artifact]) -> Journaled:
    """What cannot go on holds nobody up: its lock is let go. artifacts: that are going to be deployed."""
    try:
        executor.resume()
        executor.keep(artifacts)
    except BaseException:
        executor.journal.close()
        raise
    return executor


def network_name(network: Network | None, chain_id: int) -> str:
    """`sepolia`, `base-sepolia`: names the folder of its deployments, and the file of its parameters."""
    if network is None:
        return f"chain-{chain_id}"
    return network.name if network.ecosystem == "ethereum" else f"{network.ecosystem}-{network.name}"


def confirmations_of(chain: RemoteChain) -> int:
    """The network's; 0 where a node only makes a block when there is a transaction: it would be waited for in vain."""
    if chain.is_development and _mines_on_demand(chain):
        return 0
    return 2 if chain.network is None else chain.network.confirmations


def _mines_on_demand(chain: RemoteChain) -> bool:
    for method in ("anvil_getAutomine", "hardhat_getAutomine"):
        try:
            return bool(chain.transport.request(method))
        except ProviderError:
            continue
    return False


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
