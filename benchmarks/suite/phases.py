"""A plugin for pytest that writes down how long the tests took: from the first one's set-up to the last one's teardown."""

import os
import time
from pathlib import Path

import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtestloop():
    started = time.perf_counter()
    yield
    Path(os.environ["TEST_PHASE_FILE"]).write_text(str(time.perf_counter() - started))
