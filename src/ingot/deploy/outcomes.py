"""What became of a step on the chain, written into the journal; and what cannot go on, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ingot.deploy.entries import Checked, Confirmed, Failed, Mined, Reorged, Replaced
from ingot.errors import DeployError, IngotError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingot.deploy.journal import Journal
    from ingot.deploy.reconcile import Decision, Seen
    from ingot.deploy.sight import Sight
    from ingot.deploy.state import StepState
    from ingot.deploy.teller import Teller
    from ingot.remote import RemoteChain

__all__ = ["Outcomes", "stopped"]


class Outcomes:
    """Of the steps of one journal."""

    def __init__(self, chain: RemoteChain, journal: Journal, sight: Sight, teller: Teller) -> None:
        self._chain = chain
        self._journal = journal
        self._sight = sight
        self._teller = teller

    def mined(self, step: StepState, seen: Seen) -> None:
        """It is in a block. Raises: DeployError, if it reverted there."""
        assert seen.block_number is not None
        assert seen.block_hash is not None
        created = None if step.intent is None or step.intent.action == "call" else step.intent.address
        self._journal.append(
            Mined(
                step=step.step,
                hash=seen.hash,
                block_number=seen.block_number,
                block_hash=seen.block_hash,
                status=seen.status,
                gas_used=seen.gas_used,
                gas_price=seen.gas_price,
                address=(seen.address or created) if seen.status else None,
            )
        )
        if seen.status == 0:
            self.failed(step, seen.hash)

    def failed(self, step: StepState, txn_hash: str) -> NoReturn:
        """It was mined and reverted. Raises: DeployError, always."""
        from ingot.receipt import Receipt
        from ingot.remote import RemoteTransaction

        receipt = Receipt(RemoteTransaction(self._chain, bytes.fromhex(txn_hash[2:])), self._chain)
        cause: IngotError | None = None
        try:
            cause = receipt.error
        except IngotError as error:  # of the node, asked for the reason
            cause = error
        reason = str(cause).partition("\n")[0] if cause is not None else "it reverted"
        self._journal.append(Failed(step=step.step, hash=txn_hash, reason=reason), sync=True)
        raise DeployError(
            f"step {step.step} was mined and reverted, {txn_hash}: {reason}. What was done before it stays done; correct "
            "the cause, and run the same command again: this step is then sent anew",
            step=step.step,
        ) from cause

    def confirmed(self, step: StepState, decision: Decision) -> None:
        """It is deep enough."""
        self._journal.append(Confirmed(step=step.step, hash=decision.hash, depth=decision.depth))

    def accepted(self, step: StepState, decision: Decision) -> None:
        """Another transaction with its nonce does the same."""
        self._teller.say(f"{step.step}: {decision.hash} does the same, and is taken for it")
        self._journal.append(
            Replaced(step=step.step, hash=step.attempts[-1].hash, by=decision.hash, same_effect=True)
        )

    def conflicting(self, step: StepState, decision: Decision) -> NoReturn:
        """Another transaction with its nonce does something else. Raises: DeployError, always."""
        if step.phase != "replaced":
            self._journal.append(
                Replaced(step=step.step, hash=step.attempts[-1].hash, by=decision.hash, same_effect=False),
                sync=True,
            )
        raise stopped(step, decision)

    def reorged(self, step: StepState, decision: Decision) -> None:
        """The block that it was in is gone."""
        written = step.mined
        assert written is not None
        self._teller.say(f"{step.step}: its block was reorganised away: {decision.why}")
        self._journal.append(
            Reorged(
                step=step.step,
                hash=written.hash,
                block_number=written.block_number,
                block_hash=written.block_hash,
            )
        )

    def check_codes(self, steps: Iterable[StepState]) -> None:
        """There is code at every address. Raises: DeployError."""
        from ingot.engine import keccak256

        unchecked = [
            step
            for step in steps
            if step.adopted is None
            and not step.checked
            and step.intent is not None
            and step.intent.action != "call"
        ]
        addresses = [step.address or "" for step in unchecked]
        for step, address, code in zip(unchecked, addresses, self._sight.codes(addresses), strict=True):
            if not code:
                raise DeployError(
                    f"step {step.step}: its transaction succeeded, but there is no code at {address}",
                    step=step.step,
                )
            self._journal.append(
                Checked(step=step.step, address=address, code_hash=f"0x{keccak256(code).hex()}")
            )


def stopped(step: StepState, decision: Decision) -> DeployError:
    """Why a deployment cannot go on, and what to do."""
    name = step.step
    words = {
        "fork": f"the node is on another fork: step {name}: {decision.why}. Nothing was sent: use a node of the chain that the "
        "deployment is on, or another deployment with --deployment NAME",
        "lost": f"step {name} was adopted, but {decision.why}: `ingot deployments wipe {name}` forgets it",
        "contested": f"step {name}: its transaction was replaced by {decision.hash}, which does something else, and which a "
        "reorganisation may still undo. Nothing was sent: run again when it has its confirmations; if it stays, `ingot "
        f"deployments wipe {name}` then forgets the step",
        "conflict": f"step {name}: its transaction was replaced by {decision.hash}, which does something else. If that was "
        f"meant, `ingot deployments wipe {name}` forgets the step, and the next run sends it anew",
    }
    return DeployError(words.get(decision.action, f"step {name}: {decision.why}"), step=name)
