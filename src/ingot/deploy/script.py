"""The API of deployment scripts. A script is ordinary Python; each transaction is a step with an id of its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.contract import BaseDeployer
from ingot.contract.contract import bound
from ingot.contract.deployer import CREATE2_DEPLOYER
from ingot.contract.method import no_code
from ingot.conversion import amount, to_address, to_bytes
from ingot.deploy.drafting import Drafts
from ingot.deploy.executor import Direct
from ingot.deploy.factory import COST, PRESIGNED, SIGNER
from ingot.deploy.intent import Intent
from ingot.deploy.parameters import NamedAccounts, read_settings
from ingot.deploy.proxies import ProxyOrder, deploy_proxy
from ingot.deploy.session import DEFAULT_NAME, Options, Session, active_session, network_name
from ingot.deploy.table import render
from ingot.deploy.unattended import Unattended
from ingot.deploy.under_ape import apes_chain
from ingot.engine import decode_transaction
from ingot.errors import DeployError, UsageError
from ingot.networks import LOCAL, active_project, chosen_chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ingot.deploy.changes import Answer
    from ingot.deploy.executor import Done, Executor
    from ingot.deploy.proxies import Kind
    from ingot.deploy.state import StepState
    from ingot.project import BaseProject
    from ingot.provider import Provider
    from ingot.receipt import Receipt
    from ingot.types import Address, AddressLike

__all__ = ["Deployment", "Step", "collected", "deployment"]

_collector: ContextVar[list[Deployment] | None] = ContextVar("ingot_deployments", default=None)


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction of a deployment.

    id: unique in it.      words: the call as a person would write it.      address: of the contract, if one was deployed.
    cost: wei.
    """

    id: str
    words: str
    address: Address | None
    gas_used: int
    cost: int
    txn_hash: str


def deployment(
    *, project: BaseProject | None = None, chain: Provider | None = None, name: str = ""
) -> Deployment:
    """A deployment on the active network, of the active project: else of the one that the running script lies in.

        def main():
            deploy = ingot.deployment()
            token = deploy("Token", 10**24)
            vault = deploy("Vault", token)
            deploy.call(token.grantMinter, vault)
            print(deploy.table())

    name: of the journal on a live network, by default what `ingot run --deployment` says.
    Raises: UsageError, if there is no project; DeployError, if its journal cannot be used.
    """
    chosen = project or active_project() or _project_of_script()
    where: Any = chain or _apes_chain(chosen) or chosen.chain
    made = Deployment(chosen, where, executor=_executor(chosen, where, name), network=_network_of(where))
    collector = _collector.get()
    if collector is not None:
        collector.append(made)
    return made


def _apes_chain(project: BaseProject) -> Provider | None:
    """Under `ape run` the network is ape's; whoever made a chain active comes before."""
    if active_session() is not None or chosen_chain() is not None:
        return None
    return apes_chain(project)


def _network_of(chain: Any) -> str:
    """A chain behind a node has a transport; the one in process, and copies of others in it, do not."""
    session = active_session()
    if session is not None:
        return session.network
    return network_name(chain.network, chain.chain_id) if hasattr(chain, "transport") else LOCAL.network


def _executor(project: BaseProject, chain: Any, name: str) -> Executor:
    session = active_session()
    if session is not None:
        return session.executor(name)
    if not hasattr(chain, "transport") or chain.is_development:
        return Direct(chain)
    chosen = name or DEFAULT_NAME
    return Unattended(Session(chain, project.path / "deployments", Options(name=chosen)), chosen)


def _project_of_script() -> BaseProject:
    from ingot.project import load, tell

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if (
        script is not None and Path(script).suffix != ".py"
    ):  # a command such as ape's, wherever it is installed
        script = None
    try:
        return load(Path(script).resolve().parent if script else Path.cwd(), progress=tell)
    except UsageError:
        if script is None:
            raise
        return load(Path.cwd(), progress=tell)


@contextmanager
def collected() -> Iterator[list[Deployment]]:
    """Inside, every deployment that is made also goes into the list: `ingot run` shows those that no script showed."""
    made: list[Deployment] = []
    token = _collector.set(made)
    try:
        yield made
    finally:
        _collector.reset(token)


class Deployment:
    """Steps in order, each sent and done before the next. See `deployment`."""

    def __init__(
        self,
        project: BaseProject,
        chain: Provider,
        *,
        network: str = LOCAL.network,
        executor: Executor | None = None,
    ) -> None:
        self.project = project
        self.network = network
        self._executor = executor or Direct(chain)
        self.parameters, roles = read_settings(project.path, network)
        path = project.path / "deployments" / f"{network}.yaml"
        accounts = chain.accounts  # type: ignore[attr-defined]  # every chain has them
        self.accounts = NamedAccounts(roles, accounts, path, deployer=chain.default_sender)
        self.is_shown = False
        self._words: dict[str, str] = {}
        self._addresses: dict[str, Address] = {}
        self._libraries: dict[str, Address] = {}
        self._drafts = Drafts(lambda: self.chain, self._addresses)

    @property
    def chain(self) -> Provider:
        """Where it is made; while `ingot run` prepares its plan, a copy of it."""
        return self._executor.chain

    def __call__(
        self, contract: str | BaseDeployer, *args: object, name: str | None = None, **options: Any
    ) -> Any:
        """Deploy a contract, by name or as `project.Token`. name: the step's id, default the contract's name.

        options: as for `project.Token.deploy`; sender is by default the account named `deployer`. Libraries that are not
        given are steps of their own, once.
        Raises: DeployError, if the id is taken or the deployment fails.
        """
        deployer = self._deployer(contract)
        self._check_id(name or deployer.name)
        options.setdefault("sender", self.accounts["deployer"])
        return self.create(self.intended(deployer, args, options, name or deployer.name))

    def _deployer(self, contract: str | BaseDeployer) -> BaseDeployer:
        deployer = self.project[contract] if isinstance(contract, str) else contract
        if not isinstance(deployer, BaseDeployer):
            raise UsageError(f"deploy: give a contract's name, or project.Name; {contract!r} is neither")
        return deployer

    def intended(
        self, deployer: BaseDeployer, args: Sequence[object], options: Mapping[str, Any], step: str
    ) -> Intent:
        """What the creation of a contract comes to, its libraries and CREATE2's deployer being there. Not carried out."""
        draft = self._drafts.creation(deployer, args, options, step)
        libraries = dict(draft.libraries)
        for library in draft.missing_libraries:
            libraries[library] = self._library(library, draft.options["sender"])
        if draft.salt and not self.chain.get_code(CREATE2_DEPLOYER):
            self._install_create2(draft.options["sender"])
        return self._drafts.linked(draft, libraries)

    def create(self, intent: Intent) -> Any:
        """Carry out what `intended` gave. Returns: the contract."""
        self._check_id(intent.step)
        done = self._transact(intent)
        if done.address is None or intent.interface is None:
            raise DeployError(
                f"step {intent.step}: the chain named no address for its contract", step=intent.step
            )
        self._addresses[intent.step] = done.address
        if intent.code is not None:
            self._libraries.setdefault(intent.code.contract, done.address)
        return bound(done.address, intent.interface, self.chain, done.receipt)

    def _install_create2(self, sender: AddressLike) -> None:
        """The deterministic deployer, by the transaction that everybody uses for it; its sender is given what it costs."""
        missing = COST - self.chain.get_balance(SIGNER)
        if missing > 0:
            self.transfer(SIGNER, missing, name="fund the CREATE2 deployer", sender=sender)
        self._transact(
            Intent(
                step="CREATE2 deployer",
                action="create",
                words=f"the deterministic CREATE2 deployer at {CREATE2_DEPLOYER}",
                sender=SIGNER,
                to=None,
                data=decode_transaction(PRESIGNED).data,
                address=CREATE2_DEPLOYER,
                presigned=PRESIGNED,
            )
        )

    def proxy(
        self,
        contract: str | BaseDeployer,
        *args: object,
        kind: Kind = "transparent",
        initializer: str = "initialize",
        constructor: Sequence[object] = (),
        owner: AddressLike | None = None,
        name: str | None = None,
        **options: Any,
    ) -> Any:
        """Deploy a contract behind a proxy of OpenZeppelin's, and upgrade it when its code changed. See docs/deploying.md.

        args: of the initializer; "" for none.      constructor: arguments of the implementation's own constructor.
        kind: transparent, uups or beacon.      owner: who may upgrade, by default the sender.
        name: id of the proxy's step; the others are called after it.
        Returns: the contract, at the proxy's address.
        """
        deployer = self._deployer(contract)
        sender = options.setdefault("sender", self.accounts["deployer"])
        order = ProxyOrder(
            deployer=deployer,
            args=args,
            kind=kind,
            initializer=initializer,
            constructor=constructor,
            owner=sender if owner is None else owner,
            name=name or deployer.name,
            options=options,
        )
        return deploy_proxy(self, order)

    def recorded(self, step: str) -> StepState | None:
        """A step as the journal has it, if there is one and it has that step."""
        return self._executor.state.steps.get(step)

    def address_of(self, step: str) -> Address:
        """Of the contract of a step that was done in this run, or as the journal has it. Raises: DeployError."""
        known = self.recorded(step)
        address = self._addresses.get(step) or (known.address if known is not None else None)
        if address is None:
            raise DeployError(f"no step {step!r} made a contract", step=step)
        return to_address(address)

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:
        """What is to be done about a step that was done and has changed since; None if it has not."""
        return self._executor.answer(intent, is_proxied=is_proxied)

    def _library(self, qualified_name: str, sender: AddressLike) -> Address:
        """The library, deployed once for all contracts that need it."""
        if qualified_name not in self._libraries:
            deployer = self.project[qualified_name]
            step = qualified_name if deployer.name in self._words else deployer.name
            self.create(replace(self.intended(deployer, (), {"sender": sender}, step), is_shared=True))
        return self._libraries[qualified_name]

    def call(self, method: Any, *args: object, name: str | None = None, **options: Any) -> Receipt:
        """Send a transaction to a contract: deploy.call(token.grantMinter, vault).

        name: the step's id, default Contract.method.      options: as for the method itself.
        Raises: DeployError, if the id is taken; ExecutionError, if it fails.
        """
        if not hasattr(method, "transact"):
            raise UsageError(
                f"deploy.call: give a contract's method without calling it, such as token.mint; not {method!r}"
            )
        step = name or f"{method.interface.name}.{method.name}"
        self._check_id(step)
        options.setdefault("sender", self.accounts["deployer"])
        intent = self._drafts.call(method, args, options, step)
        if intent.to not in self._addresses.values() and not self.chain.get_code(intent.to or ""):
            raise no_code(f"{method.interface.name}.{method.name}", intent.to or "")
        return self._receipt(self._transact(intent), step)

    def transfer(
        self,
        to: AddressLike,
        value: int | str = 0,
        data: bytes | str = b"",
        *,
        name: str,
        sender: AddressLike | None = None,
    ) -> Receipt:
        """Send wei, and data if given: deploy.transfer(treasury, "1 ether", name="fund the treasury").

        name: the step's id.      sender: default the account named `deployer`.
        """
        self._check_id(name)
        chosen = self.accounts["deployer"] if sender is None else sender
        intent = self._drafts.transfer(chosen, to, amount(value), to_bytes(data), name)
        return self._receipt(self._transact(intent), name)

    def _receipt(self, done: Done, step: str) -> Receipt:
        if done.receipt is None:
            raise DeployError(f"step {step} was adopted, without a transaction", step=step)
        return done.receipt

    def batch(self) -> AbstractContextManager[None]:
        """`with deploy.batch():` steps inside do not wait for each other to be mined; the end waits for all.

        For steps that do not need each other's results: a contract that is not mined yet has an address, but answers
        nothing.
        """
        return self._executor.batch()

    def _check_id(self, step: str) -> None:
        if step in self._words:
            raise DeployError(
                f"there is a step {step!r} already: give this one a name of its own, name=...", step=step
            )

    def _transact(self, intent: Intent) -> Done:
        done = self._executor.transact(intent)
        self._words[intent.step] = intent.words
        self.is_shown = False
        return done

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that are done, in order."""
        return tuple(self._step(step, words) for step, words in self._words.items())

    def _step(self, step: str, words: str) -> Step:
        spent = self._executor.spent(step)
        return Step(
            id=step,
            words=words,
            address=self._addresses.get(step),
            gas_used=spent.gas_used,
            cost=spent.cost,
            txn_hash=spent.txn_hash,
        )

    def table(self) -> str:
        """Contract, address, gas and cost of each step, to print. `ingot run` does not show it again."""
        self.is_shown = True
        return render(self.steps, self.network)

    def summary(self) -> None:
        """Print the table."""
        print(self.table())

    def __repr__(self) -> str:
        return f"<deployment on {self.network}, {len(self._words)} steps>"
