"""The API of deployment scripts. A script is ordinary Python; each transaction is a step with an id of its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.contract import BaseDeployer
from ingot.deploy.parameters import NamedAccounts, read_settings
from ingot.deploy.table import render
from ingot.errors import DeployError, UsageError
from ingot.networks import LOCAL, active_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.project import BaseProject
    from ingot.provider import Provider
    from ingot.receipt import Receipt
    from ingot.types import Address

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


def deployment(*, project: BaseProject | None = None, chain: Provider | None = None) -> Deployment:
    """A deployment on the active network, of the active project: else of the one that the running script lies in.

        def main():
            deploy = ingot.deployment()
            token = deploy("Token", 10**24)
            vault = deploy("Vault", token)
            deploy.call(token.grantMinter, vault)
            print(deploy.table())

    Raises: UsageError, if there is no project.
    """
    chosen = project or active_project() or _project_of_script()
    made = Deployment(chosen, chosen.chain if chain is None else chain)
    collector = _collector.get()
    if collector is not None:
        collector.append(made)
    return made


def _project_of_script() -> BaseProject:
    from ingot.project import load, tell

    script = getattr(sys.modules.get("__main__"), "__file__", None)
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

    def __init__(self, project: BaseProject, chain: Provider, *, network: str = LOCAL.network) -> None:
        self.project = project
        self.chain = chain
        self.network = network
        self.parameters, roles = read_settings(project.path, network)
        path = project.path / "deployments" / f"{network}.yaml"
        accounts = chain.accounts  # type: ignore[attr-defined]  # every chain has them
        self.accounts = NamedAccounts(roles, accounts, path, deployer=chain.default_sender)
        self.is_shown = False
        self._steps: dict[str, Step] = {}

    def __call__(
        self, contract: str | BaseDeployer, *args: object, name: str | None = None, **options: Any
    ) -> Any:
        """Deploy a contract, by name or as `project.Token`. name: the step's id, default the contract's name.

        options: as for `project.Token.deploy`; sender is by default the account named `deployer`.
        Raises: DeployError, if the id is taken or the deployment fails.
        """
        deployer = self.project[contract] if isinstance(contract, str) else contract
        if not isinstance(deployer, BaseDeployer):
            raise UsageError(f"deploy: give a contract's name, or project.Name; {contract!r} is neither")
        step = self._new_id(name or deployer.name)
        options.setdefault("sender", self.accounts["deployer"])
        deployed = deployer.deploy(*args, chain=self.chain, **options)
        self._done(step, f"deploy {deployer.name}", deployed.address, deployed.receipt)
        return deployed

    def call(self, method: Any, *args: object, name: str | None = None, **options: Any) -> Receipt:
        """Send a transaction to a contract: deploy.call(token.grantMinter, vault).

        name: the step's id, default Contract.method.      options: as for the method itself.
        Raises: DeployError, if the id is taken; ExecutionError, if it fails.
        """
        if not hasattr(method, "transact"):
            raise UsageError(
                f"deploy.call: give a contract's method without calling it, such as token.mint; not {method!r}"
            )
        words = f"{method.interface.name}.{method.name}"
        step = self._new_id(name or words)
        options.setdefault("sender", self.accounts["deployer"])
        receipt: Receipt = method.transact(*args, **options)
        self._done(step, words, None, receipt)
        return receipt

    def _new_id(self, step: str) -> str:
        if step in self._steps:
            raise DeployError(
                f"there is a step {step!r} already: give this one a name of its own, name=...", step=step
            )
        return step

    def _done(self, step: str, words: str, address: Address | None, receipt: Receipt) -> None:
        self._steps[step] = Step(
            id=step,
            words=words,
            address=address,
            gas_used=receipt.gas_used,
            cost=receipt.total_fees_paid,
            txn_hash=receipt.txn_hash,
        )
        self.is_shown = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that are done, in order."""
        return tuple(self._steps.values())

    def table(self) -> str:
        """Contract, address, gas and cost of each step, to print. `ingot run` does not show it again."""
        self.is_shown = True
        return render(self.steps, self.network)

    def summary(self) -> None:
        """Print the table."""
        print(self.table())

    def __repr__(self) -> str:
        return f"<deployment on {self.network}, {len(self._steps)} steps>"
