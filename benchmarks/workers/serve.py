"""The measuring end of a contestant: a process that times blocks of one operation when it is told to.

Standard library only: it also runs in the peers' own environments.
Protocol, one JSON value per line: the worker prints `{"ready": [row, ...]}`, reads `{"row": name, "count": n}` and prints
`{"ns": nanoseconds per operation}` or `{"error": text}`.
"""

import gc
import json
import os
import sys
import time

# whatever a library prints must not land between the answers: import this module first
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(rows, take, restore):
    """Answer until standard input closes. rows: name -> function that does the operation `count` times.

    Each block is undone after it was timed, as a test is: take() gives what restore(...) takes.
    """
    print(json.dumps({"ready": list(rows)}), file=ANSWERS, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            before = take()
            answer = {"ns": _timed(rows[request["row"]], request["count"])}
            restore(before)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=ANSWERS, flush=True)


def _timed(operation, count):
    gc.collect()
    started = time.perf_counter_ns()
    operation(count)
    return (time.perf_counter_ns() - started) / count
