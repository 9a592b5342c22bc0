"""The native engine: revm, blocks, receipts, recording and the ABI codec, in Rust.

Only `ingot.engine` and `ingot.abi` import this module; everything else goes through them.
Errors are those of `ingot.errors`: AbiError for values and addresses, UsageError for other arguments that cannot be,
InvalidTransaction for refused transactions, ProviderError for what the chain cannot answer. A contract's failure is a
result, never an exception.

Addresses are accepted as AddressLike and returned as `ingot.types.Address`; hashes and data are bytes;
amounts are int wei. A block number is an int, 0 <= number <= the latest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, final

from ingot.provider import StateSource
from ingot.types import Address, AddressLike

__all__ = [
    "RECORD_COVERAGE",
    "RECORD_EDGES",
    "RECORD_ENDS",
    "RECORD_FRAMES",
    "RECORD_STEPS",
    "RECORD_STORAGE",
    "RECORD_TAILS",
    "Block",
    "Engine",
    "Error",
    "Event",
    "Frame",
    "Function",
    "Hold",
    "Log",
    "Outcome",
    "Recording",
    "Transaction",
    "create2_address",
    "create_address",
    "decode",
    "decode_transaction",
    "encode",
    "encode_packed",
    "keccak256",
    "key_address",
    "public_key",
    "recover_hash",
    "sign_hash",
    "sign_transaction",
    "to_address",
]

def keccak256(data: bytes) -> bytes: ...
def to_address(value: AddressLike) -> Address:
    """Checksummed address of `value`; AbiError that says what is wrong with it."""

def create_address(sender: AddressLike, nonce: int) -> Address: ...
def create2_address(deployer: AddressLike, salt: bytes, initcode: bytes) -> Address: ...
def key_address(private_key: bytes) -> Address: ...
def public_key(private_key: bytes) -> bytes:
    """33 bytes, compressed (SEC 1, 2.3.3): what BIP-32 derives children from."""

def sign_hash(private_key: bytes, digest: bytes) -> bytes:
    """65 bytes r, s, v (27 or 28); RFC 6979, low s (EIP-2)."""

def recover_hash(digest: bytes, signature: bytes) -> Address: ...
def sign_transaction(
    private_key: bytes,
    *,
    type: int,
    chain_id: int,
    nonce: int,
    to: AddressLike | None,
    value: int,
    data: bytes,
    gas_limit: int,
    gas_price: int | None = None,
    max_fee: int | None = None,
    max_priority_fee: int | None = None,
    access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
    authorizations: Sequence[Mapping[str, Any]] = (),
    blob_hashes: Sequence[bytes] = (),
    max_fee_per_blob_gas: int | None = None,
) -> Transaction:
    """A signed transaction that no chain was given: its `raw` can be sent anywhere, its `hash` is known before.

    type: 0 (EIP-155) to 4. Every field that the type has must be given, and none that it has not (an empty list is
    none): gas_price for 0 and 1, max_fee and max_priority_fee from 2 on.      chain_id: 1 <= chain_id (EIP-2294).
    The key is kept nowhere and shown nowhere.
    """

def decode_transaction(raw: bytes) -> Transaction:
    """The signed transaction of an EIP-2718 encoding, its sender recovered. Blobs that came with it are left out.

    Raises: InvalidTransaction, if it is malformed or nobody can have signed it (high s included, EIP-2).
    """

# ABI ---------------------------------------------------------------------------------------

def encode(types: Sequence[str], values: Sequence[object]) -> bytes: ...
def encode_packed(types: Sequence[str], values: Sequence[object]) -> bytes: ...
def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]: ...

@final
class Function:
    """A function (or the constructor) of an ABI.

    json: its entry in the ABI, as JSON text; or a line such as `function f(uint256 x) view returns (bool)`.
    """

    def __new__(cls, json: str) -> Function: ...
    @property
    def name(self) -> str:
        """Empty for the constructor."""
    @property
    def signature(self) -> str:
        """`transfer(address,uint256)`; the constructor's is `constructor(...)`."""
    @property
    def description(self) -> str:
        """`transfer(to: address, value: uint256)`."""
    @property
    def selector(self) -> bytes:
        """4 bytes; empty for the constructor."""
    @property
    def inputs(self) -> list[tuple[str, str]]:
        """(name, canonical type) each."""
    @property
    def outputs(self) -> list[tuple[str, str]]: ...
    @property
    def is_view(self) -> bool: ...
    @property
    def is_payable(self) -> bool: ...
    def encode(self, args: Sequence[object], kwargs: Mapping[str, object] | None = None) -> bytes:
        """Selector and encoded arguments. AbiError names the path."""
    def accepts(self, args: Sequence[object], kwargs: Mapping[str, object] | None = None) -> bool:
        """Whether the arguments encode: overload resolution."""
    def decode_input(self, data: bytes) -> Any:
        """Arguments (a Struct) of calldata with this selector."""
    def decode_output(self, data: bytes) -> Any:
        """None, the single value, or a Struct of several."""

@final
class Event:
    def __new__(cls, json: str) -> Event: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def signature(self) -> str: ...
    @property
    def topic(self) -> bytes:
        """topics[0]; empty for an anonymous event."""
    @property
    def anonymous(self) -> bool: ...
    @property
    def inputs(self) -> list[tuple[str, str, bool]]:
        """(name, canonical type, indexed) each."""
    def decode(self, topics: Sequence[bytes], data: bytes) -> Any:
        """A Struct in ABI order; an indexed dynamic value is its 32-byte hash. AbiError if it is another event."""
    def encode_topic(self, index: int, value: object) -> bytes:
        """The 32-byte topic that the `index`-th input must have to equal `value`."""

@final
class Error:
    def __new__(cls, json: str) -> Error: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def signature(self) -> str: ...
    @property
    def selector(self) -> bytes: ...
    @property
    def inputs(self) -> list[tuple[str, str]]: ...
    def decode(self, data: bytes) -> Any: ...
    def encode(self, args: Sequence[object], kwargs: Mapping[str, object] | None = None) -> bytes: ...

# Transactions, blocks ------------------------------------------------------------------------

RECORD_FRAMES: int
RECORD_COVERAGE: int
RECORD_STORAGE: int
RECORD_STEPS: int
RECORD_EDGES: int
RECORD_ENDS: int
RECORD_TAILS: int
"""Flags, to be or-ed. Logs come with their frame when RECORD_FRAMES is on."""

@final
class Log:
    @property
    def address(self) -> Address: ...
    @property
    def topics(self) -> list[bytes]: ...
    @property
    def data(self) -> bytes: ...
    @property
    def log_index(self) -> int:
        """Index in the block; in the transaction for a call's logs."""
    @property
    def frame(self) -> int | None:
        """Index into Recording.frames, when frames were recorded."""

@final
class Recording:
    """What one execution did, as flat arrays. Columns are bytes of little-endian words."""

    @property
    def frames(self) -> list[Frame]: ...
    @property
    def coverage(self) -> dict[bytes, bytes]:
        """Code hash -> a bitmap, one bit for each program counter that was executed (bit pc & 7 of byte pc >> 3)."""
    @property
    def edges(self) -> dict[bytes, bytes]:
        """Code hash -> rows of three u32: the JUMPI's program counter, where it went on, how often."""
    @property
    def logs(self) -> list[tuple[int, int, int | None, Address, list[bytes], bytes]]:
        """(frame, frames begun before it, index in Outcome.logs or None if reverted, address, topics, data) in order."""
    @property
    def storage(self) -> list[tuple[int, bool, Address, int, int, int]]:
        """(frame, is_write, account, slot, value before, value after) in order."""
    @property
    def ends(self) -> list[tuple[Address, int, int, bytes, list[tuple[int, int]]]]:
        """Balance, nonce, code and changed slots of each account that was touched, before anything was cleared away."""
    @property
    def step_count(self) -> int: ...
    @property
    def is_truncated(self) -> bool:
        """Whether the steps end before the execution did, at the limit of what is recorded."""
    def steps(self) -> dict[str, bytes]:
        """Columns: frame u32, pc u32, op u8, gas u64, refund i64, stack_len u16, memory_len u32."""
    def tails(self) -> dict[str, bytes]:
        """With RECORD_TAILS, the last steps (4,096 or more) of the frames through which the failure came up, in order.

        Columns: frame u32, pc u32, op u8.
        """
    @property
    def tail_stacks(self) -> dict[int, list[int]]:
        """Frame -> its stack before the first of its steps in `tails`; only for those that had taken others before."""
    def stack(self, step: int) -> list[int]: ...
    def memory(self, step: int) -> bytes: ...

@final
class Frame:
    @property
    def kind(self) -> str:
        """CALL, STATICCALL, DELEGATECALL, CALLCODE, CREATE, CREATE2 or SELFDESTRUCT."""
    @property
    def parent(self) -> int | None: ...
    @property
    def depth(self) -> int: ...
    @property
    def sender(self) -> Address: ...
    @property
    def to(self) -> Address:
        """The account whose storage is used; the new account for a create."""
    @property
    def code_address(self) -> Address:
        """The account whose code runs (differs under DELEGATECALL and EIP-7702)."""
    @property
    def code_hash(self) -> bytes: ...
    @property
    def value(self) -> int: ...
    @property
    def gas(self) -> int: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def input(self) -> bytes: ...
    @property
    def output(self) -> bytes: ...
    @property
    def status(self) -> str:
        """success, revert, or the halt's reason."""
    @property
    def halted_at(self) -> tuple[int, int] | None:
        """The opcode that could not be executed, and the words on the stack then; None unless one made the frame halt."""

@final
class Outcome:
    """The end of a call or of a mined transaction. Immutable: it outlives a revert of the chain."""

    @property
    def status(self) -> str:
        """success, revert or halt"""
    @property
    def succeeded(self) -> bool: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def gas_refunded(self) -> int: ...
    @property
    def gas_spent(self) -> int:
        """Before the refund, but not less than the floor of EIP-7623."""
    @property
    def output(self) -> bytes: ...
    @property
    def halt_reason(self) -> str | None:
        """Geth's words: out of gas, invalid opcode: ..., stack underflow, ..."""
    @property
    def logs(self) -> list[Log]: ...
    @property
    def contract_address(self) -> Address | None: ...
    @property
    def recording(self) -> Recording | None: ...

@final
class Transaction:
    """A transaction that the chain accepted; mined at once under automine, else by `mine`.

    Immutable: it outlives a revert of the chain. One of `sign_transaction` or `decode_transaction` is on no chain:
    nothing becomes of it, and two of them are equal if their hashes are.
    """

    @property
    def sender(self) -> Address: ...
    @property
    def to(self) -> Address | None: ...
    @property
    def nonce(self) -> int: ...
    @property
    def value(self) -> int: ...
    @property
    def data(self) -> bytes: ...
    @property
    def gas_limit(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def chain_id(self) -> int | None: ...
    @property
    def max_fee_per_gas(self) -> int:
        """gas_price for types 0 and 1"""
    @property
    def max_priority_fee_per_gas(self) -> int | None: ...
    @property
    def access_list(self) -> list[tuple[Address, list[bytes]]]: ...
    @property
    def authorizations(self) -> list[dict[str, Any]]: ...
    @property
    def blob_hashes(self) -> list[bytes]: ...
    @property
    def max_fee_per_blob_gas(self) -> int | None: ...
    @property
    def hash(self) -> bytes:
        """Of the signed transaction. Senders whose key the chain holds are signed when this is asked for."""
    @property
    def signature(self) -> tuple[int, int, int]:
        """(y_parity, r, s); (0, int(sender), 0) for an impersonated sender."""
    @property
    def raw(self) -> bytes:
        """EIP-2718 encoding, as it stands in blocks: without blobs."""
    @property
    def raw_with_blobs(self) -> bytes:
        """The same as nodes pass it on: until it is mined, with the blobs that it came with, and from Osaka on with proofs of cells."""
    @property
    def is_mined(self) -> bool: ...
    # The rest raises ProviderError until it is mined, and for ever if it was dropped.
    @property
    def outcome(self) -> Outcome: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def succeeded(self) -> bool: ...
    @property
    def block_number(self) -> int: ...
    @property
    def index(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def cumulative_gas_used(self) -> int: ...
    @property
    def effective_gas_price(self) -> int: ...

@final
class Block:
    """A block. Of the one that a fork stands on, transactions and roots are not known: ProviderError."""

    @property
    def number(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def gas_limit(self) -> int: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def base_fee(self) -> int: ...
    @property
    def coinbase(self) -> Address: ...
    @property
    def prev_randao(self) -> bytes: ...
    @property
    def difficulty(self) -> int: ...
    @property
    def extra_data(self) -> bytes: ...
    @property
    def excess_blob_gas(self) -> int: ...
    @property
    def blob_gas_used(self) -> int: ...
    @property
    def hash(self) -> bytes:
        """Real; computed when asked for, roots included."""
    @property
    def parent_hash(self) -> bytes: ...
    @property
    def state_root(self) -> bytes: ...
    @property
    def transactions_root(self) -> bytes: ...
    @property
    def receipts_root(self) -> bytes: ...
    @property
    def withdrawals_root(self) -> bytes | None: ...
    @property
    def requests_hash(self) -> bytes | None: ...
    @property
    def requests(self) -> list[bytes]:
        """What it asks of the consensus layer, the type byte first (EIP-7685)."""
    @property
    def logs_bloom(self) -> bytes: ...
    @property
    def transactions(self) -> list[Transaction]: ...
    @property
    def header_rlp(self) -> bytes: ...
    @property
    def hardfork(self) -> str: ...
    @property
    def blob_base_fee(self) -> int:
        """Wei for each blob gas; 1 before Cancun."""
    @property
    def nonce(self) -> bytes:
        """8 bytes: proof of work; zero unless the block was made elsewhere."""
    @property
    def parent_beacon_root(self) -> bytes: ...
    @property
    def withdrawals(self) -> list[tuple[int, int, Address, int]]:
        """(index, validator, account, gwei) each; none unless the block was made elsewhere."""
    @property
    def ommers(self) -> list[bytes]:
        """RLP of the uncles' headers; none unless the block was made elsewhere."""
    @property
    def receipts(self) -> list[bytes]:
        """EIP-2718 encoding of each receipt."""
    @property
    def rlp(self) -> bytes:
        """The whole block as nodes pass it on: header, transactions, ommers, withdrawals."""

@final
class Hold:
    """A context manager: inside, only the thread that entered it works on the chain, others wait. It may be entered again."""

    def __enter__(self) -> None: ...
    def __exit__(self, *_failure: object) -> None: ...

@final
class Engine:
    """A chain in process: state, blocks, time and the executor.

    Threads take turns; the GIL is released around whatever may take long.
    """

    def __new__(
        cls,
        *,
        hardfork: str = "bpo2",
        chain_id: int = 31337,
        timestamp: int | None = None,
        gas_limit: int | None = None,
        base_fee: int | None = None,
        coinbase: AddressLike | None = None,
        code_size_limit: bool | int = True,
        memory_limit: int = 128 * 1024 * 1024,
        backend: StateSource | None = None,
        fork_block: Mapping[str, Any] | None = None,
    ) -> Engine:
        """hardfork: frontier ... osaka, bpo1, bpo2, amsterdam.      timestamp: of block 0, seconds; default now.
        gas_limit: default 30,000,000.      base_fee: default 1 gwei.
        code_size_limit: whether there is that of EIP-170, or how many bytes, at least 2; initcode may have twice as many.

        backend: the state of another chain after `fork_block`, read when it is needed, each value once; what it raises is
        raised by what needed the value. It must not use this engine.
        fork_block: number, hash, timestamp, gas_limit, base_fee (from London on); gas_used, coinbase, prev_randao,
        difficulty, excess_blob_gas, blob_gas_used, each 0 by default. It stands for timestamp, gas_limit, base_fee and
        coinbase, which must not be given beside it.
        A fork has no state root, no header_rlp and no dump: ProviderError. Nothing is put into its state.
        """

    @staticmethod
    def from_genesis(json: str) -> Engine:
        """A chain that begins as a genesis file in geth's form says. Raises: UsageError."""
    def hold(self) -> Hold:
        """Make several calls, with none of another thread's in between."""
    def import_blocks(self, rlp: bytes) -> int:
        """Execute blocks made elsewhere, RLP after RLP, and compare all that their headers say. Returns: how many.

        Raises: ProviderError at the first that is not valid; those before it stay.
        """

    @property
    def chain_id(self) -> int: ...
    @property
    def hardfork(self) -> str: ...
    # settings of the next blocks, restored by `revert`; assigning None returns to the rule of the protocol
    @property
    def automine(self) -> bool:
        """Whether each transaction is mined at once, in a block of its own."""
    @automine.setter
    def automine(self, on: bool) -> None: ...
    @property
    def pending_timestamp(self) -> int:
        """Of the next block: a second after its parent, unless set."""
    @pending_timestamp.setter
    def pending_timestamp(self, timestamp: int | None) -> None: ...
    @property
    def base_fee(self) -> int:
        """Of the next block, from which it goes on by the rule."""
    @base_fee.setter
    def base_fee(self, fee: int | None) -> None: ...
    @property
    def gas_limit(self) -> int: ...
    @gas_limit.setter
    def gas_limit(self, limit: int) -> None: ...
    @property
    def code_size_limit(self) -> bool | int:
        """Of new contracts: True for EIP-170's, False for none, else bytes. Neither snapshots nor `revert` know of it."""
    @code_size_limit.setter
    def code_size_limit(self, limit: bool | int) -> None: ...
    @property
    def max_transactions(self) -> int | None:
        """Of a block that is mined here, at least 1; None for as many as fit. Neither snapshots nor files know of it."""
    @max_transactions.setter
    def max_transactions(self, most: int | None) -> None: ...
    @property
    def pool_checks_funds(self) -> bool:
        """Whether the pool takes only what its sender can pay. If not, a block leaves such a transaction out, and it is gone."""
    @pool_checks_funds.setter
    def pool_checks_funds(self, on: bool) -> None: ...
    @property
    def coinbase(self) -> Address: ...
    @coinbase.setter
    def coinbase(self, address: AddressLike) -> None: ...
    @property
    def prev_randao(self) -> bytes:
        """Of the next block: follows from its number, unless set."""
    @prev_randao.setter
    def prev_randao(self, word: bytes | int | None) -> None: ...
    @property
    def blob_base_fee(self) -> int:
        """Of the next block; assigned, the lowest possible price not below it."""
    @blob_base_fee.setter
    def blob_base_fee(self, fee: int | None) -> None: ...
    def set_parent_beacon_root(self, root: bytes | None) -> None:
        """What the next block tells of the beacon chain (EIP-4788): zero unless set."""
    @property
    def recording(self) -> int:
        """RECORD_* flags for every transaction and call; 0 by default."""
    @recording.setter
    def recording(self, flags: int) -> None: ...

    # the hot path: encode, execute and decode in one call
    def call_function(
        self,
        function: Function,
        to: AddressLike,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        sender: AddressLike | None = None,
        value: int = 0,
        gas_limit: int | None = None,
    ) -> Any:
        """The decoded result, or the Outcome if the call did not succeed. State is unchanged.

        Raises: ProviderError, if there is no code at `to` (send_function too: nobody means that, and it would
        "succeed" with nothing done). It is said before anything is executed.
        """
    def send_function(
        self,
        function: Function,
        to: AddressLike,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        sender: AddressLike | None = None,
        value: int = 0,
        gas_limit: int | None = None,
    ) -> Transaction: ...

    # everything else
    def call(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        gas_limit: int | None = None,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
        block: int | None = None,
        recording: int | None = None,
        overrides: Mapping[AddressLike, Mapping[str, Any]] | None = None,
        block_overrides: Mapping[str, Any] | None = None,
        gas_price: int | None = None,
        blob_hashes: Sequence[bytes] = (),
    ) -> Outcome:
        """Execute without leaving a trace, on the pending block (block=None) or after block `block`.

        No balance or nonce is needed for gas. overrides, by account: balance, nonce, code, storage (some slots) or state
        (all slots, the others being zero), move_to (where a precompile stands instead), as geth's eth_call has them.
        block_overrides: number, timestamp, gas_limit, coinbase, prev_randao, base_fee, blob_base_fee, difficulty.      gas_price: what GASPRICE gives; 0 by default.
        """
    def send(
        self,
        *,
        sender: AddressLike,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        gas_limit: int | None = None,
        nonce: int | None = None,
        type: int | None = None,
        gas_price: int | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] | None = None,
        authorizations: Sequence[Mapping[str, Any]] | None = None,
        blob_hashes: Sequence[bytes] | None = None,
        max_fee_per_blob_gas: int | None = None,
        recording: int | None = None,
        is_sent: bool = True,
    ) -> Transaction:
        """Send as `sender`, signed if the chain holds the key, else impersonated.

        type: default 2 (0 before London), 1, 3, 4 as the fields ask for.      gas_limit: default the most that the
        block, EIP-7825 and the sender's balance allow.      is_sent: False only makes it, for `resend`.
        Raises: InvalidTransaction.
        """
    def send_raw(self, raw: bytes) -> Transaction:
        """Decode, recover and check as a node does, then send."""
    def check(self, transaction: Transaction) -> None:
        """Refuse, but for its nonce, what `resend` would refuse where transactions wait.      Raises: InvalidTransaction."""
    def resend(self, transaction: Transaction) -> Transaction:
        """Send a transaction as it is: one that waited before, or was only decoded.      Raises: InvalidTransaction."""
    def estimate_gas(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
        gas_limit: int | None = None,
        block: int | None = None,
        overrides: Mapping[AddressLike, Mapping[str, Any]] | None = None,
        block_overrides: Mapping[str, Any] | None = None,
        gas_price: int | None = None,
        blob_hashes: Sequence[bytes] = (),
    ) -> int | Outcome:
        """The least gas limit with which it succeeds; the Outcome if it cannot. The rest is as for `call`.

        gas_limit: the most that is tried.
        """
    def simulate(
        self,
        blocks: Sequence[Mapping[str, Any]],
        *,
        base: int | None = None,
        validation: bool,
        budget: int,
        recording: int | None = None,
    ) -> list[Block]:
        """Make blocks of transactions that nobody signed on top of block `base`, the latest by default, and forget them.

        blocks: each with block (as `block_overrides` of `call`, parent_beacon_root too), state (as its `overrides`),
        withdrawals (index, validator, address, gwei) and calls (fields as `send` has them); none is needed.
        validation: whether nonces and fees are checked.      budget: gas that all may use.      Raises:
        InvalidTransaction at the first that cannot be executed, ProviderError for what cannot be changed so.
        """
    def build(
        self,
        *,
        parent: int | None = None,
        timestamp: int,
        prev_randao: bytes,
        coinbase: AddressLike,
        parent_beacon_root: bytes,
        gas_limit: int,
        withdrawals: Sequence[tuple[int, int, AddressLike, int]] = (),
        transactions: Sequence[bytes] | None = None,
        extra_data: bytes = b"",
    ) -> Block:
        """Make a block on top of block `parent`, the latest by default, and forget it.

        transactions: signed, all of them and nothing else; by default as much as fits of what waits.
        Raises: InvalidTransaction, ProviderError.
        """
    def replay(
        self,
        transaction: Transaction,
        recording: int,
        *,
        overrides: Mapping[AddressLike, Mapping[str, Any]] | None = None,
        data: bytes | None = None,
        gas_limit: int | None = None,
    ) -> Outcome:
        """Execute a mined transaction again on the state it saw, recording. ProviderError if it was reverted away.

        overrides (as of `call`), data, gas_limit: what is to be other than it was.
        """

    # keys
    def add_key(self, private_key: bytes) -> Address:
        """Hold a key: transactions of its account are signed for real. Never printed."""

    # blocks and time
    def mine(
        self,
        count: int = 1,
        *,
        timestamp: int | None = None,
        deltatime: int | None = None,
        spacing: int = 1,
    ) -> None:
        """Mine `count` blocks, pending transactions in the first. timestamp: of the first block (> its parent's)."""
    def pending_transactions(self) -> list[Transaction]: ...
    def drop_transaction(self, hash: bytes) -> bool:
        """Forget a transaction that waits. Returns: whether it did."""
    @property
    def block_number(self) -> int: ...
    @property
    def first_block_number(self) -> int:
        """0, unless the chain began with a state file or on a block of another one."""
    def block(self, number: int) -> Block: ...
    def block_by_hash(self, hash: bytes) -> Block | None: ...
    def transaction(self, hash: bytes) -> Transaction | None: ...
    def logs(
        self,
        *,
        from_block: int,
        to_block: int,
        addresses: Sequence[AddressLike] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> list[tuple[Transaction, Log]]: ...
    def holds(self, block: Block) -> bool:
        """Whether it is one of the chain's blocks, not one that was undone."""
    def roll_back(self, number: int) -> None:
        """Undo the blocks after `number`. The state is what the next one found; settings and what waits stay."""
    @property
    def history_limit(self) -> int | None:
        """How many blocks before the latest have their state kept, at least; None for all. Older blocks go 8,192 later."""
    @history_limit.setter
    def history_limit(self, limit: int | None) -> None: ...
    @property
    def oldest_state(self) -> int:
        """The first block whose state is kept."""
    def impersonate_signature(self, signature: bytes, signer: AddressLike) -> None:
        """Let a signature (r, s, v) be that of `signer` for contracts, whatever it signs."""
    def adopt_block(
        self, header: bytes, transactions: Sequence[Mapping[str, Any]], *, has_state: bool, begins: bool
    ) -> None:
        """Take a block that another program made and executed, as it is. The state is the one that it left, if `has_state`.

        header: RLP.      begins: it becomes the first block, on the accounts that are here; else it follows the latest.
        transactions: raw, sender and hash (None: as signed), status, gas_used, output, logs, created of each.
        """
    # snapshots: nested, cheap
    def snapshot(self) -> int: ...
    def revert(self, snapshot: int) -> None:
        """Back to `snapshot`; it and later ones are used up. ProviderError if it is unknown."""

    # state
    def balance(self, address: AddressLike, block: int | None = None) -> int: ...
    def nonce(self, address: AddressLike, block: int | None = None) -> int: ...
    def code(self, address: AddressLike, block: int | None = None) -> bytes: ...
    def code_hash(self, address: AddressLike) -> bytes: ...
    def storage(self, address: AddressLike, slot: int, block: int | None = None) -> int: ...
    def begin_here(self) -> None:
        """Let all that was set so far be what the chain began with: the root of the first block is that of it."""
    def set_balance(self, address: AddressLike, balance: int) -> None: ...
    def set_nonce(self, address: AddressLike, nonce: int) -> None: ...
    def set_code(self, address: AddressLike, code: bytes) -> None: ...
    def set_storage(self, address: AddressLike, slot: int, value: int) -> None: ...
    def state_root(self) -> bytes: ...
    def intermediate_roots(self, block: int) -> list[bytes]:
        """The state roots after each transaction of a block, what its end pays out not included. ProviderError on a fork."""
    def views(
        self,
        wanted: Sequence[tuple[AddressLike, Sequence[int]]],
        *,
        block: int | None = None,
        before: Transaction | None = None,
        after: Transaction | None = None,
    ) -> list[tuple[int, int, bytes, list[int]]]:
        """Balance, nonce, code and words of the slots asked for, of each account, at one moment.

        The moment: now, at a block, or before or after a mined transaction.
        """
    def addresses(
        self,
        *,
        block: int | None = None,
        before: Transaction | None = None,
        after: Transaction | None = None,
    ) -> list[Address]:
        """All accounts that exist at a moment, in order. ProviderError on a fork."""
    def slots(
        self,
        address: AddressLike,
        *,
        block: int | None = None,
        before: Transaction | None = None,
        after: Transaction | None = None,
    ) -> list[tuple[int, int]]:
        """(slot, word) of the slots that are not zero at a moment, in order. ProviderError on a fork."""
    def proof(
        self, address: AddressLike, slots: Sequence[int] = (), block: int | None = None
    ) -> dict[str, Any]:
        """balance, nonce, code_hash, storage_root, nodes (RLP, from the root on), slots ((slot, word, nodes) each).

        Against the state root in the header of `block`, or the present one. Source: EIP-1186.
        """
    def dump(self) -> bytes:
        """The whole state, chain settings and latest block included. Format: docs/state-file.md."""
    def load(self, dump: bytes) -> None:
        """Become the chain that was dumped. What waits is gone, keys stay, and a snapshot taken before leads back.

        Raises: UsageError, if it is no such file, or torn, or newer; nothing has changed then.
        """
