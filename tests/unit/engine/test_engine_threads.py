"""One chain, several Python threads; and long runs that leave the other threads running."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import pytest
from tiny_contracts import ALICE, COUNTER, ECHO, FOREVER

from ingot.abi import Function
from ingot.engine import Engine
from ingot.errors import UsageError
from ingot.types import Address

Deploy = Callable[[bytes], Address]
COUNT = Function("function count() returns (uint256)")


def together(*works: Callable[[], None]) -> None:
    """Run all at once; raise what one of them raised."""
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]


def test_threads_take_turns(engine: Engine, deploy: Deploy) -> None:
    counter, echo = deploy(COUNTER), deploy(ECHO)

    def send() -> None:
        for _ in range(200):
            engine.send_function(COUNT, counter, (), None, ALICE)

    def send_by_data() -> None:
        for _ in range(200):
            assert engine.send(sender=ALICE, to=counter).succeeded

    def read() -> None:
        for number in range(500):
            data = number.to_bytes(32, "big")
            assert engine.call(to=echo, data=data).output == data
            assert engine.balance(ALICE) > 0

    together(send, send_by_data, read, read)
    assert engine.storage(counter, 0) == 400


@pytest.mark.parametrize("by_function", [False, True], ids=["call", "call_function"])
def test_a_long_run_lets_other_threads_run(engine: Engine, deploy: Deploy, by_function: bool) -> None:
    forever = deploy(FOREVER)
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    def run() -> None:
        if by_function:
            engine.call_function(COUNT, forever, (), gas_limit=400_000_000)
        else:
            engine.call(to=forever, gas_limit=400_000_000)

    if by_function:
        engine.call_function(COUNT, forever, (), gas_limit=2_000_000)  # after which it counts as heavy
    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        started = time.monotonic()
        run()
        ended = time.monotonic()
    finally:
        done.set()
        ticker.join(10)
    assert ended - started > 0.1
    assert len([moment for moment in ticks if started < moment < ended]) > 10


def test_a_finalizer_may_use_the_chain(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    seen: list[int] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            seen.append(engine.call_function(COUNT, counter, ()))

    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(50):
            Cycle()
            engine.send_function(COUNT, counter, (), None, ALICE).outcome.logs  # noqa: B018
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert len(seen) == 50


def test_an_address_property_may_use_the_chain(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)

    class Busy:
        @property
        def address(self) -> Address:
            engine.send_function(COUNT, counter, (), None, ALICE)
            return ALICE

    engine.send_function(COUNT, counter, (), None, Busy())
    assert engine.storage(counter, 0) == 2


def test_what_is_held_is_one_threads_alone(engine: Engine) -> None:
    hold = engine.hold()

    def undo() -> None:
        for _ in range(200):
            with hold, engine.hold():
                snapshot = engine.snapshot()
                engine.mine()
                engine.revert(snapshot)

    def send() -> None:
        for _ in range(300):
            assert engine.send(sender=ALICE, to=ALICE).succeeded

    def mine_slowly() -> None:
        for _ in range(50):
            engine.mine(20)

    nonce = engine.nonce(ALICE)
    together(undo, send, undo, mine_slowly)
    assert engine.nonce(ALICE) == nonce + 300
    assert engine.block_number == 300 + 50 * 20


def test_an_error_lets_the_engine_go(engine: Engine) -> None:
    with pytest.raises(KeyError), engine.hold():
        raise KeyError
    together(engine.mine)
    assert engine.block_number == 1


def test_only_who_holds_the_engine_can_let_it_go(engine: Engine) -> None:
    with pytest.raises(UsageError, match="does not hold"):
        engine.hold().__exit__(None, None, None)
