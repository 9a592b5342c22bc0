"""A contract's failure in ape's words: what `ape.reverts` compares is the same as with ape's own provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.exceptions import ContractLogicError, CustomError, TransactionError, VirtualMachineError
from ape.utils.basemodel import ManagerAccessMixin
from eth_pydantic_types import HexBytes

if TYPE_CHECKING:
    from ape.api.transactions import ReceiptAPI, TransactionAPI

    from ingot.engine import Outcome
    from ingot.errors import InvalidTransaction

__all__ = ["HaltError", "answer_of", "failure_of", "refusal_of"]

_ERROR_STRING = bytes.fromhex("08c379a0")
"""Selector of Error(string)."""


_EMPTY_TEXT = "execution reverted: "
"""What ape makes of `revert("")`."""


class HaltError(ContractLogicError):
    """An execution that ended without a revert: out of gas, an invalid opcode.

    Ape's own provider raises ContractLogicError for them too, so that `ape.reverts()` takes them.
    halt_reason: geth's words.
    """

    def __init__(self, halt_reason: str, **kwargs: Any) -> None:
        self.halt_reason = halt_reason
        super().__init__(halt_reason, **kwargs)


def failure_of(outcome: Outcome, txn: TransactionAPI | ReceiptAPI) -> ContractLogicError:
    """The error to raise for an outcome that did not succeed. Its traceback is computed when it is looked at."""
    if outcome.halt_reason is not None:
        return HaltError(outcome.halt_reason, txn=txn, set_ape_traceback=False)
    error = ContractLogicError(revert_message=_message(outcome.output), txn=txn, set_ape_traceback=False)
    # Without the transaction while it is made: a traceback would be looked for, for every revert that is expected.
    error.contract_address, error.txn = error.address, None
    enriched: ContractLogicError = ManagerAccessMixin.compiler_manager.enrich_error(error)
    enriched.txn = txn
    if not isinstance(enriched, CustomError):
        enriched.contract_address = None  # as ape's own provider leaves it
    enriched._attempted_source_traceback = False
    return enriched


def answer_of(error: ContractLogicError) -> HexBytes:
    """What a call gives back that failed and shall not raise."""
    try:
        from ape.api.providers import CallResult
    except ImportError:  # eth-ape before 0.8.37: nothing
        return HexBytes(b"")
    return CallResult.from_revert(error)


def _message(data: bytes) -> str:
    if not data:
        return TransactionError.DEFAULT_MESSAGE
    if data.startswith(_ERROR_STRING):
        from ingot.abi import decode
        from ingot.errors import AbiError

        try:
            (text,) = decode(["string"], data[4:])
        except AbiError:
            return "0x" + data.hex()
        return str(text) or _EMPTY_TEXT
    return "0x" + data.hex()


def refusal_of(error: InvalidTransaction, txn: TransactionAPI) -> VirtualMachineError:
    """The error for a transaction that the chain did not accept."""
    return VirtualMachineError(str(error), base_err=error, txn=txn, set_ape_traceback=False)
