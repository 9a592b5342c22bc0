"""Who carries intents out: directly on a chain in process; on a copy of a live one; or over a journal."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ingot.contract.deployer import create2_failure
from ingot.deploy.state import EMPTY
from ingot.errors import DeployError, ProviderError, UsageError
from ingot.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from ingot.deploy.changes import Answer
    from ingot.deploy.intent import Intent
    from ingot.deploy.state import State
    from ingot.provider import Provider
    from ingot.types import Address

__all__ = ["Direct", "Done", "Executor", "Spent", "check_once", "require_vacant", "send"]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an intent. receipt: None for what others deployed and was adopted."""

    receipt: Receipt | None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a step cost: gas, and wei. Zeros while it waits to be mined, and for what was adopted."""

    gas_used: int = 0
    cost: int = 0
    txn_hash: str = ""


class Executor(Protocol):
    """Carries intents out, in order."""

    @property
    def chain(self) -> Provider:
        """Where contracts are bound, and asked."""

    @property
    def state(self) -> State:
        """What was done before; empty where nothing is remembered."""

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:
        """What is to be done about a step that was done and has changed; None if it has not. Raises: DeployError."""

    def transact(self, intent: Intent) -> Done:
        """Carry it out, or find it done. Raises: DeployError; ExecutionError, if it fails or would."""

    def spent(self, step: str) -> Spent:
        """What a step that was carried out cost."""

    def batch(self) -> AbstractContextManager[None]:
        """Inside, nobody waits for a step before the next one is sent; at the end, for all."""


class Direct:
    """Sends at once and waits for it: the chain in this process, which nobody can lose."""

    def __init__(self, chain: Provider) -> None:
        self.chain = chain
        self.state = EMPTY
        self._spent: dict[str, Receipt] = {}

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:  # noqa: ARG002
        """Nothing is remembered, so nothing changed."""
        return None

    def transact(self, intent: Intent) -> Done:
        """Send it. Raises: ExecutionError, if it fails."""
        if intent.action != "call" and not getattr(self.chain, "automine", True):
            raise UsageError(
                f"step {intent.step} needs automine, which is off: a contract that waits to be mined has no address to use. "
                "Turn it on for the deployment"
            )
        receipt = send(self.chain, intent)
        self._spent[intent.step] = receipt
        if intent.action == "call":
            return Done(receipt)
        return Done(receipt, intent.address or _created(receipt))

    def spent(self, step: str) -> Spent:
        """From its receipt."""
        receipt = self._spent[step]
        if not receipt.is_mined:
            return Spent(txn_hash=receipt.txn_hash)
        return Spent(receipt.gas_used, receipt.total_fees_paid, receipt.txn_hash)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """In process there is nothing to wait for."""
        yield


def check_once(intent: Intent, touched: dict[str, str]) -> bool:
    """Whether it is new to this run. A library may be asked for again, by another deployment of the same script.

    touched: step -> content, of all that were carried out.      Raises: DeployError, if the id is taken.
    """
    before = touched.get(intent.step)
    touched[intent.step] = intent.content
    if before is None:
        return True
    if intent.is_shared and before == intent.content:
        return False
    raise DeployError(
        f"there is a step {intent.step!r} already: give this one a name of its own, name=...",
        step=intent.step,
    )


def require_vacant(chain: Provider, intent: Intent) -> None:
    """Raises: DeployError, if what a CREATE2 would make is there already, by another deployment or somebody else."""
    if intent.action != "create2" or intent.address is None or not chain.get_code(intent.address):
        return
    contract = "" if intent.code is None else f":{intent.code.contract.rpartition(':')[2]}"
    raise DeployError(
        f"step {intent.step}: the same code, arguments and salt were deployed before, at {intent.address}. "
        f"`ingot deployments adopt '{intent.step}{contract}={intent.address}'` takes that contract over; another salt= makes "
        "another",
        step=intent.step,
    )


def send(chain: Provider, intent: Intent) -> Receipt:
    """Send an intent, unsigned as far as we care, and explain its failure. Raises: ExecutionError."""
    if intent.presigned:
        return chain.send_raw(intent.presigned)  # type: ignore[attr-defined,no-any-return]  # all chains that we send on
    settings: dict[str, Any] = {**intent.settings, "sender": intent.sender, "data": intent.data}
    raises = settings.pop("raise_on_revert", True)
    if intent.to is not None:
        settings["to"] = intent.to
    if intent.value:
        settings["value"] = intent.value
    transaction = chain.send(**settings)
    receipt = Receipt(transaction, chain, intent.interface, intent.function)
    if transaction.is_mined and not transaction.succeeded and raises:
        if intent.action == "create2" and intent.interface is not None:
            raise create2_failure(receipt, intent.interface, intent.data[32:])
        receipt.raise_for_status()
    return receipt


def _created(receipt: Receipt) -> Address:
    address = receipt.contract_address
    if address is None:
        raise ProviderError(f"the chain named no address for {receipt.txn_hash}")
    return address
