"""From settings to a chain that can be served, and what is said of it at the start."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ingot.accounts import DEFAULT_HD_PATH, TEST_MNEMONIC
from ingot.accounts.mnemonic import derive_key
from ingot.accounts.secret import Secret
from ingot.chain import Chain
from ingot.errors import UsageError
from ingot.node.events import Listening
from ingot.node.state_file import AnvilState, read_state, renumbered, write_privately
from ingot.rpc import Rpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ingot.node.server import Server

__all__ = ["NodeSettings", "client_version", "listening", "make_rpc", "write_config"]

MAX_ACCOUNTS = 10_000
NO_GAS_LIMIT = 2**64 - 1
"""The gas limit of blocks that have none, as anvil tells it."""

_GAS_LIMIT: Final = 30_000_000
CREATE2_DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"


@dataclass(frozen=True, kw_only=True)
class NodeSettings:
    """How a node's chain is. balance: of each account, wei.      block_time_s: 0 for none.

    gas_limit: of a block, 30,000,000 by default, or what a genesis or state file says; NO_GAS_LIMIT for none.
    code_size_limit: of contracts, in bytes; False for none, by default EIP-170's or what a state file says.
    max_transactions: of a block.      pool_checks_funds: whether only that may wait which its sender can pay.
    timestamp, number: of the first block, in seconds, None for now; time goes on from there.      epoch: so many blocks behind the latest is `safe`.
    tip: what is suggested, wei.      create2_deployer: whether it is there from the beginning.
    is_automatic: whether each transaction is mined at once.
    as_anvil: whether answers are anvil's where the specification has others.
    genesis: a file in geth's form, which then says what the chain is; blocks: what is executed after it, RLP after RLP:
    such a chain is answered for as geth does, all of it is final, and nothing is mined on it that nobody asks for.
    history: how many past blocks have their state kept; None for all.
    funds_genesis: whether the accounts get their balance all the same.      state: a file to begin with.
    """

    chain_id: int = 31337
    accounts: int = 10
    balance: int = 10_000 * 10**18
    mnemonic: Secret[str] = field(default_factory=lambda: Secret(TEST_MNEMONIC))
    hd_path: str = DEFAULT_HD_PATH
    hardfork: str = "bpo2"
    gas_limit: int | None = None
    base_fee: int = 1_000_000_000
    tip: int = 1_000_000_000
    timestamp: int | None = None
    number: int = 0
    epoch: int = 32
    code_size_limit: int | bool | None = None
    memory_limit: int = 128 << 20
    create2_deployer: bool = True
    genesis: Path | None = None
    funds_genesis: bool = False
    blocks: Path | None = None
    state: Path | None = None
    block_time_s: float = 0
    is_automatic: bool = True
    order: str = "fees"
    max_transactions: int | None = None
    pool_checks_funds: bool = True
    auto_impersonate: bool = False
    as_anvil: bool = False
    history: int | None = None


def client_version(*, is_client: bool = False) -> str:
    """What web3_clientVersion says. A development node's begins as anvil's.

    Hardhat's helpers, those of OpenZeppelin and others ask for a name that they know before they do anything.
    """
    from ingot import __version__

    return f"ingot/v{__version__}" if is_client else f"anvil/ingot/v{__version__}"


def make_rpc(settings: NodeSettings) -> Rpc:
    """A new chain, its methods, and the clock of this machine. Raises: UsageError for a setting that cannot be."""
    _check(settings)
    chain = _begun(settings)
    is_client = settings.blocks is not None
    imported = chain.block_number if is_client else None
    chain.history_limit = settings.history
    chain.max_transactions = settings.max_transactions
    chain.engine.pool_checks_funds = settings.pool_checks_funds
    if settings.gas_limit is not None:
        chain.gas_limit = settings.gas_limit
    if settings.code_size_limit is not None:
        chain.engine.code_size_limit = settings.code_size_limit
    rpc = Rpc(
        chain,
        is_client=is_client,
        safe=imported,
        finalized=imported,
        now=time.time,
        auto_impersonate=settings.auto_impersonate,
        order=settings.order,
        tip=settings.tip,
        epoch=settings.epoch,
        as_anvil=settings.as_anvil,
        client_version=client_version(is_client=is_client),
    )
    if settings.timestamp is not None and settings.genesis is None and settings.state is None:
        rpc.clock.set_time(settings.timestamp)
    chain.automine = settings.is_automatic and not is_client
    rpc.mining_interval_s = settings.block_time_s  # type: ignore[assignment]
    return rpc


def _check(settings: NodeSettings) -> None:
    for option, value, least, most in (
        ("--accounts", settings.accounts, 0, MAX_ACCOUNTS),
        ("--balance", settings.balance, 0, 2**256 - 1),
        ("--chain-id", settings.chain_id, 1, 2**64 - 1),
        ("--gas-limit", _or(settings.gas_limit, _GAS_LIMIT), 21_000, NO_GAS_LIMIT),
        ("--base-fee", settings.base_fee, 0, 2**64 - 1),
        ("--timestamp", settings.timestamp or 0, 0, 2**53),
        ("--number", settings.number, 0, 2**53),
        ("--slots-in-an-epoch", settings.epoch, 1, 2**32),
        (
            "--code-size-limit",
            2 if settings.code_size_limit is False else _or(settings.code_size_limit, 2),
            2,
            2**32,
        ),
        ("--max-transactions", _or(settings.max_transactions, 1), 1, 2**63),
        ("--memory-limit", settings.memory_limit, 1 << 16, 2**40),
    ):
        if not least <= value <= most:
            shown = f"{value / 10**18:g} ether" if option == "--balance" else value
            limit = "1.15792e+59 ether" if option == "--balance" else most
            raise UsageError(f"{option}: {least} to {limit}, not {shown}")
    if settings.number and (settings.genesis is not None or settings.state is not None):
        raise UsageError("--number: a genesis or state file says with which block the chain begins")


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _begun(settings: NodeSettings) -> Chain:
    if settings.genesis is not None:
        return _from_genesis(settings.genesis, settings)
    if settings.blocks is not None:
        raise UsageError("--import: the blocks need their --genesis")
    found = None if settings.state is None else read_state(settings.state)
    chain = Chain(
        chain_id=settings.chain_id,
        number_of_accounts=settings.accounts,
        balance=settings.balance,
        mnemonic=settings.mnemonic.reveal(),
        hd_path=settings.hd_path,
        hardfork=settings.hardfork,
        gas_limit=_or(settings.gas_limit, _GAS_LIMIT),
        base_fee=settings.base_fee,
        timestamp=found.first_timestamp if isinstance(found, AnvilState) else settings.timestamp,
        memory_limit=settings.memory_limit,
    )
    if isinstance(found, AnvilState):
        chain.snapshots.load(found.put_into)
    elif found is not None and settings.state is not None:
        try:
            chain.load(settings.state)
        except UsageError as error:
            raise UsageError(f"{settings.state}: {str(error).removeprefix('state file: ')}") from error
    elif not settings.create2_deployer:
        chain.set_code(CREATE2_DEPLOYER, b"")
        chain.set_nonce(CREATE2_DEPLOYER, 0)
        chain.engine.begin_here()
    if settings.number:
        for account in chain.accounts:
            account.balance = settings.balance
        chain.snapshots.load(lambda engine: engine.load(renumbered(engine, settings.number)))
    return chain


def _from_genesis(path: Path, settings: NodeSettings) -> Chain:
    if settings.state is not None:
        raise UsageError("--genesis and a state to load: give one of them")
    chain = Chain.from_genesis(
        _read(path).decode("utf-8", "replace"),
        blocks=b"" if settings.blocks is None else _read(settings.blocks),
        mnemonic=settings.mnemonic.reveal(),
        number_of_accounts=settings.accounts,
        hd_path=settings.hd_path,
    )
    if settings.funds_genesis:
        for account in chain.accounts:
            account.balance = settings.balance
        if chain.block_number == 0:
            chain.engine.begin_here()
    return chain


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _ether(wei: int) -> str:
    return f"{wei // 10**18}.{wei % 10**18:018}"


def listening(settings: NodeSettings, server: Server) -> Listening:
    """What is said of a new node, as anvil has it: accounts, keys, wallet, chain, where it listens."""
    facts = _facts(settings, server)
    return Listening(tuple(_banner(facts)), facts)


def _facts(settings: NodeSettings, server: Server) -> dict[str, Any]:
    engine, mnemonic = server.rpc.engine, settings.mnemonic.reveal()
    keys = (derive_key(mnemonic, index, settings.hd_path) for index in range(settings.accounts))
    genesis = engine.block(engine.first_block_number)
    return {
        "addresses": [f"{host}:{port}" for host, port in server.addresses],
        "ipc": None if server.ipc is None else str(server.ipc),
        "accounts": [
            {"address": account.address, "balance": hex(account.balance), "private_key": f"0x{key.hex()}"}
            for account, key in zip(server.rpc.chain.accounts, keys, strict=False)
        ],
        "mnemonic": mnemonic,
        "derivation_path": f"{settings.hd_path}/",
        "chain_id": engine.chain_id,
        "hardfork": engine.hardfork,
        "base_fee": engine.base_fee,
        "tip": server.rpc.tip,
        "gas_limit": engine.gas_limit,
        "genesis_timestamp": genesis.timestamp,
        "genesis_number": genesis.number,
    }


def write_config(path: Path, event: Listening) -> None:
    """Accounts and keys as JSON, in anvil's words, for nobody else to read. Raises: UsageError, if it cannot be written."""
    facts = event.facts
    told = {
        "available_accounts": [each["address"].lower() for each in facts["accounts"]],
        "private_keys": [each["private_key"] for each in facts["accounts"]],
        "wallet": {"mnemonic": facts["mnemonic"], "derivation_path": facts["derivation_path"]},
        "base_fee": str(facts["base_fee"]),
        "gas_price": str(facts["base_fee"] + facts["tip"]),
        "gas_limit": str(facts["gas_limit"]),
        "genesis_timestamp": str(facts["genesis_timestamp"]),
    }
    write_privately(path, json.dumps(told).encode())


def _banner(facts: Mapping[str, Any]) -> Iterator[str]:
    accounts = facts["accounts"]
    yield from ("", "Available Accounts", "==================", "")
    for index, account in enumerate(accounts):
        yield f"({index}) {account['address']} ({_ether(int(account['balance'], 16))} ETH)"
    yield from ("", "Private Keys", "==================", "")
    for index, account in enumerate(accounts):
        yield f"({index}) {account['private_key']}"
    yield from ("", "Wallet", "==================")
    yield f"Mnemonic:          {facts['mnemonic']}"
    yield f"Derivation path:   {facts['derivation_path']}"
    for name in ("chain_id", "hardfork", "base_fee", "gas_limit", "genesis_timestamp", "genesis_number"):
        title = name.replace("_", " ").title().replace("Id", "ID")
        yield from ("", title, "==================", "", str(facts[name]))
    yield ""
    yield from (f"Listening on {address}" for address in facts["addresses"])
    if facts["ipc"] is not None:
        yield f"IPC at {facts['ipc']}"
