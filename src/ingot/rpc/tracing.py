"""Traces of transactions and calls by geth's tracers, as debug_ asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import RECORD_FRAMES, RECORD_STEPS, RECORD_STORAGE
from ingot.rpc import call_tracer, prestate
from ingot.rpc.flat_traces import flat_traces
from ingot.rpc.method import Parameter
from ingot.rpc.parameters import read_object
from ingot.rpc.struct_logs import struct_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingot.engine import Block, Outcome, Transaction
    from ingot.rpc.rpc import Rpc

__all__ = ["TRACERS", "TRACE_OPTIONS", "recording_for", "trace_call", "trace_transaction"]

TRACERS = ("callTracer", "prestateTracer", "4byteTracer", "flatCallTracer", "noopTracer", "muxTracer")

_EVERY_STEP = RECORD_FRAMES | RECORD_STORAGE | RECORD_STEPS


def _read_options(value: Any) -> dict[str, Any]:
    options = dict(read_object(value))
    tracer, config = options.get("tracer"), options.get("tracerConfig")
    if tracer is not None and tracer not in TRACERS:
        raise ValueError(f"tracer: there is no {tracer!r}; {', '.join(TRACERS)} are known")
    if config is not None and not isinstance(config, dict):
        raise ValueError("tracerConfig: an object was expected")
    limit = options.get("limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise ValueError("limit: a number of steps was expected")
    if tracer == "muxTracer":
        for name, each in (config or {}).items():
            _read_options({"tracer": name, "tracerConfig": each})
    return options


TRACE_OPTIONS = Parameter(_read_options, "trace options")


def recording_for(options: Mapping[str, Any]) -> int:
    """What must be recorded for a tracer."""
    tracer = options.get("tracer")
    if tracer is None or tracer == "prestateTracer":
        return _EVERY_STEP
    if tracer == "muxTracer":
        flags = RECORD_FRAMES
        for name in options.get("tracerConfig") or {}:
            flags |= recording_for({"tracer": name})
        return flags
    return RECORD_FRAMES


def _shown(
    outcome: Outcome,
    options: Mapping[str, Any],
    gas_limit: int | None,
    states: Callable[[Mapping[str, Any]], Any],
    place: Mapping[str, Any],
) -> Any:
    tracer, config = options.get("tracer"), options.get("tracerConfig") or {}
    if tracer is None:
        return struct_logs(outcome, options)
    if tracer == "callTracer":
        return call_tracer.call_tree(outcome, config, gas_limit=gas_limit)
    if tracer == "4byteTracer":
        return call_tracer.four_bytes(outcome)
    if tracer == "prestateTracer":
        return states(config)
    if tracer == "flatCallTracer":
        return flat_traces(outcome, place, gas_limit=gas_limit)
    if tracer == "muxTracer":
        each = {name: {"tracer": name, "tracerConfig": given} for name, given in config.items()}
        return {name: _shown(outcome, wanted, gas_limit, states, place) for name, wanted in each.items()}
    return {}


def trace_transaction(rpc: Rpc, transaction: Transaction, options: Mapping[str, Any], block: Block) -> Any:
    """The trace of a mined transaction, on the state that it saw."""
    engine = rpc.engine
    outcome = engine.replay(transaction, recording_for(options))

    def states(config: Mapping[str, Any]) -> Any:
        more = [transaction.sender, block.coinbase]
        if transaction.to is not None:
            more.append(transaction.to)
        more += [entry["address"] for entry in transaction.authorizations]
        met = prestate.touched(outcome, more)
        before = prestate.views(met, lambda wanted: engine.views(wanted, before=transaction))
        if config.get("diffMode"):
            after = prestate.views(met, lambda wanted: engine.views(wanted, after=transaction))
            return prestate.difference(before, after, config)
        return prestate.prestate(before, config, _created(outcome))

    place = {
        "blockHash": "0x" + block.hash.hex(),
        "blockNumber": block.number,
        "transactionHash": "0x" + transaction.hash.hex(),
        "transactionPosition": transaction.index,
    }
    return _shown(outcome, options, transaction.gas_limit, states, place)


def _created(outcome: Outcome) -> list[str]:
    return [frame.to for frame in call_tracer.frames_of(outcome) if frame.kind in ("CREATE", "CREATE2")]


def trace_call(
    rpc: Rpc,
    outcome: Outcome,
    options: Mapping[str, Any],
    number: int | None,
    state_overrides: Mapping[str, Mapping[str, Any]] | None,
) -> Any:
    """The trace of a call that was recorded."""
    engine = rpc.engine

    def states(config: Mapping[str, Any]) -> Any:
        met = prestate.touched(outcome, ())
        before = prestate.overridden(
            prestate.views(met, lambda wanted: engine.views(wanted, block=number)), state_overrides or {}
        )
        if config.get("diffMode"):
            return prestate.difference(before, prestate.after_call(before, outcome), config)
        return prestate.prestate(before, config, _created(outcome))

    return _shown(outcome, options, None, states, {})
