"""Nobody waits for whoever reads what a node says."""

import io
import os
import threading

import pytest

from ingot.node.writer import Writer

LONG_S = 60
"""So long a machine may be busy with other things."""


def tell(event):
    if event == "bad":
        raise RuntimeError("cannot be told")
    return f"{event}\n"


def left_out(count):
    return f"({count} left out)\n"


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "w") as stream:
        yield source, stream


def test_what_is_put_is_written_in_order():
    stream = io.StringIO()
    writer = Writer(stream, tell, left_out)
    for start in range(0, 1000, 10):
        writer.put(range(start, start + 10))
    writer.end(at_most_s=LONG_S)
    assert stream.getvalue() == "".join(f"{each}\n" for each in range(1000))


def test_an_event_that_cannot_be_told_ends_nothing():
    stream = io.StringIO()
    writer = Writer(stream, tell, left_out)
    writer.put(["bad", "good"])
    writer.end(at_most_s=LONG_S)
    assert stream.getvalue() == "(cannot be shown: RuntimeError)\ngood\n"


def in_time(work):
    """Do this in a thread, which must come to its end."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LONG_S)
    assert not thread.is_alive()


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting(pipe):
    source, stream = pipe
    writer = Writer(stream, tell, left_out, limit=100)
    in_time(lambda: [writer.put(["x" * 1000]) for _ in range(2000)])
    assert writer.backlog <= 100
    counts = []

    def read():
        told = 0
        while told + sum(counts) < 2000:
            line = source.readline().decode()
            if line == "x" * 1000 + "\n":
                told += 1
            else:
                counts.append(int(line.removeprefix("(").removesuffix(" left out)\n")))
        assert told + sum(counts) == 2000

    in_time(read)
    writer.end(at_most_s=LONG_S)
    stream.close()
    assert source.read() == b""
    assert counts


def test_the_end_does_not_wait_for_a_pipe_that_nobody_reads(pipe):
    _, stream = pipe
    writer = Writer(stream, tell, left_out)
    writer.put(["x" * 1000] * 200)
    in_time(writer.end)


def test_a_pipe_that_is_closed_is_written_to_no_more(pipe):
    source, stream = pipe
    writer = Writer(stream, tell, left_out)
    source.close()
    writer.put(["one"])
    writer.end(at_most_s=LONG_S)
    assert writer.is_closed
    writer.put(["two"])
    assert writer.backlog == 0


def test_characters_that_the_stream_lacks_are_shown_otherwise(pipe):
    source, stream = pipe
    stream.reconfigure(encoding="ascii")
    writer = Writer(stream, tell, left_out)
    writer.put(["caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
    writer.end(at_most_s=LONG_S)
    assert os.read(source.fileno(), 100) == b"caf\\xe9\n"
