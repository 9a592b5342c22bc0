"""An execution once more: of a mined transaction, or of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.engine import Engine, Outcome, Transaction
    from ingot.types import Address

__all__ = ["Repetition"]


@dataclass(frozen=True)
class Repetition:
    """How an execution is repeated. transaction: None for a call.      terms: of a call, as the engine's `call` takes them."""

    engine: Engine
    transaction: Transaction | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, recording: int) -> Outcome:
        """Do it, recording. Raises: IngotError, where it cannot be done any more."""
        if self.transaction is not None:
            return self.engine.replay(self.transaction, recording)
        return self.engine.call(**self.terms, recording=recording)

    def altered(
        self, recording: int, codes: Mapping[Address, bytes], initcode: bytes | None, *, more_gas: int
    ) -> Outcome:
        """The same with other code in some accounts, and with so many times the gas.

        initcode: of the contract that is made, None for its own.
        """
        if self.transaction is not None:
            return self.engine.replay(
                self.transaction,
                recording,
                overrides={address: {"code": code} for address, code in codes.items()},
                data=initcode,
                gas_limit=more_gas * self.transaction.gas_limit,
            )
        terms = dict(self.terms)
        overrides = dict(terms.get("overrides") or {})
        for address, code in codes.items():
            overrides[address] = {**overrides.get(address, {}), "code": code}
        terms["overrides"] = overrides
        if initcode is not None:
            terms["data"] = initcode
        if terms.get("gas_limit") is not None:
            terms["gas_limit"] *= more_gas
        return self.engine.call(**terms, recording=recording)
