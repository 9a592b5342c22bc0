"""Which versions of eth-ape this plugin is made for."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

__all__ = ["FIRST", "UNSUPPORTED", "UnsupportedApe", "require_supported_ape"]

FIRST = (0, 8, 25)
"""The oldest that the tests have proven."""

UNSUPPORTED = (0, 9)
"""The first that is refused."""


class UnsupportedApe(ImportError):
    """The eth-ape that is installed is none of those that this plugin supports."""


def require_supported_ape(installed: str | None = None) -> None:
    """Nothing, if `installed` (default: what is installed) is supported. Raises: UnsupportedApe."""
    if installed is None:
        try:
            installed = version("eth-ape")
        except PackageNotFoundError:
            installed = "none"
    numbers = tuple(int(number) for number in re.findall(r"\d+", installed)[:3])
    if not (numbers >= FIRST and numbers < UNSUPPORTED):
        first, unsupported = (".".join(map(str, numbers)) for numbers in (FIRST, UNSUPPORTED))
        raise UnsupportedApe(
            f"ape-ingot works with eth-ape from {first} on, below {unsupported}; installed is {installed}. "
            f"Run: pip install 'eth-ape>={first},<{unsupported}'"
        )
