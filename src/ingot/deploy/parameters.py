"""What differs from network to network: `deployments/<network>.yaml`.

Parameters
----------
  supply: 1000000
accounts:
  deployer: 0          # an index, a label or an address
  owner: "0x..."

"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ingot.errors import AbiError, ConfigError, UsageError
from ingot.interface.binding import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingot.accounts import Account, TestAccounts

__all__ = ["NamedAccounts", "Parameters", "read_settings"]


def read_settings(root: Path, network: str) -> tuple[Parameters, dict[str, Any]]:
    """Parameters and named accounts of a network; empty where there is no file. Raises: ConfigError."""
    path = root / "deployments" / f"{network}.yaml"
    if not path.is_file():
        return Parameters({}, path), {}
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read {path}: {reason}", path=str(path)) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}", path=str(path)) from error
    sections = {}
    for name in ("parameters", "accounts"):
        section = content.get(name) or {} if isinstance(content, dict) else None
        if not isinstance(section, dict):
            raise ConfigError(f"{path}: `{name}` is a mapping of names to values", path=str(path))
        sections[name] = section
    unknown = sorted(set(content) - set(sections))
    if unknown:
        raise ConfigError(
            f"{path}: there is no section {unknown[0]!r}; there are parameters, accounts", path=str(path)
        )
    return Parameters(sections["parameters"], path), sections["accounts"]


class Parameters(Mapping[str, Any]):
    """`deploy.parameters["supply"]`; a missing one is an error that names the file."""

    def __init__(self, values: Mapping[str, Any], path: Path) -> None:
        self._values = dict(values)
        self._path = path

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            raise ConfigError(
                f"there is no parameter {name!r}{suggest(name, list(self._values))}: "
                f"write it into {self._path}, under `parameters:`",
                path=str(self._path),
            )
        return self._values[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The parameter, or `default`."""
        return self._values.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __repr__(self) -> str:
        return f"<parameters {self._values!r}>"


class NamedAccounts:
    """`deploy.accounts["deployer"]`: whoever has that role on this network. Without a file `deployer` is the first.

    deployer: the address that `--account` named; it comes before the file's.
    """

    def __init__(
        self, roles: Mapping[str, Any], accounts: TestAccounts, path: Path, *, deployer: str | None = None
    ) -> None:
        self._roles = {"deployer": 0, **roles, **({} if deployer is None else {"deployer": deployer})}
        self._accounts = accounts
        self._path = path

    def __getitem__(self, role: str | int) -> Account:
        if isinstance(role, int):
            return self._accounts[role]
        if role not in self._roles:
            known = suggest(role, list(self._roles))
            raise ConfigError(
                f"nobody has the role {role!r}{known}: write it into {self._path}, under `accounts:`",
                path=str(self._path),
            )
        who = self._roles[role]
        if isinstance(who, bool) or not isinstance(who, (int, str)):
            raise ConfigError(f"{self._path}: accounts: {role}: an index, a label or an address; not {who!r}")
        try:
            return self._accounts[who]
        except (AbiError, UsageError, IndexError) as error:
            raise ConfigError(f"{self._path}: accounts: {role}: {error}", path=str(self._path)) from error

    def __getattr__(self, role: str) -> Account:
        if role.startswith("_"):
            raise AttributeError(role)
        try:
            return self[role]
        except ConfigError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._roles)

    def __repr__(self) -> str:
        return f"<accounts for {', '.join(self._roles)}>"
