"""What has to be answered before anything is sent."""

import io
import sys

import pytest

from ingot.cli import live
from ingot.deploy.plan import Plan
from ingot.errors import DeployError
from ingot.remote.fees import Fees
from ingot.remote.network import find_network


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self):
        return True


def plan(choice):
    network = None if choice is None else find_network(*choice.split(":"))
    return Plan(
        network=network,
        chain_id=5,
        where="a node",
        steps=(),
        fees=Fees(base_fee=1),
        balances={},
        data_fees={},
    )


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("ethereum:sepolia", "y"),
        ("ethereum:sepolia", "YES"),
        ("ethereum:mainnet", "mainnet"),
        ("ethereum:mainnet", "ethereum:mainnet"),
        (None, "5"),
    ],
)
def test_the_right_answer_goes_on(monkeypatch, choice, answer):
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    live._confirm(plan(choice))


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("ethereum:sepolia", ""),
        ("ethereum:sepolia", "n"),
        ("ethereum:sepolia", "sepolia"),
        ("ethereum:mainnet", "y"),
        ("ethereum:mainnet", "sepolia"),
        (None, "y"),
    ],
)
def test_any_other_stops(monkeypatch, choice, answer):
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    with pytest.raises(DeployError, match="Nothing was sent"):
        live._confirm(plan(choice))


def test_where_nobody_sits_yes_has_to_be_said_before(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(DeployError, match="give --yes"):
        live._confirm(plan("ethereum:sepolia"))
