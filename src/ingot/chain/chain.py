"""The chain in process."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ingot.accounts import DEFAULT_HD_PATH, TEST_MNEMONIC, Account, TestAccounts
from ingot.chain.blocks import Block, Blocks
from ingot.chain.isolation import Isolation
from ingot.chain.knowledge import Knowledge
from ingot.chain.next_blocks import NextBlocks
from ingot.chain.recording import flags_of
from ingot.chain.snapshots import Snapshots
from ingot.chain.state_file import read_state, write_state
from ingot.conversion import amount, to_address, to_bytes, to_int
from ingot.engine import Engine, Outcome
from ingot.errors import ProviderError, UsageError
from ingot.receipt import Receipt

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Self

    from ingot.engine import Transaction
    from ingot.interface import Interface
    from ingot.provider import StateSource
    from ingot.remote.network import Network
    from ingot.types import Address, AddressLike

__all__ = ["Chain"]


class Chain(NextBlocks):
    """An Ethereum chain inside this process: what mainnet runs today, block 0, ten funded accounts, automine.

    hardfork: frontier to osaka, bpo1, bpo2, amsterdam.      timestamp: of block 0, seconds; default now.
    gas_limit: of each block.      code_size_limit: of contracts, in bytes; True for EIP-170's 24,576, False for none.
    mnemonic, number_of_accounts, hd_path: the test accounts.      balance: of each, 10,000 ether by default.

    Raises: UsageError for a setting that cannot be.
    """

    def __init__(
        self,
        *,
        hardfork: str = "bpo2",
        chain_id: int = 31337,
        timestamp: int | None = None,
        gas_limit: int = 30_000_000,
        base_fee: int = 1_000_000_000,
        coinbase: AddressLike | None = None,
        code_size_limit: bool | int = True,
        memory_limit: int = 128 * 1024 * 1024,
        mnemonic: str = TEST_MNEMONIC,
        number_of_accounts: int = 10,
        balance: int | str = "10_000 ether",
        hd_path: str = DEFAULT_HD_PATH,
    ) -> None:
        engine = Engine(
            hardfork=hardfork,
            chain_id=chain_id,
            timestamp=timestamp,
            gas_limit=gas_limit,
            base_fee=base_fee,
            coinbase=coinbase,
            code_size_limit=code_size_limit,
            memory_limit=memory_limit,
        )
        self._begin(engine, mnemonic=mnemonic, number=number_of_accounts, balance=balance, hd_path=hd_path)
        engine.begin_here()

    @classmethod
    def fork(
        cls,
        state: StateSource,
        *,
        block: Mapping[str, Any],
        chain_id: int,
        hardfork: str = "bpo2",
        code_size_limit: bool | int = True,
        memory_limit: int = 128 * 1024 * 1024,
        mnemonic: str = TEST_MNEMONIC,
        number_of_accounts: int = 0,
        balance: int | str | None = None,
        hd_path: str = DEFAULT_HD_PATH,
    ) -> Self:
        """A chain in process that goes on from a block of another one, whose state is read when it is needed, once.

        state: what the other chain holds after `block`. What it raises is raised by what needed the value.
        block: number, hash, timestamp, gas_limit, base_fee; also gas_used (the next base fee follows from it), coinbase,
        prev_randao, excess_blob_gas, blob_gas_used.
        balance: None funds nobody, the test accounts included; an amount funds each when it is first asked for.

        Nothing is put into the state. Roots, proofs and `dump` are not to be had (ProviderError): not all of it is here.
        """
        chain = cls.__new__(cls)
        engine = Engine(
            hardfork=hardfork,
            chain_id=chain_id,
            code_size_limit=code_size_limit,
            memory_limit=memory_limit,
            backend=state,
            fork_block=block,
        )
        chain._begin(engine, mnemonic=mnemonic, number=number_of_accounts, balance=balance, hd_path=hd_path)
        return chain

    @classmethod
    def from_genesis(
        cls,
        genesis: str,
        *,
        blocks: bytes = b"",
        mnemonic: str = TEST_MNEMONIC,
        number_of_accounts: int = 0,
        balance: int | str | None = None,
        hd_path: str = DEFAULT_HD_PATH,
    ) -> Self:
        """A chain in process that begins as a genesis file in geth's form says, its hardforks and accounts included.

        genesis: the text of the file.      blocks: RLP after RLP, as geth exports them: executed again, and all that
        their headers say compared.      balance: as for `fork`.

        Raises: UsageError, if the file is none; ProviderError at the first block that is not valid.
        """
        chain = cls.__new__(cls)
        engine = Engine.from_genesis(genesis)
        import json

        genesis_config = json.loads(genesis)["config"]
        if blocks:
            engine.import_blocks(blocks)
        chain._begin(engine, mnemonic=mnemonic, number=number_of_accounts, balance=balance, hd_path=hd_path)
        chain.genesis_config = genesis_config
        return chain

    def _begin(
        self, engine: Engine, *, mnemonic: str, number: int, balance: int | str | None, hd_path: str
    ) -> None:
        self.engine = engine
        self.outcome_type: type = Outcome
        self.default_sender: Address | None = None
        self.labels: dict[str, str] = {}
        self.genesis_config: Mapping[str, Any] | None = None
        """Of the genesis file with which it began: its chain id, and when its forks begin."""
        self.network: Network | None = None
        """What it stands for: the network whose copy it is, if `ingot run` made it for its plan."""
        self._knowledge = Knowledge(engine, None if balance is None else amount(balance))
        self.interfaces: dict[str, Interface] = self._knowledge.interfaces
        self.snapshots = Snapshots(engine, self._knowledge)
        """Every way back, and who else is told of it: what is not the chain's own methods for it."""
        # The hot path: no Python frame between a contract's method and the engine.
        self.call_function = engine.call_function
        self.send_function = engine.send_function
        self.call = engine.call
        self.send = engine.send
        self.logs = engine.logs
        self.get_balance = engine.balance
        self.get_nonce = engine.nonce
        self.get_code = engine.code
        self.get_storage = engine.storage
        self.blocks = Blocks(engine, self)
        self.accounts = TestAccounts(
            self,
            hold=lambda account: account.give_key(engine.add_key),
            fund=self._knowledge.fund,
            prank=self.prank,
            mnemonic=mnemonic,
            number=number,
            hd_path=hd_path,
        )
        self._knowledge.accounts = self.accounts

    # What it is

    @property
    def chain_id(self) -> int:
        """EIP-155."""
        return self.engine.chain_id

    @property
    def hardfork(self) -> str:
        """The rules in force."""
        return self.engine.hardfork

    @property
    def provider(self) -> Chain:
        """Ape's name for what answers: the chain itself."""
        return self

    # What is not hot

    def send_raw(self, raw: bytes) -> Receipt:
        """Send a signed transaction, EIP-2718 encoded. Raises: InvalidTransaction, as a node would refuse it."""
        return Receipt(self.engine.send_raw(raw), self)

    def estimate_gas(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
    ) -> int | Outcome:
        """The least gas limit with which it succeeds; the outcome if it cannot."""
        return self.engine.estimate_gas(
            sender=sender,
            to=to,
            data=data,
            value=value,
            access_list=access_list,
            authorizations=authorizations,
        )

    def replay(self, transaction: Transaction, recording: int) -> Outcome:
        """Execute a mined transaction again on the state that it saw. Raises: ProviderError, if it was undone."""
        return self.engine.replay(transaction, recording)

    # Blocks and time

    @property
    def block_number(self) -> int:
        """Of the latest block."""
        return self.engine.block_number

    def block(self, number: int) -> Block:
        """A block by number. Raises: ProviderError."""
        return Block(self.engine.block(number), self)

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
        self.engine.mine(
            num_blocks,
            timestamp=None if timestamp is None else to_int(timestamp),
            deltatime=None if deltatime is None else to_int(deltatime),
        )

    @property
    def history_limit(self) -> int | None:
        """How many past blocks have their state kept, at least; None (the default) for all. Assignable, for very long runs."""
        return self.engine.history_limit

    @history_limit.setter
    def history_limit(self, limit: int | None) -> None:
        self.engine.history_limit = limit

    @property
    def max_transactions(self) -> int | None:
        """The most transactions of a block; None (the default) for as many as fit. Assignable; the rest waits for the next."""
        return self.engine.max_transactions

    @max_transactions.setter
    def max_transactions(self, most: int | None) -> None:
        self.engine.max_transactions = most

    @property
    def pending_transactions(self) -> list[Receipt]:
        """What waits to be mined, in order."""
        return [Receipt(transaction, self) for transaction in self.engine.pending_transactions()]

    def get_receipt(self, transaction_hash: str | bytes) -> Receipt:
        """The receipt of a transaction of this chain. Raises: ProviderError, if there is none."""
        digest = to_bytes(transaction_hash)
        transaction = self.engine.transaction(digest)
        if transaction is None:
            raise ProviderError(
                f"no transaction 0x{digest.hex()} on this chain", method="eth_getTransactionByHash"
            )
        return Receipt(transaction, self)

    # Snapshots

    def snapshot(self) -> int:
        """Remember everything: state, blocks, time. Costs a microsecond. Returns: what `restore` takes."""
        return self.snapshots.take(is_open=True)

    def restore(self, snapshot: int | None = None) -> None:
        """Back to a snapshot, by default the latest; it and later ones are used up. Raises: ProviderError."""
        snapshots = self.snapshots
        snapshots.restore(snapshots.latest if snapshot is None else snapshot)

    def revert(self, snapshot: int | None = None) -> None:
        """The engine's and web3's name for `restore`."""
        self.restore(snapshot)

    def isolate(self) -> Isolation:
        """`with chain.isolate():` restores the state, settings included, at the end; exceptions pass through."""
        return Isolation(self)

    # Senders

    @contextmanager
    def prank(self, who: AddressLike) -> Iterator[Account]:
        """Inside, whatever names no sender is sent by `who`, with or without its key."""
        account = self.accounts.impersonate_account(who)
        before, self.default_sender = self.default_sender, account.address
        try:
            yield account
        finally:
            self.default_sender = before

    def label(self, address: AddressLike, name: str) -> None:
        """Show `name` for an address in error messages."""
        self.labels[to_address(address)] = name

    # Surgery

    def set_balance(self, address: AddressLike, balance: int | str) -> None:
        """wei, or "5 ether"."""
        self.engine.set_balance(address, amount(balance))

    def set_nonce(self, address: AddressLike, nonce: int) -> None:
        """What its next transaction carries."""
        self.engine.set_nonce(address, nonce)

    def set_code(self, address: AddressLike, code: bytes | str) -> None:
        """Runtime code, as bytes or hex text."""
        self.engine.set_code(address, to_bytes(code))

    def set_storage(self, address: AddressLike, slot: int, value: int | bytes) -> None:
        """The word at `slot`, 0 <= slot < 2**256; bytes are 32, big-endian."""
        self.engine.set_storage(address, slot, to_int(value))

    def state_root(self) -> bytes:
        """Of the state now."""
        return self.engine.state_root()

    def dump(self, path: str | os.PathLike[str]) -> Path:
        """Write state, settings and latest block to a file (docs/state-file.md). Returns: its path."""
        return write_state(path, self.engine.dump())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Replace the state by a file that `dump` wrote. Restoring a snapshot taken before takes that back."""
        data = read_state(path)
        self.snapshots.load(lambda engine: engine.load(data))

    # Recording

    @property
    def recording(self) -> int:
        """RECORD_* flags for every transaction and call; 0 by default."""
        return self.engine.recording

    @recording.setter
    def recording(self, flags: int) -> None:
        self.engine.recording = flags

    @contextmanager
    def record(
        self,
        *,
        frames: bool = True,
        coverage: bool = False,
        edges: bool = False,
        storage: bool = False,
        steps: bool = False,
    ) -> Iterator[None]:
        """Inside, every transaction records what is asked for."""
        chosen = flags_of(frames=frames, coverage=coverage, edges=edges, storage=storage, steps=steps)
        before, self.recording = self.recording, self.recording | chosen
        try:
            yield
        finally:
            self.recording = before

    def __repr__(self) -> str:
        return f"<chain {self.chain_id} in process, block {self.block_number}>"

    def __reduce__(self) -> Any:
        raise TypeError("a chain lives in its process: dump it to a file instead")
