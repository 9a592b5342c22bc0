"""Processes of `ape`, with the plugin of this repository."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "ape-ingot"
OTHER = os.environ.get("INGOT_APE")
"""The `ape` of another environment, to see whether its version is supported."""

APE = Path(OTHER) if OTHER else Path(sys.executable).with_name("ape")


def ape(*words, cwd, env, said=None):
    """Run it, with what is `said` at its prompt. Returns: its exit code, and all that it has written."""
    done = subprocess.run(
        [APE, *words], cwd=cwd, env=env, input=said, capture_output=True, text=True, check=False, timeout=400
    )
    return done.returncode, done.stdout + done.stderr


def module_of_the_plugin(name):
    """One module without the plugin, which imports ape."""
    spec = importlib.util.spec_from_file_location(name, PLUGIN / "ape_ingot" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
