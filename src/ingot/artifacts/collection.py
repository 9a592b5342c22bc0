"""The artifacts of a project, found by name and read when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ingot.artifacts.artifact import Artifact, ArtifactEntry
from ingot.artifacts.files import find_artifacts, read_artifact
from ingot.errors import UsageError

__all__ = ["Artifacts"]


class Artifacts(Mapping[str, Artifact]):
    """Artifacts by qualified name, `artifacts["contracts/Token.sol:Token"]`, or by a short one that is unique.

    A name among the project's own contracts wins over one among its dependencies.
    Iterating gives qualified names in the order of the sources; `own` leaves the dependencies out.
    """

    def __init__(self, entries: Iterable[ArtifactEntry], *, where: str = "the project") -> None:
        self._entries = {entry.qualified_name: entry for entry in entries}
        self._where = where
        self._loaded: dict[str, Artifact] = {}
        self._by_name: dict[str, list[ArtifactEntry]] = {}
        for entry in self._entries.values():
            self._by_name.setdefault(entry.name, []).append(entry)

    @staticmethod
    def load_folder(folder: str | Path) -> Artifacts:
        """Artifacts that ingot, forge (`out/`) or Hardhat (`artifacts/`) wrote. Raises: UsageError."""
        return Artifacts(find_artifacts(Path(folder)), where=str(folder))

    def entry(self, name: str) -> ArtifactEntry:
        """Where `name` is, without reading it.

        Raises: UsageError, if it is unknown (with the nearest name) or ambiguous (with all that it may mean).
        """
        found = self._find(name)
        if not found:
            raise UsageError(self._unknown(name))
        if len(found) > 1:
            meant = "\n".join(f"  {entry.qualified_name}" for entry in found)
            raise UsageError(f"{len(found)} contracts are called {name}; write which one:\n{meant}")
        return found[0]

    def _find(self, name: str) -> list[ArtifactEntry]:
        if name in self._entries:
            return [self._entries[name]]
        if ":" in name:
            # `Token.sol:Token` stands for `contracts/Token.sol:Token`.
            tail = f"/{name}"
            found = [entry for qualified, entry in self._entries.items() if qualified.endswith(tail)]
        else:
            found = self._by_name.get(name, [])
        return [entry for entry in found if not entry.is_dependency] or list(found)

    def _unknown(self, name: str) -> str:
        from difflib import get_close_matches

        names = list(self._by_name)
        near = get_close_matches(name.rpartition(":")[2], names, n=1, cutoff=0.5)
        if not near:
            folded = {known.lower(): known for known in names}
            near = [folded[name.lower()]] if name.lower() in folded else []
        if near:
            return f"{self._where} has no contract {name!r}; did you mean {near[0]!r}?"
        if not names:
            return f"{self._where} has no contract {name!r}: it has no contracts at all"
        listed = ", ".join(sorted(own.name for own in self.own)[:8] or sorted(names)[:8])
        return f"{self._where} has no contract {name!r}; there are {listed}{' ...' if len(names) > 8 else ''}"

    def __getitem__(self, name: str) -> Artifact:
        entry = self.entry(name)
        artifact = self._loaded.get(entry.qualified_name)
        if artifact is None:
            artifact = self._loaded[entry.qualified_name] = read_artifact(entry)
        return artifact

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and len(self._find(name)) == 1

    def get(self, name: str, default: Any = None) -> Any:
        """The artifact, or `default` where `name` is unknown. Raises: UsageError, if it is ambiguous."""
        return self[name] if self._find(name) else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<{len(self._entries)} artifacts of {self._where}>"

    @property
    def entries(self) -> tuple[ArtifactEntry, ...]:
        """All of them, unread."""
        return tuple(self._entries.values())

    @property
    def own(self) -> tuple[ArtifactEntry, ...]:
        """Those of the project's own sources."""
        return tuple(entry for entry in self._entries.values() if not entry.is_dependency)

    def names(self) -> list[str]:
        """Short names of the project's own contracts, sorted, each once."""
        return sorted({entry.name for entry in self.own})
