"""The plan, put to the node once more: what it reckons itself counts, and differences are shown.

What only nodes know of gas, what a transaction's data costs on Arbitrum, is asked for even where they do not simulate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError, ProviderError
from ingot.remote.rollup import data_gas

if TYPE_CHECKING:
    from ingot.deploy.simulated import PlannedStep
    from ingot.remote import RemoteChain

__all__ = ["reckoned_by_node", "with_data_gas"]

_MOST_BLOCKS = 256
"""Of one simulation. Source: geth, maxSimulateBlocks."""


def with_data_gas(chain: RemoteChain, steps: Sequence[PlannedStep]) -> tuple[list[PlannedStep], list[str]]:
    """Steps with the gas that a rollup adds for their data, where that is gas; a note, where the node does not say."""
    to_do = [step for step in steps if step.is_to_do]
    if not to_do or chain.network is None or chain.network.rollup != "arbitrum":
        return list(steps), []
    try:
        added = data_gas(chain.transport, [(step.to, step.data) for step in to_do])
    except ProviderError as error:
        note = f"the gas is without that of the data, which this chain asks for too: the node does not say it ({error})"
        return list(steps), [note]
    more = {step.step: gas for step, gas in zip(to_do, added, strict=True)}
    return [_with_more(step, more.get(step.step, 0), chain.gas_margin) for step in steps], []


def _with_more(step: PlannedStep, gas: int, margin: float) -> PlannedStep:
    return replace(step, gas=step.gas + gas, gas_limit=step.gas_limit + int(gas * margin)) if gas else step


def reckoned_by_node(chain: RemoteChain, steps: Sequence[PlannedStep]) -> tuple[list[PlannedStep], list[str]]:
    """Steps with the node's gas, and what differs in words; as they were, where the node does not simulate.

    One block for each step, as on the copy. Raises: DeployError, if the node says that a step would fail.
    Source: execution-apis, eth_simulateV1.
    """
    to_do = [step for step in steps if step.is_to_do]
    if not to_do or len(to_do) > _MOST_BLOCKS or any(step.status == "in flight" for step in steps):
        return list(steps), []
    calls = _simulated(chain, to_do)
    if calls is None:
        return list(steps), []
    answers: dict[str, PlannedStep] = {}
    notes = []
    for step, call in zip(to_do, calls, strict=True):
        if call.get("status") != "0x1":
            error = call.get("error") or {}
            raise DeployError(
                f"step {step.step}: the node says that it would fail, {error.get('message') or 'without a reason'}; the "
                "simulation here does not. Nothing was sent: run again, or ask another node (--rpc-url)",
                step=step.step,
            )
        gas = int(call["gasUsed"], 16)
        if chain.network is not None and chain.network.rollup == "arbitrum":
            gas = max(gas, step.gas)  # a simulated call may be without the gas of its data
        if gas != step.gas:
            notes.append(f"{step.step}: {gas:,} gas by the node, {step.gas:,} by the simulation here")
        limit = max(step.gas_limit, min(int(gas * chain.gas_margin), 2**24))
        answers[step.step] = replace(step, gas=gas, gas_limit=limit)
    return [answers.get(step.step, step) for step in steps], notes


def _simulated(chain: RemoteChain, to_do: Sequence[PlannedStep]) -> list[dict[str, Any]] | None:
    """The end of each step; None if the node cannot say."""
    blocks = [{"calls": [_call(step)]} for step in to_do]
    try:
        answer = chain.transport.request("eth_simulateV1", [{"blockStateCalls": blocks}, "latest"])
    except ProviderError:
        return None
    if not isinstance(answer, list) or len(answer) != len(to_do):
        return None
    calls = [call for block in answer if isinstance(block, dict) for call in block.get("calls") or ()]
    return calls if len(calls) == len(to_do) else None


def _call(step: PlannedStep) -> dict[str, Any]:
    call: dict[str, Any] = {"input": f"0x{step.data.hex()}", "value": hex(step.value)}
    if step.payer is not None:
        call["from"] = step.payer
    if step.nonce is not None:
        call["nonce"] = hex(step.nonce)
    if step.to is not None:
        call["to"] = step.to
    return call
