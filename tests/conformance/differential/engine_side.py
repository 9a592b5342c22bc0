"""ingot's engine as a side of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from differential.signing import Signed
from differential.views import (
    SLOTS,
    AccountView,
    BlockPlan,
    BlockView,
    CallPlan,
    CallView,
    FrameView,
    Genesis,
    HeaderView,
    LogView,
    ReceiptView,
    Setting,
)
from ingot.engine import (
    RECORD_COVERAGE,
    RECORD_FRAMES,
    RECORD_STORAGE,
    Block,
    Engine,
    Frame,
    Outcome,
    Transaction,
    to_address,
)
from ingot.errors import InvalidTransaction

BEACON_ROOTS = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"
PREDEPLOYS = (
    "0x4e59b44847b379578588920ca78fbf26c0b4956c",  # the well-known CREATE2 deployer
    "0x0000f90827f1c53a10cb7a02335b175320002935",  # EIP-2935, history
    "0x00000961ef480eb55e80d19ad83579a64c007002",  # EIP-7002, withdrawals
    "0x0000bbddc7ce488642fb579f8b00f3a590007251",  # EIP-7251, consolidations
)
"""Accounts that both chains have from the start."""


class EngineSide:
    """See `views.Side`. genesis: what anvil starts from. With `setting.recording`, frames, coverage and storage of everything are recorded."""

    name = "ingot"

    def __init__(self, setting: Setting) -> None:
        self._engine = Engine(
            hardfork=setting.hardfork,
            chain_id=setting.chain_id,
            timestamp=setting.timestamp,
            gas_limit=setting.gas_limit,
            base_fee=setting.base_fee,
        )
        self._recording = setting.recording
        self._engine.recording = RECORD_FRAMES | RECORD_COVERAGE | RECORD_STORAGE if setting.recording else 0
        header = EngineSide._header(self._engine.block(0))
        # anvil makes no EIP-4788 system call: without its contract ours does nothing, either
        self.install(BEACON_ROOTS, b"")
        self.genesis = Genesis(header, self.accounts((*PREDEPLOYS, BEACON_ROOTS), slots=()))

    def close(self) -> None:
        """Nothing to give back."""

    def fund(self, balances: Mapping[str, int]) -> None:
        """Set balances by surgery."""
        for address, balance in balances.items():
            self._engine.set_balance(address, balance)

    def install(self, address: str, code: bytes, *, nonce: int = 1) -> None:
        """Set an account's code and nonce by surgery."""
        self._engine.set_code(address, code)
        self._engine.set_nonce(address, nonce)

    def write(self, address: str, slot: int, value: int) -> None:
        """Set a storage slot by surgery."""
        self._engine.set_storage(address, slot, value)

    def run_block(self, plan: BlockPlan, prev_randao: Sequence[str]) -> BlockView:
        """Carry out `plan`. A transaction that the other side let in, but could not include, still makes a block."""
        engine = self._engine
        before = engine.block_number
        self._settle(plan, prev_randao)
        engine.automine = plan.automine
        sent = [self._sent(signed) for signed in plan.transactions]
        made = engine.block_number - before
        if len(prev_randao) > made + plan.empty_after:
            engine.mine(timestamp=plan.timestamp)
        for number in range(plan.empty_after):
            engine.prev_randao = _bytes(prev_randao[-plan.empty_after + number])
            engine.mine(timestamp=plan.timestamp + (number + 1) * plan.interval_s)
        blocks = [engine.block(number) for number in range(before + 1, engine.block_number + 1)]
        return BlockView(
            refusals=tuple(one if isinstance(one, str) else None for one in sent),
            headers=tuple(self._header(block) for block in blocks),
            order=tuple(_hex(one.hash) for one in blocks[0].transactions) if blocks else (),
            receipts=tuple(self._receipt(one) for one in sent),
        )

    def _settle(self, plan: BlockPlan, prev_randao: Sequence[str]) -> None:
        engine = self._engine
        engine.coinbase = to_address(plan.coinbase)
        engine.pending_timestamp = plan.timestamp
        if plan.base_fee is not None:
            engine.base_fee = plan.base_fee
        if plan.gas_limit is not None:
            engine.gas_limit = plan.gas_limit
        if prev_randao:
            engine.prev_randao = _bytes(prev_randao[0])

    def _sent(self, signed: Signed) -> Transaction | str:
        try:
            return self._engine.send_raw(signed.raw)
        except InvalidTransaction as refusal:
            return str(refusal)

    def _receipt(self, transaction: Transaction | str) -> ReceiptView | None:
        if isinstance(transaction, str) or not transaction.is_mined:
            return None
        outcome = transaction.outcome
        return ReceiptView(
            hash=_hex(transaction.hash),
            type=transaction.type,
            sender=transaction.sender.lower(),
            to=transaction.to.lower() if transaction.to else None,
            status=int(outcome.succeeded),
            gas_used=outcome.gas_used,
            cumulative_gas_used=transaction.cumulative_gas_used,
            effective_gas_price=transaction.effective_gas_price,
            blob_gas_used=len(transaction.blob_hashes) * 2**17,
            contract_address=outcome.contract_address.lower() if outcome.contract_address else None,
            block_number=transaction.block_number,
            index=transaction.index,
            logs=tuple(
                LogView(log.address.lower(), tuple(map(_hex, log.topics)), _hex(log.data), log.log_index)
                for log in outcome.logs
            ),
            output=_hex(outcome.output),
            halt=outcome.status == "halt",
            frames=self._frames(outcome),
        )

    def _frames(self, outcome: Outcome) -> tuple[FrameView, ...] | None:
        if not self._recording or outcome.recording is None:
            return None
        return tuple(_frame(frame) for frame in outcome.recording.frames)

    def accounts(self, addresses: Sequence[str], *, slots: Sequence[int] = SLOTS) -> dict[str, AccountView]:
        """The latest state of each account."""
        engine = self._engine
        return {
            address: AccountView(
                balance=engine.balance(address),
                nonce=engine.nonce(address),
                code=_hex(engine.code(address)),
                storage={slot: engine.storage(address, slot) for slot in slots},
            )
            for address in addresses
        }

    def state_root(self) -> str:
        """Root of the latest state."""
        return _hex(self._engine.state_root())

    def nonces(self, addresses: Sequence[str]) -> list[int]:
        """The latest nonces."""
        return [self._engine.nonce(address) for address in addresses]

    def call(self, plan: CallPlan) -> CallView:
        """eth_call."""
        try:
            outcome = self._engine.call(
                sender=plan.sender,
                to=plan.to,
                data=plan.data,
                value=plan.value,
                gas_limit=plan.gas_limit,
                block=self._engine.block_number,
            )
        except InvalidTransaction:
            return CallView(False, "0x")
        return CallView(outcome.succeeded, _hex(outcome.output))

    def estimate(self, plan: CallPlan) -> CallView:
        """eth_estimateGas."""
        try:
            gas = self._engine.estimate_gas(
                sender=plan.sender,
                to=plan.to,
                data=plan.data,
                value=plan.value,
                block=self._engine.block_number,
            )
        except InvalidTransaction:
            return CallView(False, "0x")
        return CallView(True, str(gas)) if isinstance(gas, int) else CallView(False, "0x")

    @staticmethod
    def _header(block: Block) -> HeaderView:
        return HeaderView(state_root=_hex(block.state_root), **rootless(block))

    def snapshot(self) -> int:
        """Remember this moment."""
        return self._engine.snapshot()

    def revert(self, snapshot: int) -> None:
        """Return to it."""
        self._engine.revert(snapshot)


def rootless(block: Block) -> dict[str, Any]:
    """The fields of a HeaderView, but for the state root."""
    return {
        "number": block.number,
        "timestamp": block.timestamp,
        "base_fee": block.base_fee,
        "gas_limit": block.gas_limit,
        "gas_used": block.gas_used,
        "coinbase": block.coinbase.lower(),
        "prev_randao": _hex(block.prev_randao),
        "difficulty": block.difficulty,
        "extra_data": _hex(block.extra_data),
        "excess_blob_gas": block.excess_blob_gas,
        "blob_gas_used": block.blob_gas_used,
        "logs_bloom": _hex(block.logs_bloom),
        "transactions_root": _hex(block.transactions_root),
        "receipts_root": _hex(block.receipts_root),
        "withdrawals_root": _hex(block.withdrawals_root or b""),
        "requests_hash": _hex(block.requests_hash or b""),
        "parent_hash": _hex(block.parent_hash),
        "hash": _hex(block.hash),
    }


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _frame(frame: Frame) -> FrameView:
    """As a call tracer tells it: `to` is whose code runs, and a creation that failed has none."""
    error = {"success": "", "revert": "revert"}.get(frame.status, "halt")
    borrowed = frame.kind in ("DELEGATECALL", "CALLCODE")
    to: str = frame.code_address if borrowed else frame.to
    return FrameView(
        kind=frame.kind,
        depth=frame.depth,
        sender=(frame.to if borrowed else frame.sender).lower(),
        to="" if error and frame.kind.startswith("CREATE") else to.lower(),
        value=frame.value,
        input=_hex(frame.input),
        output=_hex(frame.output),
        error=error,
    )
