"""Random sessions about what waits and what is undone, asked of anvil and of ours.

Deliberate differences, which the sessions keep clear of: a replacement pays a tenth more (anvil: anything more, and of what waits for
others it keeps both); who pays the miner most comes first (anvil: who offers most, base fee or not); what waits is looked
through at once when a nonce is set or blocks are undone (anvil: when it is mined, and what has a gap before it then is dropped);
evm_revert brings back what waited (anvil: leaves the pool as it is). What followed a transaction that is dropped waits for another in
its place (anvil: goes, too); one that waits for others can be dropped (anvil: cannot). Base fees go on from the block that is the
latest then (anvil: from the one that is gone).
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from anvil import Anvil, require_anvil
from anvil import RpcError as AnvilError

from ingot.chain import Chain
from ingot.rpc import Rpc, RpcError

START = 1_700_000_000
SENDERS = (
    "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
)
TO = "0x" + "55" * 20


class Session:
    """The same requests to both. random: what decides about them."""

    def __init__(self, anvil: Anvil, rpc: Rpc, random: Random) -> None:
        self._anvil, self._rpc, self._random = anvil, rpc, random
        self._prices: dict[tuple[str, int], int] = {}
        self.sent: list[str] = []
        self.log: list[str] = []

    def both(self, method: str, *params: Any) -> Any:
        """What both answered; the test fails if only one did."""
        answers: list[Any] = []
        for ask in (self._anvil.call, lambda name, *given: self._rpc.request(name, given)):
            try:
                answers.append(ask(method, *params))
            except (AnvilError, RpcError):
                answers.append("refused")
        self.log.append(f"{method} {params!r:.90} -> {answers[0]!r:.80}")
        assert answers[0] == answers[1], "\n".join(self.log[-12:])
        return answers[0]

    def nonce(self, sender: str) -> int:
        return int(self.both("eth_getTransactionCount", sender, "latest"), 16)

    # Steps

    def send(self) -> None:
        """A transaction at, behind or before the next nonce; one that replaces another pays double, or too little."""
        random, sender = self._random, self._random.choice(SENDERS)
        nonce = max(0, self.nonce(sender) + random.choice((-1, 0, 0, 0, 1, 1, 2)))
        before = self._prices.get((sender, nonce))
        if before is not None and nonce >= int(self.both("eth_getTransactionCount", sender, "pending"), 16):
            return
        new = random.randint(2, 9) * 10**9 + len(self.log)
        price = new if before is None else before * random.choice((2, 1))
        fields = {"from": sender, "to": TO, "value": "0x1", "gas": "0x5208", "nonce": hex(nonce)}
        kind = random.random() < 0.5
        fees = (
            {"gasPrice": hex(price)}
            if kind
            else {"maxFeePerGas": hex(price), "maxPriorityFeePerGas": hex(price)}
        )
        raw = self._rpc.request("eth_signTransaction", [{**fields, **fees}])["raw"]
        answer = self.both("eth_sendRawTransaction", raw)
        if answer != "refused":
            self._prices[sender, nonce] = price
            self.sent.append(answer)

    def drop(self) -> None:
        """One that the next block may take, and the last of its sender's."""
        ready = self._rpc.request("txpool_content")["pending"]
        hashes = sorted(of_sender[max(of_sender, key=int)]["hash"] for of_sender in ready.values())
        if hashes:
            self.both("anvil_dropTransaction", self._random.choice(hashes))
            self._forget()

    def remove(self) -> None:
        self.both("anvil_removePoolTransactions", self._random.choice(SENDERS))
        self._forget()

    def drop_all(self) -> None:
        self.both("anvil_dropAllTransactions")
        self._forget()

    def mine(self) -> None:
        self.both("evm_mine")
        self._forget()

    def reorganise(self) -> None:
        """Blocks go while nothing waits."""
        height = int(self.both("eth_blockNumber"), 16)
        self.drop_all()
        depth = self._random.randint(1, 3)
        if depth < height:
            self.both(*self._random.choice([("anvil_rollback", depth), ("anvil_reorg", depth, [])]))
            self.both("anvil_setNextBlockBaseFeePerGas", "0x3b9aca00")
            self.both("evm_mine")
        self._forget()

    def _forget(self) -> None:
        """Prices of what does not wait any more."""
        waiting = self._rpc.request("txpool_content")
        here = {
            (sender.lower(), int(nonce))
            for part in waiting.values()
            for sender, each in part.items()
            for nonce in each
        }
        self._prices = {key: price for key, price in self._prices.items() if key in here}

    def compare(self) -> None:
        """What waits, what was mined, and what there is to spend."""
        self.both("txpool_status")
        answers = []
        for content in (self._anvil.call("txpool_content"), self._rpc.request("txpool_content")):
            answers.append(
                {
                    part: {
                        (sender.lower(), int(nonce)): each["hash"]
                        for sender, of_sender in content[part].items()
                        for nonce, each in of_sender.items()
                    }
                    for part in ("pending", "queued")
                }
            )
        assert answers[0] == answers[1], "\n".join(self.log[-12:])
        blocks = [
            ask("eth_getBlockByNumber", "latest", False)
            for ask in (self._anvil.call, lambda name, *given: self._rpc.request(name, given))
        ]
        for name in ("number", "transactions", "gasUsed", "baseFeePerGas"):
            assert blocks[0][name] == blocks[1][name], "\n".join(self.log[-12:])
        for sender in SENDERS:
            self.both("eth_getBalance", sender, "latest")
            self.both("eth_getTransactionCount", sender, "pending")


@pytest.mark.parametrize("seed", range(4))
def test_what_waits_is_what_waits_in_anvil(seed: int, differential_log: list[str]) -> None:
    require_anvil()
    random = Random(seed)
    rpc = Rpc(Chain(timestamp=START, hardfork="prague", coinbase="0x" + "00" * 20))
    options = ["--hardfork", "prague", "--timestamp", str(START), "--gas-limit", "30000000", "--no-mining"]
    rpc.request("evm_setAutomine", [False])
    with Anvil([*options, "--base-fee", "1000000000"]) as anvil:
        session = Session(anvil, rpc, random)
        steps = [session.send] * 12 + [session.mine] * 3 + [session.drop, session.remove, session.drop_all]
        for _ in range(80):
            random.choice([*steps, session.reorganise])()
            session.compare()
        assert len(session.sent) > 15
    differential_log.append(f"JSON-RPC: a random session of 80 steps about the pool, seed {seed}")


def test_a_reorg_is_answered_as_by_anvil() -> None:
    require_anvil()
    rpc = Rpc(Chain(timestamp=START, hardfork="prague"))
    options = ["--hardfork", "prague", "--timestamp", str(START), "--gas-limit", "30000000"]
    with Anvil([*options, "--base-fee", "1000000000"]) as anvil:
        session = Session(anvil, rpc, Random(0))
        for _ in range(4):
            session.mine()
        session.both("anvil_reorg", 5, [])
        session.both("anvil_rollback", 5)
        session.both("anvil_reorg", 2, [[{"to": TO}, 2]])
        session.both("anvil_reorg", 2, [["0x01", 0]])
        session.both("eth_blockNumber")
        session.both("anvil_reorg", 3, [[{"from": SENDERS[1], "to": TO, "value": "0x7", "gas": "0x5208"}, 1]])
        session.both("eth_getBalance", TO, "latest")
        session.both("eth_getBlockTransactionCountByNumber", "0x3")


def test_whoever_sends_waits_for_a_gap_as_in_anvil() -> None:
    require_anvil()
    rpc = Rpc(Chain(timestamp=START, hardfork="prague"))
    rpc.request("evm_setAutomine", [False])
    options = ["--hardfork", "prague", "--timestamp", str(START), "--gas-limit", "30000000", "--no-mining"]
    stranger = "0x" + "77" * 20
    with Anvil([*options, "--base-fee", "1000000000"]) as anvil:
        session = Session(anvil, rpc, Random(0))
        session.both("anvil_impersonateAccount", stranger)
        session.both("anvil_setBalance", stranger, hex(10**18))
        for nonce, gas, value in (
            (2, 21_000, 1),
            (3, 20_999, 1),
            (1, 21_000, 1),
            (4, 21_000, 2 * 10**18),
            (0, 21_000, 1),
        ):
            fields = {"from": stranger, "to": TO, "gas": hex(gas), "value": hex(value), "nonce": hex(nonce)}
            taken = []
            for ask in (anvil.call, lambda method, *given: rpc.request(method, given)):
                try:  # what nobody signed has another hash in anvil
                    taken.append(len(ask("eth_sendTransaction", {**fields, "gasPrice": hex(2 * 10**9)})))
                except (AnvilError, RpcError):
                    taken.append("refused")
            assert taken[0] == taken[1], fields
            session.both("txpool_status")
        session.both("evm_mine")
        session.both("eth_getTransactionCount", stranger, "latest")
        session.both("eth_getBalance", stranger, "latest")
        assert session.both("txpool_status") == {"pending": "0x0", "queued": "0x0"}
