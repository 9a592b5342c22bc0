"""anvil as a side of the comparison."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from anvil import Anvil, Call, RpcError

from differential.views import (
    SLOTS,
    AccountView,
    BlockPlan,
    BlockView,
    CallPlan,
    CallView,
    FrameView,
    Genesis,
    HeaderView,
    LogView,
    ReceiptView,
    Setting,
)

TRACER = {"tracer": "callTracer"}
EMPTY_OMMERS_HASH = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"


class AnvilSide:
    """See `views.Side`. It starts from the other side's block 0, loaded as a state file.

    Blocks are always made on request: anvil's own automining answers before it has mined and now and then adds an
    empty block. Where a plan says automine, a transaction that was let in makes a block, even if it then fails to
    be included; the other side follows that by the number of `prev_randao`.
    """

    name = "anvil"

    def __init__(self, setting: Setting, genesis: Genesis) -> None:
        self._anvil = Anvil(
            [
                *("--hardfork", setting.hardfork, "--chain-id", str(setting.chain_id)),
                *("--timestamp", str(setting.timestamp), "--accounts", "0"),
                *("--gas-limit", str(setting.gas_limit), "--base-fee", str(setting.base_fee)),
                *("--order", "fifo", "--no-mining", "--enable-tx-gas-limit", "--disable-console-log"),
            ],
            state=_state_file(genesis),
        )

    @property
    def node(self) -> Anvil:
        """The process itself."""
        return self._anvil

    def close(self) -> None:
        """End the process."""
        self._anvil.close()

    def fund(self, balances: Mapping[str, int]) -> None:
        """Set balances by surgery."""
        self._all([("anvil_setBalance", (address, hex(balance))) for address, balance in balances.items()])

    def install(self, address: str, code: bytes, *, nonce: int = 1) -> None:
        """Set an account's code and nonce by surgery."""
        self._all([("anvil_setCode", (address, _hex(code))), ("anvil_setNonce", (address, hex(nonce)))])

    def write(self, address: str, slot: int, value: int) -> None:
        """Set a storage slot by surgery."""
        self._all([("anvil_setStorageAt", (address, hex(slot), f"0x{value:064x}"))])

    def run_block(self, plan: BlockPlan, prev_randao: Sequence[str]) -> BlockView:  # noqa: ARG002
        """Carry out `plan`; anvil draws prev_randao itself."""
        before = int(self._anvil.call("eth_blockNumber"), 16)
        answers = self._anvil.batch([*self._settings(plan), *_submissions(plan)])
        submitted = answers[-len(plan.transactions) :] if plan.transactions else []
        _raise_errors(answers[: len(answers) - len(submitted)])
        refusals = tuple(answer.message if isinstance(answer, RpcError) else None for answer in submitted)
        if not plan.automine or None in refusals:
            self._all([("evm_mine", ())])
        for number in range(plan.empty_after):
            # anvil_mine takes an interval, but looks at the clock in between
            timestamp = plan.timestamp + (number + 1) * plan.interval_s
            self._all([("evm_setNextBlockTimestamp", (timestamp,)), ("evm_mine", ())])
        receipts, blocks = self._results(plan, before)
        left_over = [one for one, receipt in zip(plan.transactions, receipts, strict=True) if receipt is None]
        # what was accepted but not mined would linger and disturb later blocks
        self._anvil.batch([("anvil_removePoolTransactions", (one.sender,)) for one in left_over])
        return BlockView(
            refusals=refusals,
            headers=tuple(_header(block) for block in blocks),
            order=tuple(blocks[0]["transactions"]) if blocks else (),
            receipts=receipts,
        )

    def _settings(self, plan: BlockPlan) -> list[Call]:
        calls: list[Call] = []
        calls.append(("anvil_setCoinbase", (plan.coinbase,)))
        calls.append(("evm_setNextBlockTimestamp", (plan.timestamp,)))
        if plan.base_fee is not None:
            calls.append(("anvil_setNextBlockBaseFeePerGas", (hex(plan.base_fee),)))
        if plan.gas_limit is not None:
            calls.append(("evm_setBlockGasLimit", (hex(plan.gas_limit),)))
        return calls

    def _results(self, plan: BlockPlan, before: int) -> tuple[tuple[ReceiptView | None, ...], list[Any]]:
        hashes = [_hex(signed.hash) for signed in plan.transactions]
        count = int(self._anvil.call("eth_blockNumber"), 16) - before
        calls: list[Call] = [("eth_getTransactionReceipt", (hash_,)) for hash_ in hashes]
        calls += [("eth_getBlockByNumber", (hex(before + 1 + n), False)) for n in range(count)]
        answers = self._all(calls)
        raw = answers[: len(hashes)]
        traces = iter(
            self._all([("debug_traceTransaction", (one["transactionHash"], TRACER)) for one in raw if one])
        )
        receipts = tuple(_receipt(one, next(traces)) if one else None for one in raw)
        return receipts, answers[len(hashes) :]

    def accounts(self, addresses: Sequence[str]) -> dict[str, AccountView]:
        """The latest state of each account."""
        calls: list[Call] = []
        for address in addresses:
            calls += [
                ("eth_getBalance", (address, "latest")),
                ("eth_getTransactionCount", (address, "latest")),
                ("eth_getCode", (address, "latest")),
            ]
            calls += [("eth_getStorageAt", (address, hex(slot), "latest")) for slot in SLOTS]
        answers = self._all(calls)
        width = 3 + len(SLOTS)
        views = {}
        for number, address in enumerate(addresses):
            balance, nonce, code, *words = answers[number * width : (number + 1) * width]
            storage = {slot: int(word, 16) for slot, word in zip(SLOTS, words, strict=True)}
            views[address] = AccountView(int(balance, 16), int(nonce, 16), code, storage)
        return views

    def dump(self) -> dict[str, AccountView]:
        """Every account with its whole storage."""
        state = json.loads(gzip.decompress(bytes.fromhex(self._anvil.call("anvil_dumpState")[2:])))
        return {
            address: AccountView(
                balance=int(one["balance"], 16),
                nonce=one["nonce"],
                code=one["code"],
                storage={int(slot, 16): int(word, 16) for slot, word in one["storage"].items()},
            )
            for address, one in state["accounts"].items()
        }

    def nonces(self, addresses: Sequence[str]) -> list[int]:
        """The latest nonces."""
        answers = self._all([("eth_getTransactionCount", (address, "latest")) for address in addresses])
        return [int(answer, 16) for answer in answers]

    def call(self, plan: CallPlan) -> CallView:
        """eth_call."""
        answer = self._anvil.batch([("eth_call", (_request(plan), "latest"))])[0]
        if isinstance(answer, RpcError):
            return CallView(False, answer.data if isinstance(answer.data, str) else "0x")
        return CallView(True, answer)

    def estimate(self, plan: CallPlan) -> CallView:
        """eth_estimateGas."""
        answer = self._anvil.batch([("eth_estimateGas", (_request(plan), "latest"))])[0]
        if isinstance(answer, RpcError):
            return CallView(False, "0x")
        return CallView(True, str(int(answer, 16)))

    def snapshot(self) -> int:
        """evm_snapshot."""
        return int(self._anvil.call("evm_snapshot"), 16)

    def revert(self, snapshot: int) -> None:
        """evm_revert."""
        if self._anvil.call("evm_revert", hex(snapshot)) is not True:
            raise RuntimeError(f"anvil does not know snapshot {snapshot}")

    def _all(self, calls: Sequence[Call]) -> list[Any]:
        answers = self._anvil.batch(calls)
        _raise_errors(answers)
        return answers


def _state_file(genesis: Genesis) -> Mapping[str, Any]:
    """The format of anvil_dumpState, with one block."""
    header = genesis.header
    block = {
        "parentHash": header.parent_hash,
        "sha3Uncles": EMPTY_OMMERS_HASH,
        "miner": header.coinbase,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipts_root,
        "logsBloom": header.logs_bloom,
        "difficulty": hex(header.difficulty),
        "number": hex(header.number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": header.extra_data,
        "mixHash": header.prev_randao,
        "nonce": "0x" + "00" * 8,
        "baseFeePerGas": hex(header.base_fee),
        "withdrawalsRoot": header.withdrawals_root,
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
        "parentBeaconBlockRoot": "0x" + "00" * 32,
        "requestsHash": header.requests_hash,
    }
    environment = {
        "number": hex(header.number),
        "beneficiary": header.coinbase,
        "timestamp": hex(header.timestamp),
        "gas_limit": header.gas_limit,
        "basefee": header.base_fee,
        "difficulty": "0x0",
        "prevrandao": header.prev_randao,
        "blob_excess_gas_and_price": {"excess_blob_gas": header.excess_blob_gas, "blob_gasprice": 1},
        "slot_num": 0,
    }
    accounts = {
        address: {"nonce": one.nonce, "balance": hex(one.balance), "code": one.code, "storage": {}}
        for address, one in genesis.accounts.items()
    }
    return {
        "block": environment,
        "accounts": accounts,
        "best_block_number": 0,
        "blocks": [{"header": block, "transactions": [], "ommers": [], "withdrawals": None}],
        "transactions": [],
        "historical_states": None,
    }


def _raise_errors(answers: Sequence[Any]) -> None:
    for answer in answers:
        if isinstance(answer, RpcError):
            raise answer


def _submissions(plan: BlockPlan) -> list[Call]:
    return [("eth_sendRawTransaction", (_hex(signed.raw),)) for signed in plan.transactions]


def _request(plan: CallPlan) -> dict[str, str]:
    request = {"from": plan.sender, "data": _hex(plan.data), "value": hex(plan.value)}
    if plan.to is not None:
        request["to"] = plan.to
    if plan.gas_limit is not None:
        request["gas"] = hex(plan.gas_limit)
    return request


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _header(block: Mapping[str, Any]) -> HeaderView:
    def number(name: str) -> int:
        return int(block[name], 16)

    return HeaderView(
        number=number("number"),
        timestamp=number("timestamp"),
        base_fee=number("baseFeePerGas"),
        gas_limit=number("gasLimit"),
        gas_used=number("gasUsed"),
        coinbase=block["miner"],
        prev_randao=block["mixHash"],
        difficulty=number("difficulty"),
        extra_data=block["extraData"],
        excess_blob_gas=number("excessBlobGas"),
        blob_gas_used=number("blobGasUsed"),
        logs_bloom=block["logsBloom"],
        transactions_root=block["transactionsRoot"],
        receipts_root=block["receiptsRoot"],
        withdrawals_root=block["withdrawalsRoot"],
        requests_hash=block["requestsHash"],
        state_root=block["stateRoot"],
        parent_hash=block["parentHash"],
        hash=block["hash"],
    )


def _receipt(receipt: Mapping[str, Any], trace: Mapping[str, Any]) -> ReceiptView:
    frames = tuple(_frames(trace, 0))
    return ReceiptView(
        hash=receipt["transactionHash"],
        type=int(receipt["type"], 16),
        sender=receipt["from"],
        to=receipt["to"],
        status=int(receipt["status"], 16),
        gas_used=int(receipt["gasUsed"], 16),
        cumulative_gas_used=int(receipt["cumulativeGasUsed"], 16),
        effective_gas_price=int(receipt["effectiveGasPrice"], 16),
        blob_gas_used=int(receipt.get("blobGasUsed") or "0x0", 16),
        # a receipt names the address of a creation that failed, too; compared is what was created
        contract_address=receipt["contractAddress"] if receipt["status"] == "0x1" else None,
        block_number=int(receipt["blockNumber"], 16),
        index=int(receipt["transactionIndex"], 16),
        logs=tuple(
            LogView(log["address"], tuple(log["topics"]), log["data"], int(log["logIndex"], 16))
            for log in receipt["logs"]
        ),
        output=frames[0].output,
        halt=frames[0].error == "halt",
        frames=frames,
    )


def _frames(trace: Mapping[str, Any], depth: int) -> list[FrameView]:
    error = trace.get("error") or ""
    frames = [
        FrameView(
            kind=trace["type"],
            depth=depth,
            sender=trace["from"],
            to=trace.get("to") or "",
            value=int(trace.get("value") or "0x0", 16),
            input=trace["input"],
            output=trace.get("output") or "0x",
            error="" if not error else "revert" if error == "execution reverted" else "halt",
        )
    ]
    for inner in trace.get("calls") or ():
        frames += _frames(inner, depth + 1)
    return frames
