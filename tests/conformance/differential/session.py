"""A run of many random blocks on two chains at once, stopped by the first difference that nothing explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from differential.anvil_side import AnvilSide
from differential.compare import (
    Difference,
    KnownDifference,
    compare_accounts,
    compare_blocks,
    without_known,
)
from differential.engine_side import EngineSide
from differential.generator import Generator
from differential.mpt import state_root
from differential.specimens import SPECIMENS
from differential.views import HISTORY, Blobs, BlockPlan, BlockView, Setting
from differential.world import COINBASES, PRECOMPILES, Application, Crypto, World

EPISODE_TRANSACTIONS = 200
"""So many transactions share a chain: anvil slows as its chain grows."""

ETHER = 10**18
EPISODES = (
    # anvil takes 9 blobs in a block, whatever the hardfork, and their price never rises: stay below our target
    Setting(blobs=Blobs(per_transaction=6, per_block=9, too_many=7, cell_proofs=True)),
    Setting(recording=True),
    Setting(tidy=True),
    Setting(),
    Setting(
        hardfork="prague",
        recording=True,
        blobs=Blobs(per_transaction=6, per_block=6, too_many=10, cell_proofs=False),
    ),
    Setting(tidy=True, recording=True),
)
"""Settings in turn."""
BLOCK_HASHES = 256
"""So many ancestors BLOCKHASH knows."""
WRITTEN_SLOTS = range(6)
"""Slots that the specimens of tidy episodes write."""
MAX_SHOWN = 8
"""Differences that a report spells out."""


@dataclass
class Report:
    """What was run. mix: (kind, outcome) -> how often; known: reason -> how often it explained a difference."""

    seed: int
    transactions: int = 0
    blocks: int = 0
    calls: int = 0
    mix: Counter[tuple[str, str]] = field(default_factory=Counter)
    types: Counter[int] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """The mix, ready to be printed."""
        outcomes = ("success", "revert", "halt", "not included")
        kinds = sorted({kind for kind, _ in self.mix})
        rows = [f"{'kind':<34}" + "".join(f"{outcome:>14}" for outcome in outcomes)]
        rows += [
            f"{kind:<34}" + "".join(f"{self.mix[kind, outcome]:>14}" for outcome in outcomes)
            for kind in kinds
        ]
        totals = [
            sum(count for (_, one), count in self.mix.items() if one == outcome) for outcome in outcomes
        ]
        rows.append(f"{'all':<34}" + "".join(f"{total:>14}" for total in totals))
        types = ", ".join(f"type {kind}: {count}" for kind, count in sorted(self.types.items()))
        head = f"seed {self.seed}: {self.transactions} transactions ({types}), {self.blocks} blocks, {self.calls} calls"
        known = [f"known difference, {count} times: {reason}" for reason, count in sorted(self.known.items())]
        return [head, *rows, *known]


class MismatchError(AssertionError):
    """The two sides disagree. differences: all of them, in order."""

    def __init__(self, message: str, differences: Sequence[Difference]) -> None:
        super().__init__(message)
        self.differences = list(differences)


@dataclass(frozen=True)
class Rules:
    """What may differ, and how much is looked at."""

    known: Sequence[KnownDifference] = ()
    known_untidy: Sequence[KnownDifference] = ()
    """In episodes that are not tidy."""
    accounts_every: int = 5
    """Blocks between two comparisons of all watched accounts."""


MakeSides = Callable[[Setting], tuple[AnvilSide, EngineSide]]
"""Starts anvil and its counterpart, in this order."""


def run(
    seed: int,
    transactions: int,
    make_sides: MakeSides,
    crypto: Crypto,
    *,
    rules: Rules,
    applications: tuple[Application, ...] = (),
) -> Report:
    """Run at least `transactions` transactions. Raises: MismatchError."""
    report = Report(seed)
    episode = 0
    while report.transactions < transactions:
        setting = EPISODES[episode % len(EPISODES)]
        anvil, ours = make_sides(setting)
        try:
            count = min(EPISODE_TRANSACTIONS, transactions - report.transactions)
            one = Episode(
                f"{seed}/{episode}",
                setting,
                anvil,
                ours,
                World(crypto, applications, tidy=setting.tidy),
                rules,
                report,
            )
            one.run(count)
        finally:
            anvil.close()
            ours.close()
        episode += 1
    return report


class Episode:
    """One chain's life. label: `seed/episode`, which alone determines the plans."""

    def __init__(
        self,
        label: str,
        setting: Setting,
        anvil: AnvilSide,
        ours: EngineSide,
        world: World,
        rules: Rules,
        report: Report,
    ) -> None:
        self._label = label
        self._setting = setting
        self._anvil, self._ours = anvil, ours
        self._world = world
        self._rules = rules
        self._report = report
        self._random = Random(label)
        self._generator = Generator(self._random, world, chain_id=setting.chain_id, blobs=setting.blobs)
        self._base_fee = setting.base_fee
        self._timestamp = setting.timestamp
        self._gas_limit: int | None = None
        self._reverted = False
        # Anvil calls with the coinbase that was set last: a revert, or a plan without a block, sets it apart from the block's.
        self._is_as_mined = True
        self._index = 0
        self._block = 0

    def run(self, transactions: int) -> None:
        """Run at least `transactions` transactions."""
        self._prepare()
        while self._index < transactions:
            if self._random.random() < 0.04:
                self._with_revert()
            else:
                self._next_block()
            if self._block % self._rules.accounts_every == 0:
                self._compare_accounts()
            if self._random.random() < 0.3 and self._is_as_mined:
                self._compare_call()
        self._compare_accounts()

    def _prepare(self) -> None:
        balances = {actor.address: 10**6 * ETHER for actor in self._world.actors}
        balances[self._world.pauper.address] = ETHER // 1000
        if self._setting.tidy:
            balances |= dict.fromkeys([f"0x{number:040x}" for number in PRECOMPILES] + list(COINBASES), 1)
        for side in (self._anvil, self._ours):
            side.fund(balances)
            for name, address in self._world.specimens.items():
                side.install(address, SPECIMENS[name])
            side.write(self._world.specimens["storage"], 3, 2**255)
            if self._setting.tidy:
                for address in (
                    *self._world.specimens.values(),
                    *(one.address for one in self._world.authorities),
                ):
                    for slot in WRITTEN_SLOTS:
                        side.write(address, slot, 1)
        self._compare_accounts()
        # the first block's base fee is set: a fresh chain of ours keeps it, anvil goes on from block 0
        blocks = BLOCK_HASHES if self._setting.tidy else 1
        first = BlockPlan(self._timestamp + 1, COINBASES[0], False, (), base_fee=self._setting.base_fee)
        self._run(replace(first, empty_after=blocks - 1))

    def _with_revert(self) -> None:
        snapshots = (self._anvil.snapshot(), self._ours.snapshot())
        base_fee, timestamp, gas_limit = self._base_fee, self._timestamp, self._gas_limit
        contracts = list(self._world.contracts)
        for _ in range(self._random.randrange(1, 4)):
            self._next_block()
        self._anvil.revert(snapshots[0])
        self._ours.revert(snapshots[1])
        self._base_fee, self._timestamp, self._gas_limit = base_fee, timestamp, gas_limit
        self._reverted, self._is_as_mined = True, False
        if self._setting.tidy:
            self._world.contracts = contracts
        self._compare_accounts()

    def _next_block(self) -> None:
        addresses = [actor.address for actor in self._world.actors]
        anvil, ours = self._anvil.nonces(addresses), self._ours.nonces(addresses)
        if anvil != ours:
            self._expect_none([Difference("all actors", "nonces", anvil, ours)])
        nonces = dict(zip(addresses, anvil, strict=True))
        plan = self._generator.block(nonces=nonces, base_fee=self._base_fee, timestamp=self._timestamp)
        if plan.base_fee is None and (self._reverted or not self._base_fee):
            # anvil reverts the state, not what it computed from the block that is gone; and 0 stays 0 there, where it
            # would rise to 1 after a block above its target (EIP-1559)
            plan = replace(plan, base_fee=self._base_fee)
        if plan.gas_limit is None and self._reverted:
            plan = replace(plan, gas_limit=self._gas_limit)  # anvil keeps what was set since
        self._reverted = False
        self._run(plan)

    def _run(self, plan: BlockPlan) -> None:
        anvil = self._anvil.run_block(plan, ())
        ours = self._ours.run_block(plan, [header.prev_randao for header in anvil.headers])
        world = self._world
        delegators = {actor.address for actor in world.actors}
        differences = compare_blocks(plan, anvil, ours, keccak=world.crypto.keccak, delegators=delegators)
        self._expect_none(differences, plan)
        self._count(plan, anvil)
        self._is_as_mined = bool(anvil.headers)
        self._block += 1
        if anvil.headers:
            self._base_fee = anvil.headers[-1].base_fee
            self._timestamp = anvil.headers[-1].timestamp
            self._gas_limit = anvil.headers[-1].gas_limit
        elif plan.base_fee is not None:
            self._base_fee = plan.base_fee  # it was set, and waits for a block
        if plan.gas_limit is not None:
            self._gas_limit = plan.gas_limit

    def _count(self, plan: BlockPlan, view: BlockView) -> None:
        report = self._report
        report.blocks += len(view.headers)
        for signed, receipt in zip(plan.transactions, view.receipts, strict=True):
            report.transactions += 1
            self._index += 1
            report.types[signed.unsigned.type] += 1
            outcome = "not included"
            if receipt:
                outcome = "success" if receipt.status else "halt" if receipt.halt else "revert"
                self._world.learn(receipt, self._generator.application_of(signed))
            report.mix[signed.unsigned.kind, outcome] += 1

    def _compare_accounts(self) -> None:
        addresses = self._world.watched()
        self._expect_none(compare_accounts(self._anvil.accounts(addresses), self._ours.accounts(addresses)))
        # then everything, seen or not: the root of all that anvil holds has to be ours
        state = self._anvil.dump()
        if not self._setting.tidy:
            slots = list(state[HISTORY].storage)
            state[HISTORY] = self._ours.accounts([HISTORY], slots=slots)[HISTORY]
        expected, actual = state_root(state, self._world.crypto.keccak), self._ours.state_root()
        if expected != actual:
            self._expect_none(
                [Difference("all accounts of anvil", "state root computed here", expected, actual)]
            )

    def _compare_call(self) -> None:
        found = []
        plans = {"call": self._generator.call(), "estimate": self._generator.estimate()}
        for name, plan in plans.items():
            a, b = getattr(self._anvil, name)(plan), getattr(self._ours, name)(plan)
            if a != b:
                found.append(Difference(f"{plan}", name if plan.data else f"{name} without data", a, b))
            self._report.calls += 1
        self._expect_none(found)

    def _expect_none(self, differences: Sequence[Difference], plan: BlockPlan | None = None) -> None:
        __tracebackhide__ = True
        known = self._rules.known if self._setting.tidy else (*self._rules.known, *self._rules.known_untidy)
        left, used = without_known(differences, known)
        self._report.known.update(one.reason for one in used)
        if not left:
            return
        lines = [
            f"{self._anvil.name} and {self._ours.name} disagree: episode {self._label},"
            f" block {self._block} of it, transaction {self._index} onwards",
            *map(str, left[:MAX_SHOWN]),
        ]
        if plan:
            lines.append(f"plan: {replace(plan, transactions=())}")
            concerned = {difference.number for difference in left[:MAX_SHOWN]}
            lines += [
                f"  transaction {number} from {one.sender}: {one.unsigned.described()}"
                for number, one in enumerate(plan.transactions)
                if number in concerned or not concerned - {None}
            ]
        raise MismatchError("\n".join(lines), left)
