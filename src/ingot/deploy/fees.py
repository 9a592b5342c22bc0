"""Paying more for a transaction that waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingot.errors import InvalidTransaction

if TYPE_CHECKING:
    from ingot.deploy.state import Attempt
    from ingot.remote import RemoteChain, UnsignedTransaction

__all__ = ["bumped", "raised", "unsigned_of"]


def raised(fee: int) -> int:
    """By an eighth: more than the tenth by which nodes want a replacement to pay more (geth: --txpool.pricebump)."""
    return fee + fee // 8 + 1


def bumped(chain: RemoteChain, attempt: Attempt) -> UnsignedTransaction | None:
    """The same transaction with higher fees, at the market's or above; None if the cap `chain.max_fee` forbids it."""
    unsigned = unsigned_of(chain, attempt)
    try:
        market = chain.fees().capped(chain.max_fee)
    except InvalidTransaction:  # the cap is below the market
        return None
    if unsigned.max_fee is None:
        price = max(raised(unsigned.gas_price or 0), market.per_gas)
        return None if _is_above(price, chain.max_fee) else replace(unsigned, gas_price=price)
    tip = max(raised(unsigned.max_priority_fee or 0), market.max_priority_fee or 0)
    most = max(raised(unsigned.max_fee), market.max_fee or 0, tip)
    if _is_above(most, chain.max_fee):
        return None
    return replace(unsigned, max_fee=most, max_priority_fee=tip)


def _is_above(fee: int, cap: int | None) -> bool:
    return cap is not None and fee > cap


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
