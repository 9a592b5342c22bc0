"""What a run is going to do, and what that costs: shown before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.conversion import UNITS, format_amount
from ingot.deploy.node_simulation import reckoned_by_node, with_data_gas
from ingot.errors import DeployError
from ingot.remote import UnsignedTransaction
from ingot.types import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.deploy.simulated import PlannedStep
    from ingot.remote import Fees, Network, RemoteChain
    from ingot.types import Address

__all__ = ["Plan", "plan_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """steps: of all deployments of the script, in order.      balances: of the senders, wei.

    data_fees: what a rollup asks for each step's data, wei.      notes: what else there is to say, one line each.
    """

    network: Network | None
    chain_id: int
    where: str
    steps: Sequence[PlannedStep]
    fees: Fees
    balances: Mapping[Address, int]
    data_fees: Mapping[str, int]
    notes: Sequence[str] = ()

    @property
    def to_do(self) -> list[PlannedStep]:
        """Steps that are going to be signed."""
        return [step for step in self.steps if step.is_to_do]

    def expected(self, step: PlannedStep) -> int:
        """Wei, if fees stay as they are."""
        return step.gas * self.fees.expected + self.data_fees.get(step.step, 0)

    def most(self, step: PlannedStep) -> int:
        """Wei that it may cost at most, the value not counted."""
        return step.gas_limit * self.fees.per_gas + self.data_fees.get(step.step, 0)

    def needed(self, sender: Address) -> int:
        """Wei that a sender has to have: what is sent along, and all gas at its highest price."""
        return sum(step.value + self.most(step) for step in self.to_do if step.sender == sender)

    # Whether it can be done

    def check(self, *, max_cost: int | None) -> None:
        """Raises: DeployError, if a sender has too little, or it may cost more than it may."""
        for sender in self.senders:
            missing = self.needed(sender) - self.balances.get(sender, 0)
            if missing > 0:
                raise DeployError(self._unfunded(sender, missing))
        most = sum(self.most(step) for step in self.to_do)
        if max_cost is not None and most > max_cost:
            raise DeployError(
                f"the gas of this run may cost {self._amount(most)}, more than --max-cost {self._amount(max_cost)}. Nothing "
                "was sent: wait until gas is cheaper, give --max-fee, or a higher --max-cost"
            )

    def _unfunded(self, sender: Address, missing: int) -> str:
        faucets = self.network.faucets if self.network is not None else ()
        advice = f" Where test money comes from: {', '.join(faucets)}" if faucets else ""
        return (
            f"{sender} has {self._amount(self.balances.get(sender, 0))} and may need {self._amount(self.needed(sender))}: "
            f"{self._amount(missing)} are missing. Nothing was sent: send it that much, and run again.{advice}"
        )

    @property
    def senders(self) -> list[Address]:
        """Of what is to do, in order."""
        return list(dict.fromkeys(step.sender for step in self.to_do if step.sender is not None))

    # How it looks

    def render(self) -> str:
        """For people: the network, the senders, each step with its arguments, and what it costs."""
        lines = [self._title()]
        for sender in self.senders:
            lines.append(
                f"  {sender} has {self._amount(self.balances[sender])}, needs at most {self._amount(self.needed(sender))}"
            )
        lines += ["", *self._rows(), ""]
        lines += self.notes
        lines.append(self._total())
        return "\n".join(lines)

    def _title(self) -> str:
        if self.network is None:
            return f"Plan for chain {self.chain_id} through {self.where}"
        kind = "mainnet" if self.network.is_mainnet else "testnet" if self.network.is_testnet else "network"
        return f"Plan for {self.network.choice} ({kind}, chain {self.chain_id}) through {self.where}"

    def _rows(self) -> list[str]:
        several = len(self.senders) > 1
        rows = []
        for number, step in enumerate(self.steps, start=1):
            named = "" if step.words.startswith(f"{step.step}(") else f"{step.step}: "
            sender = f"  from {_short(step.sender)}" if several and step.is_to_do and step.sender else ""
            value = f"  with {self._amount(step.value)}" if step.value and step.is_to_do else ""
            where = f"  at {step.address}" if step.address else ""
            cost = f"  {step.gas:,} gas, {self._amount(self.expected(step))}" if step.is_to_do else ""
            status = "" if step.status == "new" else f"  [{step.status}]"
            rows.append(f"{number:4}. {named}{step.words}{where}{sender}{value}{cost}{status}")
        return rows

    def _total(self) -> str:
        if not self.to_do:
            waiting = sum(step.status == "in flight" for step in self.steps)
            return (
                f"Nothing is left to sign; {waiting} in flight."
                if waiting
                else "Nothing to do: every step is done."
            )
        gas = sum(step.gas for step in self.to_do)
        expected = sum(self.expected(step) for step in self.to_do)
        most = sum(self.most(step) for step in self.to_do)
        value = sum(step.value for step in self.to_do)
        sent = f", and {self._amount(value)} sent along" if value else ""
        return (
            f"{len(self.to_do)} {'transaction' if len(self.to_do) == 1 else 'transactions'}, {gas:,} gas at {_gwei(self.fees.expected)} gwei: {self._amount(expected)}, at most "
            f"{self._amount(most)} (up to {_gwei(self.fees.per_gas)} gwei){sent}"
        )

    def _amount(self, wei: int) -> str:
        """In the chain's own currency, to a millionth; exact where that would say nothing."""
        currency = "ETH" if self.network is None else self.network.currency
        if 0 < abs(wei) < UNITS["ether"] // 10**6:
            return f"{format_amount(wei).removesuffix(' ether')} {currency}"
        rounded = -(-wei // 10**12)
        return f"{rounded // 10**6}.{rounded % 10**6:06d} {currency}"


def plan_of(chain: RemoteChain, steps: Sequence[PlannedStep], *, notes: Sequence[str] = ()) -> Plan:
    """The plan of these steps, with what the node says of their gas, of fees and of balances. Raises: DeployError."""
    steps, unknown = with_data_gas(chain, steps)
    steps, differing = reckoned_by_node(chain, steps)
    notes = [*notes, *unknown, *differing]
    to_do = [step for step in steps if step.is_to_do]
    fees = chain.fees().capped(chain.max_fee if to_do else None)
    senders = list(dict.fromkeys(step.sender for step in to_do if step.sender is not None))
    balances = chain.ask_all([("eth_getBalance", [sender, "latest"]) for sender in senders])
    return Plan(
        network=chain.network,
        chain_id=chain.chain_id,
        where=chain.transport.shown,
        steps=steps,
        fees=fees,
        balances={sender: int(balance, 16) for sender, balance in zip(senders, balances, strict=True)},
        data_fees=_data_fees(chain, to_do, fees),
        notes=notes,
    )


def _data_fees(chain: RemoteChain, to_do: Sequence[PlannedStep], fees: Fees) -> dict[str, int]:
    """What a rollup asks for writing the transactions to the chain below it."""
    if chain.network is None or chain.network.rollup != "op":
        return {}
    unsigned = [
        UnsignedTransaction(
            sender=step.sender or ZERO_ADDRESS,
            to=step.to,
            nonce=step.nonce or 0,
            value=step.value,
            data=step.data,
            gas_limit=step.gas_limit,
            type=0 if fees.max_fee is None else 2,
            chain_id=chain.chain_id,
            gas_price=fees.gas_price,
            max_fee=fees.max_fee,
            max_priority_fee=fees.max_priority_fee,
        )
        for step in to_do
    ]
    return dict(zip([step.step for step in to_do], chain.data_fees(unsigned), strict=True))


def _short(address: Address) -> str:
    return f"{address[:6]}…{address[-4:]}"


def _gwei(wei: int) -> str:
    return f"{wei / 10**9:.3g}" if wei >= 10**6 else format_amount(wei, "gwei").removesuffix(" gwei")
