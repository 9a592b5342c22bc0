"""anvil_: what the node is, files of its state, tokens, and what only forks have."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_STORAGE, to_address
from ingot.errors import IngotError
from ingot.rpc.answers import data
from ingot.rpc.anvil_dump import anvil_document
from ingot.rpc.anvil_state import read_anvil_state
from ingot.rpc.failure import server_error
from ingot.rpc.method import invalid, method, optional
from ingot.rpc.parameters import ADDRESS, ANYTHING, BLOCK, BOOL, DATA, HASH, NUMBER, QUANTITY, TEXT

if TYPE_CHECKING:
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc
    from ingot.types import AddressLike

MAX_STATE = 1 << 30
"""Bytes of a state, once it is unpacked."""


@method("anvil_nodeInfo")
def node_info(rpc: Rpc) -> dict[str, Any]:
    """Where the chain is and how it mines."""
    engine = rpc.engine
    latest = engine.block(engine.block_number)
    return {
        "currentBlockNumber": hex(latest.number),
        "currentBlockTimestamp": latest.timestamp,
        "currentBlockHash": data(latest.hash),
        "hardFork": engine.hardfork,
        "transactionOrder": rpc.order,
        "environment": {
            "baseFee": hex(engine.base_fee),
            "chainId": engine.chain_id,
            "gasLimit": hex(engine.gas_limit),
            "gasPrice": hex(engine.base_fee + rpc.tip),
        },
        "forkConfig": {"forkUrl": None, "forkBlockNumber": None, "forkRetryBackoff": None},
        "network": None,
    }


@method("anvil_metadata", "hardhat_metadata")
def metadata(rpc: Rpc) -> dict[str, Any]:
    """Which program this is, and where its chain is."""
    engine = rpc.engine
    latest = engine.block(engine.block_number)
    return {
        "clientVersion": rpc.client_version,
        "clientSemver": None,
        "clientCommitSha": None,
        "chainId": engine.chain_id,
        "instanceId": rpc.instance_id,
        "latestBlockNumber": latest.number,
        "latestBlockHash": data(latest.hash),
        "forkedNetwork": None,
        "snapshots": {},
    }


@method("anvil_getGenesisTime")
def get_genesis_time(rpc: Rpc) -> int:
    """Timestamp of the first block."""
    return rpc.engine.block(rpc.engine.first_block_number).timestamp


@method("anvil_enableTraces")
def enable_traces(rpc: Rpc) -> None:
    """Have the node write the calls of each transaction."""
    rpc.is_tracing = True


# Files


@method("anvil_dumpState", "hardhat_dumpState", historical=optional(BOOL))
def dump_state(rpc: Rpc, historical: bool | None) -> str:
    """The whole state, the latest blocks and their transactions, packed in anvil's form, for anvil_loadState.

    historical: the accounts at each of these blocks, too.
    """
    document = json.dumps(anvil_document(rpc.engine, historical=historical is True))
    return data(gzip.compress(document.encode(), compresslevel=1))


@method("anvil_loadState", "hardhat_loadState", state=DATA)
def load_state(rpc: Rpc, state: bytes) -> bool:
    """Become the chain that was dumped, by this node or by anvil."""
    given = _unpacked(state)
    if given.lstrip()[:1] == b"{":
        try:
            found = read_anvil_state(json.loads(given))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise invalid(
                f"invalid argument 0: state: it is none of anvil's ({type(error).__name__}: {error})"
            ) from None
        rpc.chain.snapshots.load(found.put_into)
    else:
        rpc.chain.snapshots.load(lambda engine: engine.load(given))
    return True


def _unpacked(state: bytes) -> bytes:
    if state[:2] != b"\x1f\x8b":
        return state
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(state)) as packed:
            unpacked = packed.read(MAX_STATE + 1)
    except (OSError, EOFError, ValueError) as error:
        raise invalid(f"invalid argument 0: state: it is torn: {error}") from None
    if len(unpacked) > MAX_STATE:
        raise invalid(f"invalid argument 0: state: it is larger than {MAX_STATE} bytes")
    return unpacked


@method("anvil_reset", "hardhat_reset", forking=optional(ANYTHING))
def reset(rpc: Rpc, forking: Any) -> None:
    """Back to the first block, or to the state that was loaded last."""
    wanted = forking.get("forking", forking) if isinstance(forking, dict) else forking
    if wanted:
        raise _no_fork("anvil_reset")
    rpc.snapshots.reset()


# Forks


def _no_fork(name: str) -> Exception:
    return server_error(f"{name}: this chain is no fork: it has no other node to ask")


@method("anvil_setRpcUrl", url=TEXT)
def set_rpc_url(rpc: Rpc, url: str) -> None:
    """Of the node that a fork reads; this chain is none."""
    raise _no_fork("anvil_setRpcUrl")


@method("anvil_setChainId", chain_id=NUMBER)
def set_chain_id(rpc: Rpc, chain_id: int) -> None:
    """The chain id is that with which the chain began; it can only be set to itself."""
    if chain_id != rpc.engine.chain_id:
        raise server_error(
            f"anvil_setChainId: this chain is {rpc.engine.chain_id} for good; begin another with chain id {chain_id}"
        )


# Blobs


@method("anvil_getBlobByHash", versioned_hash=HASH)
def get_blob_by_hash(rpc: Rpc, versioned_hash: bytes) -> None:
    """A blob by its hash: none is kept."""


@method("anvil_getBlobsByTransactionHash", transaction_hash=HASH)
def get_blobs_by_transaction_hash(rpc: Rpc, transaction_hash: bytes) -> None:
    """The blobs of a transaction: none is kept."""


# Tokens


_BALANCE_OF = bytes.fromhex("70a08231")
_ALLOWANCE = bytes.fromhex("dd62ed3e")


def _set_word(rpc: Rpc, token: bytes, calldata: bytes, wanted: int, what: str) -> None:
    """Set the slot from which a view function reads its result: the one whose change it returns."""
    engine = rpc.engine
    outcome = engine.call(to=token, data=calldata, recording=RECORD_STORAGE)
    if not outcome.succeeded or outcome.recording is None or len(outcome.output) != 32:
        raise server_error(f"{to_address(token)} has no {what}")
    probe = wanted.to_bytes(32, "big")
    reads = {
        (account, slot): None
        for _, is_write, account, slot, _, _ in outcome.recording.storage
        if not is_write
    }
    for account, slot in reads:
        overrides: dict[AddressLike, Any] = {account: {"storage": {slot: wanted}}}
        try:
            tried = engine.call(to=token, data=calldata, overrides=overrides)
        except IngotError:
            continue
        if tried.succeeded and tried.output == probe:
            engine.set_storage(account, slot, wanted)
            return
    raise server_error(f"the slot of {what} was not found: {to_address(token)} computes it")


def _word(address: bytes) -> bytes:
    return address.rjust(32, b"\0")


@method(
    "anvil_dealERC20",
    "hardhat_dealERC20",
    "anvil_setERC20Balance",
    "tenderly_setErc20Balance",
    address=ADDRESS,
    token=ADDRESS,
    balance=QUANTITY,
)
def deal_erc20(rpc: Rpc, address: bytes, token: bytes, balance: int) -> None:
    """What an account holds of a token."""
    _set_word(rpc, token, _BALANCE_OF + _word(address), balance, "balanceOf(address)")


@method("anvil_setERC20Allowance", owner=ADDRESS, spender=ADDRESS, token=ADDRESS, amount=QUANTITY)
def set_erc20_allowance(rpc: Rpc, owner: bytes, spender: bytes, token: bytes, amount: int) -> None:
    """How much of a token an account may spend for another."""
    calldata = _ALLOWANCE + _word(owner) + _word(spender)
    _set_word(rpc, token, calldata, amount, "allowance(address,address)")


@method("eth_getWork")
def get_work(rpc: Rpc) -> None:
    """Proof of work: there is none."""
    raise server_error("eth_getWork: there is no proof of work here")


@method("debug_dbGet", key=TEXT)
def db_get(rpc: Rpc, key: str) -> None:
    """A value of the node's database: there is none."""
    raise server_error("debug_dbGet: this chain has no database")


@method("anvil_getBlobSidecarsByBlockId", block=BLOCK)
def get_blob_sidecars(rpc: Rpc, block: BlockId) -> None:
    """The blobs of a block: none is kept."""
