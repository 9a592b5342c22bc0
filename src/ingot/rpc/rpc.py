"""The method table over a chain."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from ingot.errors import RpcError
from ingot.rpc import (
    access_list,
    building,
    debug,
    debug_state,
    envelope,
    eth_blocks,
    eth_fees,
    eth_logs,
    eth_state,
    eth_transactions,
    mining,
    net,
    node_state,
    ots,
    rules,
    simulate,
    surgery,
    trace,
    txpool,
)
from ingot.rpc.calling import CLIENT_GAS_CAP, MOST_GAS
from ingot.rpc.clock import Clock
from ingot.rpc.failure import METHOD_NOT_FOUND, REJECTED, SERVER, refusal
from ingot.rpc.filters import Filters
from ingot.rpc.method import Method, methods_of
from ingot.rpc.ordering import put_in_order
from ingot.rpc.pool import Pool
from ingot.rpc.senders import Senders
from ingot.rpc.snapshots import Snapshots
from ingot.rpc.subscriptions import Subscriptions
from ingot.rpc.trail import Trail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingot.chain import Chain
    from ingot.engine import Outcome
    from ingot.types import Address

    Witness = Callable[[Mapping[str, Any], int | None, Outcome | None], object]

__all__ = ["METHODS", "Rpc"]

_MODULES = (
    eth_state,
    eth_blocks,
    eth_fees,
    eth_transactions,
    access_list,
    eth_logs,
    net,
    mining,
    surgery,
    node_state,
    txpool,
    debug,
    debug_state,
    trace,
    ots,
    rules,
    simulate,
    building,
)

METHODS: Mapping[str, Method] = {
    name: method for module in _MODULES for method in methods_of(module) for name in method.names
}
"""Every name that requests may use."""


class Rpc:
    """Answers JSON-RPC about a chain, in process. Threads take turns.

    now: seconds since 1970, as a node has it; None (the default) leaves the chain's own time, a second for each block.
    auto_impersonate: whether everybody may be sent for.      tip: what eth_maxPriorityFeePerGas suggests, wei.
    order: of waiting transactions in a block: "fees", the one that pays most first, or "fifo".
    safe, finalized: numbers of those blocks; one and two epochs behind the latest by default.      epoch: blocks of one.
    is_client: whether to answer as geth does as a client of a network, rather than as a development node: the tip is what
    recent blocks paid, calls get up to 50,000,000 gas, estimates are found as fast as geth does, and so up to 1.5 %
    too high, and the pending block has no hash yet.
    """

    as_anvil: bool
    """Whether answers are anvil's where the specification has others and clients depend on it."""
    instance_id: str
    """Of this object: anvil_metadata tells it, so that clients notice a node that began anew."""
    hides_pending: bool
    """Whether the pending block's hash, nonce and miner are null, as in geth."""
    mining_interval_s = 0
    """Seconds between blocks that whoever serves this mines with `request("evm_mine")`; 0 for none."""
    is_tracing = False
    """Whether whoever serves this writes the calls of each transaction."""
    is_logging = True
    """Whether whoever serves this writes a line for each request."""
    witness: Witness | None = None
    """Who is told of calls and estimates: what the engine's `call` takes, the number of the block on whose state they
    ran (None for the pending one), and how they ended (None for an estimate that succeeded). It must not block."""
    recording: int | None = None
    """RECORD_* flags of the calls of which it is told."""

    def __init__(
        self,
        chain: Chain,
        *,
        now: Callable[[], float] | None = None,
        auto_impersonate: bool = False,
        tip: int = 1_000_000_000,
        safe: int | None = None,
        finalized: int | None = None,
        epoch: int = 32,
        client_version: str = "ingot",
        order: str = "fees",
        as_anvil: bool = False,
        is_client: bool = False,
    ) -> None:
        self.order = order
        self.as_anvil = as_anvil
        self.is_client = is_client
        self.chain = chain
        self.engine = chain.engine
        self.clock = Clock(chain.engine, now)
        self.senders = Senders(chain, everybody=auto_impersonate)
        self.pool = Pool(chain.engine, self.before_block, self.clock, is_client=is_client)
        self.trail = Trail(chain)
        self.filters = Filters(self)
        self.snapshots = Snapshots(self)
        self.subscriptions = Subscriptions(self)
        self._tip = tip
        self.safe = safe
        self.finalized = finalized
        self.epoch = epoch
        self.client_version = client_version
        self.instance_id = "0x" + secrets.token_hex(32)
        self.hides_pending = is_client
        self._alone = self.engine.hold()
        self._answers = {
            name: (method.read, method.answer, not method.parameters) for name, method in METHODS.items()
        }

    @property
    def methods(self) -> Mapping[str, Method]:
        """Name -> method, with its parameters."""
        return METHODS

    @property
    def default_sender(self) -> Address:
        """Of transactions that name none: the first account."""
        for account in self.chain.accounts:
            return account.address
        raise RpcError("invalid argument 0: transaction: from is missing", code=-32602)

    @property
    def tip(self) -> int:
        """What is suggested as a tip, wei."""
        return eth_fees.recent_tip(self) if self.is_client else self._tip

    @property
    def gas_cap(self) -> int:
        """The most gas that a call gets."""
        return CLIENT_GAS_CAP if self.is_client else min(self.engine.gas_limit, MOST_GAS)

    @property
    def blob_limit(self) -> int:
        """Blob gas of a block."""
        return rules.blob_limit(self.engine.hardfork)

    def before_block(self) -> None:
        """A block is about to be mined."""
        self.pool.promote()
        if self.order == "fees" and not self.engine.automine:
            put_in_order(self.engine)

    # Requests

    def request(self, method: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The result of a method, as plain JSON values. Raises: RpcError, and nothing else."""
        known = self._answers.get(method)
        if known is None:
            raise RpcError(f"the method {method} does not exist/is not available", code=METHOD_NOT_FOUND)
        read, answer, takes_none = known
        with self._alone:
            try:
                result = answer(self) if takes_none and not params else answer(self, *read(params))
            except RpcError:
                raise
            except Exception as error:  # whatever it is, the one who asks gets an answer
                raise refusal(error, rejected=REJECTED if self.as_anvil else SERVER) from error
            finally:
                if self.subscriptions.is_used:
                    self.subscriptions.publish()
        return result

    def handle(self, body: bytes | str) -> bytes:
        """Answer a JSON-RPC 2.0 request or batch. Returns: JSON; nothing, if there were only notifications."""
        return envelope.handle(body, self.request)

    # Subscriptions

    def end_trail(self) -> None:
        """Remember no blocks, if nobody watches any more."""
        if not (self.filters.is_used or self.subscriptions.is_used):
            self.trail.end()

    def subscribe(self, kind: str, wanted: Any, push: Callable[[str, Any], object]) -> str:
        """Watch "newHeads", "logs" or "newPendingTransactions".

        wanted: the second parameter of eth_subscribe, or None.      push: called with the subscription's id and each
        result, in the thread that made it happen; it must not block.
        Returns: the id.      Raises: RpcError.
        """
        with self._alone:
            return self.subscriptions.install(kind, wanted, push)

    def unsubscribe(self, subscription: str) -> bool:
        """Returns: whether there was such a subscription."""
        return self.subscriptions.uninstall(subscription)

    def publish(self) -> None:
        """Tell subscribers what happened to the chain by other ways than requests."""
        if self.subscriptions.is_used:
            with self._alone:
                self.subscriptions.publish()
