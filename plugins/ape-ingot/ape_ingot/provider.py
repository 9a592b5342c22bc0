"""The provider: ape's view of a chain inside this process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ape.exceptions import TransactionError
from ape.logging import logger
from ape.utils.misc import ZERO_ADDRESS, gas_estimation_error_message
from eth_pydantic_types import HexBytes

from ape_ingot.failures import answer_of, failure_of, refusal_of
from ape_ingot.receipts import receipt_of, signature_of
from ape_ingot.requests import overrides_of, request_of
from ape_ingot.state import IngotState
from ape_ingot.traces import IngotCallTrace, console_lines, uses_console
from ingot.errors import InvalidTransaction
from ingot.errors import ProviderError as UndoneError
from ingot.trace import Repetition

if TYPE_CHECKING:
    from ape.api.transactions import ReceiptAPI, TransactionAPI
    from ape.exceptions import ContractLogicError
    from ape.pytest.runners import PytestApeRunner
    from ape.types.vm import BlockID

    from ingot.engine import Outcome, Transaction

__all__ = ["IngotProvider"]

_OF_APE = 3
"""Who logs: the caller of `send_transaction`. Of what a plugin logs itself, ape says that it is the plugin's."""


class IngotProvider(IngotState):
    """`ethereum:local:ingot`: what executes."""

    def prepare_transaction(self, txn: TransactionAPI) -> TransactionAPI:
        """Fill in what is not given."""
        if txn.gas_limit is None and self.network.gas_limit == "max":
            txn.gas_limit = self.max_gas
        return super().prepare_transaction(txn)

    def estimate_gas_cost(self, txn: TransactionAPI, block_id: BlockID | None = None, **kwargs: Any) -> int:
        """The least gas with which it succeeds. Raises: ContractLogicError, if it cannot."""
        del block_id, kwargs
        if isinstance(self.network.gas_limit, int):
            return self.network.gas_limit
        request = request_of(txn)
        for name in ("gas_limit", "nonce", "type", "gas_price", "max_fee", "max_priority_fee"):
            request.pop(name, None)
        request.pop("blob_hashes", None), request.pop("max_fee_per_blob_gas", None)
        try:
            gas = self.engine.estimate_gas(**request)
        except InvalidTransaction as error:
            refusal = refusal_of(error, txn)
            message = gas_estimation_error_message(refusal)
            raise TransactionError(message, base_err=refusal, txn=txn, set_ape_traceback=False) from error
        if isinstance(gas, int):
            return gas
        raise self._with_trace(failure_of(gas, txn), txn, gas, request)

    def send_transaction(self, txn: TransactionAPI) -> ReceiptAPI:
        """Send; mined at once, unless automine is off."""
        engine = self._engine
        try:
            if txn.signature is not None or txn.sender is None:
                native = engine.send_raw(txn.serialize_transaction())
            else:
                native = engine.send(**request_of(txn))
        except InvalidTransaction as error:
            refusal = refusal_of(error, txn)
            if txn.raise_on_revert:
                raise refusal from error
            return self._refused(txn, refusal)
        if txn.signature is None:
            txn.signature = signature_of(native)
        if txn.receiver is None:
            txn.receiver = (
                ZERO_ADDRESS  # as ape reads it from a node: errors of a constructor are looked up there
            )
        must_raise = txn.raise_on_revert
        receipt = receipt_of(native, txn if must_raise else _that_raises(txn), engine)
        self._remember(receipt)
        if native.is_mined:
            self._conclude(receipt, native, must_raise=must_raise)
        return receipt

    def _remember(self, receipt: ReceiptAPI) -> None:
        """What `history.append` does, which compares with every receipt of the account: ours is always new."""
        history = self.chain_manager.history
        history._hash_to_receipt_map[receipt.txn_hash] = receipt
        history._get_account_history(receipt.transaction.sender or ZERO_ADDRESS).sessional.append(receipt)

    def _refused(self, txn: TransactionAPI, refusal: TransactionError) -> ReceiptAPI:
        from ape_ethereum.transactions import Receipt

        receipt = Receipt.model_construct(
            block_number=-1,
            gas_used=0,
            status=0,
            txn_hash="0x" + bytes(txn.txn_hash).hex() if txn.signature else "",
            transaction=txn,
            gas_limit=txn.gas_limit,
            gas_price=txn.max_fee or 0,
            logs=[],
        )
        receipt.error = refusal
        logger.error(refusal, stacklevel=_OF_APE)
        return receipt

    def _conclude(self, receipt: ReceiptAPI, native: Transaction, *, must_raise: bool) -> None:
        """Print what the contracts print, and raise what they raise."""
        outcome = native.outcome
        self.cover(receipt)
        if uses_console(outcome):
            for line in console_lines(outcome):
                logger.info(f"[DEBUG-LOG] {line}", stacklevel=_OF_APE)
        if not outcome.succeeded:
            error = failure_of(outcome, receipt)
            error.trace = lambda: receipt.trace
            receipt.error = error
            if must_raise:
                raise self._with_lines(error)
            logger.error(error, stacklevel=_OF_APE)
        confirmations = receipt.transaction.required_confirmations
        if confirmations:
            missing = receipt.block_number + confirmations - self.engine.block_number
            if missing > 0:
                self.engine.mine(missing)

    def send_call(
        self,
        txn: TransactionAPI,
        block_id: BlockID | None = None,
        state: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> HexBytes:
        """The data that a call returns."""
        engine = self._engine
        # As ape's own provider does it: after the latest block and with its header, by the first account.
        number = engine.block_number if block_id in (None, "latest") else self._number(block_id)
        request = {
            "sender": txn.sender or self._first_account,
            "to": txn.receiver or None,
            "data": txn.data,
            "value": txn.value,
            "block": number,
            "overrides": overrides_of(state if state is not None else kwargs.get("state_override")),
        }
        try:
            outcome: Outcome = engine.call(**request)
        except InvalidTransaction as refused:
            if kwargs.get("raise_on_revert", txn.raise_on_revert):
                raise refusal_of(refused, txn) from refused
            return HexBytes(b"")
        runner = self._test_runner
        if runner is not None and not kwargs.get("skip_trace"):
            self._track_call(runner, txn, outcome, request)
        if kwargs.get("show_gas_report"):
            IngotCallTrace.of(txn, outcome, request).show_gas_report()
        if kwargs.get("show_trace"):
            IngotCallTrace.of(txn, outcome, request).show()
        if outcome.succeeded:
            return HexBytes(outcome.output)
        error = self._with_trace(failure_of(outcome, txn), txn, outcome, request)
        if kwargs.get("raise_on_revert", txn.raise_on_revert):
            raise self._with_lines(error)
        return answer_of(error)

    def _track_call(
        self, runner: PytestApeRunner, txn: TransactionAPI, outcome: Outcome, request: dict[str, Any]
    ) -> None:
        if runner.gas_tracker.enabled and txn.receiver:
            runner.gas_tracker.append_gas(IngotCallTrace.of(txn, outcome, request), txn.receiver)
        if self._coverage is not None:
            self._coverage.count(outcome, Repetition(self.engine, terms=request))
            self._increment_call_func_coverage_hit_count(txn)  # of other languages

    def cover(self, receipt: Any) -> None:
        """Count what a transaction has executed, once, if coverage is wanted. What was undone before is not counted.

        receipt: one of ours. Hashes would not do: after a snapshot was restored, the same may come again and go another way.
        """
        if self._coverage is None or receipt._is_covered or not receipt._native.is_mined:
            return
        native = receipt._native
        receipt._is_covered = True
        with suppress(UndoneError):
            self._coverage.count(native.outcome, Repetition(self.engine, native))

    def _with_trace(
        self, error: ContractLogicError, txn: TransactionAPI, outcome: Outcome, request: dict[str, Any]
    ) -> ContractLogicError:
        """The error of a call, which ape would search for as if it were a transaction's."""
        error.trace = lambda: IngotCallTrace.of(txn, outcome, request)
        error.source_traceback = lambda: IngotCallTrace.of(txn, outcome, request).source_traceback
        return error

    def _with_lines(self, error: ContractLogicError) -> ContractLogicError:
        """Lines of Solidity in Python's traceback. Not under `ape test`: there most errors are expected, and those that are
        not get their lines when they are reported (`ape_ingot_pytest`).
        """
        if self._test_runner is None:
            error.with_ape_traceback()  # type: ignore[no-untyped-call]
        return error

    def create_access_list(self, transaction: TransactionAPI, block_id: BlockID | None = None) -> list[Any]:
        """None: a transaction of type 1 says its own."""
        del transaction, block_id
        return []


def _that_raises(txn: TransactionAPI) -> TransactionAPI:
    """A transaction as ape reads it from a node, which does not know `raise_on_revert=False`: `raise_for_status` shall raise."""
    txn = txn.model_copy()
    txn.raise_on_revert = True
    return txn
