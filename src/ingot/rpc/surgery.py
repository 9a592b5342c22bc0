"""anvil_, hardhat_ and tenderly_: accounts, impersonation and the next block's header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import to_address
from ingot.errors import UsageError
from ingot.rpc.answers import data
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.parameters import (
    ADDRESS,
    BOOL,
    DATA,
    HASH,
    NUMBER,
    QUANTITY,
    SLOT,
    WORD,
    read_address,
    read_data,
    read_list,
)
from ingot.rpc.rules import is_since

if TYPE_CHECKING:
    from ingot.rpc.rpc import Rpc


@method("anvil_setBalance", "hardhat_setBalance", "tenderly_setBalance", address=ADDRESS, balance=QUANTITY)
def set_balance(rpc: Rpc, address: bytes, balance: int) -> None:
    """Give an account so many wei."""
    rpc.engine.set_balance(address, balance)


@method("anvil_addBalance", "hardhat_addBalance", "tenderly_addBalance", address=ADDRESS, amount=QUANTITY)
def add_balance(rpc: Rpc, address: bytes, amount: int) -> None:
    """Give an account so many wei more."""
    balance = rpc.engine.balance(address) + amount
    if balance >> 256:
        raise invalid("invalid argument 1: amount: the balance would be above 2**256 - 1")
    rpc.engine.set_balance(address, balance)


@method("anvil_setNonce", "hardhat_setNonce", "evm_setAccountNonce", address=ADDRESS, nonce=NUMBER)
def set_nonce(rpc: Rpc, address: bytes, nonce: int) -> None:
    """What the account's next transaction carries."""
    if nonce == (1 << 64) - 1:
        raise invalid("invalid argument 1: nonce: the highest is 2**64 - 2 (EIP-2681)")
    rpc.engine.set_nonce(address, nonce)
    if not rpc.pool.is_empty:
        rpc.pool.review()


@method("anvil_setCode", "hardhat_setCode", address=ADDRESS, code=DATA)
def set_code(rpc: Rpc, address: bytes, code: bytes) -> None:
    """Runtime code of an account."""
    try:
        rpc.engine.set_code(address, code)
    except UsageError as error:
        raise invalid(f"invalid argument 1: {error}") from error


@method("anvil_setStorageAt", "hardhat_setStorageAt", address=ADDRESS, slot=SLOT, value=WORD)
def set_storage_at(rpc: Rpc, address: bytes, slot: int, value: int) -> bool:
    """The word of a storage slot."""
    rpc.engine.set_storage(address, slot, value)
    return True


# Who may send


@method("anvil_impersonateAccount", "hardhat_impersonateAccount", address=ADDRESS)
def impersonate_account(rpc: Rpc, address: bytes) -> None:
    """Let eth_sendTransaction send for an account without its key."""
    rpc.senders.impersonated.add(address)


@method("anvil_stopImpersonatingAccount", "hardhat_stopImpersonatingAccount", address=ADDRESS)
def stop_impersonating_account(rpc: Rpc, address: bytes) -> None:
    """End that."""
    rpc.senders.impersonated.discard(address)


@method("anvil_autoImpersonateAccount", "hardhat_autoImpersonateAccount", enabled=BOOL)
def auto_impersonate_account(rpc: Rpc, enabled: bool) -> None:
    """Let eth_sendTransaction send for every account."""
    rpc.senders.everybody = enabled


def _read_signature(value: Any) -> tuple[bytes, bytes] | bytes:
    """A signature, or an array of it and an address, as anvil has it."""
    if isinstance(value, str):
        return read_data(value)
    given = read_list(value)
    if len(given) != 2:
        raise ValueError("an array of a signature and an address was expected")
    return read_data(given[0]), read_address(given[1])


SIGNATURE = Parameter(_read_signature, "signature, or array of signature and address")


@method("anvil_impersonateSignature", signature=SIGNATURE, address=optional(ADDRESS))
def impersonate_signature(rpc: Rpc, signature: tuple[bytes, bytes] | bytes, address: bytes | None) -> None:
    """Let contracts (the precompile ecrecover) take a signature (r, s, v) for that of an account, whatever it signs."""
    if isinstance(signature, tuple):
        signature, address = signature
    if address is None:
        raise invalid("invalid argument 1: address is missing: whose is the signature to be?")
    if len(signature) != 65:
        raise invalid(f"invalid argument 0: signature: it has 65 bytes (r, s, v), not {len(signature)}")
    rpc.engine.impersonate_signature(signature, address)


# The next blocks


@method("anvil_setCoinbase", "hardhat_setCoinbase", address=ADDRESS)
def set_coinbase(rpc: Rpc, address: bytes) -> None:
    """Who gets the tips of the next blocks."""
    rpc.engine.coinbase = to_address(address)


@method("anvil_setNextBlockBaseFeePerGas", "hardhat_setNextBlockBaseFeePerGas", base_fee=QUANTITY)
def set_next_block_base_fee(rpc: Rpc, base_fee: int) -> None:
    """Of the next block, from which it goes on by the rule of EIP-1559."""
    if base_fee >> 64:
        raise invalid(f"invalid argument 0: baseFee: {base_fee} is above 2**64 - 1")
    rpc.engine.base_fee = base_fee


@method("anvil_setBlockGasLimit", "evm_setBlockGasLimit", gas_limit=NUMBER)
def set_block_gas_limit(rpc: Rpc, gas_limit: int) -> bool:
    """Of the next blocks."""
    rpc.engine.gas_limit = gas_limit
    return True


@method("hardhat_setPrevRandao", "anvil_setPrevRandao", value=HASH)
def set_prev_randao(rpc: Rpc, value: bytes) -> bool:
    """PREVRANDAO of the next block."""
    rpc.engine.prev_randao = value
    return True


@method("anvil_setMinGasPrice", "hardhat_setMinGasPrice", price=QUANTITY)
def set_min_gas_price(rpc: Rpc, price: int) -> None:
    """The lowest price that is taken; from London on, where base fees decide, there is none to set."""
    if is_since(rpc.engine.hardfork, "london"):
        raise invalid(
            "anvil_setMinGasPrice is not supported when EIP-1559 is active: set the base fee instead"
        )
    rpc.engine.base_fee = price


@method("anvil_setLoggingEnabled", "hardhat_setLoggingEnabled", enabled=BOOL)
def set_logging_enabled(rpc: Rpc, enabled: bool) -> None:
    """Whether the node writes a line for each request."""
    rpc.is_logging = enabled


# What waits


def _dropped(rpc: Rpc, transaction_hash: bytes) -> str | None:
    return data(transaction_hash) if rpc.pool.drop(transaction_hash) else None


@method("anvil_dropTransaction", transaction_hash=HASH)
def drop_transaction(rpc: Rpc, transaction_hash: bytes) -> str | None:
    """Forget a transaction that waits. Returns its hash, or null if it did not wait."""
    return _dropped(rpc, transaction_hash)


@method("hardhat_dropTransaction", transaction_hash=HASH)
def hardhat_drop_transaction(rpc: Rpc, transaction_hash: bytes) -> bool | str | None:
    """Forget a transaction that waits. Returns whether it did, as in Hardhat; anvil gives its hash."""
    found = _dropped(rpc, transaction_hash)
    return found if rpc.as_anvil else found is not None


@method("anvil_dropAllTransactions", "hardhat_dropAllTransactions")
def drop_all_transactions(rpc: Rpc) -> None:
    """Forget everything that waits."""
    rpc.pool.clear()


@method("anvil_removePoolTransactions", address=ADDRESS)
def remove_pool_transactions(rpc: Rpc, address: bytes) -> None:
    """Forget what waits of an account."""
    rpc.pool.clear(to_address(address))
