"""Contracts of a deployment, from its journal, as verification takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.errors import DeployError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.deploy.entries import Header
    from ingot.deploy.state import State
    from ingot.types import Address
    from ingot.verify import Target

__all__ = ["Deployed", "deployed_with", "find_deployed", "targets_of"]


@dataclass(frozen=True)
class Deployed:
    """A journal that was found. folder: `deployments/<network>/<name>`."""

    folder: Path
    header: Header
    state: State

    def is_on(self, chain_id: int, genesis_hash: str) -> bool:
        """Whether it is of the chain with that id and block 0, which some nodes do not keep: "0x"."""
        hashes = {self.header.genesis_hash.lower(), genesis_hash.lower()}
        return self.header.chain_id == chain_id and len(hashes - {"0x"}) < 2


def find_deployed(root: Path, name: str) -> list[Deployed]:
    """The journals called `name`, one for each network. Raises: UsageError, if there is none, with those that there are."""
    from ingot.deploy.journal import names, read

    folders = [folder for _, _, folder in names(root / "deployments")]
    found = []
    for folder in folders:
        if folder.name == name:
            record = read(folder)
            if record.header is not None:
                found.append(Deployed(folder, record.header, record.state))
    if found:
        return found
    there = ", ".join(sorted({folder.name for folder in folders})) or "none"
    raise UsageError(f"no deployment {name!r} has a journal in deployments/; there are: {there}")


def deployed_with(root: Path, chain_id: int, genesis_hash: str, address: Address) -> list[Target]:
    """The contracts of the deployment that made the one at `address` of a chain; empty if none of the project's did."""
    from ingot.deploy.journal import names, read

    for _, _, folder in names(root / "deployments"):
        try:
            record = read(folder)
        except DeployError:  # nobody asked for this one
            continue
        if record.header is None:
            continue
        if Deployed(folder, record.header, record.state).is_on(chain_id, genesis_hash):
            targets = targets_of(folder, record.state)
            if any(target.address == address for target in targets):
                return targets
    return []


def targets_of(folder: Path, state: State) -> list[Target]:
    """What was deployed, in the order of its steps. folder: of the deployment, where what it was made from is kept."""
    from ingot.conversion import to_address
    from ingot.deploy.builds import Builds
    from ingot.verify import Target

    builds = Builds(folder)
    targets = []
    for step in state.steps.values():
        if not step.contract or step.address is None or step.phase not in ("mined", "confirmed", "adopted"):
            continue
        adopted = step.adopted.hash if step.adopted is not None else ""
        targets.append(
            Target(
                to_address(step.address),
                step.contract,
                None if step.intent is None else bytes.fromhex(step.intent.arguments.removeprefix("0x")),
                step.mined.hash if step.mined is not None else adopted,
                builds.artifact(step.build_id, step.contract),
            )
        )
    return targets
