"""Contracts compiled in every way that solc has."""

import pytest
from traced import WAYS, Traced


@pytest.fixture(params=WAYS)
def traced(request, local):
    return Traced(request.param, local)
