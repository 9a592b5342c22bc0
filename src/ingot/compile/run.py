"""Compilers at work: jobs side by side, each in its own thread."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ingot.compile.choice import Compiler
from ingot.compile.diagnostic import Diagnostic, diagnostics_of
from ingot.compile.plan import Job
from ingot.compile.settings import standard_input

__all__ = ["MAX_THREADS", "Result", "run_jobs"]

MAX_THREADS = 4
"""Compilers at work at once: each may take hundreds of megabytes."""


@dataclass(frozen=True)
class Result:
    """What a job led to. contracts: unit -> name -> solc's output."""

    job: Job
    build_id: str
    long_version: str
    standard_json: Mapping[str, Any] = field(repr=False)
    output: Mapping[str, Any] = field(repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether solc refused."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def contracts(self) -> Mapping[str, Mapping[str, Any]]:
        """Unit -> name -> solc's output for that contract."""
        found: Mapping[str, Mapping[str, Any]] = self.output.get("contracts") or {}
        return found

    def build_info(self) -> dict[str, Any]:
        """As Hardhat and forge write it."""
        return {
            "_format": "hh-sol-build-info-1",
            "id": self.build_id,
            "solcVersion": self.job.release,
            "solcLongVersion": self.long_version,
            "input": self.standard_json,
            "output": self.output,
        }


def run_jobs(
    jobs: Sequence[Job], compilers: Mapping[str, Compiler], sources: Mapping[str, bytes]
) -> Iterator[Result]:
    """Results as they come. compilers: by release.      sources: by unit.

    The threads are daemons: after Ctrl-C nobody waits for a compiler.
    """
    done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    slots = threading.Semaphore(MAX_THREADS)

    def work(job: Job) -> None:
        try:
            with slots:
                done.put(_run(job, compilers[job.release], sources))
        except BaseException as error:  # Raised again where the results are read.
            done.put(error)

    if len(jobs) == 1:
        yield _run(jobs[0], compilers[jobs[0].release], sources)
        return
    for job in jobs:
        threading.Thread(target=work, args=(job,), daemon=True).start()
    for _ in jobs:
        result = done.get()
        if isinstance(result, BaseException):
            raise result
        yield result


def _run(job: Job, compiler: Compiler, sources: Mapping[str, bytes]) -> Result:
    texts = {unit: sources[unit].decode() for unit in job.sources}
    standard_json = standard_input(texts, json.loads(job.settings), wanted=job.units)
    output = compiler.compile(standard_json)
    identity = json.dumps([compiler.long_version, standard_json], sort_keys=True).encode()
    return Result(
        job,
        sha256(identity).hexdigest()[:32],
        compiler.long_version,
        standard_json,
        output,
        tuple(diagnostics_of(output.get("errors") or (), {unit: sources[unit] for unit in job.sources})),
    )
