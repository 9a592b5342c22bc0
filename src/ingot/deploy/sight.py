"""What the chain says of steps: the facts that `reconcile.decide` decides by, in as few exchanges as possible.

Only the transport is needed: `ingot deployments status` looks without loading contracts or the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.deploy.reconcile import Decision, Facts, Seen, decide
from ingot.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingot.deploy.entries import Mined
    from ingot.deploy.state import StepState
    from ingot.remote.network import Network
    from ingot.remote.transport import Transport

__all__ = ["Sight", "finality_of"]

_FINALITY = 64
"""Blocks, where the network does not say: two epochs of Ethereum."""

_RECEIPT = "eth_getTransactionReceipt"
_BY_HASH = "eth_getTransactionByHash"
_COUNT = "eth_getTransactionCount"
_BLOCK = "eth_getBlockByNumber"
_CODE = "eth_getCode"


def finality_of(network: Network | None) -> int:
    """In blocks: how deep nothing is reorganised any more."""
    if network is None or not network.finality_s or not network.block_time_s:
        return _FINALITY
    return max(_FINALITY, int(network.finality_s / network.block_time_s))


class Sight:
    """Looks at the chain. confirmations: blocks on top of a transaction's own until it counts as settled."""

    def __init__(self, transport: Transport, *, confirmations: int, finality: int = _FINALITY) -> None:
        self._transport = transport
        self._confirmations = confirmations
        self._finality = finality

    def survey(self, steps: Iterable[StepState]) -> dict[str, tuple[Decision, Facts]]:
        """What is to be done for each step, and why."""
        wanted = {step.step: step for step in steps}
        return {
            name: (self.decide(wanted[name], facts), facts)
            for name, facts in self.facts(wanted.values()).items()
        }

    def decide(self, step: StepState, facts: Facts) -> Decision:
        """The next action for a step."""
        return decide(step, facts, confirmations=self._confirmations, finality=self._finality)

    def mined(self, step: StepState) -> Seen | None:
        """The step's transaction, if it is in a block: one exchange, for the moment after it was sent."""
        answers = self._ask([(_RECEIPT, [each.hash]) for each in step.attempts])
        found = (self._receipt(answer, step) for answer in answers)
        return next((seen for seen in found if seen is not None), None)

    def facts(self, steps: Iterable[StepState]) -> dict[str, Facts]:
        """Of each step, all in one exchange (more where a nonce was used by others)."""
        wanted = list(steps)
        senders = sorted({step.intent.sender for step in wanted if step.intent is not None})
        # Nonces before receipts: whoever used a nonce is then to be found.
        requests: list[tuple[str, Sequence[Any]]] = [(_BLOCK, ["latest", False])]
        requests += [(_COUNT, [sender, tag]) for sender in senders for tag in ("latest", "pending")]
        for step in wanted:
            requests += _of_step(step)
        answers = iter(self._ask(requests))
        head = next(answers)
        counts = {sender: (_number(next(answers)), _number(next(answers))) for sender in senders}
        return {
            step.step: self._facts_of(step, head, counts, [next(answers) for _ in _of_step(step)])
            for step in wanted
        }

    def _facts_of(
        self,
        step: StepState,
        head: Mapping[str, Any],
        counts: Mapping[str, tuple[int, int]],
        answers: Sequence[Any],
    ) -> Facts:
        number, base_fee = _number(head["number"]), _number(head.get("baseFeePerGas") or "0x0")
        if step.intent is None:
            return Facts(head=number, has_code=_has_code(answers[0]) if answers else None)
        seen: dict[str, Seen] = {}
        for each, receipt, known in zip(step.attempts, answers[::2], answers[1::2], strict=True):
            found = self._receipt(receipt, step)
            if found is None and known is not None:
                found = Seen(hash=each.hash, content=step.intent.content)
            if found is not None:
                seen[each.hash] = found
        written = step.mined
        if written is not None and written.hash not in seen and self._has_block(written):
            seen[written.hash] = _as_written(written, step.intent.content)
        sender, nonce = step.intent.sender, step.intent.nonce
        mined, pending = counts[sender]
        user, settled = None, 0
        if mined > nonce and not any(each.is_mined for each in seen.values()):
            user = self._user(sender, nonce, number)
            if user is not None and step.attempt(user.hash) is not None:
                seen, user = {**seen, user.hash: user}, None  # it was mined between the questions
            settled = self._count_at(sender, max(0, number - self._confirmations)) or 0
        return Facts(
            head=number,
            nonce=mined,
            pending_nonce=pending,
            settled_nonce=settled,
            base_fee=base_fee,
            seen=seen,
            user=user,
        )

    def _has_block(self, written: Mined) -> bool:
        """Whether the chain has the block that it was seen in: nodes forget transactions before they forget blocks."""
        block = self._ask([(_BLOCK, [hex(written.block_number), False])])[0]
        return isinstance(block, dict) and block.get("hash") == written.block_hash

    def _receipt(self, receipt: Any, step: StepState) -> Seen | None:
        """While it waits, some nodes give a receipt without a block."""
        if not isinstance(receipt, dict) or receipt.get("blockHash") is None:
            return None
        content = "" if step.intent is None else step.intent.content
        return _seen(receipt, content)

    # Who used a nonce

    def _user(self, sender: str, nonce: int, head: int) -> Seen | None:
        """The transaction of `sender` with `nonce`, found by its block; None if the node keeps no such history."""
        high, step = head, 1
        while True:  # back in growing steps to a block after which the nonce was not used yet
            low = max(0, high - step)
            count = self._count_at(sender, low)
            if count is None:
                return None
            if count <= nonce or low == 0:
                break
            high, step = low, 2 * step
        while high - low > 1:
            middle = (low + high) // 2
            count = self._count_at(sender, middle)
            if count is None:
                return None
            low, high = (middle, high) if count <= nonce else (low, middle)
        return self._in_block(sender, nonce, high)

    def _in_block(self, sender: str, nonce: int, number: int) -> Seen | None:
        from ingot.conversion import to_address
        from ingot.deploy.intent import content_hash

        block = self._ask([(_BLOCK, [hex(number), True])])[0]
        for given in (block or {}).get("transactions", ()):
            if given["from"].lower() == sender.lower() and _number(given["nonce"]) == nonce:
                to = None if given["to"] is None else to_address(given["to"])
                data = bytes.fromhex((given.get("input") or given.get("data") or "0x")[2:])
                content = content_hash(to, _number(given["value"]), data)
                receipt = self._ask([(_RECEIPT, [given["hash"]])])[0]
                return None if receipt is None else _seen(receipt, content)
        return None

    def _count_at(self, sender: str, number: int) -> int | None:
        """None: the node does not keep the state of that block."""
        answer = self._transport.batch([(_COUNT, [sender, hex(number)])])[0]
        return None if isinstance(answer, ProviderError) else _number(answer)

    def codes(self, addresses: Sequence[str]) -> list[bytes]:
        """The code at each."""
        return [
            bytes.fromhex(code[2:]) for code in self._ask([(_CODE, [each, "latest"]) for each in addresses])
        ]

    def _ask(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        answers: list[Any] = self._transport.batch(requests) if requests else []
        for answer in answers:
            if isinstance(answer, ProviderError):
                raise answer
        return answers


def _of_step(step: StepState) -> list[tuple[str, Sequence[Any]]]:
    if step.intent is None:
        return [] if step.address is None else [(_CODE, [step.address, "latest"])]
    return [(method, [each.hash]) for each in step.attempts for method in (_RECEIPT, _BY_HASH)]


def _seen(receipt: Mapping[str, Any], content: str) -> Seen:
    from ingot.conversion import to_address

    created = receipt.get("contractAddress")
    return Seen(
        hash=receipt["transactionHash"],
        content=content,
        block_number=_number(receipt["blockNumber"]),
        block_hash=receipt["blockHash"],
        status=1 if receipt.get("status") is None else _number(receipt["status"]),
        gas_used=_number(receipt["gasUsed"]),
        gas_price=_number(receipt.get("effectiveGasPrice") or "0x0"),
        address=None if created is None else to_address(created),
    )


def _as_written(mined: Mined, content: str) -> Seen:
    return Seen(
        hash=mined.hash,
        content=content,
        block_number=mined.block_number,
        block_hash=mined.block_hash,
        status=mined.status,
        gas_used=mined.gas_used,
        gas_price=mined.gas_price,
        address=mined.address,
    )


def _number(quantity: str) -> int:
    return int(quantity, 16)


def _has_code(code: str) -> bool:
    return len(code) > 2
