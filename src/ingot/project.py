"""A project: its contracts, by name, on its chain."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from ingot.contract import BaseDeployer, Deployer
from ingot.errors import ConfigError, UsageError
from ingot.interface import Interface, Scope
from ingot.networks import chosen_chain

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ingot.accounts import TestAccounts
    from ingot.artifacts import Artifact, Artifacts
    from ingot.chain import Chain
    from ingot.config import Config
    from ingot.networks import Networks
    from ingot.provider import Provider

__all__ = ["BaseProject", "Project", "load"]


def load(
    path: str | os.PathLike[str] = ".",
    *,
    compile_first: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Project:
    """The project at `path` or in a folder above it, compiled (in milliseconds, when nothing has changed).

    compile_first: False takes what was compiled last.      progress: takes a line for the user while it compiles.
    Raises: UsageError, if there is no project; CompileError, with solc's diagnostics.
    """
    from ingot.compile import compile_project, load_build
    from ingot.config import find_root, load_config
    from ingot.environment import load_dotenv

    root = find_root(path)
    load_dotenv(root)
    config = load_config(root)
    build = compile_project(config, progress=progress) if compile_first else load_build(config)
    return Project(config, build.artifacts)


def tell(line: str) -> None:
    """Progress for people: on stderr, so that what a script prints stays its own."""
    print(line, file=sys.stderr, flush=True)


def local_chain(config: Config) -> Chain:
    """A chain in process with the test accounts, and the `chain:` settings, of a configuration.

    Raises: ConfigError, for a setting that there is not.
    """
    from ingot.chain import Chain

    settings = config.extra.get("chain") or {}
    try:
        return Chain(
            mnemonic=config.test.mnemonic,
            number_of_accounts=config.test.number_of_accounts,
            balance=config.test.balance,
            hd_path=config.test.hd_path,
            **settings,
        )
    except TypeError as error:
        raise ConfigError(f"chain: {str(error).removeprefix('Chain.__init__() ')}") from error


class BaseProject:
    """A project whose contracts are declared elsewhere: what `ingot gen-types` writes builds on it."""

    def __init__(self, config: Config, artifacts: Artifacts, *, chain: Chain | None = None) -> None:
        self.config = config
        self.artifacts = artifacts
        self.scope = Scope(self._interfaces)
        self._chain = chain
        self._active: list[Provider] = []
        self._lock = threading.Lock()
        self._deployers: dict[str, Deployer] = {}

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.config.root

    @property
    def chain(self) -> Chain:
        """The active chain if one was chosen, else the project's own local one.

        A thread has no context of its own: it finds the chain that was made active for the project last.
        """
        chosen = chosen_chain()
        if chosen is None:
            chosen = next(reversed(self._active), None)
        return self.own_chain if chosen is None else cast("Chain", chosen)

    @property
    def own_chain(self) -> Chain:
        """The project's own chain in process, made when first asked for."""
        if self._chain is None:
            with self._lock:
                if self._chain is None:
                    self._chain = local_chain(self.config)
        return self._chain

    @contextmanager
    def activated(self, chain: Provider) -> Iterator[None]:
        """Inside, `chain` is the project's for threads without a context. `networks.use` enters it."""
        self._active.append(chain)
        try:
            yield
        finally:
            # Others may have entered and not left yet: the last of ours, by identity.
            last = max(index for index, entered in enumerate(self._active) if entered is chain)
            del self._active[last]

    @property
    def accounts(self) -> TestAccounts:
        """The chain's."""
        return self.chain.accounts

    @cached_property
    def networks(self) -> Networks:
        """What `--network` takes, and what is active."""
        from ingot.networks import Networks

        return Networks(self)

    def _interfaces(self) -> Iterator[Interface]:
        return (self[name].interface for name in self.artifacts)

    def _deployer(self, artifact: Artifact) -> Deployer:
        found = self._deployers.get(artifact.qualified_name)
        if found is None:
            interface = Interface(artifact.name, artifact.abi, artifact=artifact, scope=self.scope)
            found = Deployer(interface, default_chain=lambda: self.chain, find_library=self.__getitem__)
            self._deployers[artifact.qualified_name] = found
        return found

    def __getitem__(self, name: str) -> Any:
        """A contract by short or qualified name. Raises: UsageError, that names the nearest or all that are meant."""
        return self._deployer(self.artifacts[name])

    def __contains__(self, name: object) -> bool:
        return name in self.artifacts

    def __iter__(self) -> Iterator[BaseDeployer]:
        """The project's own contracts."""
        return (self[entry.qualified_name] for entry in self.artifacts.own)

    def __len__(self) -> int:
        return len(self.artifacts.own)

    def __bool__(self) -> bool:
        return True

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *(name for name in self.artifacts.names() if name in self.artifacts)]

    def __repr__(self) -> str:
        return f"<project {self.config.name or self.path.name}: {', '.join(self.artifacts.names()) or 'no contracts'}>"


class Project(BaseProject):
    """Contracts as attributes: `project.Token.deploy(...)`; `project["contracts/A.sol:Token"]` where names repeat."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "artifacts" not in self.__dict__:
            raise AttributeError(name)
        try:
            found = self[name]
        except UsageError as error:
            raise AttributeError(str(error)) from None
        self.__dict__[name] = found
        return found
