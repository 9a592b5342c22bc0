"""What a verifier is asked, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ingot.errors import VerifyError
from ingot.types import Address
from ingot.verify.document import Document

__all__ = ["Later", "Refused", "Request", "Service", "Verdict"]


@dataclass(frozen=True)
class Request:
    """One contract to verify.

    constructor_arguments: ABI-encoded, b"" for none.      creation_transaction: hash in hex, or "".
    libraries: qualified name -> address, linked after compiling.
    """

    chain_id: int
    address: Address
    document: Document
    constructor_arguments: bytes = field(default=b"", repr=False)
    libraries: Mapping[str, Address] = field(default_factory=dict)
    creation_transaction: str = ""


@dataclass(frozen=True)
class Verdict:
    """A contract is verified.

    match: "exact" (metadata too), "partial" (all but metadata), or "" where the service does not tell.
    was_verified: it had been, before we asked.      page: where a person can look at it, or "".
    message: in the service's words.      note: what a person should know besides, or "".
    """

    service: str
    match: str = ""
    was_verified: bool = False
    page: str = ""
    message: str = ""
    note: str = ""


class Later(Exception):
    """Not yet: ask again after a while. reason: for the progress line.

    must_resubmit: the service took nothing: it does not know the contract yet, or has too much to do.
    """

    def __init__(self, reason: str, *, must_resubmit: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.must_resubmit = must_resubmit


class Refused(VerifyError):
    """The service compiled the sources, and says no.

    service: its name.      reason: in its own words.      code: its own code for the reason, or "".
    """

    def __init__(self, message: str, *, service: str, reason: str, code: str = "") -> None:
        super().__init__(message)
        self.service = service
        self.reason = reason
        self.code = code


class Service(Protocol):
    """Etherscan, Sourcify, Blockscout."""

    @property
    def name(self) -> str:
        """As people write it."""

    def submit(self, request: Request) -> str | Verdict:
        """Ticket to poll with, or a verdict. Raises: Later, if it is to be tried again; VerifyError."""

    def poll(self, request: Request, ticket: str) -> Verdict:
        """The verdict. Raises: Later, while there is none; Refused; VerifyError."""

    def link_proxy(self, chain_id: int, proxy: Address, implementation: Address) -> str | None:
        """Ticket of a request to show `proxy` with the functions of `implementation`; None where that needs no request."""

    def poll_proxy(self, chain_id: int, ticket: str) -> str:
        """What came of it, in words. Raises: Later; Refused; VerifyError."""

    def creation_transaction(self, chain_id: int, address: Address) -> str:
        """Hash of the transaction that created `address`, "" where the service does not know."""
