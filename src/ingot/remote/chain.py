"""A chain behind a node."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ingot.accounts import Account, LiveAccounts
from ingot.conversion import amount, to_address, to_bytes, to_int
from ingot.errors import ProviderError, Unreachable, UsageError
from ingot.remote.development import DevelopmentNode, not_for_tests
from ingot.remote.isolation import RemoteIsolation
from ingot.remote.quantity import bytes_of
from ingot.remote.refusal import invalid_transaction, refusal_of
from ingot.remote.sending import Sending
from ingot.remote.transaction import RemoteTransaction

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from ingot.remote.network import Network
    from ingot.remote.transaction import UnsignedTransaction
    from ingot.remote.transport import Transport
    from ingot.types import Address, AddressLike

__all__ = ["RemoteChain"]


_IN_PROCESS = frozenset(
    {
        "blob_base_fee",
        "dump",
        "engine",
        "hardfork",
        "load",
        "pending_transactions",
        "prev_randao",
        "record",
        "recording",
        "snapshots",
        "state_root",
    }
)


class RemoteChain(Sending):
    """A chain behind a node: what `Chain` is in process, over JSON-RPC.

        chain = RemoteChain(open_transport(["http://127.0.0.1:8545"]))
        token = project.Token.deploy(10**24, sender=chain.accounts[0], chain=chain)

    network: the one that is meant; the node must be of it.      max_fee: cap on what one gas may cost, in wei.
    gas_margin: factor on estimates.      timeout_s: how long `send` waits for a block.      progress: takes lines for people.

    Nothing is asked of the node before something is wanted. Surgery (mine, snapshot, set_balance, ...) works on anvil,
    Hardhat and ganache; elsewhere it raises UsageError.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        network: Network | None = None,
        progress: Callable[[str], None] | None = None,
        max_fee: int | None = None,
        gas_margin: float = 1.2,
        timeout_s: float = 300.0,
    ) -> None:
        super().__init__(
            transport,
            network=network,
            progress=progress,
            max_fee=max_fee,
            gas_margin=gas_margin,
            timeout_s=timeout_s,
        )
        self._snapshots: dict[int, tuple[str, int]] = {}
        self._snapshot_count = 0
        self._unlocked: set[Address] = set()
        self._accounts: LiveAccounts | None = None
        self._automine = True

    def close(self) -> None:
        """End the connection."""
        self.transport.close()

    # Accounts

    @property
    def accounts(self) -> LiveAccounts:
        """Keystores by alias; by number only on development nodes: those of the test mnemonic."""
        if self._accounts is None:
            self._accounts = LiveAccounts(self)
        return self._accounts

    @accounts.setter
    def accounts(self, accounts: LiveAccounts) -> None:
        self._accounts = accounts

    @contextmanager
    def prank(self, who: AddressLike) -> Iterator[Account]:
        """Inside, whatever names no sender is sent by `who`; without a key only on development nodes."""
        address = to_address(who)
        before, self.default_sender = self.default_sender, address
        try:
            yield Account(address, self)
        finally:
            self.default_sender = before

    def label(self, address: AddressLike, name: str) -> None:
        """Show `name` for an address in error messages."""
        self.labels[to_address(address)] = name

    # Sending without a key, on development nodes

    @property
    def mines_failures(self) -> bool:
        """Whether what would fail is sent all the same: on development nodes that stand for no other network."""
        network = self.network
        return self.is_development and (network is None or not (network.is_mainnet or network.is_testnet))

    def _complete(self, unsigned: UnsignedTransaction) -> RemoteTransaction:
        if unsigned.sender in self._signers or not self.is_development:
            return super()._complete(unsigned)
        if unsigned.sender not in self._unlocked:
            self._surgery("sending without a key").impersonate(unsigned.sender)
            self._unlocked.add(unsigned.sender)
        txn_hash = self._send_unlocked(unsigned)
        self.nonces.used(unsigned.sender, unsigned.nonce)
        return self._sent(txn_hash, unsigned)

    def _send_unlocked(self, unsigned: UnsignedTransaction) -> bytes:
        method = "eth_sendTransaction"
        try:
            return bytes_of(self.transport.request(method, [unsigned.request()]), method, size=32)
        except Unreachable:
            raise
        except ProviderError as error:
            mined = error.data.get("txHash") if isinstance(error.data, dict) else None
            if mined is not None:  # Hardhat mines it, and then answers how it failed
                return bytes_of(mined, method, size=32)
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise invalid_transaction(error, refusal) from error

    def _sent(self, txn_hash: bytes, unsigned: UnsignedTransaction | None) -> RemoteTransaction:
        if self._automine:
            return super()._sent(txn_hash, unsigned)
        return RemoteTransaction(self, txn_hash, fields=unsigned)

    # Surgery, on development nodes

    def _surgery(self, wanted: str) -> DevelopmentNode:
        if not self.is_development:
            raise not_for_tests(self.client, wanted)
        return DevelopmentNode(self.transport, self.client)

    @property
    def automine(self) -> bool:
        """Whether `send` waits for a block; assigning it switches a development node's own automining too."""
        return self._automine

    @automine.setter
    def automine(self, on: bool) -> None:
        self._surgery("automine").set_automine(on)
        self._automine = on

    def mine(
        self,
        num_blocks: int = 1,
        timestamp: int | dt.datetime | None = None,
        deltatime: int | dt.timedelta | None = None,
    ) -> None:
        """Mine blocks; what waits goes into the first.

        timestamp: of the first block, after its parent's.      deltatime: seconds after the parent's instead.
        """
        if timestamp is not None and deltatime is not None:
            raise UsageError("mine: give timestamp or deltatime, not both")
        node = self._surgery("mine")
        if timestamp is not None:
            node.set_next_timestamp(to_int(timestamp))
        elif deltatime is not None:
            node.set_next_timestamp(self.block("latest").timestamp + to_int(deltatime))
        node.mine(num_blocks)

    @property
    def pending_timestamp(self) -> int:
        """Of the next block, in seconds; assignable on development nodes: `chain.pending_timestamp += 86_400`."""
        return self.block("pending").timestamp

    @pending_timestamp.setter
    def pending_timestamp(self, timestamp: int | dt.datetime) -> None:
        self._surgery("pending_timestamp").set_next_timestamp(to_int(timestamp))

    def set_timestamp(self, timestamp: int | dt.datetime) -> None:
        """Ape's name for assigning `pending_timestamp`."""
        self.pending_timestamp = to_int(timestamp)

    def set_balance(self, address: AddressLike, balance: int | str) -> None:
        """wei, or "5 ether"."""
        self._surgery("set_balance").set_balance(to_address(address), amount(balance))

    def set_nonce(self, address: AddressLike, nonce: int) -> None:
        """What its next transaction carries."""
        self._surgery("set_nonce").set_nonce(to_address(address), nonce)
        self.nonces.forget(to_address(address))

    def set_code(self, address: AddressLike, code: bytes | str) -> None:
        """Runtime code, as bytes or hex text."""
        self._surgery("set_code").set_code(to_address(address), to_bytes(code))
        self._with_code.discard(to_address(address))

    def set_storage(self, address: AddressLike, slot: int, value: int | bytes) -> None:
        """The word at `slot`, 0 <= slot < 2**256; bytes are 32, big-endian."""
        self._surgery("set_storage").set_storage(to_address(address), slot, to_int(value))

    # The next blocks' header, on development nodes

    @property
    def base_fee(self) -> int:
        """Of the next block, wei for each gas; 0 on a chain with legacy prices. Assignable, with amounts as text too."""
        return self.fees().base_fee or 0

    @base_fee.setter
    def base_fee(self, fee: int | str) -> None:
        self._surgery("base_fee").set_base_fee(amount(fee))

    @property
    def gas_limit(self) -> int:
        """Of the latest block; assigned, of the next ones."""
        return self.block("latest").gas_limit

    @gas_limit.setter
    def gas_limit(self, limit: int) -> None:
        self._surgery("gas_limit").set_gas_limit(limit)
        self._facts = None

    @property
    def coinbase(self) -> Address:
        """Of the latest block; assigned, of the next ones."""
        return self.block("latest").coinbase

    @coinbase.setter
    def coinbase(self, address: AddressLike) -> None:
        self._surgery("coinbase").set_coinbase(to_address(address))

    if not TYPE_CHECKING:  # a type checker is to find what is not there

        def __getattr__(self, name: str) -> Any:
            if name in _IN_PROCESS:
                raise AttributeError(
                    f"a chain behind a node has no {name}: only the chain in this process has, ingot.Chain()"
                )
            raise AttributeError(f"{type(self).__name__} has no {name!r}")

    # Snapshots

    def snapshot(self) -> int:
        """Remember the state, on a development node. Returns: what `restore` takes."""
        taken = self._surgery("snapshot").snapshot()
        self._snapshot_count += 1
        self._snapshots[self._snapshot_count] = (taken, len(self.interfaces))
        return self._snapshot_count

    def restore(self, snapshot: int | None = None) -> None:
        """Back to a snapshot, by default the latest; it and later ones are used up. Raises: ProviderError."""
        node = self._surgery("restore")
        if snapshot is None:
            if not self._snapshots:
                raise UsageError("restore: there is no snapshot; take one with chain.snapshot()")
            snapshot = next(reversed(self._snapshots))
        if snapshot not in self._snapshots:
            raise ProviderError(f"there is no snapshot {snapshot}: it was used up", method="evm_revert")
        taken, known = self._snapshots[snapshot]
        while self._snapshots and next(reversed(self._snapshots)) >= snapshot:
            self._snapshots.popitem()
        node.revert(taken)
        while len(self.interfaces) > known:
            self.interfaces.popitem()
        self.nonces.forget()
        self._with_code.clear()
        self._seen = 0

    def revert(self, snapshot: int | None = None) -> None:
        """The engine's and web3's name for `restore`."""
        self.restore(snapshot)

    def isolate(self) -> RemoteIsolation:
        """`with chain.isolate():` restores the state at the end, on a development node; exceptions pass through."""
        return RemoteIsolation(self)

    def __repr__(self) -> str:
        where = "a node" if self.network is None else self.network.choice
        return f"<chain {where} at {self.transport.shown}>"

    def __reduce__(self) -> Any:
        raise TypeError("a chain behind a node belongs to its process: open it again from its URL")
