"""What a compiler made of the sources: ABI, bytecodes, and what leads from them back to the source.

    artifacts = Artifacts.load_folder("out")         # of ingot, forge or Hardhat
    token = artifacts["Token"]                        # or artifacts["contracts/Token.sol:Token"]
    token.initcode, token.runtime_code, token.abi

An artifact's file is read when it is first asked for; a project with 200 contracts reads one to use one.
"""

from __future__ import annotations

from ingot.artifacts.artifact import Artifact, ArtifactEntry, Bytecode, LinkReference
from ingot.artifacts.collection import Artifacts

__all__ = ["Artifact", "ArtifactEntry", "Artifacts", "Bytecode", "LinkReference"]
