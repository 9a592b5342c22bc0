"""Deploying over a journal: nothing is sent that is not written down, and what is done is not done again."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ingot.contract.deployer import CREATE2_DEPLOYER, creation_refusal
from ingot.conversion import format_amount, to_address
from ingot.deploy.builds import Builds
from ingot.deploy.courier import Courier
from ingot.deploy.entries import Intended, Signed, Wiped
from ingot.deploy.executor import Done, Spent, check_once, require_vacant
from ingot.deploy.outcomes import stopped
from ingot.deploy.outputs import write_outputs
from ingot.engine import create_address, decode_transaction
from ingot.errors import DeployError, ExecutionError, UsageError
from ingot.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ingot.artifacts import Artifact
    from ingot.deploy.changes import Answer, OnChange
    from ingot.deploy.intent import Intent
    from ingot.deploy.journal import Journal
    from ingot.deploy.state import State, StepState
    from ingot.remote import RemoteChain, UnsignedTransaction
    from ingot.types import Address

__all__ = ["Journaled", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """max_cost: wei that all gas of a run may cost, value not counted; None for no limit."""

    max_cost: int | None = None


class Journaled:
    """Executes intents on a live chain. tell: takes lines for people.

    gas: limits by step, for those that build on what is not mined yet.
    """

    def __init__(
        self,
        chain: RemoteChain,
        journal: Journal,
        *,
        confirmations: int,
        on_change: OnChange,
        tell: Callable[[str], None],
        limits: Limits = Limits(),
        gas: Mapping[str, int] | None = None,
    ) -> None:
        self.chain = chain
        self.journal = journal
        self.courier = Courier(
            chain,
            journal,
            confirmations=confirmations,
            begin_anew=self._again,
            may_cost=self._may_cost,
            tell=tell,
        )
        self._on_change = on_change
        self._tell = tell
        self._limits = limits
        self._gas = gas or {}
        self._committed: dict[str, int] = {}
        self._batch: list[str] | None = None
        self._abis: dict[str, Any] = {}
        self._builds = Builds(journal.folder)
        self._touched: dict[str, str] = {}

    # At the start, and at the end

    def resume(self) -> None:
        """Look at every step of the journal, and bring to a block what is on its way. Raises: DeployError."""
        state = self.journal.state
        for step in state.steps.values():
            if step.intent is not None and step.attempts:
                self.chain.nonces.used(to_address(step.intent.sender), step.intent.nonce)
        names = [step.step for step in state.steps.values() if step.attempts or step.adopted is not None]
        names = [name for name in names if state.steps[name].phase != "failed"]
        for name, (decision, _) in self.courier.clear_decisions(names).items():
            if decision.action == "fork":
                raise stopped(self.journal.state.steps[name], decision)
            if decision.action in ("reorg", "lost", "conflict"):
                self.courier.act(name, decision)
        self.courier.to_block(names)

    def settle(self) -> None:
        """Wait until everything is deep enough, and look whether the code is there. Raises: DeployError."""
        steps = self.journal.state.steps.values()
        names = [step.step for step in steps if step.phase not in ("failed", "intended", "replaced")]
        self.courier.to_depth(names)
        self.journal.sync()
        write_outputs(self.journal, self._abis)

    # A step

    def transact(self, intent: Intent) -> Done:
        """Send it, unless the journal has it done. Raises: DeployError; ExecutionError, if it would fail."""
        if intent.code is not None and intent.interface is not None:
            self._abis[intent.code.contract] = list(intent.interface.abi)
        check_once(intent, self._touched)
        step = self.journal.state.steps.get(intent.step)
        before: tuple[Wiped, ...] = ()
        if step is not None and step.phase == "failed":
            self._settle_failure(step.step)
        elif step is not None and (step.attempts or step.adopted is not None):
            if self.answer(intent) in (None, "keep"):
                if (
                    step.intent is not None
                    and intent.code is not None
                    and step.intent.build_id == intent.code.build_id
                ):
                    self.keep([intent.artifact])  # A journal of before did not.
                return self._done(intent.step, intent)
            self.courier.to_depth([step.step])  # what is forgotten is not to come back with a reorganisation
            before = (Wiped(step=intent.step, reason="changed since, and to be done anew"),)
        if intent.presigned and self._batch:
            self.courier.to_block(self._batch)  # its sender has only what a step before it sends
        self._begin(intent, before)
        if self._batch is not None and not intent.presigned:
            self._batch.append(intent.step)
        else:
            self.courier.just_sent(intent.step)
        return self._done(intent.step, intent)

    @property
    def state(self) -> State:
        """As in the journal now."""
        return self.journal.state

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:
        """See Executor."""
        return self._on_change.about(intent, self.journal.state, is_proxied=is_proxied)

    def _settle_failure(self, name: str) -> None:
        """Wait until a failure cannot be undone: else both it and what is sent now might succeed."""
        pause_s = 0.05
        while True:
            decision, _ = self.courier.decisions([name])[name]
            if decision.action == "begin_anew":
                return
            self.courier.act(name, decision)
            if decision.action not in ("settle", "behind", "unknown"):
                self.courier.to_block([name])
                raise DeployError(
                    f"step {name} had failed, and has been mined again since: run the same command again",
                    step=name,
                )
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 2.0)

    def _begin(self, intent: Intent, before: tuple[Wiped, ...]) -> None:
        """before: goes into the journal with what is signed, so that nothing is forgotten for what cannot be sent."""
        if intent.presigned:
            self._begin_presigned(intent)
            return
        require_vacant(self.chain, intent)
        unsigned = self._prepare(intent)
        self._commit(intent.step, unsigned)
        self.keep([intent.artifact])
        address = intent.address
        if intent.action == "create":
            address = create_address(unsigned.sender, unsigned.nonce)
        self._write(_intended(intent, unsigned, address), unsigned, before)

    def _begin_presigned(self, intent: Intent) -> None:
        """A transaction whose signature is everybody's."""
        signed = decode_transaction(intent.presigned)
        entry = Intended(
            step=intent.step,
            action=intent.action,
            words=intent.words,
            sender=signed.sender,
            to=signed.to,
            value=signed.value,
            content=intent.content,
            nonce=signed.nonce,
            gas_limit=signed.gas_limit,
            gas_price=signed.max_fee_per_gas,
            address=intent.address,
            after=intent.after,
        )
        self._record(entry, signed.hash, signed.raw)

    def keep(self, artifacts: Iterable[Artifact | None]) -> None:
        """Beside the journal, for verification. What is known before the first step is sent holds up none of them."""
        for artifact in artifacts:
            if artifact is not None:
                self._builds.keep(artifact)

    def _prepare(self, intent: Intent) -> UnsignedTransaction:
        """Raises: ExecutionError, if it would fail, in the words of the contract's own errors."""
        settings = self._settings(intent)
        try:
            return self.chain.prepare(
                sender=intent.sender, to=intent.to, data=intent.data, value=intent.value, **settings
            )
        except ExecutionError as error:
            refused = error
        if intent.action == "call" or intent.interface is None:
            raise refused
        is_create2 = intent.action == "create2"
        reason = creation_refusal(
            self.chain,
            intent.interface,
            intent.data[32:] if is_create2 else intent.data,
            sender=intent.sender,
            via=CREATE2_DEPLOYER if is_create2 else intent.sender,
            value=intent.value,
        )
        raise reason or refused from None

    def _settings(self, intent: Intent) -> dict[str, Any]:
        settings = {name: value for name, value in intent.settings.items() if name != "raise_on_revert"}
        settings.pop("recording", None)
        if self._batch is not None and "gas_limit" not in settings and intent.step in self._gas:
            settings["gas_limit"] = self._gas[intent.step]  # it may build on what is not mined yet
        return settings

    def _commit(self, name: str, unsigned: UnsignedTransaction) -> None:
        """Raises: DeployError, if the run would cost more than it may."""
        if self._may_cost(name, unsigned):
            return
        most = unsigned.gas_limit * unsigned.fee_per_gas
        raise DeployError(
            f"step {name} may cost {format_amount(most)}, all gas of this run then "
            f"{format_amount(self._total_with(name, most))}: more than --max-cost {format_amount(self._limits.max_cost or 0)}. "
            "It was not sent; what was before it stays done",
            step=name,
        )

    def _may_cost(self, name: str, unsigned: UnsignedTransaction) -> bool:
        """Whether the run may cost that; if so, it counts. Of a step's transactions one is mined, the dearest at most."""
        most = unsigned.gas_limit * unsigned.fee_per_gas
        if self._limits.max_cost is not None and self._total_with(name, most) > self._limits.max_cost:
            return False
        self._committed[name] = most
        return True

    def _total_with(self, name: str, most: int) -> int:
        return sum(cost for step, cost in self._committed.items() if step != name) + most

    def _write(self, entry: Intended, unsigned: UnsignedTransaction, before: tuple[Wiped, ...] = ()) -> None:
        """Sign, write down, send: in this order."""
        signed = self.chain.sign(unsigned)
        self._record(entry, signed.hash, signed.raw, before)

    def _record(self, entry: Intended, txn_hash: bytes, raw: bytes, before: tuple[Wiped, ...] = ()) -> None:
        signed = Signed(step=entry.step, hash=f"0x{txn_hash.hex()}", raw=f"0x{raw.hex()}")
        self.journal.append(*before, entry, signed, sync=True)
        self.courier.send(entry.step)
        self._tell(f"{entry.step}: {entry.words} sent, {signed.hash}")

    def _again(self, step: StepState) -> None:
        """Another program used its nonce: the same, with the next one. Raises: DeployError."""
        from ingot.deploy.fees import unsigned_of

        before = step.intent
        assert before is not None
        old = unsigned_of(self.chain, next(each for each in reversed(step.attempts) if each.raw))
        unsigned = self.chain.prepare(
            sender=old.sender,
            to=old.to,
            data=old.data,
            value=old.value,
            gas_limit=old.gas_limit,
            type=old.type,
        )
        address = (
            create_address(unsigned.sender, unsigned.nonce) if before.action == "create" else before.address
        )
        later = [
            each.step
            for each in self.journal.state.steps.values()
            if each.intent and step.step in each.intent.after
        ]
        if before.action == "create" and later:
            raise DeployError(
                f"step {step.step}: nonce {before.nonce} was used by another program, so that its contract will not be at "
                f"{before.address}, which {', '.join(later)} already name: wipe them with `ingot deployments wipe STEP`",
                step=step.step,
            )
        self._commit(step.step, unsigned)
        entry = replace(
            before,
            nonce=unsigned.nonce,
            address=address,
            max_fee=unsigned.max_fee,
            max_priority_fee=unsigned.max_priority_fee,
            gas_price=unsigned.gas_price,
        )
        try:
            self._write(entry, unsigned)
        except UsageError as error:
            raise DeployError(
                f"step {step.step}: another program used its nonce, so that it has to be signed again by {unsigned.sender}, whose "
                "key is not here: run the script with `ingot run`, and with the account that sends",
                step=step.step,
            ) from error

    def _done(self, name: str, intent: Intent) -> Done:
        from ingot.remote import RemoteTransaction

        step = self.journal.state.steps[name]
        address = None if step.address is None else to_address(step.address)
        txn_hash = self._hash_of(step)
        if not txn_hash:
            return Done(None, address)
        transaction = RemoteTransaction(self.chain, bytes.fromhex(txn_hash[2:]))
        return Done(Receipt(transaction, self.chain, intent.interface, intent.function), address)

    def _hash_of(self, step: StepState) -> str:
        if step.mined is not None:
            return step.mined.hash
        if step.adopted is not None:
            return step.adopted.hash
        return step.attempts[-1].hash if step.attempts else ""

    def spent(self, step: str) -> Spent:
        """As the journal has it."""
        known = self.journal.state.steps[step]
        mined = known.mined
        if mined is None:
            return Spent(txn_hash=self._hash_of(known))
        return Spent(mined.gas_used, mined.gas_used * mined.gas_price, mined.hash)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Inside, steps are sent without waiting; at the end, all are waited for.

        Where data is paid for in gas (Arbitrum), only the node knows how much a step needs, once those before it are
        mined: there each is waited for.
        """
        network = self.chain.network
        if self._batch is not None or (network is not None and network.rollup == "arbitrum"):
            yield
            return
        sent: list[str] = []
        self._batch = sent
        try:
            yield
        finally:
            self._batch = None
        self.courier.to_block(sent)


def _intended(intent: Intent, unsigned: UnsignedTransaction, address: Address | None) -> Intended:
    code = intent.code
    facts: dict[str, Any] = {}
    if code is not None:
        facts = {
            "contract": code.contract,
            "compiler": code.compiler,
            "build_id": code.build_id,
            "code_hash": code.hash,
            "bare_code_hash": code.bare_hash,
            "arguments": f"0x{code.arguments.hex()}",
            "libraries": code.libraries,
        }
    return Intended(
        step=intent.step,
        action=intent.action,
        words=intent.words,
        sender=unsigned.sender,
        to=unsigned.to,
        value=unsigned.value,
        content=intent.content,
        nonce=unsigned.nonce,
        gas_limit=unsigned.gas_limit,
        max_fee=unsigned.max_fee,
        max_priority_fee=unsigned.max_priority_fee,
        gas_price=unsigned.gas_price,
        salt=f"0x{intent.salt.hex()}" if intent.salt else "",
        address=address,
        after=intent.after,
        layout=intent.layout,
        **facts,
    )
