"""Cutting a stream into JSON values."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.node.ipc import Splitter

values = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
messages = st.lists(st.dictionaries(st.text(), values, max_size=3) | st.lists(values, max_size=3), max_size=5)


@given(messages=messages, separator=st.sampled_from([b"", b"\n", b" \r\n "]), data=st.data())
def test_messages_arrive_whole_however_the_stream_is_cut(
    messages: list[Any], separator: bytes, data: st.DataObject
) -> None:
    stream = separator.join(json.dumps(each, ensure_ascii=False).encode() for each in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    splitter = Splitter()
    found = [
        each for start, end in pairwise([0, *cuts, len(stream)]) for each in splitter.feed(stream[start:end])
    ]
    assert [json.loads(each) for each in found] == messages


@pytest.mark.parametrize("garbage", [b"hello\n", b"}}\n", b'"a{"\n', b"\\\n"])
def test_garbage_ends_with_its_line(garbage: bytes) -> None:
    found = Splitter().feed(garbage + b'{"id":1}\n')
    assert json.loads(found[-1]) == {"id": 1}


def test_what_is_not_whole_waits() -> None:
    splitter = Splitter()
    assert splitter.feed(b'{"a":"}') == []
    assert splitter.waiting == 7
