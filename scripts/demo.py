"""What ingot does, in a few seconds: `make demo`. Every line that is shown after `>>>` is the line that runs."""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ingot

ROOT = Path(__file__).parents[1]
ROUNDS, REPEATS = 7, 700
NEXT = {
    "make test": "everything is tested, Hypothesis properties included",
    ".venv/bin/pytest tests/contracts": "the sample contracts' own tests",
    ".venv/bin/ingot console": "project, chain and accounts at hand",
    ".venv/bin/ingot init ../my-project": "a project of your own",
}


class Stage:
    """Prints, in colour on a terminal that wants it. names: what the lines that are shown can use."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour
        self.names: dict[str, Any] = {"ingot": ingot}

    def paint(self, style: str, text: str) -> str:
        """`text` in an ANSI style, or as it is."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text

    def chapter(self, title: str) -> None:
        """Open a part."""
        print(f"\n{self.paint('1;36', '●')} {self.paint('1', title)}")

    def code(self, source: str) -> None:
        """Show source as a console does."""
        first, *others = source.splitlines()
        print(f"  {self.paint('32', '>>>')} {first}")
        for line in others:
            print(f"  {self.paint('32', '...')} {line}")

    def show(self, text: str, style: str = "") -> None:
        """Show what came of it. Addresses are cut in the middle: the table at the end has them in full."""
        for line in re.sub(r"\b(0x\w{4})\w{32}(\w{4})\b", r"\1…\2", text).splitlines():
            print(f"      {self.paint(style, line) if style else line}")

    def do(self, source: str) -> None:
        """Show source, run it, and show its value or what it printed."""
        self.code(source)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                value = eval(source, self.names)
            except SyntaxError:
                value = exec(source, self.names)
        self.show(printed.getvalue())
        if value is not None:
            self.show(repr(value))

    def fails(self, source: str) -> None:
        """Show a call that has to revert, and its reason."""
        self.code(source)
        try:
            eval(source, self.names)
        except ingot.ExecutionError as error:
            reason, *where = str(error).splitlines()
            self.show(reason, "31")
            self.show("\n".join(where), "2")
        else:
            raise SystemExit(f"the demonstration is wrong: {source} has not reverted")


def main() -> None:
    """The demonstration."""
    stage = Stage(
        colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    )
    os.chdir(ROOT)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    print(
        f"{stage.paint('1', f'ingot {ingot.__version__}')}: Solidity from Python, on an EVM in the same process"
    )
    compile_contracts(stage)
    deploy_and_use(stage)
    revert_and_isolate(stage)
    measure(stage)
    stage.chapter("Deploy everything: ingot run scripts/deploy.py")
    runpy.run_path(str(ROOT / "scripts" / "deploy.py"))["main"]()
    stage.chapter("Next")
    for command, what in NEXT.items():
        print(f"  {stage.paint('33', command.ljust(max(map(len, NEXT))))}  {what}")


def compile_contracts(stage: Stage) -> None:
    """Load the project: what has changed since the last time is compiled."""
    stage.chapter("Compile what has changed")
    started = time.perf_counter()
    stage.do('project = ingot.load(".")')
    took_ms = (time.perf_counter() - started) * 1000
    project = stage.names["project"]
    sizes = {name: project[name].artifact.runtime_code for name in ("SimpleStorage", "Token", "Vault")}
    stage.show(", ".join(f"{name} {len(code):,} bytes" for name, code in sizes.items()))
    stage.show(f"ready after {took_ms:,.0f} ms", "2")


def deploy_and_use(stage: Stage) -> None:
    """Deploy the token, transfer, read the event."""
    stage.chapter("Deploy, transact, read")
    stage.do("chain = project.chain")
    stage.do("owner, alice, bob = chain.accounts[:3]")
    stage.do("token = project.Token.deploy(10**24, sender=owner)")
    stage.do("receipt = token.transfer(alice, 5_000, sender=owner)")
    stage.do("receipt.events")
    stage.do("token.balanceOf(alice)")


def revert_and_isolate(stage: Stage) -> None:
    """A typed error, and a change that is undone."""
    stage.chapter("A revert says why, and in which call")
    stage.fails("token.transfer(bob, 6_000, sender=alice)")
    stage.do("with ingot.reverts(token.NotMinter, account=bob):\n    token.mint(bob, 1, sender=bob)")
    stage.chapter("Travel in time, and back")
    stage.do(
        "with chain.isolate():\n"
        "    chain.mine(deltatime=365 * 86_400)\n"
        "    token.pause(sender=owner)\n"
        "    print('a year later, in block', chain.blocks.head.number, '- paused:', token.paused())"
    )
    stage.do("print('now, in block', chain.blocks.head.number, '- paused:', token.paused())")


def measure(stage: Stage) -> None:
    """What a transaction costs from Python."""
    stage.chapter("Fast")
    token, owner, bob = (stage.names[name] for name in ("token", "owner", "bob"))
    with stage.names["chain"].isolate():
        send_us = median_us(lambda: token.transfer(bob, 5, sender=owner).gas_used)
        call_us = median_us(lambda: token.balanceOf(bob))
    for line, took_us in (
        ("token.transfer(bob, 5, sender=owner).gas_used", send_us),
        ("token.balanceOf(bob)", call_us),
    ):
        stage.show(f"{line:<45} {stage.paint('1', f'{took_us:6.1f}')} microseconds")


def median_us(work: Callable[[], object]) -> float:
    """The median of some rounds, in microseconds for each call."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(REPEATS):
            work()
        rounds.append((time.perf_counter() - started) / REPEATS * 1e6)
    return sorted(rounds)[ROUNDS // 2]


if __name__ == "__main__":
    try:
        main()
    except ingot.IngotError as error:
        sys.exit(f"ingot: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
