"""Whether a stream takes colours."""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["wants_colour"]


def wants_colour(stream: TextIO) -> bool:
    """On a terminal, unless NO_COLOR is set (https://no-color.org); FORCE_COLOR means yes."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
