"""Write geth_answers.json.xz: what geth says to some hundred requests. Needs INGOT_GETH; CONTRIBUTING says when.

Of each method a few answers of each kind are kept, the shortest of many, as far as ours are not otherwise.
"""

from __future__ import annotations

import itertools
import json
import lzma
import os
import re
import sys
from pathlib import Path
from random import Random
from typing import Any

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "support"):
    sys.path.insert(0, str(folder))

from differential.answers import Answer, allowed, difference_of, our_answer  # noqa: E402
from differential.questions import Question, facts_of, systematic  # noqa: E402
from differential.random_questions import random_question  # noqa: E402
from differential.raw_transactions import raw_transactions  # noqa: E402
from execution_apis import imported, read_archive  # noqa: E402
from running_geth import Geth  # noqa: E402

FILE = Path(__file__).with_name("geth_answers.json.xz")
RANDOM = 6_000
OF_EACH_KIND = 3
MAX_BYTES = 5_000


def kind_of(question: Question, answer: Answer) -> tuple[str, str]:
    """Method, and what sort of an answer it is."""
    method, params = question
    options = json.dumps(params[-1] if params and "trace" in method else "", sort_keys=True)[:60]
    if "error" in answer:
        return method, re.sub(r"0x[0-9a-fA-F]+|\d+", "#", answer["error"]["message"])[:40]
    result = answer["result"]
    shape = ",".join(sorted(result)[:3]) if isinstance(result, dict) else type(result).__name__
    return method, f"{shape} {len(json.dumps(result)) // 500} {options}"


def main() -> None:
    """Ask, choose, write."""
    files = read_archive()
    parts = (files[f"chain/{name}"] for name in ("genesis.json", "chain.rlp", "headfcu.json"))
    chosen: dict[tuple[str, str], list[tuple[int, Question, Answer]]] = {}
    with Geth(Path(os.environ["INGOT_GETH"]), *parts) as geth:
        facts = facts_of(lambda method, params: geth.ask(method, params)["result"])
        rpc = imported(files)
        made_up = (random_question(Random(f"answers/{number}"), facts) for number in range(RANDOM))
        for question in itertools.chain(systematic(facts), made_up):
            theirs, ours = geth.ask(*question), our_answer(rpc, *question)
            length = len(json.dumps([question, theirs]))
            if length > MAX_BYTES or (difference_of(theirs, ours) and not allowed(question[0], theirs, ours)):
                continue
            found = chosen.setdefault(kind_of(question, theirs), [])
            found.append((length, question, theirs))
            found.sort(key=lambda each: each[0])
            del found[OF_EACH_KIND:]
        pairs: list[Any] = [[*question, theirs] for found in chosen.values() for _, question, theirs in found]
        pairs += sent(geth)
    content = json.dumps(pairs, separators=(",", ":")).encode()
    FILE.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    print(f"{FILE}: {len(pairs)} answers, {FILE.stat().st_size} bytes")


def sent(geth: Geth) -> list[Any]:
    """What the pool says, which changes it: last, and in this order."""
    requests: list[Question] = [
        ("eth_sendRawTransaction", ["0x" + raw.hex()])
        for name, raw in raw_transactions()
        if name != "data too long"
    ]
    requests += [(name, []) for name in ("txpool_status", "txpool_content", "txpool_inspect")]
    return [[*question, geth.ask(*question)] for question in requests]


if __name__ == "__main__":
    main()
