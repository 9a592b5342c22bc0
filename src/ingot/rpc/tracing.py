"""Traces of transactions and calls by geth's tracers, as debug_ asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ingot.engine import RECORD_ENDS, RECORD_FRAMES, RECORD_STEPS, RECORD_STORAGE
from ingot.rpc import call_tracer, prestate
from ingot.rpc.answers import data
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter
from ingot.rpc.parameters import read_object
from ingot.rpc.rules import is_since, precompile_addresses
from ingot.rpc.struct_logs import struct_logs

if TYPE_CHECKING:
    from ingot.engine import Block, Outcome, Transaction
    from ingot.rpc.calling import Scene
    from ingot.rpc.rpc import Rpc

__all__ = [
    "EVERY_STEP",
    "TRACERS",
    "TRACE_OPTIONS",
    "Called",
    "check",
    "recording_for",
    "trace_call",
    "trace_transaction",
]

TRACERS = ("callTracer", "prestateTracer", "4byteTracer", "flatCallTracer", "noopTracer", "muxTracer")

EVERY_STEP: Final = RECORD_FRAMES | RECORD_STORAGE | RECORD_STEPS | RECORD_ENDS

_FLAGS: Mapping[str, tuple[str, ...]] = {
    "": ("enableMemory", "disableStack", "disableStorage", "enableReturnData"),
    "callTracer": ("onlyTopCall", "withLog"),
    "prestateTracer": ("diffMode", "disableCode", "disableStorage", "includeEmpty"),
    "flatCallTracer": ("convertParityErrors", "includePrecompiles"),
}
"""Options that are true or false, by tracer."""

_DURATION = re.compile(r"[-+]?(0|(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+")
"""Source: Go, time.ParseDuration."""


def _check_flags(tracer: str, options: Mapping[str, Any]) -> None:
    for name in _FLAGS.get(tracer, ()):
        if options.get(name) is not None and type(options[name]) is not bool:
            raise ValueError(f"{name}: true or false was expected")


def _read_options(value: Any) -> dict[str, Any]:
    options = dict(read_object(value))
    tracer, config = options.get("tracer"), options.get("tracerConfig")
    if tracer is not None and not isinstance(tracer, str):
        raise ValueError("tracer: a name was expected")
    timeout = options.get("timeout")
    if timeout is not None and not isinstance(timeout, str):
        raise ValueError("timeout: a duration was expected, as '5s'")
    limit = options.get("limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise ValueError("limit: a number of bytes was expected")
    if config is not None and not isinstance(config, dict):
        raise ValueError("tracerConfig: an object was expected")
    _check_flags("", options)
    return options


TRACE_OPTIONS = Parameter(_read_options, "trace options")


def check(options: Mapping[str, Any]) -> None:
    """Raises: RpcError, in geth's words, for a tracer or its settings that cannot be."""
    tracer, config = options.get("tracer"), options.get("tracerConfig") or {}
    timeout = options.get("timeout")
    if timeout is not None and not _DURATION.fullmatch(timeout):
        raise server_error(f'time: invalid duration "{timeout}"')
    if tracer is None:
        return
    if tracer not in TRACERS:
        raise server_error(f"there is no tracer {tracer!r}; {', '.join(TRACERS)} are known")
    try:
        _check_flags(tracer, config)
    except ValueError as error:
        raise server_error(f"tracerConfig: {error}") from None
    if tracer == "prestateTracer" and config.get("diffMode") and config.get("includeEmpty"):
        raise server_error("cannot use diffMode with includeEmpty")
    if tracer == "muxTracer":
        for name, each in config.items():
            if each is not None and not isinstance(each, dict):
                raise server_error(f"tracerConfig: {name}: an object was expected")
            check({"tracer": name, "tracerConfig": each})


def recording_for(options: Mapping[str, Any]) -> int:
    """What must be recorded for a tracer."""
    tracer = options.get("tracer")
    if tracer is None or tracer == "prestateTracer":
        return EVERY_STEP
    if tracer == "muxTracer":
        flags = RECORD_FRAMES
        for name in options.get("tracerConfig") or {}:
            flags |= recording_for({"tracer": name})
        return flags
    return RECORD_FRAMES


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is traced. states: what prestateTracer says, with its settings.      place: block and transaction."""

    outcome: Outcome
    gas_limit: int
    hardfork: str
    states: Callable[[Mapping[str, Any]], Any]
    place: Mapping[str, Any]
    first_log: int = 0


def _shown(subject: _Subject, options: Mapping[str, Any]) -> Any:
    tracer, config = options.get("tracer"), options.get("tracerConfig") or {}
    outcome, gas_limit = subject.outcome, subject.gas_limit
    if tracer is None:
        return struct_logs(outcome, options)
    if tracer == "callTracer":
        return call_tracer.call_tree(outcome, config, gas_limit=gas_limit, first_log=subject.first_log)
    if tracer == "prestateTracer":
        return subject.states(config)
    if tracer == "muxTracer":
        return {
            name: _shown(subject, {"tracer": name, "tracerConfig": given}) for name, given in config.items()
        }
    known = precompile_addresses(subject.hardfork)
    if tracer == "4byteTracer":
        return call_tracer.four_bytes(outcome, known)
    if tracer == "flatCallTracer":
        return call_tracer.flat_calls(outcome, config, subject.place, known, gas_limit=gas_limit)
    return {}


def _difference(
    hardfork: str,
    met: prestate.Met,
    before: prestate.Views,
    outcome: Outcome,
    config: Mapping[str, Any],
    existing: Callable[[], list[Any]],
) -> dict[str, Any]:
    """existing: the accounts that existed before, asked for only where an empty one may be among them.

    Since Spurious Dragon empty accounts go when they are touched (EIP-161); before, they came when they were.
    """
    touched = {end[0] for end in outcome.recording.ends} if outcome.recording is not None else set()

    def is_there(address: str) -> bool:
        if not is_since(hardfork, "spuriousdragon"):
            return address in touched or address in existing()
        return address not in touched and address in existing()

    now = prestate.after(before, outcome)
    return prestate.difference(before, now, config, deleted=met.deleted, is_there=is_there)


def trace_transaction(rpc: Rpc, transaction: Transaction, options: Mapping[str, Any], block: Block) -> Any:
    """The trace of a mined transaction, on the state that it saw."""
    check(options)
    engine = rpc.engine
    outcome = engine.replay(transaction, recording_for(options))

    def states(config: Mapping[str, Any]) -> Any:
        first = [transaction.sender, block.coinbase, *prestate.authorities(transaction.authorizations)]
        if transaction.to is None:
            first += [frame.to for frame in call_tracer.frames_of(outcome)[:1]]
        else:
            ((_, _, code, _),) = engine.views([(transaction.to, [])], before=transaction)
            first += [transaction.to, *filter(None, [prestate.delegate_of(code)])]
        met = prestate.meet(outcome, first, keeps_old_code=is_since(block.hardfork, "cancun"))
        before = prestate.views(met, lambda wanted: engine.views(wanted, before=transaction))
        if not config.get("diffMode"):
            return prestate.prestate(before, config)
        return _difference(
            block.hardfork, met, before, outcome, config, lambda: engine.addresses(before=transaction)
        )

    place = {
        "blockHash": data(block.hash),
        "blockNumber": block.number,
        "transactionHash": data(transaction.hash),
        "transactionPosition": transaction.index,
    }
    logs = transaction.outcome.logs
    first_log = logs[0].log_index if logs else 0
    return _shown(_Subject(outcome, transaction.gas_limit, block.hardfork, states, place, first_log), options)


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was recorded."""

    outcome: Outcome
    fields: Mapping[str, Any]
    gas_limit: int
    scene: Scene
    state_overrides: Mapping[str, Mapping[str, Any]]


def _authorities(rpc: Rpc, fields: Mapping[str, Any]) -> list[str]:
    """Who is told of because they authorize. Geth takes a call with a gasPrice for a transaction that has no authorizations."""
    if rpc.is_client and "gas_price" in fields:
        return []
    return prestate.authorities(fields.get("authorizations", ()))


def trace_call(rpc: Rpc, called: Called, options: Mapping[str, Any]) -> Any:
    """The trace of a call."""
    engine, outcome, scene = rpc.engine, called.outcome, called.scene

    def read(wanted: list[tuple[str, list[int]]]) -> list[prestate.View]:
        return engine.views(wanted, block=scene.number)

    def states(config: Mapping[str, Any]) -> Any:
        frame = call_tracer.frames_of(outcome)[0]
        first = [frame.sender, scene.coinbase, *_authorities(rpc, called.fields), frame.to]
        start = prestate.Met({frame.to: {}})
        ((_, _, code, _),) = prestate.overridden(prestate.views(start, read), called.state_overrides).values()
        first += filter(None, [prestate.delegate_of(code)])
        met = prestate.meet(outcome, first, keeps_old_code=is_since(scene.hardfork, "cancun"))
        before = prestate.overridden(prestate.views(met, read), called.state_overrides)
        if not config.get("diffMode"):
            return prestate.prestate(before, config)
        return _difference(
            scene.hardfork, met, before, outcome, config, lambda: engine.addresses(block=scene.number)
        )

    subject = _Subject(outcome, called.gas_limit, scene.hardfork, states, call_tracer.NOWHERE)
    return _shown(subject, options)
