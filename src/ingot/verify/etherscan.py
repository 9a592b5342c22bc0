"""Etherscan's API V2, and Blockscout's, which speaks the same with other words.

Source: docs.etherscan.io, "Verify with the API", "Common Error Messages", "Common Verification Errors";
docs.blockscout.com, "Contract" of the RPC API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ingot.errors import UsageError, VerifyError
from ingot.types import Address
from ingot.verify.service import Later, Refused, Request, Verdict
from ingot.verify.web import Reply, Web

__all__ = ["Etherscan", "blockscout", "etherscan"]

_VERIFIED = "pass - verified"
_ALREADY = ("already verified", "contract source code already verified", "smart-contract already verified")
_NOT_INDEXED = ("unable to locate contractcode at", "the address is not a smart contract")
_PENDING = ("pending in queue", "in progress", "verification in progress")
_BUSY = ("rate limit", "too many invalid api key attempts")
_NO_KEY = ("invalid api key", "missing/invalid api key", "missing api key")
_UNKNOWN_TICKET = "unknown uid"
_PROXY_DONE = "successfully updated"
_PROXY_MISSING = "implementation contract was unfortunately not detected"

_ADVICE: tuple[tuple[str, str], ...] = (
    (
        "chainid",
        "it does not serve this chain, or not with this key's plan: verify with --service sourcify or blockscout",
    ),
    ("not supported for this chain", "this key's plan lacks the chain: use --service sourcify or blockscout"),
    ("daily limit", "wait a day, use another key, or verify with --service sourcify or blockscout"),
    ("missing or invalid action name", "is its URL right? It is set by `verify:` in the configuration"),
    ("invalid address", "give the address of the contract, with its checksum"),
    ("compilerversion", "it does not know this compiler: verify with --service sourcify"),
    ("compiler version", "it does not know this compiler: verify with --service sourcify"),
)
"""A part of its message -> what to do about it."""

_WHY: tuple[tuple[str, str], ...] = (
    (
        "does not match",
        "sources, settings, libraries or constructor arguments are others than the deployed contract was made with: "
        "`ingot verify --check` shows from the node alone where the code first differs",
    ),
    (
        "constructor",
        "the constructor arguments are not those of the creation: leave them out, and ingot finds them",
    ),
    (
        "library",
        "a library's address is missing or wrong: `ingot verify --check` shows those that are linked",
    ),
    ("contractname", "the contract's name is not in the sources: name it as path:Name"),
    (
        "compilation error",
        "its compiler refuses the sources: --dump writes what was sent, to try it with solc itself",
    ),
)


@dataclass(frozen=True)
class Etherscan:
    """A service with Etherscan's API.

    api_key: "" where none is needed.      sends_chain: V2 has one URL for all chains, and so must know which.
    site: of the explorer that people look at, or "".
    """

    name: str
    web: Web
    api_key: str = field(default="", repr=False)
    sends_chain: bool = True
    site: str = ""

    def submit(self, request: Request) -> str | Verdict:
        """Ticket, or the verdict if it has been verified. Raises: Later, VerifyError."""
        document = request.document.with_libraries(request.libraries)
        arguments = request.constructor_arguments.hex()
        reply = self._post(
            "verifysourcecode",
            request.chain_id,
            {
                "contractaddress": str(request.address),
                "sourceCode": document.text,
                "codeformat": "solidity-standard-json-input",
                "contractname": document.contract,
                "compilerversion": f"v{document.compiler}",
                "constructorArguments": arguments,
                # Etherscan's own misspelling, which older explorers still want.
                "constructorArguements": arguments,
            },
        )
        is_ok, text = self._result(reply)
        if self._is_already(text):
            return self._verdict(request, text, was_verified=True)
        if is_ok and text:
            return text
        self._raise_common(text)
        raise self._refused(text)

    def poll(self, request: Request, ticket: str) -> Verdict:
        """Raises: Later, Refused, VerifyError."""
        _, text = self._result(self._get("checkverifystatus", request.chain_id, {"guid": ticket}))
        if text.lower().startswith(_VERIFIED):
            return self._verdict(request, text)
        if self._is_already(text):
            return self._verdict(request, text, was_verified=True)
        self._raise_common(text)
        raise self._refused(text)

    def link_proxy(self, chain_id: int, proxy: Address, implementation: Address) -> str | None:
        """Raises: Later, VerifyError."""
        form = {"address": str(proxy), "expectedimplementation": str(implementation)}
        is_ok, text = self._result(self._post("verifyproxycontract", chain_id, form))
        if is_ok and text:
            return text
        self._raise_common(text)
        raise self._refused(text)

    def poll_proxy(self, chain_id: int, ticket: str) -> str:
        """Raises: Later, Refused, VerifyError."""
        is_ok, text = self._result(self._get("checkproxyverification", chain_id, {"guid": ticket}))
        if _PROXY_DONE in text.lower() or (is_ok and text.lower().startswith(_VERIFIED)):
            return text
        if _PROXY_MISSING in text.lower():
            raise Refused(
                f"{self.name} finds no implementation behind the proxy. It may not have indexed it yet: run "
                "`ingot verify` again in some minutes",
                service=self.name,
                reason=text,
            )
        self._raise_common(text)
        raise self._refused(text)

    def creation_transaction(self, chain_id: int, address: Address) -> str:
        """Asked of the explorer's index; "" where it does not know, or does not say."""
        query = {"contractaddresses": str(address)}
        try:
            reply = self._get("getcontractcreation", chain_id, query)
            entries = reply.body["result"]
            return str(entries[0]["txHash"])
        except (VerifyError, KeyError, IndexError, TypeError):
            return ""

    # One request --------------------------------------------------------------------------------

    def _query(self, action: str, chain_id: int, more: dict[str, str]) -> dict[str, str]:
        chain = {"chainid": str(chain_id)} if self.sends_chain else {}
        key = {"apikey": self.api_key} if self.api_key else {}
        return {**chain, "module": "contract", "action": action, **more, **key}

    def _get(self, action: str, chain_id: int, more: dict[str, str]) -> Reply:
        return self.web.get(query=self._query(action, chain_id, more))

    def _post(self, action: str, chain_id: int, form: dict[str, str]) -> Reply:
        # Everything but the sources also goes into the form: V1 explorers read module and action there.
        query = self._query(action, chain_id, {})
        return self.web.post_form({**query, **form}, query=query)

    def _result(self, reply: Reply) -> tuple[bool, str]:
        """Whether status is "1", and the result. Raises: VerifyError, for an answer of another shape; Later."""
        body: Any = reply.body
        if not isinstance(body, dict) or not isinstance(body.get("result"), str):
            message = body.get("message") if isinstance(body, dict) else None
            if isinstance(message, str) and not isinstance(body.get("result"), (list, dict)):
                return False, self.web.blotted(message)
            if reply.status == 429:
                raise Later("too many requests")
            raise VerifyError(
                f"{self.name} at {self.web.shown} answered with HTTP status {reply.status} and "
                f"{self.web.blotted(str(body))[:160]}, which is not what its documentation says. Is the URL the one of "
                "its API?"
            )
        return str(body.get("status")) == "1", self.web.blotted(body["result"])

    def _is_already(self, text: str) -> bool:
        return text.lower().startswith(_ALREADY)

    def _raise_common(self, text: str) -> None:
        """Raise what `text` means in answer to any question."""
        folded = text.lower()
        if folded.startswith(_PENDING):
            raise Later("pending in its queue")
        if folded.startswith(_NOT_INDEXED):
            raise Later("it has not indexed the contract yet", must_resubmit=True)
        if folded.startswith(_UNKNOWN_TICKET):
            raise Later("it does not know the request (any more)", must_resubmit=True)
        if folded.startswith(_NO_KEY):
            raise UsageError(
                f"{self.name}: {text}. Set {self._key_name} to a key of it; a new one takes some minutes to work. "
                "Sourcify needs none: --service sourcify"
            )
        if any(part in folded for part in _BUSY) and "daily" not in folded:
            raise Later("too many requests", must_resubmit=True)
        for part, advice in _ADVICE:
            if part in folded and not folded.startswith("fail"):
                raise VerifyError(f"{self.name}: {text}: {advice}")

    @property
    def _key_name(self) -> str:
        return "ETHERSCAN_API_KEY" if self.sends_chain else "BLOCKSCOUT_API_KEY"

    def _refused(self, text: str) -> Refused:
        folded = text.lower()
        why = next((advice for part, advice in _WHY if part in folded), _WHY[0][1])
        return Refused(
            f"{self.name} refuses: {text or 'it does not say why'}\n{why}", service=self.name, reason=text
        )

    def _verdict(self, request: Request, text: str, *, was_verified: bool = False) -> Verdict:
        page = f"{self.site}/address/{request.address}#code" if self.site else ""
        return Verdict(self.name, was_verified=was_verified, page=page, message=text)


def etherscan(url: str, api_key: str, *, site: str = "", **options: Any) -> Etherscan:
    """Etherscan: every chain with one key. options: of Web."""
    web = Web("Etherscan", url, secrets=(api_key,) if api_key else (), **options)
    return Etherscan("Etherscan", web, api_key, site=site)


def blockscout(url: str, api_key: str = "", *, site: str = "", **options: Any) -> Etherscan:
    """A Blockscout explorer: a URL for each chain, mostly without a key. options: of Web."""
    web = Web("Blockscout", url, secrets=(api_key,) if api_key else (), **options)
    return Etherscan("Blockscout", web, api_key, sends_chain=False, site=site)
