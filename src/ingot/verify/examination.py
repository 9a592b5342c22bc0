"""What a node tells about an address: whose code it is, how it was made, what is linked into it, what it delegates to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingot.artifacts import Artifact, Artifacts
from ingot.errors import UsageError, VerifyError
from ingot.types import Address
from ingot.verify.comparison import Comparison, compare, linked_libraries
from ingot.verify.creation import Creation, arguments_in_words, recovered_arguments
from ingot.verify.node import Node
from ingot.verify.proxy import Proxy, find_proxy

__all__ = ["Candidates", "Examination", "Target", "examine"]

Finder = Callable[[Address], str]


@dataclass(frozen=True)
class Target:
    """A contract that is to be verified.

    contract: its name, short or qualified, or "": found by its code.
    arguments: the constructor's, ABI-encoded, where they are known; None: read from the chain.
    creation_transaction: hash in hex, or "": found by the node.
    artifact: as it was deployed, where that was kept; None: as the project has it now.
    """

    address: Address
    contract: str = ""
    arguments: bytes | None = field(default=None, repr=False)
    creation_transaction: str = ""
    artifact: Artifact | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Examination:
    """One contract, compared.

    creation: how it was made; None where that cannot be told.      doubt: why it cannot, or "".
    proxy: if the contract is one.      behind: the proxy that led to it.
    strangers: names of the libraries whose addresses have other code than our libraries'.
    """

    address: Address
    artifact: Artifact
    comparison: Comparison
    creation: Creation | None
    doubt: str = ""
    proxy: Proxy | None = None
    behind: Proxy | None = None
    strangers: tuple[str, ...] = ()

    @property
    def libraries(self) -> Mapping[str, Address]:
        """Linked into it: qualified name -> address."""
        return self.comparison.libraries

    @property
    def arguments(self) -> bytes:
        """The constructor's. Raises: VerifyError, if they are not known."""
        if self.creation is None:
            raise VerifyError(
                f"{self.artifact.name} at {self.address}: {self.doubt}. Give them with --arguments, or name the "
                "transaction that created it with --creation-transaction"
            )
        return self.creation.arguments


@dataclass(frozen=True)
class Candidates:
    """Contracts that an address may have the code of. artifacts: of the project, as it is compiled now.

    kept: as they were when they were deployed; these come first.
    """

    artifacts: Artifacts
    kept: Sequence[Artifact] = ()

    def named(self, target: Target) -> Artifact | None:
        """The contract that `target` names; None if it names none. Raises: UsageError, for what is no contract."""
        if target.artifact is not None or not target.contract:
            return target.artifact
        artifact = self.artifacts[target.contract]
        if not artifact.is_deployable:
            raise UsageError(
                f"{artifact.qualified_name} is an interface or an abstract contract: name the one that was deployed"
            )
        return artifact

    def of_code(self, code: bytes) -> Artifact | None:
        """The artifact that `code` is of: exactly if there is one, else up to metadata; the project's own come first."""
        similar: Artifact | None = None
        for artifact in self._all():
            found = compare(artifact, code)
            if found.is_exact:
                return artifact
            if found.matches and similar is None:
                similar = artifact
        return similar

    def has(self, name: str, code: bytes) -> bool:
        """Whether `code` is that of the contract `name`, qualified."""
        found = [artifact for artifact in self.kept if artifact.qualified_name == name]
        if name in self.artifacts:
            found.append(self.artifacts[name])
        return any(compare(artifact, code).matches for artifact in found)

    def _all(self) -> Iterator[Artifact]:
        yield from self.kept
        for entry in sorted(self.artifacts.entries, key=lambda entry: entry.is_dependency):
            artifact = self.artifacts[entry.qualified_name]
            if artifact.is_deployable:
                yield artifact


def examine(
    artifacts: Artifacts,
    node: Node,
    target: Target,
    *,
    find_creation: Finder | None = None,
    kept: Sequence[Artifact] = (),
) -> list[Examination]:
    """Compare the contract of `target`, and what it delegates to where that is a contract of `artifacts`.

    A name that fits the code behind a proxy, not the proxy's own, means the implementation.
    find_creation: whom to ask for the creating transaction when the node does not know: an explorer.
    kept: contracts of the deployment, as they were deployed.
    Raises: VerifyError, if there is no code, or no contract of the project has it; UsageError, for an unknown name.
    """
    code = node.code(target.address)
    if not code:
        raise VerifyError(
            f"there is no contract at {target.address} on chain {node.chain_id()}: is it mined, and the network right?"
        )
    proxy = find_proxy(node, target.address, code)
    candidates = Candidates(artifacts, kept)
    named = candidates.named(target)
    if named is not None and (proxy is None or compare(named, code).matches):
        first = _examination(candidates, node, target, named, code, proxy, find_creation)
        return [first, *_behind(candidates, node, proxy, None, find_creation)]
    own = candidates.of_code(code)
    if own is None and proxy is None:
        raise VerifyError(
            f"the code at {target.address} is of no contract of this project as it is compiled now: name the contract, "
            "and `ingot verify --check` shows where it differs"
        )
    # The name, and what was said about its creation, are the implementation's.
    bare = Target(target.address) if named is not None else target
    found = [] if own is None else [_examination(candidates, node, bare, own, code, proxy, find_creation)]
    found += _behind(candidates, node, proxy, (named, target) if named else None, find_creation)
    if not found and proxy is not None:
        raise VerifyError(
            f"{target.address} is an {proxy.kind} proxy for {proxy.implementation}, and neither has the code of a contract of "
            "this project as it is compiled now: name the implementation's contract, and --check shows where it differs"
        )
    return found


def _behind(
    candidates: Candidates,
    node: Node,
    proxy: Proxy | None,
    named: tuple[Artifact, Target] | None,
    find_creation: Finder | None,
) -> Iterable[Examination]:
    """Beacon, admin and implementation of a proxy, if they are contracts of the project."""
    if proxy is None:
        return
    for address in (proxy.beacon, proxy.admin, proxy.implementation):
        code = node.code(address) if address is not None else b""
        if address is None or not code:
            continue
        is_meant = named is not None and address == proxy.implementation
        artifact = named[0] if named is not None and is_meant else candidates.of_code(code)
        if artifact is None:
            continue
        target = replace(named[1], address=address) if named is not None and is_meant else Target(address)
        found = _examination(
            candidates, node, target, artifact, code, find_proxy(node, address, code), find_creation
        )
        yield replace(found, behind=proxy) if address == proxy.implementation else found


def _examination(
    candidates: Candidates,
    node: Node,
    target: Target,
    artifact: Artifact,
    code: bytes,
    proxy: Proxy | None,
    find_creation: Finder | None,
) -> Examination:
    comparison = compare(artifact, code)
    made = Examination(target.address, artifact, comparison, None, proxy=proxy)
    if not comparison.matches:
        return replace(made, doubt="its code is not ours")
    found = _with_creation(made, node, target, find_creation)
    return replace(found, strangers=_strangers(candidates, node, found.libraries))


def _with_creation(
    made: Examination, node: Node, target: Target, find_creation: Finder | None
) -> Examination:
    """With how it was created, as far as anybody knows. Raises: VerifyError, if it was not as `target` says."""
    artifact = made.artifact
    transaction = target.creation_transaction or node.creation_transaction(target.address)
    if not transaction and find_creation is not None:
        transaction = find_creation(target.address)
    creation_code = node.creation_code(transaction, target.address) if transaction else b""
    if creation_code:
        arguments = recovered_arguments(artifact, creation_code)
        _refuse_others(artifact, target, arguments, transaction)
        # Those that only the constructor calls are nowhere in the runtime code.
        linked, _ = linked_libraries(artifact.initcode_object, creation_code)
        return replace(
            made,
            comparison=replace(made.comparison, libraries={**linked, **made.comparison.libraries}),
            creation=Creation(transaction, arguments, is_from_chain=True),
        )
    if target.arguments is not None:
        return replace(made, creation=Creation(transaction, target.arguments, is_from_chain=False))
    if not any(entry.get("type") == "constructor" and entry.get("inputs") for entry in artifact.abi):
        return replace(made, creation=Creation(transaction, b"", is_from_chain=False))
    where = (
        f"transaction {transaction} does not show its code"
        if transaction
        else "the node does not know which transaction created it"
    )
    return replace(made, doubt=f"its constructor arguments are not known: {where}")


def _strangers(candidates: Candidates, node: Node, libraries: Mapping[str, Address]) -> tuple[str, ...]:
    return tuple(name for name, address in libraries.items() if not candidates.has(name, node.code(address)))


def _refuse_others(artifact: Artifact, target: Target, arguments: bytes, transaction: str) -> None:
    if target.arguments is None or target.arguments == arguments:
        return
    raise VerifyError(
        f"{artifact.name} at {target.address} was not created with {arguments_in_words(artifact, target.arguments)} but with "
        f"{arguments_in_words(artifact, arguments)} (transaction {transaction}): leave --arguments out, they are found"
    )
