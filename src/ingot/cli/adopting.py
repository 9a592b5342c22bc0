"""`ingot deployments adopt`: look at what others deployed, and write it into a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingot.artifacts import Artifact
    from ingot.deploy.adoption import Found
    from ingot.deploy.journaled import Journaled
    from ingot.project import Project

__all__ = ["adopt"]


def adopt(root: Path, executor: Journaled, sources: Sequence[str]) -> int:
    """All of it, or nothing. Returns: 0. Raises: UsageError, for what is not on this chain, or there already."""
    from ingot.deploy.adoption import read_sources
    from ingot.deploy.builds import Builds
    from ingot.deploy.entries import Adopted
    from ingot.engine import keccak256
    from ingot.project import load, tell

    found = read_sources(sources)
    _check(found, executor)
    project = load(root, progress=tell)
    builds = Builds(executor.journal.folder)
    codes = executor.courier.sight.codes([each.address for each in found if each.address is not None])
    at = dict(zip([each.address for each in found if each.address is not None], codes, strict=True))
    entries = []
    for each in found:
        code = at.get(each.address or "", b"")
        if each.address is not None and not code:
            raise UsageError(
                f"{each.step}: there is no code at {each.address} on this chain. Nothing was adopted"
            )
        artifact = _artifact(project, each, code) if code else None
        if artifact is not None:
            builds.keep(artifact)
        entries.append(
            Adopted(
                step=each.step,
                source=each.source,
                address=each.address,
                contract="" if artifact is None else artifact.qualified_name,
                code_hash=f"0x{keccak256(code).hex()}" if code else "",
                hash=each.hash,
                build_id="" if artifact is None else artifact.build_id,
            )
        )
    executor.journal.append(*entries, sync=True)
    for entry in entries:
        print(f"{entry.step}  {entry.address or entry.hash}  {entry.contract}".rstrip())
    print(f"adopted {len(entries)} steps: a script that has steps of these names does not do them again")
    return 0


def _check(found: Sequence[Found], executor: Journaled) -> None:
    chain_id = executor.chain.chain_id
    for each in found:
        if each.chain_id is not None and each.chain_id != chain_id:
            raise UsageError(
                f"{each.step} is on chain {each.chain_id}, and this is chain {chain_id}: choose its network with --network"
            )
        if each.step in executor.journal.state.steps:
            raise UsageError(
                f"step {each.step!r} is in the journal already: `ingot deployments wipe` forgets it. Nothing was adopted"
            )


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
