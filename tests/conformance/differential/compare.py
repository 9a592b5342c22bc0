"""What differs between two observations, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from differential.mpt import ordered_root
from differential.views import AccountView, BlockPlan, BlockView, HeaderView, ReceiptView


@dataclass(frozen=True)
class KnownDifference:
    """A difference that is anvil's own doing. field: as `Difference.field`.

    applies: given both values, whether this is it. reason: why it is not ours to follow.
    """

    field: str
    reason: str
    applies: Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Difference:
    """where: transaction or block in words.      field: `Receipt.gas_used`, ...      number: of the transaction."""

    where: str
    field: str
    anvil: Any
    ours: Any
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.field}\n    anvil: {_short(self.anvil)}\n    ours:  {_short(self.ours)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 1200 else f"{text[:1200]}... ({len(text)} characters)"


def compare_blocks(
    plan: BlockPlan, anvil: BlockView, ours: BlockView, keccak: Callable[[bytes], bytes]
) -> list[Difference]:
    """Every difference between two executions of `plan`."""
    found = _compare_transactions_root(plan, ours, keccak)
    for number, (signed, a, b) in enumerate(
        zip(plan.transactions, anvil.receipts, ours.receipts, strict=True)
    ):
        where = f"transaction {number} of the block ({signed.unsigned.kind}, type {signed.unsigned.type})"
        if a is None or b is None:
            if a is not b:
                answers = [
                    "included" if receipt else f"refused: {refusal or 'accepted, but not mined'}"
                    for receipt, refusal in ((a, anvil.refusals[number]), (b, ours.refusals[number]))
                ]
                found.append(Difference(where, "inclusion", answers[0], answers[1], number))
            continue
        if a.hash != "0x" + signed.hash.hex():
            found.append(Difference(where, "hash computed here", "0x" + signed.hash.hex(), a.hash, number))
        found += [replace(difference, number=number) for difference in _compare_receipts(where, a, b)]
    if anvil.order != ours.order:
        found.append(Difference("block", "order of transactions", anvil.order, ours.order))
    if len(anvil.headers) != len(ours.headers):
        found.append(Difference("block", "number of blocks", len(anvil.headers), len(ours.headers)))
    for a_header, b_header in zip(anvil.headers, ours.headers, strict=False):
        name = "Header with blobs" if a_header.blob_gas_used else "Header"
        found += _compare_fields(f"block {a_header.number}", name, a_header, b_header)
    return found


def _compare_transactions_root(
    plan: BlockPlan, ours: BlockView, keccak: Callable[[bytes], bytes]
) -> list[Difference]:
    if not ours.headers:
        return []
    canonical = {"0x" + signed.hash.hex(): signed.canonical for signed in plan.transactions}
    expected = ordered_root([canonical[hash_] for hash_ in ours.order], keccak)
    actual = ours.headers[0].transactions_root
    if expected == actual:
        return []
    return [Difference("block", "transactions root computed here", expected, actual)]


def _compare_receipts(where: str, a: ReceiptView, b: ReceiptView) -> list[Difference]:
    skipped = () if a.frames is not None and b.frames is not None else ("frames",)
    return _compare_fields(where, "Receipt", a, b, skipped=skipped)


def _compare_fields(
    where: str,
    name: str,
    a: HeaderView | ReceiptView | AccountView,
    b: HeaderView | ReceiptView | AccountView,
    *,
    skipped: Sequence[str] = (),
) -> list[Difference]:
    found = []
    for field in fields(a):
        if field.name in skipped:
            continue
        left, right = getattr(a, field.name), getattr(b, field.name)
        if left != right:
            left, right = _first_difference(left, right)
            found.append(Difference(where, f"{name}.{field.name}", left, right))
    return found


def _first_difference(left: Any, right: Any) -> tuple[Any, Any]:
    """Of two sequences of one length, the first pair that differs; else both whole."""
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        for number, (a, b) in enumerate(zip(left, right, strict=True)):
            if a != b:
                return (number, a), (number, b)
    return left, right


def compare_accounts(anvil: Mapping[str, AccountView], ours: Mapping[str, AccountView]) -> list[Difference]:
    """Every difference between the states of the same accounts."""
    found = []
    for address, account in anvil.items():
        found += _compare_fields(f"account {address}", "Account", account, ours[address])
    return found


def without_known(
    differences: Sequence[Difference], known: Sequence[KnownDifference]
) -> tuple[list[Difference], list[KnownDifference]]:
    """The differences that nothing explains, and the explanations that were used."""
    left: list[Difference] = []
    used: list[KnownDifference] = []
    for difference in differences:
        for one in known:
            if one.field == difference.field and one.applies(difference.anvil, difference.ours):
                used.append(one)
                break
        else:
            left.append(difference)
    return left, used
