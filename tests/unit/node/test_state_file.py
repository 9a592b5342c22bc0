"""Files of the state: ours, anvil's, torn ones, a genesis file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from anvil import Anvil, require_anvil

import ingot
from ingot.errors import UsageError
from ingot.node.keeper import Keeper
from ingot.node.setup import NodeSettings, make_rpc
from ingot.node.state_file import place, read_state, write_state
from ingot.rpc import Rpc

SOMEBODY = "0x1111111111111111111111111111111111111111"


def furnished() -> ingot.Chain:
    """A chain with something to remember."""
    chain = ingot.Chain(timestamp=1_800_000_000)
    chain.set_code(SOMEBODY, "0x6001")
    chain.set_storage(SOMEBODY, 5, 7)
    chain.set_balance(SOMEBODY, 11)
    chain.mine(3)
    return chain


def assert_furnished(rpc: Rpc) -> None:
    assert rpc.request("eth_blockNumber") == "0x3"
    assert int(rpc.request("eth_getStorageAt", [SOMEBODY, "0x5", "latest"]), 16) == 7
    assert rpc.request("eth_getCode", [SOMEBODY, "latest"]) == "0x6001"
    assert rpc.request("eth_getBalance", [SOMEBODY, "latest"]) == "0xb"
    assert rpc.request("eth_getBlockByNumber", ["latest", False])["timestamp"] == hex(1_800_000_003)


@pytest.mark.parametrize("name", ["chain.state", "chain.json"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    file = tmp_path / "new" / name
    write_state(furnished().engine, file)
    assert (file.read_bytes()[:1] == b"{") == (name == "chain.json")
    assert_furnished(make_rpc(NodeSettings(state=file)))
    assert [each.name for each in file.parent.iterdir()] == [name]


def test_a_packed_file_of_anvil_is_read(tmp_path: Path) -> None:
    file = tmp_path / "chain.json"
    write_state(furnished().engine, file)
    file.write_bytes(gzip.compress(file.read_bytes()))
    assert_furnished(make_rpc(NodeSettings(state=file)))


def test_anvil_reads_ours_and_we_read_anvils(tmp_path: Path) -> None:
    require_anvil()
    file = tmp_path / "chain.json"
    write_state(furnished().engine, file)
    with Anvil(state=json.loads(file.read_text())) as anvil:
        assert anvil.number("eth_blockNumber") == 3
        assert anvil.number("eth_getStorageAt", SOMEBODY, "0x5", "latest") == 7
        assert anvil.number("eth_getBalance", SOMEBODY, "latest") == 11
        file.write_text(json.dumps(anvil.dumped()))
    assert_furnished(make_rpc(NodeSettings(state=file)))


@pytest.mark.parametrize("name", ["chain.state", "chain.json"])
def test_a_torn_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    write_state(furnished().engine, file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UsageError, match="torn"):
        make_rpc(NodeSettings(state=file))


@pytest.mark.parametrize(
    "content",
    [
        b"{}",
        b'{"accounts": []}',
        b'{"accounts": {}, "best_block_number": -1}',
        b'{"accounts": {"0x12": {"balance": "0x0"}}}',
        b'{"accounts": {"0x1111111111111111111111111111111111111111": {"code": "zz"}}}',
        b'{"accounts": {"0x1111111111111111111111111111111111111111": []}}',
        b"hello",
        b"",
    ],
)
def test_a_file_from_elsewhere_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "chain.json"
    file.write_bytes(content)
    with pytest.raises(UsageError):
        make_rpc(NodeSettings(state=file))


def test_no_file_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_state(tmp_path / "missing")


def test_in_a_folder_the_file_has_anvils_name(tmp_path: Path) -> None:
    assert place(str(tmp_path)) == tmp_path / "state.json"
    assert place(str(tmp_path / "mine")) == tmp_path / "mine"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        Keeper(Rpc(furnished()), tmp_path / "file" / "below").write()


GENESIS = {
    "config": {"chainId": 99, "homesteadBlock": 0, "londonBlock": 0, "berlinBlock": 0, "istanbulBlock": 0},
    "difficulty": "0x1",
    "gasLimit": "0x1c9c380",
    "timestamp": "0x10",
    "alloc": {SOMEBODY[2:]: {"balance": "0x7"}},
}


@pytest.mark.parametrize("funds", [True, False])
def test_a_genesis_file_says_what_the_chain_is(tmp_path: Path, funds: bool) -> None:
    file = tmp_path / "genesis.json"
    file.write_text(json.dumps(GENESIS))
    rpc = make_rpc(NodeSettings(genesis=file, funds_genesis=funds))
    assert rpc.request("eth_chainId") == hex(99)
    assert rpc.request("eth_getBalance", [SOMEBODY, "latest"]) == "0x7"
    first = rpc.request("eth_accounts")[0]
    assert int(rpc.request("eth_getBalance", [first, "latest"]), 16) == (10_000 * 10**18 if funds else 0)


def test_blocks_need_their_genesis(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--genesis"):
        make_rpc(NodeSettings(blocks=tmp_path / "chain.rlp"))
