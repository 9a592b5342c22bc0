"""What differs between two observations, in words."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from differential.mpt import ordered_root
from differential.views import AccountView, BlockPlan, BlockView, FrameView, HeaderView, ReceiptView


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
    plan: BlockPlan,
    anvil: BlockView,
    ours: BlockView,
    *,
    keccak: Callable[[bytes], bytes],
    delegators: Container[str] = (),
) -> list[Difference]:
    """Every difference between two executions of `plan`.

    delegators: accounts that may have a delegate (EIP-7702). Whose code it borrows, a frame of anvil's says by the account
    that was named, one of ours by the account that has the code: of those it is not compared.
    """
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
        compared = _compare_receipts(where, *_comparable(a, b, delegators))
        found += [replace(difference, number=number) for difference in compared]
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


def _comparable(
    a: ReceiptView, b: ReceiptView, delegators: Container[str]
) -> tuple[ReceiptView, ReceiptView]:
    """The receipts with the frames reduced to what both sides tell."""
    if a.frames is None or b.frames is None or len(a.frames) != len(b.frames):
        return a, b
    pairs = [_comparable_frames(*pair, delegators) for pair in zip(a.frames, b.frames, strict=True)]
    return replace(a, frames=tuple(one for one, _ in pairs)), replace(
        b, frames=tuple(one for _, one in pairs)
    )


def _comparable_frames(a: FrameView, b: FrameView, delegators: Container[str]) -> tuple[FrameView, FrameView]:
    if a.kind in ("DELEGATECALL", "CALLCODE") and a.to in delegators:
        return replace(a, to=""), replace(b, to="")
    if a.kind == b.kind == "SELFDESTRUCT" and not a.to and b.sender == b.to:
        return a, a  # anvil knows nothing of one that names itself as its heir
    return a, b


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
