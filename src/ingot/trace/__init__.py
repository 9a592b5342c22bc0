"""Which way an execution took through the sources: recorded steps, and what solc says of them.

    syntax trees (`syntax`) and source maps (`program`), of one call of solc (`compilation`)
        -> which functions were running (`stack`) and which statements ran (`walk`), step by step (`steps`)
        (of code that the optimizer has made vague: of `plain` code, with which an execution is repeated)
        -> where a failure came up through (`unwinding`)

Nothing here knows where code or sources come from, nor who asks.
"""

from __future__ import annotations

from ingot.trace.compilation import Compilation, Programs, compilation_of
from ingot.trace.frames import code_of, code_that_ran, is_creation
from ingot.trace.plain import is_vague, plain_settings, plain_steps
from ingot.trace.program import Place, Program
from ingot.trace.repetition import Repetition
from ingot.trace.steps import Steps
from ingot.trace.syntax import Function, Statement, Unit
from ingot.trace.unwinding import Activation, unwind
from ingot.trace.walk import HEAD, Flow, Visit, reached, walk

__all__ = [
    "HEAD",
    "Activation",
    "Compilation",
    "Flow",
    "Function",
    "Place",
    "Program",
    "Programs",
    "Repetition",
    "Statement",
    "Steps",
    "Unit",
    "Visit",
    "code_of",
    "code_that_ran",
    "compilation_of",
    "is_creation",
    "is_vague",
    "plain_settings",
    "plain_steps",
    "reached",
    "unwind",
    "walk",
]
