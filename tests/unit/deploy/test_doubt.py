"""How long a node may contradict a journal."""

import pytest

from ingot.deploy.doubt import Doubts
from ingot.deploy.reconcile import Decision, Facts
from ingot.errors import DeployError

BEHIND, UNKNOWN, DONE = (
    Decision("behind", why="the node is at block 1"),
    Decision("unknown"),
    Decision("done"),
)


def looks(*sights):
    """One after the other; the last one again and again."""
    waiting = [{name: (decision, Facts(head=1)) for name, decision in sight.items()} for sight in sights]
    return lambda: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def test_a_node_that_catches_up_is_waited_for():
    seen = Doubts(5).outlast(
        looks({"a": BEHIND, "b": DONE}, {"a": DONE, "b": UNKNOWN}, {"a": DONE, "b": DONE})
    )
    assert {decision.action for decision, _ in seen.values()} == {"done"}


def test_one_that_does_not_is_told_with_the_step():
    with pytest.raises(
        DeployError, match=r"step a: the node is at block 1\. Nothing was sent.*--rpc-url"
    ) as caught:
        Doubts(0.15).outlast(looks({"a": BEHIND, "b": DONE}))
    assert caught.value.step == "a"


def test_a_doubt_that_was_removed_begins_anew():
    doubts = Doubts(0)
    assert not doubts.takes("a", DONE)
    with pytest.raises(DeployError):
        doubts.takes("a", BEHIND)
    doubts = Doubts(60)
    assert doubts.takes("a", BEHIND)
    assert not doubts.takes("a", DONE)
    assert doubts.takes("a", UNKNOWN)
