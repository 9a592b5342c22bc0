"""The ways to a chain: in this process, and to a node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

from prepared import CHAIN_ID, Prepared, prepare
from running_node import Node
from web3 import AsyncHTTPProvider, AsyncIPCProvider, AsyncWeb3, HTTPProvider, Web3, WebSocketProvider

import ingot
from ingot.web3_provider import AsyncChainProvider

FIRST_BLOCK_S = 0.05
LAST_BLOCK_S = 1.0


@dataclass(frozen=True)
class Wire:
    """w3: over it.      connected: an AsyncWeb3 over it, to be ended with its provider's `disconnect`."""

    w3: Web3
    connected: Callable[[], Awaitable[AsyncWeb3[Any]]]
    prepared: Prepared

    @contextmanager
    def mining(self) -> Iterator[None]:
        """Blocks come, whatever else happens, ever more slowly: who unsubscribes at the first must be heard before the second."""
        ended = Event()

        def mine() -> None:
            wait_s = FIRST_BLOCK_S
            while not ended.wait(wait_s):
                self.w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
                wait_s = min(4 * wait_s, LAST_BLOCK_S)

        thread = Thread(target=mine)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@contextmanager
def every_wire() -> Iterator[dict[str, Wire]]:
    """One chain in this process, another one in a node; both are prepared."""
    chain = ingot.Chain(chain_id=CHAIN_ID)
    local = ingot.web3(chain)
    with TemporaryDirectory(prefix="web3-") as folder:  # a short path: a socket's has 107 bytes at most
        socket = Path(folder) / "ipc"
        node = Node("--chain-id", str(CHAIN_ID), "--ipc", str(socket))
        try:
            remote = Web3(HTTPProvider(node.url))
            prepared = prepare(remote)
            yield {
                "process": Wire(local, lambda: _plain(AsyncChainProvider(chain)), prepare(local)),
                "http": Wire(remote, lambda: _plain(AsyncHTTPProvider(node.url)), prepared),
                "ws": Wire(
                    remote, lambda: _lasting(WebSocketProvider(node.url.replace("http", "ws"))), prepared
                ),
                "ipc": Wire(remote, lambda: _lasting(AsyncIPCProvider(str(socket))), prepared),
            }
        finally:
            node.end()


async def _plain(provider: Any) -> AsyncWeb3[Any]:
    return AsyncWeb3(provider)


async def _lasting(provider: Any) -> AsyncWeb3[Any]:
    return await AsyncWeb3(provider)
