"""Nobody waits for whoever reads what a node says."""

import io
import os
import threading
import time

import pytest

from ingot.node.writer import Writer


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
    writer.end()
    assert stream.getvalue() == "".join(f"{each}\n" for each in range(1000))


def test_an_event_that_cannot_be_told_ends_nothing():
    stream = io.StringIO()
    writer = Writer(stream, tell, left_out)
    writer.put(["bad", "good"])
    writer.end()
    assert stream.getvalue() == "(cannot be shown: RuntimeError)\ngood\n"


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting(pipe):
    source, stream = pipe
    writer = Writer(stream, tell, left_out, limit=100)
    started = time.monotonic()
    for _ in range(2000):
        writer.put(["x" * 1000])
    assert time.monotonic() - started < 1
    assert writer.backlog <= 100
    received = []
    reader = threading.Thread(target=lambda: received.append(source.read()))
    reader.start()
    writer.end()
    stream.close()
    reader.join()
    lines = received[0].decode().splitlines()
    counts = [int(line[1:].split()[0]) for line in lines if line.endswith(" left out)")]
    assert lines.count("x" * 1000) == len(lines) - len(counts)
    assert lines.count("x" * 1000) + sum(counts) == 2000
    assert counts


def test_the_end_does_not_wait_for_a_pipe_that_nobody_reads(pipe):
    _, stream = pipe
    writer = Writer(stream, tell, left_out)
    writer.put(["x" * 1000] * 200)
    started = time.monotonic()
    writer.end()
    assert time.monotonic() - started < 5


def test_a_pipe_that_is_closed_is_written_to_no_more(pipe):
    source, stream = pipe
    writer = Writer(stream, tell, left_out)
    source.close()
    writer.put(["one"])
    writer.end()
    assert writer.is_closed
    writer.put(["two"])
    assert writer.backlog == 0


def test_characters_that_the_stream_lacks_are_shown_otherwise(pipe):
    source, stream = pipe
    stream.reconfigure(encoding="ascii")
    writer = Writer(stream, tell, left_out)
    writer.put(["caf\N{LATIN SMALL LETTER E WITH ACUTE}"])
    writer.end()
    assert os.read(source.fileno(), 100) == b"caf\\xe9\n"
