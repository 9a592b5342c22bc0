"""From what a user wrote to a transaction with every field filled, in one exchange with the node."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from ingot.conversion import readable_amount
from ingot.engine import RECORD_FRAMES
from ingot.errors import InvalidTransaction, ProviderError
from ingot.receipt import failure, words_of_call
from ingot.remote.fees import Fees, fee_requests, fees_of
from ingot.remote.quantity import number_of
from ingot.remote.refusal import invalid_transaction, refusal_of
from ingot.remote.request import request_object
from ingot.remote.transaction import UnsignedTransaction
from ingot.remote.words import ending_of_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.errors import ExecutionError
    from ingot.remote.sending import Sending
    from ingot.types import Address

__all__ = ["Fields", "Preparation"]

_TRANSACTION_GAS = 2**24
"""The most that a transaction may ask for. Source: EIP-7825."""

_TRANSFER_GAS = 21_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A transaction as it was asked for; None is to be filled."""

    sender: Address
    to: Address | None
    data: bytes
    value: int
    access_list: tuple[tuple[Address, tuple[bytes, ...]], ...]
    authorizations: tuple[Mapping[str, Any], ...]
    blob_hashes: tuple[bytes, ...]
    gas_limit: int | None
    nonce: int | None
    type: int | None
    gas_price: int | None
    max_fee: int | None
    max_priority_fee: int | None
    max_fee_per_blob_gas: int | None

    @property
    def lacks_fees(self) -> bool:
        """Whether the node must say what gas costs."""
        return self.gas_price is None and (self.max_fee is None or self.max_priority_fee is None)


class Preparation:
    """One transaction on its way to being complete."""

    def __init__(self, chain: Sending, given: Fields) -> None:
        self._chain = chain
        self._given = given
        self._type = _type_of(given, has_base_fee=chain.facts.has_base_fee)

    def run(self) -> UnsignedTransaction:
        """The complete transaction. Raises: ExecutionError, InvalidTransaction, ProviderError."""
        answers = self._ask()
        if isinstance(answers.get("gas", [None])[0], ProviderError) and self._chain.catch_up():
            answers = self._ask()  # what it needs was not there yet, for the node that answered
        given = self._given
        pending = answers["nonce"][0] if "nonce" in answers else None
        nonce = given.nonce
        if nonce is None:
            nonce = self._chain.nonces.next(
                given.sender, number_of(_checked(pending), "eth_getTransactionCount")
            )
        filled = self._with_fees(answers)
        balance = number_of(_checked(answers["balance"][0]), "eth_getBalance")
        self._require_balance(balance, given.value)
        gas_limit = self._gas_limit(answers["gas"][0]) if "gas" in answers else given.gas_limit
        unsigned = UnsignedTransaction(
            **{
                entry.name: getattr(filled, entry.name)
                for entry in fields(filled)
                if entry.name not in _COMPUTED
            },
            nonce=nonce,
            gas_limit=gas_limit or 0,
            type=self._type,
            chain_id=self._chain.chain_id,
        )
        self._require_balance(balance, unsigned.max_cost)
        return unsigned

    def _ask(self) -> dict[str, list[Any]]:
        given, chain = self._given, self._chain
        wanted: dict[str, list[tuple[str, Sequence[Any]]]] = {
            "balance": [("eth_getBalance", [given.sender, chain.pending_tag])]
        }
        if given.nonce is None:
            wanted["nonce"] = [("eth_getTransactionCount", [given.sender, "pending"])]
        if given.lacks_fees:
            wanted["fees"] = fee_requests(has_base_fee=chain.facts.has_base_fee)
        if self._type == 3 and given.max_fee_per_blob_gas is None:
            wanted["blob"] = [("eth_blobBaseFee", [])]
        if given.gas_limit is None:
            request = request_object(
                sender=given.sender,
                to=given.to,
                data=given.data,
                value=given.value,
                access_list=given.access_list,
                authorizations=given.authorizations,
            )
            wanted["gas"] = [
                ("eth_estimateGas", [request, chain.pending_tag] if chain.is_development else [request])
            ]
        answers = iter(chain.transport.batch([entry for group in wanted.values() for entry in group]))
        return {name: [next(answers) for _ in group] for name, group in wanted.items()}

    # Fees

    def _with_fees(self, answers: Mapping[str, list[Any]]) -> Fields:
        given = self._given
        if "blob" in answers:
            market = number_of(_checked(answers["blob"][0]), "eth_blobBaseFee")
            given = replace(given, max_fee_per_blob_gas=2 * market)
        if "fees" not in answers:
            return given
        market_fees = fees_of(answers["fees"], has_base_fee=self._chain.facts.has_base_fee)
        if self._type < 2:
            return replace(given, gas_price=_legacy(market_fees, self._chain.max_fee))
        fees = market_fees.capped(self._chain.max_fee)
        tip = fees.max_priority_fee or 0 if given.max_priority_fee is None else given.max_priority_fee
        if given.max_fee is not None:
            return replace(given, max_priority_fee=min(tip, given.max_fee))
        most = fees.max_fee or 0
        if given.max_priority_fee is not None:  # room for it, as far as the cap allows
            most = max(most, (fees.base_fee or 0) + tip)
            most = most if self._chain.max_fee is None else min(most, self._chain.max_fee)
        return replace(given, max_fee=most, max_priority_fee=min(tip, most))

    # Gas

    def _gas_limit(self, estimate: Any) -> int:
        if isinstance(estimate, ProviderError):
            return self._without_estimate(estimate)
        least = number_of(estimate, "eth_estimateGas")
        if least == _TRANSFER_GAS:
            return least
        return max(least, min(int(least * self._chain.gas_margin), self._most_gas()))

    def _most_gas(self) -> int:
        return min(self._chain.facts.gas_limit, _TRANSACTION_GAS)

    def _without_estimate(self, error: ProviderError) -> int:
        """As in process, a development node mines what fails; elsewhere that would only cost money.

        Raises: ExecutionError, that says why it would fail.
        """
        if ending_of_error(error) is None:
            refusal = refusal_of(error)
            raise error if refusal is None else invalid_transaction(error, refusal) from error
        if self._chain.mines_failures:
            return self._most_gas()
        raise self._failure(error) from None

    def _failure(self, error: ProviderError) -> ExecutionError:
        given, chain = self._given, self._chain
        outcome = chain.call(
            sender=given.sender,
            to=given.to,
            data=given.data,
            value=given.value,
            access_list=given.access_list,
            authorizations=given.authorizations,
            recording=RECORD_FRAMES,
        )
        if outcome.succeeded:
            raise error
        interface = None if given.to is None else chain.interfaces.get(given.to)
        call = words_of_call(
            given.data, given.to, chain.provider, interface, sender=given.sender, value=given.value
        )
        frames = () if outcome.recording is None else outcome.recording.frames
        return failure(outcome, chain.provider, interface=interface, frames=frames, call=call)

    # Means

    def _require_balance(self, balance: int, needed: int) -> None:
        """Raises: InvalidTransaction, that says how much is missing and where test money comes from."""
        if balance >= needed:
            return
        network = self._chain.network
        faucets = network.faucets if network is not None else ()
        advice = f"; about faucets: {', '.join(faucets)}" if faucets else ""
        raise InvalidTransaction(
            f"insufficient funds: {self._given.sender} has {readable_amount(balance)} and may need "
            f"{readable_amount(needed)}: {readable_amount(needed - balance)} are missing{advice}",
            reason="insufficient funds for gas * price + value",
        )


_COMPUTED = ("nonce", "gas_limit", "type")


def _type_of(given: Fields, *, has_base_fee: bool) -> int:
    if given.type is not None:
        return given.type
    if given.authorizations:
        return 4
    if given.blob_hashes:
        return 3
    if given.gas_price is not None or not has_base_fee:
        return 1 if given.access_list else 0
    return 2


def _legacy(fees: Fees, cap: int | None) -> int:
    """One price for everything: above the base fee by an eighth, the most that it grows by in a block."""
    if fees.base_fee is None:
        return fees.capped(cap).per_gas
    price = fees.base_fee + fees.base_fee // 8 + (fees.max_priority_fee or 0)
    return Fees(base_fee=None, gas_price=price).capped(cap).per_gas


def _checked(answer: Any) -> Any:
    if isinstance(answer, ProviderError):
        raise answer
    return answer
