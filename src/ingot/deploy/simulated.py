"""The whole script once against the live state, in process: nothing is sent, and the plan knows what would be."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ingot.chain import Chain
from ingot.conversion import to_address
from ingot.deploy.executor import Done, Spent, check_once, require_vacant, send
from ingot.deploy.intent import differences
from ingot.engine import create_address, decode_transaction
from ingot.errors import DeployError
from ingot.receipt import Receipt
from ingot.remote import RemoteState, RemoteTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ingot.artifacts import Artifact
    from ingot.deploy.changes import Answer, OnChange
    from ingot.deploy.intent import Intent
    from ingot.deploy.reconcile import Decision
    from ingot.deploy.state import State, StepState
    from ingot.provider import Provider
    from ingot.remote import RemoteChain
    from ingot.types import Address

__all__ = ["CODE_SIZE_LIMIT", "PlannedStep", "Simulated", "Simulation"]

CODE_SIZE_LIMIT = 24_576
"""Bytes of runtime code. Source: EIP-170."""

_MOST_GAS = 2**24
"""Of a transaction. Source: EIP-7825."""

_ENDOWMENT = 10**27


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A line of the plan. status: new, done, in flight, adopted, or why it is done anew.      gas: that it used, or will use.

    sender: who signs it; None for what is signed already.      payer: whom the chain takes it from.
    contract: qualified name of what is created.
    """

    step: str
    words: str
    status: str
    sender: Address | None = None
    gas: int = 0
    gas_limit: int = 0
    value: int = 0
    address: Address | None = None
    nonce: int | None = None
    to: Address | None = None
    data: bytes = field(default=b"", repr=False)
    contract: str = ""
    payer: Address | None = None

    @property
    def is_to_do(self) -> bool:
        """Whether something is still to be signed for it."""
        return self.status not in ("done", "in flight", "adopted", "adopted, with other code")


class Simulation:
    """A copy of the live chain, for all deployments of a script. Nonces go on from the pending ones."""

    def __init__(self, remote: RemoteChain) -> None:
        head = remote.block("latest")
        self.remote = remote
        self.state = RemoteState(remote.transport, head.number)
        block = {
            "number": head.number,
            "hash": head.hash,
            "timestamp": head.timestamp,
            "gas_limit": head.gas_limit,
            "base_fee": head.base_fee,
            "gas_used": head.gas_used,
        }
        self.chain = Chain.fork(self.state, block=block, chain_id=remote.chain_id)
        self.chain.accounts = remote.accounts  # type: ignore[assignment]  # the same people, here as there
        self.chain.labels = remote.labels
        self.chain.network = remote.network  # a script that asks where it is must hear the same in both runs
        self.chain.default_sender = remote.default_sender
        self._nonces: dict[Address, int] = {}
        self._is_sending = False
        for name in ("send", "send_function", "send_raw"):
            setattr(self.chain, name, self._of_steps_alone(getattr(self.chain, name)))

    def _of_steps_alone(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """What the live chain is going to refuse is refused now, before anything is sent."""

        def refusing(*args: Any, **settings: Any) -> Any:
            if not self._is_sending:
                self.remote.refuse_unwritten()
            return method(*args, **settings)

        return refusing

    @contextmanager
    def _sending(self) -> Iterator[None]:
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    def next_nonce(self, sender: Address, state: State) -> int:
        """What the sender's next transaction will carry, others' pending ones included."""
        if sender not in self._nonces:
            pending = int(self.remote.transport.request("eth_getTransactionCount", [sender, "pending"]), 16)
            self._nonces[sender] = max(pending, state.next_nonce(sender))
        return self._nonces[sender]

    def sent(self, sender: Address, nonce: int) -> None:
        """One more."""
        self._nonces[sender] = max(nonce + 1, self._nonces.get(sender, 0))

    def replay(self, step: StepState) -> None:
        """Execute what a step has signed and no block has yet, so that later steps find it."""
        attempt = next((each for each in reversed(step.attempts) if each.raw), None)
        if attempt is None:
            return
        signed = decode_transaction(bytes.fromhex(attempt.raw[2:]))
        settings: dict[str, Any] = {} if signed.to is None else {"to": signed.to}
        self.chain.set_nonce(signed.sender, signed.nonce)
        self._endow(signed.sender)
        settings |= {"data": signed.data, "value": signed.value, "gas_limit": signed.gas_limit}
        with self._sending():
            self.chain.send(sender=signed.sender, **settings)

    def run(self, intent: Intent, nonce: int) -> tuple[Receipt, int]:
        """Execute an intent. Returns: its receipt, and the gas that it needs. Raises: ExecutionError, if it fails."""
        chain, sender = self.chain, intent.sender
        if intent.presigned:
            with self._sending():
                return send(chain, intent), 0
        chain.set_nonce(sender, nonce)
        if chain.get_balance(sender) < intent.value + chain.base_fee * _MOST_GAS:
            self._endow(sender)  # what is missing is said in the plan, for all steps at once
        needed = chain.estimate_gas(sender=sender, to=intent.to, data=intent.data, value=intent.value)
        with self._sending():
            receipt = send(chain, intent)
        return receipt, needed if isinstance(needed, int) else receipt.gas_used

    def _endow(self, sender: Address) -> None:
        self.chain.set_balance(sender, self.chain.get_balance(sender) + _ENDOWMENT)


class Simulated:
    """Carries intents out on a `Simulation`, and collects them.

    decisions: what is to be done about the steps of the journal.
    """

    def __init__(
        self,
        simulation: Simulation,
        state: State,
        decisions: Mapping[str, Decision],
        *,
        on_change: OnChange,
    ) -> None:
        self.simulation = simulation
        self.steps: list[PlannedStep] = []
        self.artifacts: list[Artifact] = []
        """Of the contracts that are going to be created."""
        self._state = state
        self._decisions = decisions
        self._on_change = on_change
        self._receipts: dict[str, Receipt] = {}
        self._touched: dict[str, str] = {}
        self._addresses: dict[str, Address | None] = {}
        for step in self._in_flight():
            simulation.replay(step)

    @property
    def chain(self) -> Provider:
        """The copy."""
        return self.simulation.chain

    def _in_flight(self) -> list[StepState]:
        """Signed, and in no block as far as the chain says now; in the order in which they were signed."""
        waiting = ("send", "wait", "bump", "reorg")
        return [
            step
            for name, step in self._state.steps.items()
            if name in self._decisions and self._decisions[name].action in waiting
        ]

    def transact(self, intent: Intent) -> Done:
        """Execute it on the copy, unless the journal has it. Raises: DeployError; ExecutionError, if it would fail."""
        if not check_once(intent, self._touched):
            return Done(self._receipts.get(intent.step), self._addresses[intent.step])
        step = self._state.steps.get(intent.step)
        status = "new"
        if step is not None and step.phase == "failed":
            status = "again, it had reverted"
        elif step is not None and (step.attempts or step.adopted is not None):
            found = () if step.intent is None else differences(step.intent, intent)
            if self.answer(intent) not in (None, "keep"):
                status = f"anew, {', '.join(found)} changed"
            elif self._has_lost_its_nonce(step):
                status = "anew, its nonce was used by another transaction"
            else:
                return self._known(step, intent)
        return self._simulate(intent, status)

    def _has_lost_its_nonce(self, step: StepState) -> bool:
        """Whether the run signs it with another one, so that nothing of it is on the chain yet."""
        decision = self._decisions.get(step.step)
        return decision is not None and decision.action in ("begin_anew", "settle")

    @property
    def state(self) -> State:
        """As in the journal, when it was read."""
        return self._state

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:
        """See Executor."""
        return self._on_change.about(intent, self._state, is_proxied=is_proxied)

    def _known(self, step: StepState, intent: Intent) -> Done:
        in_flight = step in self._in_flight()
        address = None if step.address is None else to_address(step.address)
        self._addresses[intent.step] = address
        self.steps.append(
            PlannedStep(
                step=intent.step,
                words=intent.words if step.intent is None else step.intent.words,
                status="in flight"
                if in_flight
                else "done"
                if step.adopted is None
                else self._adopted(intent, address),
                sender=None if step.intent is None else to_address(step.intent.sender),
                gas=0 if step.mined is None else step.mined.gas_used,
                address=address,
            )
        )
        txn_hash = step.attempts[-1].hash if step.attempts else ""
        txn_hash = txn_hash if step.mined is None else step.mined.hash
        if not txn_hash:
            return Done(None, address)
        transaction = RemoteTransaction(self.simulation.remote, bytes.fromhex(txn_hash[2:]))
        return Done(Receipt(transaction, self.simulation.remote, intent.interface, intent.function), address)

    def _simulate(self, intent: Intent, status: str) -> Done:
        _check_size(intent)
        require_vacant(self.simulation.chain, intent)
        nonce = self.simulation.next_nonce(intent.sender, self._state)
        receipt, needed = self.simulation.run(intent, nonce)
        self.simulation.sent(intent.sender, nonce)
        address = intent.address
        if intent.action == "create":
            address = create_address(intent.sender, nonce)
        given = intent.settings.get("gas_limit")
        margin = int(needed * self.simulation.remote.gas_margin)
        self.steps.append(
            PlannedStep(
                step=intent.step,
                words=intent.words,
                status=status,
                sender=None if intent.presigned else intent.sender,
                gas=receipt.gas_used,
                gas_limit=given or receipt.gas_limit
                if intent.presigned
                else given or max(needed, min(margin, _MOST_GAS)),
                value=intent.value,
                address=address,
                nonce=nonce,
                to=intent.to,
                data=intent.data,
                contract="" if intent.code is None else intent.code.contract,
                payer=intent.sender,
            )
        )
        if intent.artifact is not None:
            self.artifacts.append(intent.artifact)
        self._receipts[intent.step] = receipt
        self._addresses[intent.step] = address
        return Done(receipt, address)

    def _adopted(self, intent: Intent, address: Address | None) -> str:
        """What others deployed may be something else than what the script takes it for."""
        if intent.artifact is None or address is None:
            return "adopted"
        is_ours = intent.artifact.is_code_of(self.chain.get_code(address))
        return "adopted" if is_ours else "adopted, with other code"

    def spent(self, step: str) -> Spent:
        """As simulated."""
        receipt = self._receipts.get(step)
        if receipt is None:
            return Spent()
        return Spent(receipt.gas_used, receipt.total_fees_paid, receipt.txn_hash)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """On the copy every step is done at once."""
        yield


def _check_size(intent: Intent) -> None:
    """Raises: DeployError, for a contract that no Ethereum chain takes."""
    if intent.code is None or intent.code.runtime_size <= CODE_SIZE_LIMIT:
        return
    size = intent.code.runtime_size
    raise DeployError(
        f"step {intent.step}: {intent.code.contract} has {size:,} bytes of code, {size - CODE_SIZE_LIMIT:,} more than the "
        f"{CODE_SIZE_LIMIT:,} that a chain takes (EIP-170). Nothing was sent: turn the optimizer on, or split the contract; "
        "`ingot compile --sizes` shows what is how big",
        step=intent.step,
    )
