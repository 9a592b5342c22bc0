"""The fixtures that web3.py's own tests ask for, over the wire that a test class names.

Each test finds the chain as `prepare` left it. Tests that look at a transaction before it is mined find mining off.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import pytest

import ingot.web3_provider  # noqa: F401  web3.py imports what is deprecated, and warnings are errors: this does so quietly

# isort: split
from excluded import EXCLUDED, SKIPPED, TICKING, WAITING
from prepared import CONTRACTS, KEY, Prepared
from wires import Wire, every_wire


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "asyncio: a test of web3.py that is a coroutine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is excluded has to fail. Hashing, which asks no node, is tried once."""
    items[:] = [
        item
        for item in items
        if "keccak" not in item.name or getattr(getattr(item, "cls", None), "wire", None) in (None, "process")
    ]
    for item in items:
        if not isinstance(item, pytest.Function) or not hasattr(item.cls, "wire"):
            continue
        name = item.originalname
        if inspect.iscoroutinefunction(item.obj) and f"asynchronous: {name}" in EXCLUDED:
            name = f"asynchronous: {name}"
        if name in EXCLUDED:
            item.add_marker(pytest.mark.xfail(reason=EXCLUDED[name], strict=True))
        if name in SKIPPED:
            item.add_marker(pytest.mark.skip(reason=SKIPPED[name]))
        if "batch" in name:  # web3.py leaves coroutines behind where a batch is cancelled
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutines, in the loop of their fixtures."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    pyfuncitem.funcargs["loop"].run_until_complete(pyfuncitem.obj(**given))
    return True


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def wires() -> Iterator[Mapping[str, Wire]]:
    with every_wire() as wires:
        yield wires


@pytest.fixture
def wire(wires: Mapping[str, Wire], request: pytest.FixtureRequest) -> Iterator[Wire]:
    """The wire of the class, for one test."""
    wire = wires[request.cls.wire]
    ask = wire.w3.provider.make_request
    snapshot = ask("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    name = request.node.originalname
    if waits := any(each in name for each in WAITING) and "already_mined" not in name:
        ask("evm_setAutomine", [False])  # type: ignore[arg-type]
    with wire.mining() if any(each in name for each in TICKING) else nullcontext():
        yield wire
    if waits:
        ask("evm_setAutomine", [True])  # type: ignore[arg-type]
    assert ask("evm_revert", [snapshot])["result"] is True  # type: ignore[arg-type]


@pytest.fixture
def prepared(wire: Wire) -> Prepared:
    return wire.prepared


@pytest.fixture
def w3(wire: Wire) -> Any:
    return wire.w3


@pytest.fixture
def async_w3(wire: Wire, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    w3 = loop.run_until_complete(wire.connected())
    yield w3
    loop.run_until_complete(w3.provider.disconnect())


@pytest.fixture(params=["text", "bytes"])
def address_conversion_func(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Addresses may be both."""
    return str if request.param == "text" else lambda each: bytes.fromhex(each[2:])


@pytest.fixture
def request_mocker() -> Any:
    from web3._utils.module_testing.utils import RequestMocker

    return RequestMocker


@pytest.fixture
def keyfile_account_pkey() -> str:
    return KEY


def _told(tell: Callable[[Prepared], Any]) -> Any:
    return pytest.fixture(lambda prepared: tell(prepared))


keyfile_account_address = _told(lambda prepared: prepared.account)
keyfile_account_address_dual_type = keyfile_account_address
async_keyfile_account_address = keyfile_account_address
async_keyfile_account_address_dual_type = keyfile_account_address
math_contract_deploy_txn_hash = _told(lambda prepared: prepared.math_deployment)
mined_txn_hash = _told(lambda prepared: prepared.mined)
txn_hash_with_log = _told(lambda prepared: prepared.logged)


@pytest.fixture
def skip_if_testrpc() -> Callable[[Any], None]:
    """For a node that web3.py no longer knows."""
    return lambda _: None


async_skip_if_testrpc = skip_if_testrpc


def _both(made: Callable[[Any, Prepared], Any]) -> tuple[Any, Any]:
    """A fixture over Web3, and the same over AsyncWeb3."""

    def awaited(async_w3: Any, prepared: Prepared, loop: asyncio.AbstractEventLoop) -> Any:
        found = made(async_w3, prepared)
        return loop.run_until_complete(found) if inspect.isawaitable(found) else found

    return pytest.fixture(lambda w3, prepared: made(w3, prepared)), pytest.fixture(awaited)


def _contract(name: str) -> tuple[Any, Any]:
    return _both(
        lambda w3, prepared: w3.eth.contract(address=prepared.addresses[name], abi=CONTRACTS[name]["abi"])
    )


def _block(number: Callable[[Prepared], int]) -> tuple[Any, Any]:
    return _both(lambda w3, prepared: w3.eth.get_block(number(prepared)))


def _address(name: str) -> Any:
    return pytest.fixture(
        lambda prepared, address_conversion_func: address_conversion_func(prepared.addresses[name])
    )


math_contract, async_math_contract = _contract("math")
emitter_contract, async_emitter_contract = _contract("emitter")
revert_contract, async_revert_contract = _contract("revert")
storage_contract, async_storage_contract = _contract("storage")
offchain_lookup_contract, async_offchain_lookup_contract = _contract("offchain_lookup")
panic_errors_contract, async_panic_errors_contract = _contract("panic_errors")
math_contract_address = async_math_contract_address = _address("math")
emitter_contract_address = async_emitter_contract_address = _address("emitter")
empty_block, async_empty_block = _block(lambda prepared: prepared.empty_block)
block_with_txn, async_block_with_txn = _block(lambda prepared: prepared.block_with_transaction)
block_with_txn_with_log, async_block_with_txn_with_log = _block(lambda prepared: prepared.block_with_log)
