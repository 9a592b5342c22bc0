"""`ingot deployments adopt`: look at what others deployed, and write it into a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.deploy.adoption import Found
    from ingot.deploy.entries import Adopted
    from ingot.deploy.session import Session
    from ingot.deploy.state import State
    from ingot.project import Project

__all__ = ["adopt"]


def adopt(root: Path, session: Session, name: str, sources: Sequence[str]) -> int:
    """All of it, or nothing: then not even a journal is begun. name: of the deployment.

    Returns: 0. Raises: UsageError, for what is not on this chain, or there already.
    """
    from ingot.deploy.adoption import read_sources
    from ingot.deploy.builds import Builds
    from ingot.deploy.session import open_journaled

    found = read_sources(sources)
    _check(found, session, session.record(name).state)
    examined = [_examined(each, artifact, code) for each, artifact, code in _looked_at(root, session, found)]
    journal = open_journaled(session, name).journal
    try:
        _check(found, session, journal.state)  # another run may have written meanwhile
        for _, artifact in examined:
            if artifact is not None:
                Builds(journal.folder).keep(artifact)
        journal.append(*(entry for entry, _ in examined), sync=True)
    finally:
        journal.close()
    for entry, _ in examined:
        print(f"{entry.step}  {entry.address or entry.hash}  {entry.contract}".rstrip())
    print(f"adopted {len(found)} steps: a script that has steps of these names does not do them again")
    return 0


def _check(found: Sequence[Found], session: Session, state: State) -> None:
    chain_id = session.chain.chain_id
    for each in found:
        if each.chain_id is not None and each.chain_id != chain_id:
            raise UsageError(
                f"{each.step} is on chain {each.chain_id}, and this is chain {chain_id}: choose its network with --network"
            )
        if each.step in state.steps:
            raise UsageError(
                f"step {each.step!r} is in the journal already: `ingot deployments wipe` forgets it. Nothing was adopted"
            )


def _looked_at(
    root: Path, session: Session, found: Sequence[Found]
) -> Iterator[tuple[Found, Artifact | None, bytes]]:
    """With the code that the chain has there, and whose it is."""
    from ingot.project import load, tell

    addresses = [each.address for each in found if each.address is not None]
    codes = dict(zip(addresses, session.sight().codes(addresses), strict=True))
    missing = [each for each in found if each.address is not None and not codes[each.address]]
    if missing:
        raise UsageError(
            f"{missing[0].step}: there is no code at {missing[0].address} on this chain. Nothing was adopted"
        )
    project = load(root, progress=tell)
    for each in found:
        code = codes.get(each.address or "", b"")
        yield each, _artifact(project, each, code) if code else None, code


def _examined(found: Found, artifact: Artifact | None, code: bytes) -> tuple[Adopted, Artifact | None]:
    from ingot.deploy.entries import Adopted
    from ingot.engine import keccak256

    entry = Adopted(
        step=found.step,
        source=found.source,
        address=found.address,
        contract="" if artifact is None else artifact.qualified_name,
        code_hash=f"0x{keccak256(code).hex()}" if code else "",
        hash=found.hash,
        build_id="" if artifact is None else artifact.build_id,
    )
    return entry, artifact


def _artifact(project: Project, found: Found, code: bytes) -> Artifact | None:
    """The project's contract that it is, if the code is that of one."""
    from ingot.project import tell

    if found.contract in project.artifacts:
        artifact = project.artifacts[found.contract]
        if artifact.is_code_of(code):
            return artifact
        tell(
            f"{found.step}: the code at {found.address} is not that of {artifact.qualified_name} as it is now"
        )
        return None
    tell(
        f"{found.step}: the project has no contract {found.contract!r}: name it, {found.step}:CONTRACT={found.address}"
    )
    return None
