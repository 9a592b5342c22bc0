"""Deployments that others made: forge's broadcast files, Hardhat Ignition's folders, addresses by hand."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.conversion import to_address
from ingot.errors import AbiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Found", "read_sources"]


@dataclass(frozen=True, slots=True)
class Found:
    """A step that others did. step: as a script of ours would call it.      contract: name, or "" for a call.

    address: of the contract that was made; None for a call.      hash: of the transaction, or "".
    chain_id: as the source says, or None.
    """

    step: str
    source: str
    contract: str
    address: str | None
    hash: str = ""
    chain_id: int | None = None


def read_sources(words: Iterable[str]) -> list[Found]:
    """From files, folders and NAME=ADDRESS. Raises: UsageError, for what is none of them."""
    found: list[Found] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            found += _ignition(path)
        elif path.is_file():
            found += _file(path)
        elif "=" in word:
            found.append(_by_hand(word))
        else:
            raise UsageError(
                f"{word!r} is nothing to adopt: give forge's broadcast/<script>/<chain id>/run-latest.json, Ignition's "
                "ignition/deployments/<id>, or NAME=ADDRESS"
            )
    return _numbered(found)


def _numbered(found: list[Found]) -> list[Found]:
    """Ids are unique: of those that repeat, the second gets a 2."""
    seen: Counter[str] = Counter()
    named = []
    for each in found:
        seen[each.step] += 1
        count = seen[each.step]
        step = each.step if count == 1 else f"{each.step} {count}"
        named.append(Found(step, each.source, each.contract, each.address, each.hash, each.chain_id))
    return named


def _by_hand(word: str) -> Found:
    name, _, address = word.partition("=")
    try:
        where = to_address(address.strip())
    except AbiError as error:
        raise UsageError(f"{word!r}: {error}") from error
    step, _, contract = name.strip().partition(":")
    if not step:
        raise UsageError(f"{word!r} names no step: write NAME=ADDRESS, or NAME:CONTRACT=ADDRESS")
    return Found(step, "by hand", contract or step, where)


def _file(path: Path) -> list[Found]:
    content = _json(path)
    if isinstance(content, dict) and isinstance(content.get("transactions"), list):
        return _forge(content, path)
    if path.name == "deployed_addresses.json":
        return _ignition(path.parent)
    raise UsageError(
        f"{path} is neither a broadcast file of forge nor deployed_addresses.json of Hardhat Ignition"
    )


# forge


def _forge(content: dict[str, Any], path: Path) -> list[Found]:
    """What has a receipt that succeeded. Source: foundry's crates/script-sequence."""
    succeeded = {
        receipt["transactionHash"]
        for receipt in content.get("receipts") or ()
        if receipt.get("status") == "0x1"
    }
    found = []
    for each in content["transactions"]:
        if each.get("hash") not in succeeded:
            continue
        name, kind = each.get("contractName") or "", each.get("transactionType")
        created = kind in ("CREATE", "CREATE2")
        address = to_address(each["contractAddress"]) if created else None
        function = (each.get("function") or "").partition("(")[0]
        step = name if created else f"{name}.{function}" if name and function else ""
        if step:
            found.append(
                Found(step, "forge", name if created else "", address, each["hash"], content.get("chain"))
            )
    if not found:
        raise UsageError(f"{path} has no transaction that succeeded")
    return found


# Hardhat Ignition


def _ignition(folder: Path) -> list[Found]:
    """From its journal, else from deployed_addresses.json: `Module#Token` is the step Token."""
    journal = folder / "journal.jsonl"
    if journal.is_file():
        return _ignition_journal(journal)
    addresses = folder / "deployed_addresses.json"
    if not addresses.is_file():
        raise UsageError(
            f"{folder} has neither journal.jsonl nor deployed_addresses.json of Hardhat Ignition"
        )
    content = _json(addresses)
    if not isinstance(content, dict):
        raise UsageError(f"{addresses} is no object of names and addresses")
    chain_id = _chain_id_of(folder)
    return [
        Found(_step_of(name), "ignition", _step_of(name), to_address(address), chain_id=chain_id)
        for name, address in content.items()
    ]


def _ignition_journal(path: Path) -> list[Found]:
    """Source: @nomicfoundation/ignition-core, journal messages."""
    chain_id: int | None = None
    contracts: dict[str, str] = {}
    hashes: dict[str, str] = {}
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            message = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}: line {number} is no JSON") from error
        kind, future = message.get("type", ""), message.get("futureId", "")
        if kind == "DEPLOYMENT_INITIALIZE":
            chain_id = message.get("chainId")
        elif kind.endswith("_EXECUTION_STATE_INITIALIZE"):
            contracts[future] = message.get("contractName") or ""
        elif kind == "TRANSACTION_CONFIRM":
            hashes[future] = message.get("hash") or ""
        elif (
            kind.endswith("_EXECUTION_STATE_COMPLETE") and message.get("result", {}).get("type") == "SUCCESS"
        ):
            address = message["result"].get("address") if kind.startswith("DEPLOYMENT_") else None
            if kind.startswith(("DEPLOYMENT_", "CALL_")):
                contract = contracts.get(future, "") if address else ""
                where = None if address is None else to_address(address)
                found.append(
                    Found(_step_of(future), "ignition", contract, where, hashes.get(future, ""), chain_id)
                )
    return found


def _chain_id_of(folder: Path) -> int | None:
    """Ignition calls its folders chain-<id> unless told otherwise."""
    digits = folder.name.removeprefix("chain-")
    return int(digits) if digits.isdecimal() else None


def _step_of(future: str) -> str:
    return future.rpartition("#")[2]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is no JSON'}"
        ) from error
