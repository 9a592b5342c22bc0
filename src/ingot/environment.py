"""Dotenv files: settings and secrets beside a project, put into this process's environment and never shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ingot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

__all__ = ["load_dotenv"]


def load_dotenv(folder: Path, *, environ: MutableMapping[str, str] = os.environ) -> list[str]:
    """Set what `.env` in `folder` holds and the environment does not. Returns: the names that were set.

    Raises: ConfigError, if the file cannot be read; it is never quoted.
    """
    path = folder / ".env"
    if not path.is_file():
        return []
    from io import StringIO

    from dotenv import dotenv_values

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        # `from None`: a UnicodeDecodeError holds the file's bytes.
        raise ConfigError(f"cannot read {path}: {reason}", path=str(path)) from None
    names = []
    for name, value in dotenv_values(stream=StringIO(text)).items():
        if value is not None and name not in environ:
            environ[name] = value
            names.append(name)
    return names
