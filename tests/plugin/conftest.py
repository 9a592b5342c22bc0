"""The fixtures of the plugin's own tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites import Suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """An empty folder; nothing above it is a project."""
    return Suite(tmp_path)
