"""Paying more for a transaction that waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingot.errors import InvalidTransaction

if TYPE_CHECKING:
    from ingot.deploy.state import Attempt
    from ingot.remote import Fees, RemoteChain, UnsignedTransaction

__all__ = ["bumped", "dearer", "unsigned_of"]


def bumped(chain: RemoteChain, attempt: Attempt) -> UnsignedTransaction | None:
    """The same transaction with higher fees, at the market's or above; None if the cap `chain.max_fee` forbids it."""
    try:
        market = chain.fees().capped(chain.max_fee)
    except InvalidTransaction:  # the cap is below the market
        return None
    return dearer(unsigned_of(chain, attempt), market, cap=chain.max_fee)


def dearer(unsigned: UnsignedTransaction, market: Fees, *, cap: int | None) -> UnsignedTransaction | None:
    """With a fee and a tip that are both higher by an eighth, or the market's if that is more.

    Up to `cap`, wei for each gas; None if that leaves less than the tenth by which nodes want a replacement to pay more.
    """
    if unsigned.max_fee is None:
        price = _raised(unsigned.gas_price or 0, market.per_gas, cap)
        return None if price is None else replace(unsigned, gas_price=price)
    most = _raised(unsigned.max_fee, market.max_fee or 0, cap)
    tip = _raised(unsigned.max_priority_fee or 0, market.max_priority_fee or 0, cap)
    if most is None or tip is None:
        return None
    return replace(unsigned, max_fee=max(most, tip), max_priority_fee=tip)


def _raised(fee: int, market: int, cap: int | None) -> int | None:
    """None if the cap forbids it. Source: geth, --txpool.pricebump 10."""
    wanted = max(fee + fee // 8 + 1, market)
    if cap is None or wanted <= cap:
        return wanted
    return cap if cap >= fee + -(-fee // 10) and cap > fee else None


def unsigned_of(chain: RemoteChain, attempt: Attempt) -> UnsignedTransaction:
    """What was signed, to be signed again."""
    from importlib import import_module

    from ingot.remote import UnsignedTransaction

    signed = import_module("ingot.engine").decode_transaction(bytes.fromhex(attempt.raw[2:]))
    has_caps = signed.type >= 2
    return UnsignedTransaction(
        sender=signed.sender,
        to=signed.to,
        nonce=signed.nonce,
        value=signed.value,
        data=signed.data,
        gas_limit=signed.gas_limit,
        type=signed.type,
        chain_id=chain.chain_id,
        gas_price=None if has_caps else signed.max_fee_per_gas,
        max_fee=signed.max_fee_per_gas if has_caps else None,
        max_priority_fee=signed.max_priority_fee_per_gas if has_caps else None,
        access_list=tuple((address, tuple(keys)) for address, keys in signed.access_list),
        authorizations=tuple(signed.authorizations),
        blob_hashes=tuple(signed.blob_hashes),
        max_fee_per_blob_gas=signed.max_fee_per_blob_gas,
    )
