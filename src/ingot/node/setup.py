"""From settings to a chain that can be served, and what is said of it at the start."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingot.accounts import DEFAULT_HD_PATH, TEST_MNEMONIC
from ingot.accounts.mnemonic import derive_key
from ingot.accounts.secret import Secret
from ingot.chain import Chain
from ingot.errors import UsageError
from ingot.node.state_file import AnvilState, read_state
from ingot.rpc import Rpc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NodeSettings", "banner", "make_rpc"]

MAX_ACCOUNTS = 10_000


@dataclass(frozen=True, kw_only=True)
class NodeSettings:
    """How a node's chain is. balance: of each account, wei.      block_time_s: 0 for none.

    timestamp: of block 0, seconds; None for now.      is_automatic: whether each transaction is mined at once.
    as_anvil: whether answers are anvil's where the specification has others.
    genesis: a file in geth's form, which then says what the chain is; blocks: what is executed after it, RLP after RLP.
    funds_genesis: whether the accounts get their balance all the same.      state: a file to begin with.
    """

    chain_id: int = 31337
    accounts: int = 10
    balance: int = 10_000 * 10**18
    mnemonic: Secret[str] = field(default_factory=lambda: Secret(TEST_MNEMONIC))
    hd_path: str = DEFAULT_HD_PATH
    hardfork: str = "bpo2"
    gas_limit: int = 30_000_000
    base_fee: int = 1_000_000_000
    timestamp: int | None = None
    code_size_limit: bool = True
    genesis: Path | None = None
    funds_genesis: bool = False
    blocks: Path | None = None
    state: Path | None = None
    block_time_s: float = 0
    is_automatic: bool = True
    order: str = "fees"
    auto_impersonate: bool = False
    as_anvil: bool = False


def make_rpc(settings: NodeSettings) -> Rpc:
    """A new chain, its methods, and the clock of this machine. Raises: UsageError for a setting that cannot be."""
    if not 0 <= settings.accounts <= MAX_ACCOUNTS:
        raise UsageError(f"--accounts: 0 to {MAX_ACCOUNTS}, not {settings.accounts}")
    from ingot import __version__

    chain = _begun(settings)
    rpc = Rpc(
        chain,
        now=time.time,
        auto_impersonate=settings.auto_impersonate,
        order=settings.order,
        as_anvil=settings.as_anvil,
        client_version=f"ingot/v{__version__}",
    )
    if settings.block_time_s:
        chain.automine = False
        rpc.mining_interval_s = settings.block_time_s  # type: ignore[assignment]
    elif not settings.is_automatic:
        chain.automine = False
    return rpc


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
        gas_limit=settings.gas_limit,
        base_fee=settings.base_fee,
        timestamp=found.first_timestamp if isinstance(found, AnvilState) else settings.timestamp,
        code_size_limit=settings.code_size_limit,
    )
    if isinstance(found, AnvilState):
        found.put_into(chain.engine)
    elif found is not None and settings.state is not None:
        chain.load(settings.state)
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
    return chain


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _ether(wei: int) -> str:
    return f"{wei // 10**18}.{wei % 10**18:018}"


def banner(settings: NodeSettings, rpc: Rpc) -> Iterator[str]:
    """Lines about a new node, as anvil has them: accounts, keys, wallet, chain."""
    chain = rpc.chain
    yield from ("", "Available Accounts", "==================", "")
    for index, account in enumerate(chain.accounts):
        yield f"({index}) {account.address} ({_ether(account.balance)} ETH)"
    yield from ("", "Private Keys", "==================", "")
    for index in range(settings.accounts):
        yield f"({index}) 0x{derive_key(settings.mnemonic.reveal(), index, settings.hd_path).hex()}"
    yield from ("", "Wallet", "==================")
    yield f"Mnemonic:          {settings.mnemonic.reveal()}"
    yield f"Derivation path:   {settings.hd_path}/"
    engine = rpc.engine
    genesis = engine.block(engine.first_block_number)
    facts = {
        "Chain ID": chain.chain_id,
        "Hardfork": chain.hardfork,
        "Base Fee": chain.base_fee,
        "Gas Limit": chain.gas_limit,
        "Genesis Timestamp": genesis.timestamp,
        "Genesis Number": genesis.number,
    }
    for title, value in facts.items():
        yield from ("", title, "==================", "", str(value))
    yield ""
