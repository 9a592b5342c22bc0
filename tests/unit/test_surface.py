"""What `import ingot` gives, and what it costs."""

import subprocess
import sys

import pytest

import ingot


def _fresh(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", ingot.__all__)
def test_every_public_name_is_there(name):
    assert getattr(ingot, name) is getattr(ingot, name)
    assert name in dir(ingot)


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        _ = ingot.lod


def test_importing_the_package_loads_next_to_nothing():
    loaded = _fresh(
        "import sys; before = set(sys.modules); import ingot; print(*(set(sys.modules) - before))"
    ).split()
    assert [name for name in loaded if name.startswith("ingot")] == ["ingot"]
    assert len(loaded) < 10


def test_using_contracts_loads_no_heavy_library():
    heavy = ["ape", "web3", "pandas", "hypothesis", "eth_account", "pytest", "IPython", "wasmtime", "asyncio"]
    code = (
        "import sys, ingot; ingot.Chain(); ingot.load; ingot.reverts; ingot.deployment; print(*sys.modules)"
    )
    loaded = _fresh(code).split()
    assert [name for name in heavy if name in loaded] == []


def test_every_public_error_names_its_module():
    assert {getattr(ingot, name).__module__ for name in ingot.__all__ if name.endswith("Error")} == {
        "ingot.errors"
    }
