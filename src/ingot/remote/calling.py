"""What can be asked of a chain behind a node as it is now: what it is, calls, state."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, cast

from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.remote.facts import Facts, ask_facts
from ingot.remote.network import is_for_development
from ingot.remote.outcome import RemoteOutcome, frames_of, outcome_of_frames
from ingot.remote.quantity import bytes_of, number_of, quantity
from ingot.remote.request import request_object, state_overrides
from ingot.remote.words import ending_of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingot.abi import Function
    from ingot.interface import Interface
    from ingot.provider import Provider
    from ingot.remote.network import Network
    from ingot.remote.transport import Transport
    from ingot.types import Address, AddressLike

__all__ = ["TRACER", "Calling", "Tag", "is_trace", "no_code_at"]

TRACER = {"tracer": "callTracer"}
_PATIENCE_S = (0.25, 0.5, 1.0, 2.0, 4.0)
_GANACHE = ("ganache", "ethereumjs testrpc")

Tag = Literal["latest", "pending", "earliest", "finalized", "safe"]


class Calling:
    """What contracts ask of a RemoteChain."""

    outcome_type: type = RemoteOutcome

    def __init__(
        self,
        transport: Transport,
        *,
        network: Network | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.transport = transport
        self.network = network
        self.progress = progress
        self.default_sender: Address | None = None
        self.interfaces: dict[str, Interface] = {}
        self.labels: dict[str, str] = {}
        self._facts: Facts | None = None
        self._with_code: set[Address] = set()
        self._seen = 0

    # What it is

    @property
    def provider(self) -> Provider:
        """Ape's name for what answers: the chain itself."""
        return cast("Provider", self)

    @property
    def facts(self) -> Facts:
        """What the node says of itself. Raises: WrongChain, if it is not of the network that was meant."""
        if self._facts is None:
            self._facts = ask_facts(self.transport, self.network)
        return self._facts

    @property
    def chain_id(self) -> int:
        """EIP-155."""
        return self.facts.chain_id

    @property
    def client(self) -> str:
        """The node's program and version, `anvil/v1.7.1`."""
        return self.facts.client

    @property
    def genesis_hash(self) -> bytes:
        """Of block 0: tells chains with the same id apart. Empty where the node does not keep it."""
        return self.facts.genesis_hash

    @property
    def is_development(self) -> bool:
        """Whether it is a node for tests, which offers surgery: anvil, Hardhat, ganache."""
        return is_for_development(self.client)

    @property
    def pending_tag(self) -> Literal["pending", "latest"]:
        """The block whose state counts transactions that wait. ganache's pending state is none."""
        return "latest" if self.client.lower().startswith(_GANACHE) else "pending"

    # Calls

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
        """The decoded result, or the outcome if the call did not succeed. Raises: ProviderError, if there is no code."""
        data = function.encode(args, kwargs)
        outcome = self.call(sender=sender, to=to, data=data, value=value, gas_limit=gas_limit)
        if outcome.succeeded and not outcome.output:
            self._require_code(to_address(to))
            if function.outputs:  # there is code now: the node that answered had not seen it yet
                outcome = self.call(sender=sender, to=to, data=data, value=value, gas_limit=gas_limit)
        return function.decode_output(outcome.output) if outcome.succeeded else outcome

    def _require_code(self, address: Address) -> None:
        if address in self._with_code:
            return
        if not self.get_code(address) and not (self.catch_up() and self.get_code(address)):
            raise no_code_at(address)
        self._with_code.add(address)

    def saw(self, block_number: int) -> None:
        """Some node has this block: whatever follows is to be asked of a state that has it too."""
        self._seen = max(self._seen, block_number)

    def catch_up(self) -> bool:
        """Wait, for a while, until the node has every block that was seen: behind one URL there may be several nodes.

        Returns: whether it had been behind.
        """
        if self.is_development or self.block_number >= self._seen:
            return False
        for pause_s in _PATIENCE_S:
            time.sleep(pause_s)
            if self.block_number >= self._seen:
                break
        return True

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
        block: int | Tag | None = None,
        recording: int | None = None,
        overrides: Mapping[AddressLike, Mapping[str, Any]] | None = None,
    ) -> RemoteOutcome:
        """Execute without leaving a trace, after block `block`: by default the latest, on development nodes the pending one.

        recording: frames are recorded where the node serves debug_traceCall.      overrides: see `Chain.call`.
        """
        request = request_object(
            sender=sender,
            to=to,
            data=data,
            value=value,
            gas_limit=gas_limit,
            access_list=access_list,
            authorizations=authorizations,
        )
        tag = self._tag(block)
        if recording and not overrides:
            traced = self._traced_call(request, tag)
            if traced is not None:
                return traced
        params = [request, tag, state_overrides(overrides)] if overrides else [request, tag]
        try:
            return RemoteOutcome("success", bytes_of(self.transport.request("eth_call", params), "eth_call"))
        except ProviderError as error:
            return _outcome_of_error(error)

    def _tag(self, block: int | Tag | None) -> str:
        if block is None:
            return self.pending_tag if self.is_development else "latest"
        return quantity(block) if isinstance(block, int) else block

    def _traced_call(self, request: dict[str, Any], tag: str) -> RemoteOutcome | None:
        """None: the node does not trace."""
        method = "debug_traceCall"
        try:
            trace = self.transport.request(method, [request, tag, TRACER])
        except ProviderError:
            return None  # its own words do not matter: eth_call says what there is to say
        return outcome_of_frames(frames_of(trace, method)) if is_trace(trace) else None

    def estimate_gas(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
    ) -> int | RemoteOutcome:
        """A gas limit with which it succeeds, the least as the node reckons; the outcome if it cannot."""
        request = request_object(
            sender=sender,
            to=to,
            data=data,
            value=value,
            access_list=access_list,
            authorizations=authorizations,
        )
        try:
            return number_of(self.transport.request("eth_estimateGas", [request]), "eth_estimateGas")
        except ProviderError as error:
            return _outcome_of_error(error)

    # State

    @property
    def block_number(self) -> int:
        """Of the latest block."""
        return number_of(self.transport.request("eth_blockNumber"), "eth_blockNumber")

    def get_balance(self, address: AddressLike) -> int:
        """Wei"""
        return self._state_number("eth_getBalance", address)

    def get_nonce(self, address: AddressLike) -> int:
        """How many of its transactions were mined."""
        return self._state_number("eth_getTransactionCount", address)

    def _state_number(self, method: str, address: AddressLike) -> int:
        return number_of(self.transport.request(method, [to_address(address), "latest"]), method)

    def get_code(self, address: AddressLike) -> bytes:
        """Runtime code."""
        return bytes_of(self.transport.request("eth_getCode", [to_address(address), "latest"]), "eth_getCode")

    def get_storage(self, address: AddressLike, slot: int) -> int:
        """The word of a storage slot."""
        params = [to_address(address), quantity(slot), "latest"]
        return number_of(self.transport.request("eth_getStorageAt", params), "eth_getStorageAt")

    def ask_all(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in order, of one exchange. Raises: ProviderError, if any of them fails."""
        answers = self.transport.batch(requests)
        for answer in answers:
            if isinstance(answer, ProviderError):
                raise answer
        return answers


def no_code_at(address: Address) -> ProviderError:
    """Nothing is there to answer."""
    return ProviderError(f"there is no code at {address}, so nothing to call", method="eth_call")


def _outcome_of_error(error: ProviderError) -> RemoteOutcome:
    ending = ending_of_error(error)
    if ending is None:
        raise error
    status, output, halt_reason = ending
    return RemoteOutcome(status, output, halt_reason=halt_reason)


def is_trace(trace: Any) -> bool:
    """Whether it is one of callTracer's; nodes give others too."""
    return isinstance(trace, dict) and "from" in trace
