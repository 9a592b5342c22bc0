"""web3.py over a chain of this process, without HTTP.

w3 = ingot.web3(chain)
w3.eth.get_balance(w3.eth.accounts[0])
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ingot.errors import RpcError, UsageError
from ingot.rpc import Rpc
from ingot.rpc.envelope import error_body

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # web3.py imports what websockets has deprecated
        from web3 import AsyncWeb3, Web3
        from web3.providers.async_base import AsyncJSONBaseProvider
        from web3.providers.base import JSONBaseProvider
except ImportError as error:
    raise UsageError("web3.py is not installed: pip install 'ingot[web3]'") from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3.types import RPCEndpoint, RPCResponse

    from ingot.chain import Chain

__all__ = ["AsyncChainProvider", "ChainProvider", "Tester", "async_web3", "web3"]

_PLAIN = frozenset((str, int, bool, float, type(None)))


def web3(chain: Chain) -> Web3:
    """A Web3 that asks this chain directly. Its errors are web3's own, with revert data."""
    return Web3(ChainProvider(chain))


def async_web3(chain: Chain) -> AsyncWeb3[AsyncChainProvider]:
    """The same with `await`. Answers come at once; nothing runs in between."""
    return AsyncWeb3(AsyncChainProvider(chain))


class Tester:
    """What programs call on `w3.provider.ethereum_tester`, after eth-tester."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._renewed: dict[str, str] = {}
        self._added: list[str] = []

    # Snapshots

    def take_snapshot(self) -> str:
        """Returns: what `revert_to_snapshot` takes."""
        return str(self._rpc.request("evm_snapshot"))

    def revert_to_snapshot(self, snapshot: str) -> None:
        """Back to a snapshot, as often as wanted; later ones are used up. Raises: UsageError, if there is none."""
        if not self.reverts(snapshot):
            raise UsageError(f"there is no snapshot {snapshot}: an earlier one was returned to since")

    def reverts(self, snapshot: str) -> bool:
        """The same. Returns: whether there was such a snapshot."""
        done: bool = self._rpc.request("evm_revert", [self._renewed.get(snapshot, snapshot)])
        if done:  # JSON-RPC uses it up, eth-tester does not
            self._renewed[snapshot] = self.take_snapshot()
        return done

    def reset_to_genesis(self) -> None:
        """Back to the first block, or to the state that was loaded last."""
        self._rpc.request("anvil_reset")

    # Mining

    @property
    def auto_mine_transactions(self) -> bool:
        """Whether each transaction is mined at once."""
        return self._rpc.chain.engine.automine

    def enable_auto_mine_transactions(self) -> None:
        """Each transaction is mined at once. What waits is mined."""
        self._rpc.request("evm_setAutomine", [True])
        if self._rpc.engine.pending_transactions():
            self.mine_block()

    def disable_auto_mine_transactions(self) -> None:
        """Transactions wait for `mine_blocks`."""
        self._rpc.request("evm_setAutomine", [False])

    def mine_blocks(self, num_blocks: int = 1, coinbase: str | None = None) -> list[str]:
        """What waits goes into the first. coinbase: who gets the tips. Returns: their hashes."""
        engine = self._rpc.engine
        first, before = engine.block_number + 1, engine.coinbase
        if coinbase is not None:
            self._rpc.request("anvil_setCoinbase", [coinbase])
        try:
            self._rpc.request("anvil_mine", [num_blocks])
        finally:
            engine.coinbase = before
        return self.hashes_from(first)

    def hashes_from(self, first: int) -> list[str]:
        """Of the blocks from a number on."""
        engine = self._rpc.engine
        return ["0x" + engine.block(number).hash.hex() for number in range(first, engine.block_number + 1)]

    def mine_block(self, coinbase: str | None = None) -> str:
        """One. Returns: its hash."""
        return self.mine_blocks(1, coinbase)[0]

    def time_travel(self, to_timestamp: int) -> None:
        """Mine a block at that time. Raises: RpcError, if it is past."""
        self._rpc.request("evm_mine", [to_timestamp])

    # Accounts

    def get_accounts(self) -> list[str]:
        """Addresses, checksummed."""
        return [*(account.address for account in self._rpc.chain.accounts), *self._added]

    def add_account(self, private_key: str | bytes, password: str | None = None) -> str:  # noqa: ARG002
        """Transactions may be sent from the account of a key, from now on. It has no ether yet. Returns: its address.

        password: nothing is locked here.      Raises: UsageError for no key, or an account that is here already.
        """
        account = self._rpc.chain.accounts.new(key=private_key, funded=False)
        if account.address in self.get_accounts():
            raise UsageError(f"{account.address} is an account of this chain already")
        self._added.append(account.address)
        return account.address

    def get_balance(self, account: str) -> int:
        """Wei."""
        return int(self._rpc.request("eth_getBalance", [account]), 16)

    def get_nonce(self, account: str) -> int:
        """How many transactions it has sent."""
        return int(self._rpc.request("eth_getTransactionCount", [account]), 16)

    def get_code(self, account: str) -> str:
        """Runtime code, as hex."""
        return str(self._rpc.request("eth_getCode", [account]))

    # Requests of web3.py that mean something else than a node's

    def travel(self, params: Any) -> None:
        """web3's `w3.testing.timeTravel`."""
        self._rpc.request("evm_mine", params)

    def mine(self, params: Any) -> list[str]:
        """web3's `w3.testing.mine` gives a number of blocks, where evm_mine takes a timestamp. Returns: their hashes."""
        first = self._rpc.engine.block_number + 1
        self._rpc.request("anvil_mine", params)
        return self.hashes_from(first)

    def revert(self, params: Any) -> bool:
        """web3's `w3.testing.revert` may return to a snapshot again."""
        if len(params) == 1 and isinstance(params[0], str):
            return self.reverts(params[0])
        return bool(self._rpc.request("evm_revert", params))

    def accounts(self, params: Any) -> list[str]:  # noqa: ARG002
        """With those that were added."""
        return [each.lower() for each in self.get_accounts()]


class _Requests:
    """From web3's requests to its responses, over a chain of this process."""

    def __init__(self, chain: Chain) -> None:
        if not hasattr(chain, "engine"):
            raise UsageError(
                f"{chain!r} is no chain of this process: give Web3 a provider with its node's URL"
            )
        super().__init__()  # web3's own part
        self.rpc = Rpc(chain)
        self.ethereum_tester = Tester(self.rpc)
        self._count = 0

    def _answer(self, method: str, params: Any) -> RPCResponse:
        """A result or an error, as a node would send it."""
        self._count += 1
        try:
            given = params if _is_plain(params) else _plain(params or ())
            own = _OWN.get(method)
            result = self.rpc.request(method, given) if own is None else own(self.ethereum_tester, given)
        except RpcError as error:
            return error_body(error, self._count)  # type: ignore[return-value]
        return {"jsonrpc": "2.0", "id": self._count, "result": result}

    def _answers(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        return [self._answer(method, params) for method, params in requests]


_OWN: dict[str, Callable[[Tester, Any], Any]] = {
    "testing_timeTravel": Tester.travel,
    "evm_mine": Tester.mine,
    "evm_revert": Tester.revert,
    "eth_accounts": Tester.accounts,
}
"""What web3.py means otherwise than JSON-RPC does."""


def _is_plain(params: Any) -> bool:
    """Whether parameters are JSON's own types already, as far as the most frequent ones go."""
    if type(params) is not tuple and type(params) is not list:
        return False
    for each in params:
        kind = type(each)
        if kind not in _PLAIN and not (kind is dict and _PLAIN.issuperset(map(type, each.values()))):
            return False
    return True


def _plain(value: Any) -> Any:
    """JSON's own types: web3 hands over bytes and mappings of its own here and there."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list or kind is tuple:
        return [each if type(each) in _PLAIN else _plain(each) for each in value]
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    if hasattr(value, "items"):
        return {name: each if type(each) in _PLAIN else _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple, set, frozenset)) else value


class ChainProvider(_Requests, JSONBaseProvider):
    """A provider for `Web3`, over a chain of this process."""

    # Each function on the way to the engine costs a microsecond after all that web3.py does in between.
    make_request = _Requests._answer
    make_batch_request = _Requests._answers

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002
        """Always."""
        return True


class AsyncChainProvider(_Requests, AsyncJSONBaseProvider):
    """A provider for `AsyncWeb3`, over a chain of this process."""

    async def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """See web3.providers.AsyncJSONBaseProvider."""
        return self._answer(method, params)

    async def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """See web3.providers.AsyncJSONBaseProvider."""
        return self._answers(requests)

    async def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002
        """Always."""
        return True

    async def disconnect(self) -> None:
        """There is no connection to end."""
