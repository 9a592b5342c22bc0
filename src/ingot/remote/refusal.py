"""Why a node refuses a transaction: each program's words, geth's reason, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.errors import InvalidTransaction

if TYPE_CHECKING:
    from ingot.errors import ProviderError

__all__ = ["ALREADY_KNOWN", "invalid_transaction", "refusal_of"]

ALREADY_KNOWN = "already known"


@dataclass(frozen=True, slots=True)
class Refusal:
    """reason: geth's words.      advice: what to do."""

    pattern: re.Pattern[str]
    reason: str
    advice: str


def _refusal(pattern: str, reason: str, advice: str) -> Refusal:
    return Refusal(re.compile(pattern, re.IGNORECASE), reason, advice)


REFUSALS: tuple[Refusal, ...] = (
    _refusal(
        r"already ?known|known transaction|already imported|ALREADY_EXISTS|transaction already in (the )?(mem)?pool",
        ALREADY_KNOWN,
        "nothing: the node has it",
    ),
    _refusal(
        r"replacement ?(transaction )?(underpriced|not ?allowed)|REPLACE_UNDERPRICED|could not replace existing|"
        r"replacement fee too low|gas price too low to replace",
        "replacement transaction underpriced",
        "another transaction with this nonce is waiting: raise both fees by at least 10 % (blobs: 100 %), or wait for it",
    ),
    _refusal(
        r"nonce( is)? too low|NONCE_TOO_SMALL|OldNonce|nonce has already been used|old nonce|nonce too small",
        "nonce too low",
        "a transaction with this nonce was mined already, perhaps by another program: take the next one",
    ),
    _refusal(
        r"nonce( is)? too high|nonce gap|NonceGap|nonce too distant|nonce .*too far",
        "nonce too high",
        "transactions with lower nonces are missing: send those first",
    ),
    _refusal(
        r"insufficient (funds|balance)|INSUFFICIENT_FUNDS|InsufficientFunds|doesn't have enough funds|"
        r"sender balance|upfront cost exceeds account balance|not enough (funds|balance)|lack of funds",
        "insufficient funds for gas * price + value",
        "the sender needs more of the chain's currency, for the value and for gas at its highest price",
    ),
    _refusal(
        r"max fee per gas less than block base fee|fee cap (less than|below)|maxFeePerGas .*too low|FEE_TOO_LOW_TO_COMPETE|"
        r"gas price (is )?below (current )?base ?fee|max fee per gas .*base fee|FeeTooLow(ToCompete)?\b|"
        r"gas ?price .*less than .*base ?fee",
        "max fee per gas less than block base fee",
        "raise max_fee above the base fee, or leave it out",
    ),
    _refusal(
        r"max priority fee per gas higher than max fee|tip (cap )?(above|higher than)|TipAboveFeeCap|"
        r"maxPriorityFeePerGas .*(bigger|greater|exceed)",
        "max priority fee per gas higher than max fee per gas",
        "lower max_priority_fee, or raise max_fee",
    ),
    _refusal(
        r"intrinsic gas( is)? too low|IntrinsicGas|GasLimitTooLow|gas limit (is )?(too low|below)|requires at least \d+ gas|"
        r"gas floor|floor data gas|call gas cost exceeds",
        "intrinsic gas too low",
        "give more gas, or leave gas_limit out: it is estimated then",
    ),
    _refusal(
        r"(transaction )?gas limit too high|exceeds (the )?transaction gas|TransactionGasLimit|gas limit .*cap",
        "transaction gas limit too high",
        "no transaction may have more than 16,777,216 gas (EIP-7825): split it",
    ),
    _refusal(
        r"exceeds (the )?block gas limit|intrinsic gas too high|GasLimitExceeded|gas limit is (too high|higher)|exceeds block limit",
        "exceeds block gas limit",
        "give less gas, or split the transaction",
    ),
    _refusal(
        r"(transaction|gas ?price|gas tip cap).*(underpriced|too low)|underpriced|minimum needed|FEE_TOO_LOW",
        "transaction underpriced",
        "this node takes no transaction that pays so little: raise max_priority_fee (or gas_price)",
    ),
    _refusal(
        r"exceeds the configured cap|tx fee .*cap",
        "tx fee exceeds the configured cap",
        "the node refuses to spend so much on one transaction: lower the fees, or ask its operator (--rpc.txfeecap)",
    ),
    _refusal(
        r"initcode size|init code size|CreateInitCodeSizeLimit",
        "max initcode size exceeded",
        "the contract's creation code is above 49,152 bytes (EIP-3860): split the contract",
    ),
    _refusal(
        r"chain ?id|replay.?protected|invalid sender|InvalidChainId",
        "invalid chain id for signer",
        "it was signed for another chain: check the network",
    ),
    _refusal(
        r"type not supported|unsupported (transaction )?type|not supported .*type|UnsupportedTransactionType",
        "transaction type not supported",
        "this chain does not have that kind of transaction: give type=0 (and gas_price)",
    ),
    _refusal(
        r"sidecar|missing blobs|blobs? (are|is) missing",
        "missing sidecar in blob transaction",
        "a node takes blobs only together with their transaction, and ingot sends none to nodes",
    ),
    _refusal(
        r"sender not an eoa|RejectCallerWithCode|sender .*deployed code",
        "sender not an eoa",
        "a contract cannot send transactions: use an account with a key",
    ),
    _refusal(
        r"(tx|transaction) ?pool (is )?full|account limit|queue|in-flight transaction limit|too many (pending|transactions)",
        "txpool is full",
        "wait until some of the sender's transactions are mined",
    ),
)
"""In the order in which they are tried. Source: geth core/txpool/errors.go, core/error.go; Nethermind's AcceptTxResult;
Erigon's txpoolcfg.DiscardReason; Besu's TransactionInvalidReason; Reth's and anvil's InvalidTransactionError; Hardhat."""


def refusal_of(error: ProviderError) -> Refusal | None:
    """Why a node did not take a transaction; None if the error is something else."""
    words = str(error)
    return next((refusal for refusal in REFUSALS if refusal.pattern.search(words)), None)


def invalid_transaction(error: ProviderError, refusal: Refusal) -> InvalidTransaction:
    """The typed error, with the node's words and what to do."""
    words = str(error).rstrip(".")
    said = words if refusal.reason.lower() in words.lower() else f"{refusal.reason} ({words})"
    return InvalidTransaction(f"{said}: {refusal.advice}", reason=refusal.reason)
