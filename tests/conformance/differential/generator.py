"""Random blocks of signed transactions, drawn from one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from differential.drafts import (
    DISTANT_NONCE,
    GWEI,
    OPEN,
    TRANSACTION_GAS_CAP,
    USED_NONCE,
    Drafts,
)
from differential.programs import random_word
from differential.signing import Signed, Signer, Unsigned
from differential.views import Blobs, BlockPlan, CallPlan
from differential.world import COINBASES, Actor, World

SMALLEST_BLOCK = 30_000_000
"""Gas; the transactions of a block always fit."""


class Generator:
    """Draws plans. random: the only source of chance."""

    def __init__(self, random: Random, world: World, *, chain_id: int, blobs: Blobs | None) -> None:
        self._random = random
        self._world = world
        self._blobs = blobs
        self._drafts = Drafts(random, world, chain_id=chain_id, blobs=blobs)
        cell_proofs = blobs is None or blobs.cell_proofs
        self._signer = Signer(world.crypto.sign, world.crypto.keccak, cell_proofs=cell_proofs)
        self._nonces: dict[str, int] = {}
        self._silent: set[str] = set()
        self._applications: dict[bytes, str] = {}

    def application_of(self, signed: Signed) -> str | None:
        """The sample contract that a transaction deploys, if it does."""
        return self._applications.get(signed.hash)

    def block(self, *, nonces: Mapping[str, int], base_fee: int, timestamp: int) -> BlockPlan:
        """A block on top of a chain with these nonces; base_fee: about what the next block asks for.

        timestamp: of the chain's head.
        """
        random = self._random
        self._nonces = dict(nonces)
        self._silent = set()
        fees = [1, 7, GWEI, 100 * GWEI, random.randrange(1, 10**12)]
        fee = random.choice(fees if self._world.tidy else [0, *fees]) if random.random() < 0.1 else None
        automine = random.random() < 0.4
        self._drafts.nonces = nonces
        self._drafts.waiting_allowed = automine
        return BlockPlan(
            timestamp=timestamp + random.choice([1, 1, 2, 12, 12, 3600, random.randrange(1, 10**6)]),
            coinbase=random.choice(COINBASES[: 2 if self._world.tidy else 3]),
            automine=automine,
            transactions=self._transactions(base_fee if fee is None else fee, automine=automine),
            base_fee=fee,
            gas_limit=random.choice([30_000_000, 36_000_000, 60_000_000]) if random.random() < 0.05 else None,
            empty_after=random.choice([1, 2, 5, 300]) if random.random() < 0.03 else 0,
            interval_s=random.choice([1, 12, 100]),
        )

    def _transactions(self, base_fee: int, *, automine: bool) -> tuple[Signed, ...]:
        random = self._random
        if self._blobs and not automine and random.random() < 0.2:
            drafts = [self._drafts.blob_transaction(self._blobs.per_transaction), self._drafts.draw()]
        else:
            count = 1 if automine else random.choice([0, 1, 2, 3, 4, 5, 6, 8])
            drafts = [self._drafts.draw() for _ in range(count)]
        chosen: list[Signed] = []
        gas = blobs = 0
        for draft in drafts:
            counts = not draft.kind.startswith("unacceptable")
            fits = (
                gas + draft.gas_limit <= SMALLEST_BLOCK and blobs + len(draft.blobs) <= self._blobs_per_block
            )
            if fits or not counts:
                chosen.append(self._finished(draft, base_fee, automine=automine))
                gas += chosen[-1].unsigned.gas_limit * counts
                blobs += len(draft.blobs) * counts
        return tuple(chosen)

    @property
    def _blobs_per_block(self) -> int:
        return self._blobs.per_block if self._blobs else 0

    def call(self) -> CallPlan:
        """A call of the kinds that transactions are of."""
        gas_limit = self._random.choice([TRANSACTION_GAS_CAP, 1_000_000, 100_000, 30_000])
        return self._as_call(self._drafts.draw(), gas_limit)

    def estimate(self) -> CallPlan:
        """What may be estimated."""
        return self._as_call(self._drafts.draw_estimable(), None)

    def _as_call(self, draft: Unsigned, gas_limit: int | None) -> CallPlan:
        sender = self._random.choice(self._world.senders).address
        to = "0x" + draft.to.hex() if draft.to else None
        return CallPlan(sender, to, draft.data, draft.value, gas_limit)

    def _finished(self, draft: Unsigned, base_fee: int, *, automine: bool) -> Signed:
        """Choose what the draft left open, then sign."""
        random = self._random
        sender = self._sender(draft)
        kind = draft.type if draft.type != OPEN else random.choice([0, 1, 2, 2, 2])
        tip = random.choice([0, 1, GWEI, random.randrange(10 * GWEI)])
        fee = base_fee * 2 + tip + random.choice([0, GWEI])
        if automine and random.random() < 0.05:
            fee, tip = base_fee, 0  # on the edge
        if draft.max_fee != OPEN:
            fee, tip = draft.max_fee, 0
        finished = replace(
            draft,
            type=kind,
            chain_id=None if kind == 0 and random.random() < 0.1 else draft.chain_id,
            nonce=self._next_nonce(sender, draft),
            max_fee=fee,
            priority_fee=min(tip, fee) if draft.priority_fee == OPEN else draft.priority_fee,
            access_list=self._access_list() if kind >= 1 and random.random() < 0.4 else (),
        )
        if finished.access_list and finished.gas_limit > 21_000:
            finished = replace(finished, gas_limit=finished.gas_limit + 20_000)
        elif finished.access_list:  # it cannot be paid for
            self._silent.add(sender.address)
        signed = self._signer.signed(finished, sender.key, sender.address)
        for application in self._world.applications:
            if draft.kind == f"deploy {application.name}":
                self._applications[signed.hash] = application.name
        return signed

    def _sender(self, draft: Unsigned) -> Actor:
        """Who sends. Some send no more in this block, for then it would be a node's choice what happens:

        the pauper, because all that waits has to be affordable at once or not, and the sender of something unacceptable,
        because what comes after it replaces it or not. What has too little gas for its access list is let in by anvil, which
        then leaves it out: what comes after it depends on who else raises the nonce.
        """
        world = self._world
        everybody = [*world.senders, *world.senders, *world.authorities, world.pauper]
        sender = self._random.choice([actor for actor in everybody if actor.address not in self._silent])
        if sender == world.pauper or draft.kind.startswith("unacceptable"):
            self._silent.add(sender.address)
        return sender

    def _next_nonce(self, sender: Actor, draft: Unsigned) -> int:
        nonce = self._nonces[sender.address]
        if draft.nonce == USED_NONCE:
            return max(self._drafts.nonces[sender.address] - 1, 0)
        if draft.nonce == DISTANT_NONCE:
            return nonce + 5
        if not draft.kind.startswith("unacceptable"):
            self._nonces[sender.address] += 1
        return nonce

    def _access_list(self) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
        random = self._random
        most_slots = 1 if self._world.tidy else 3
        return tuple(
            (
                bytes.fromhex(self._drafts.anybody()[2:]),
                tuple(
                    random.choice([0, 1, 5, random_word(random)]).to_bytes(32, "big")
                    for _ in range(random.randrange(most_slots))
                ),
            )
            for _ in range(random.randrange(1, 4))
        )
