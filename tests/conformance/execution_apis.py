"""The archive of ethereum/execution-apis, read in place, and its chain in process."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingot.chain import Chain
from ingot.rpc import Rpc

FOLDER = Path(os.environ.get("INGOT_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
ARCHIVE = FOLDER / "execution-apis.tar.xz"


def read_archive() -> dict[str, bytes]:
    """Path inside of it -> content. Skips the test where it is not there, or fails with INGOT_REQUIRE_FIXTURES=1."""
    if not ARCHIVE.is_file():
        if os.environ.get("INGOT_REQUIRE_FIXTURES"):
            pytest.fail(f"{ARCHIVE} is missing")
        pytest.skip(f"there is no {ARCHIVE}; INGOT_FIXTURES names the folder")
    with tarfile.open(ARCHIVE) as archive:
        members = [(member.name, archive.extractfile(member)) for member in archive if member.isfile()]
        return {name.partition("/")[2]: member.read() for name, member in members if member is not None}


def imported(files: Mapping[str, bytes]) -> Rpc:
    """What `ingot node --genesis genesis.json --import chain.rlp` serves, without its clock."""
    chain = Chain.from_genesis(files["chain/genesis.json"].decode(), blocks=files["chain/chain.rlp"])
    chain.automine = False
    return Rpc(chain, safe=chain.block_number, finalized=chain.block_number, is_client=True)
