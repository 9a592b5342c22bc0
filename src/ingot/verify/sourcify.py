"""Sourcify's API v2. Source: docs.sourcify.dev, "API", and its OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ingot.errors import VerifyError
from ingot.types import Address
from ingot.verify.service import Later, Refused, Request, Verdict
from ingot.verify.web import Reply, Web

__all__ = ["Sourcify", "sourcify"]

_MATCHES = {"exact_match": "exact", "match": "partial"}

_WHY = {
    "no_match": "sources, settings or compiler are others than the deployed contract was made with: `ingot verify --check` "
    "shows from the node alone where the code first differs",
    "bytecode_length_mismatch": "sources, settings or compiler are others than the deployed contract was made with: "
    "`ingot verify --check` shows from the node alone where the code first differs",
    "extra_file_input_bug": "the same metadata, other code: it depends on sources that the contract does not import. "
    "Compile with the sources that were there when it was deployed",
    "compiler_error": "its compiler refuses the sources: --dump writes what was sent, to try it with solc itself",
    "contract_not_found_in_compiler_output": "the contract's name is not in the sources: name it as path:Name",
    "invalid_compiler_version": "it does not know this compiler: verify with another --service",
    "unsupported_chain": "it does not serve this chain: verify with another --service, or with its own --service-url",
    "unsupported_language": "it does not take this language",
    "compiled_bytecode_is_zero": "the contract is abstract or an interface: name the one that was deployed",
    "invalid_parameter": "it does not take what was sent; --dump writes it, to upload it by hand",
    "internal_error": "its own fault: try again later, or verify with another --service",
}
"""Its code -> what to do about it."""

_NOT_YET = ("contract_not_deployed", "cannot_fetch_bytecode")


@dataclass(frozen=True)
class Sourcify:
    """A Sourcify server. site: where people look contracts up, or ""."""

    web: Web
    site: str = ""
    name: str = "Sourcify"

    def submit(self, request: Request) -> str | Verdict:
        """Ticket, or the verdict if it has been verified. Raises: Later, VerifyError."""
        body = {
            "stdJsonInput": request.document.standard_json,
            "compilerVersion": request.document.compiler,
            "contractIdentifier": request.document.contract,
        }
        if request.creation_transaction:
            body["creationTransactionHash"] = request.creation_transaction
        reply = self.web.post_json(body, f"/v2/verify/{request.chain_id}/{request.address}")
        answer = self._object(reply)
        if reply.status == 409:
            return self._known(request, self._text(answer))
        if isinstance(answer.get("verificationId"), str) and reply.status < 300:
            return str(answer["verificationId"])
        if reply.status == 429:
            raise Later("too many requests, or it is already at this contract", must_resubmit=True)
        raise self._failed(answer, reply.status)

    def poll(self, request: Request, ticket: str) -> Verdict:
        """Raises: Later, Refused, VerifyError."""
        reply = self.web.get(f"/v2/verify/{ticket}")
        answer = self._object(reply)
        if reply.status == 404:
            raise Later("it does not know the request (any more)", must_resubmit=True)
        if reply.status == 429:
            raise Later("too many requests")
        if reply.status >= 400:
            raise self._failed(answer, reply.status)
        if not answer.get("isJobCompleted"):
            raise Later("it compiles and compares")
        contract, error = answer.get("contract") or {}, answer.get("error")
        if isinstance(error, dict):
            if error.get("customCode") == "already_verified":
                return self._known(request, self._text(error))
            raise self._failed(error, reply.status)
        match = _MATCHES.get(str(contract.get("match")))
        if match is None:
            raise self._failed(
                {"customCode": "no_match", "message": "the bytecodes do not match"}, reply.status
            )
        both = f"creation code: {_word(contract, 'creationMatch')}, runtime code: {_word(contract, 'runtimeMatch')}"
        is_even = contract.get("creationMatch") == contract.get("runtimeMatch")
        is_asked = bool(request.creation_transaction)
        return replace(self._verdict(request, match, both), note=both if is_asked and not is_even else "")

    def link_proxy(self, chain_id: int, proxy: Address, implementation: Address) -> str | None:
        """None: Sourcify resolves proxies itself, whenever a contract is looked up."""
        del chain_id, proxy, implementation
        return None

    def poll_proxy(self, chain_id: int, ticket: str) -> str:
        """Never asked for: `link_proxy` gives no ticket."""
        raise VerifyError(f"Sourcify has no requests about proxies: {ticket!r} on chain {chain_id} is none")

    def creation_transaction(self, chain_id: int, address: Address) -> str:
        """Sourcify knows it of contracts that are verified there."""
        try:
            reply = self.web.get(f"/v2/contract/{chain_id}/{address}", query={"fields": "deployment"})
            return str(reply.body["deployment"]["transactionHash"] or "")
        except (VerifyError, KeyError, TypeError):
            return ""

    def _known(self, request: Request, text: str) -> Verdict:
        """How well it matches what had been verified before."""
        reply = self.web.get(f"/v2/contract/{request.chain_id}/{request.address}")
        body = reply.body if isinstance(reply.body, dict) else {}
        match = _MATCHES.get(str(body.get("match")), "")
        return self._verdict(request, match, text, was_verified=True)

    def _object(self, reply: Reply) -> dict[str, Any]:
        if isinstance(reply.body, dict):
            return reply.body
        raise VerifyError(
            f"Sourcify at {self.web.shown} answered with HTTP status {reply.status} and {str(reply.body)[:160]}, which is "
            "not what its documentation says. Is the URL the one of its server?"
        )

    def _text(self, answer: dict[str, Any]) -> str:
        return self.web.blotted(str(answer.get("message") or answer.get("customCode") or ""))

    def _failed(self, answer: dict[str, Any], status: int) -> Refused:
        code = str(answer.get("customCode") or "")
        if code in _NOT_YET:
            raise Later("its node does not have the contract yet", must_resubmit=True)
        if code == "duplicate_verification_request":
            raise Later("it is already at this contract", must_resubmit=True)
        text = self._text(answer) or f"HTTP status {status}"
        why = _WHY.get(
            code, "--dump writes what was sent, to upload it by hand; or verify with another --service"
        )
        named = f" ({code})" if code else ""
        return Refused(f"Sourcify refuses: {text}{named}\n{why}", service=self.name, reason=text, code=code)

    def _verdict(self, request: Request, match: str, text: str, *, was_verified: bool = False) -> Verdict:
        page = f"{self.site}/{request.chain_id}/{request.address}" if self.site else ""
        return Verdict(self.name, match, was_verified=was_verified, page=page, message=text)


def _word(contract: dict[str, Any], kind: str) -> str:
    return str(contract.get(kind) or "not matched")


def sourcify(url: str, *, site: str = "", **options: Any) -> Sourcify:
    """options: of Web."""
    return Sourcify(Web("Sourcify", url, **options), site=site)
