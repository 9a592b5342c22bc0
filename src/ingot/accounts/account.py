"""One account: sends, signs, has a balance. Its key never leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ingot.accounts.message import authorization_digest, message_digest
from ingot.accounts.secret import Secret
from ingot.accounts.settings import check_known, prepare
from ingot.accounts.signing import check_fields
from ingot.conversion import amount, to_address, to_bytes
from ingot.engine import key_address, recover_hash, sign_hash, sign_transaction
from ingot.errors import AbiError, UsageError
from ingot.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingot.engine import Transaction
    from ingot.provider import Provider
    from ingot.types import Address, AddressLike

__all__ = ["Account", "Signature"]


class Signature(NamedTuple):
    """v is 27 or 28. bytes(signature) is r, s, v."""

    v: int
    r: bytes
    s: bytes

    def encode_rsv(self) -> bytes:
        """65 bytes."""
        return self.r + self.s + bytes([self.v])

    def encode_vrs(self) -> bytes:
        """65 bytes."""
        return bytes([self.v]) + self.r + self.s

    def __bytes__(self) -> bytes:
        return self.encode_rsv()


class Account:
    """An account of a chain. Without a key it is impersonated: it sends all the same, but cannot sign messages."""

    __slots__ = ("_key", "_label", "address", "chain")

    def __init__(
        self, address: Address, chain: Provider, *, key: bytes | None = None, label: str | None = None
    ) -> None:
        self.address = address
        self.chain = chain
        self._key = None if key is None else Secret(key)
        self._label = label

    @classmethod
    def from_key(cls, key: bytes, chain: Provider, *, label: str | None = None) -> Account:
        """The account of a private key. Raises: AbiError, if it is none."""
        hidden = Secret(key)
        del key  # a traceback may show what is in scope
        return cls(key_address(hidden.reveal()), chain, key=hidden.reveal(), label=label)

    def give_key(self, hold: Callable[[bytes], object]) -> None:
        """Hand the key to the chain that signs with it."""
        if self._key is not None:
            hold(self._key.reveal())

    @property
    def alias(self) -> str | None:
        """Its label, if it was given one."""
        return self._label

    @property
    def is_impersonated(self) -> bool:
        """Whether it sends without a key."""
        return self._key is None

    @property
    def balance(self) -> int:
        """Wei. Assignable, with amounts as text too: `alice.balance = "5 ether"`."""
        return self.chain.get_balance(self.address)

    @balance.setter
    def balance(self, value: int | str) -> None:
        self.chain.set_balance(self.address, amount(value))

    @property
    def nonce(self) -> int:
        """How many transactions it has sent."""
        return self.chain.get_nonce(self.address)

    @property
    def code(self) -> bytes:
        """Empty for an account that is no contract (EIP-7702: its designation)."""
        return self.chain.get_code(self.address)

    @property
    def is_contract(self) -> bool:
        """Whether there is code."""
        return bool(self.code)

    # Transactions

    def transfer(
        self,
        to: AddressLike,
        value: int | str = 0,
        data: bytes | str = b"",
        *,
        raise_on_revert: bool = True,
        **options: Any,
    ) -> Receipt:
        """Send wei, and data if given. value: "1 ether", or an int.      options: gas_limit, max_fee, nonce, ...

        Raises: ExecutionError, if the receiver is a contract that refuses; InvalidTransaction, for want of balance.
        """
        check_known(options, "transfer")
        settings = {**options, "sender": self.address, "value": value}
        ready = prepare(settings, self.chain, "transfer", is_payable=True, to=to_address(to))
        receipt = Receipt(self.chain.send(data=to_bytes(data), **ready), self.chain)
        if raise_on_revert and receipt.is_mined:
            receipt.raise_for_status()
        return receipt

    def call(self, transaction: Any, *, raise_on_revert: bool = True) -> Receipt:
        """Send a transaction that `as_transaction` prepared. Raises: ExecutionError, if it fails."""
        settings = {**transaction.as_settings(), "sender": self.address}
        receipt = Receipt(self.chain.send(**settings), self.chain)
        if raise_on_revert and receipt.is_mined:
            receipt.raise_for_status()
        return receipt

    def deploy(self, contract: Any, *args: object, **options: Any) -> Any:
        """`contract.deploy(*args, sender=self)`: alice.deploy(project.Token, 10**24)."""
        if not hasattr(contract, "deploy"):
            raise UsageError(
                f"{contract!r} cannot be deployed: give a contract of a project, such as project.Token"
            )
        return contract.deploy(*args, sender=self, **options)

    def get_deployment_address(self, nonce: int | None = None) -> Address:
        """Where its next contract (or the one sent with `nonce`) will be."""
        from ingot.engine import create_address

        return create_address(self.address, self.nonce if nonce is None else nonce)

    # Signatures

    def sign_message(self, message: object) -> Signature:
        """Sign as wallets do: text and bytes (EIP-191), typed data as a mapping or from other libraries (EIP-712).

        Raises: UsageError, if there is no key, or it is no message.
        """
        return self.sign_hash(message_digest(message))

    def sign_authorization(
        self, address: AddressLike, chain_id: int | None = None, nonce: int | None = None
    ) -> dict[str, Any]:
        """Let this account run the code of `address` (EIP-7702): an entry for `authorizations=[...]`.

        chain_id: default this chain; 0 is every chain.      nonce: default its next, right if somebody else sends.
        """
        chosen = self.chain.chain_id if chain_id is None else chain_id
        number = self.nonce if nonce is None else nonce
        delegate = to_address(address)
        signature = self.sign_hash(authorization_digest(chosen, bytes(delegate), number))
        return {
            "chain_id": chosen,
            "address": delegate,
            "nonce": number,
            "y_parity": signature.v - 27,
            "r": int.from_bytes(signature.r, "big"),
            "s": int.from_bytes(signature.s, "big"),
        }

    def sign_hash(self, digest: bytes) -> Signature:
        """Sign 32 bytes as they are. Raises: UsageError, if there is no key."""
        if len(digest) != 32:
            raise UsageError(f"sign_hash takes 32 bytes; {len(digest)} were given")
        signed = sign_hash(self._signing_key().reveal(), digest)
        return Signature(v=signed[64], r=signed[:32], s=signed[32:64])

    def sign_transaction(self, fields: Mapping[str, Any]) -> Transaction:
        """Sign a transaction without sending it.

        fields: type, chain_id, nonce, to (None: a creation), value, data, gas_limit; gas_price (types 0 and 1), or
        max_fee and max_priority_fee; access_list; authorizations (4); blob_hashes and max_fee_per_blob_gas (3).
        Raises: UsageError, if there is no key, or the fields are no transaction.
        """
        given = check_fields(fields)  # before the key is there, and a password asked for
        return sign_transaction(self._signing_key().reveal(), **given)

    def _signing_key(self) -> Secret[bytes]:
        if self._key is None:
            raise UsageError(f"{self.address} is impersonated: there is no key to sign with")
        return self._key

    def sign_raw_msghash(self, digest: bytes) -> Signature:
        """Ape's name for `sign_hash`."""
        return self.sign_hash(digest)

    def check_signature(self, message: object, signature: Signature | bytes) -> bool:
        """Whether this account made `signature` over `message` (as `sign_message` does)."""
        try:
            return recover_hash(message_digest(message), bytes(signature)) == self.address
        except (AbiError, UsageError):
            return False

    # As a value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self.address == other or self.address.lower() == other.lower()
        address = getattr(other, "address", None)
        return bool(self.address == address) if isinstance(address, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.address)

    def __str__(self) -> str:
        return str(self.address)

    def __bytes__(self) -> bytes:
        return bytes(self.address)

    def __repr__(self) -> str:
        return f"<account {self._label + ' ' if self._label else ''}{self.address}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an account belongs to its chain and holds a key: pass its address instead")
