"""ingot's engine as a side of the comparison, each block on a new fork of the anvil that it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from anvil import Anvil, RpcError

from differential.anvil_side import AnvilSide
from differential.engine_side import EngineSide, rootless
from differential.mpt import state_root
from differential.views import HISTORY, BlockPlan, BlockView, CallPlan, CallView, HeaderView, Setting
from ingot.engine import Block, Engine, keccak256
from ingot.errors import ProviderError
from ingot.remote.state import RemoteState

UNKNOWN_ROOT = "0x"
HISTORY_LENGTH = 8191
"""So many hashes the contract of EIP-2935 keeps."""


class _Wire:
    """What `RemoteState` needs of a transport."""

    shown = "anvil"

    def __init__(self, node: Anvil) -> None:
        self._node = node

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The result."""
        return self._node.call(method, *params)

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in order."""
        answers = self._node.batch(requests)
        return [ProviderError(str(one)) if isinstance(one, RpcError) else one for one in answers]

    def close(self) -> None:
        """Anvil's own business."""


class ForkSide(EngineSide):
    """See `views.Side`. Each block is made on a fork of anvil's block before it; what is asked in between, of that fork.

    The first block is made without, for what was set up by surgery is in no block.
    """

    name = "ingot's fork"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._setting = setting
        self._made = False
        self.forks = 0

    def attach(self, anvil: AnvilSide) -> None:
        """Where the forks come from."""
        self._anvil = anvil

    def run_block(self, plan: BlockPlan, prev_randao: Sequence[str]) -> BlockView:
        """Carry out `plan`, on a new fork unless what was set for the last one still waits for a block."""
        if self._made:
            self._fork(self._engine.block_number)
        view = super().run_block(plan, prev_randao)
        self._made = bool(view.headers)
        return view

    def _fork(self, number: int) -> None:
        block = self._anvil.node.call("eth_getBlockByNumber", hex(number), False)
        fields = {
            "number": number,
            "hash": bytes.fromhex(block["hash"][2:]),
            "timestamp": int(block["timestamp"], 16),
            "gas_limit": int(block["gasLimit"], 16),
            "gas_used": int(block["gasUsed"], 16),
            "base_fee": int(block["baseFeePerGas"], 16),
            "coinbase": block["miner"],
            "prev_randao": bytes.fromhex(block["mixHash"][2:]),
            "excess_blob_gas": int(block["excessBlobGas"], 16),
            "blob_gas_used": int(block["blobGasUsed"], 16),
        }
        recording = self._engine.recording
        self._engine = Engine(
            hardfork=self._setting.hardfork,
            chain_id=self._setting.chain_id,
            backend=RemoteState(_Wire(self._anvil.node), number),
            fork_block=fields,
        )
        self._engine.recording = recording
        self.forks += 1

    @staticmethod
    def _header(block: Block) -> HeaderView:
        return HeaderView(state_root=UNKNOWN_ROOT, **rootless(block))

    def state_root(self) -> str:
        """Root of what the fork says of all accounts that anvil has; in tidy episodes the hashes of its own blocks are anvil's."""
        held = self._anvil.dump()
        views = {
            address: self.accounts([address], slots=list(one.storage))[address]
            for address, one in held.items()
        }
        if self._setting.tidy:
            own = range(self._engine.first_block_number + 1, self._engine.block_number)
            kept = {number % HISTORY_LENGTH for number in own} & held[HISTORY].storage.keys()
            hashes = {slot: held[HISTORY].storage[slot] for slot in kept}
            known = views[HISTORY]
            views[HISTORY] = replace(known, storage={**known.storage, **hashes})
        return state_root(views, keccak256)

    def call(self, plan: CallPlan) -> CallView:
        """eth_call; in tidy episodes, where contracts look at the hashes of blocks, on a fork without blocks of its own."""
        if not self._setting.tidy:
            return super().call(plan)
        used = self._engine
        self._fork(used.block_number)
        try:
            return super().call(plan)
        finally:
            self._engine = used

    def snapshot(self) -> int:
        """Anvil's is enough."""
        return 0

    def revert(self, snapshot: int) -> None:  # noqa: ARG002
        """What anvil went back to."""
        self._fork(int(self._anvil.node.call("eth_blockNumber"), 16))
