"""Get a solc of any version, by whichever route is open, behind one type.

    solc = Resolver(Settings.from_environment(project=Path("."))).resolve(Version.parse("0.8.24"))
    output = solc.compile({"language": "Solidity", "sources": {...}, "settings": {...}})

Routes, in the order in which they are tried (`resolver`): an explicit path, a native solc that is installed, a
wasm module that was compiled before, the official binary from the network, soljson from npm on wasmtime, and
soljson on node. Importing this package loads neither wasmtime nor any HTTP library.
"""

from __future__ import annotations

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.resolver import Resolver, resolve
from ingot.compile.solc.settings import Settings
from ingot.compile.solc.version import Version

__all__ = ["Resolver", "Settings", "Solc", "Version", "resolve"]
