"""The plan, put to the node once more: what it reckons itself counts, and differences are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError, ProviderError

if TYPE_CHECKING:
    from ingot.deploy.simulated import PlannedStep
    from ingot.remote import RemoteChain

__all__ = ["reckoned_by_node"]

_MOST_BLOCKS = 256
"""Of one simulation. Source: geth, maxSimulateBlocks."""


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
