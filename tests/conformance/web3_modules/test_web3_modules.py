"""web3.py's own tests of its modules, which it ships, over `ingot.web3` and over the wires of `ingot node`."""

from __future__ import annotations

from web3._utils.module_testing import (
    AsyncEthModuleTest,
    AsyncNetModuleTest,
    EthModuleTest,
    GoEthereumAsyncDebugModuleTest,
    GoEthereumAsyncTxPoolModuleTest,
    GoEthereumDebugModuleTest,
    GoEthereumTxPoolModuleTest,
    NetModuleTest,
    Web3ModuleTest,
)
from web3._utils.module_testing.persistent_connection_provider import PersistentConnectionProviderTest
from web3._utils.module_testing.web3_module import AsyncWeb3ModuleTest


class _Version:
    def _check_web3_client_version(self, client_version: str) -> None:
        assert "ingot" in client_version


class _OfGeth(GoEthereumDebugModuleTest, GoEthereumTxPoolModuleTest, NetModuleTest):
    """Over a Web3."""


class _AsyncOfGeth(GoEthereumAsyncDebugModuleTest, GoEthereumAsyncTxPoolModuleTest, AsyncNetModuleTest):
    """Over an AsyncWeb3."""


class TestInProcess(_Version, EthModuleTest, Web3ModuleTest, _OfGeth):
    wire = "process"


class TestInProcessAsync(_Version, AsyncWeb3ModuleTest, _AsyncOfGeth):
    wire = "process"


class TestHttp(_Version, Web3ModuleTest, _OfGeth):
    wire = "http"


class TestHttpAsync(_Version, AsyncWeb3ModuleTest, _AsyncOfGeth):
    wire = "http"


class TestWebSocket(AsyncEthModuleTest, PersistentConnectionProviderTest, _AsyncOfGeth):
    wire = "ws"


class TestIpc(_Version, AsyncWeb3ModuleTest, PersistentConnectionProviderTest, _AsyncOfGeth):
    wire = "ipc"
