"""What a project's configuration says, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = [
    "DEFAULT_MNEMONIC",
    "Config",
    "Dependency",
    "Remapping",
    "SettingsOverride",
    "SoliditySettings",
    "TestSettings",
]

DEFAULT_MNEMONIC = "test test test test test test test test test test test junk"
"""The mnemonic that ape, anvil and Hardhat agree on: its keys are public."""

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Remapping:
    """`context:prefix=target`: in units that start with `context`, imports that start with `prefix` go to `target`.

    Source: solc docs, "Import Remapping".
    """

    context: str
    prefix: str
    target: str

    def __str__(self) -> str:
        return (
            f"{self.context}:{self.prefix}={self.target}" if self.context else f"{self.prefix}={self.target}"
        )


@dataclass(frozen=True)
class SoliditySettings:
    """How solc is called for a file.

    version: a release ("0.8.24") or a range ("^0.8.20"); None: chosen from the pragmas.
    optimization_runs: how often each opcode is expected to run in the contract's life.
    libraries: "unit:Name" or "Name" -> address, linked by solc.
    bytecode_hash: "ipfs", "none" or "bzzr1"; None: solc's default. append_cbor, use_literal_content: likewise.
    """

    version: str | None = None
    optimize: bool = True
    optimization_runs: int = 200
    via_ir: bool = False
    evm_version: str | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)
    bytecode_hash: str | None = None
    append_cbor: bool | None = None
    use_literal_content: bool | None = None
    revert_strings: str | None = None


@dataclass(frozen=True)
class SettingsOverride:
    """Settings for the files that match one of `patterns` (as `fnmatch` does, from the project's root)."""

    patterns: tuple[str, ...]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Dependency:
    """An entry of `dependencies:`, as ape writes them.

    kind: "npm", "github", "local" or "python".      reference: the package, `owner/repository`, or path.
    version: as written, or "".      contracts_folder: where its sources lie, or "" to look for it.
    """

    name: str
    kind: str
    reference: str
    version: str = ""
    contracts_folder: str = ""


@dataclass(frozen=True)
class TestSettings:
    """Accounts of the local chain.

    balance: wei of each account.      hd_path: BIP-44, `{}` stands for the index.
    """

    __test__ = False

    mnemonic: str = field(default=DEFAULT_MNEMONIC, repr=False)
    number_of_accounts: int = 10
    balance: int = 10_000 * 10**18
    hd_path: str = "m/44'/60'/0'/0/{}"


@dataclass(frozen=True)
class Config:
    """A project's configuration: `ape-config.yaml`, `[tool.ingot]` and `[tool.ape]` in pyproject.toml, remappings.txt.

    root: absolute folder of the project.      contracts_folder: relative to it, with "/".
    remappings: of the configuration and of remappings.txt, in solc's order of precedence: later ones win.
    solc: a compiler that the configuration names, or None.
    extra: every other key, as read: networks, deployments, other plugins' sections.
    uses_environment: some value contains a `$`, so that equal files need not mean an equal configuration.
    """

    root: Path
    name: str = ""
    contracts_folder: str = "contracts"
    exclude: tuple[str, ...] = ()
    solidity: SoliditySettings = field(default_factory=SoliditySettings)
    overrides: tuple[SettingsOverride, ...] = ()
    remappings: tuple[Remapping, ...] = ()
    solc: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    test: TestSettings = field(default_factory=TestSettings)
    default_ecosystem: str = "ethereum"
    extra: Mapping[str, Any] = field(default_factory=lambda: _EMPTY, repr=False)
    uses_environment: bool = False

    @property
    def build_folder(self) -> Path:
        """Where artifacts, build-info and packages go. Not ape's `.build`."""
        return self.root / ".ingot"
