"""web3.py 7 with asyncio: requests over every wire, and subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from eth_utils import keccak
from nodes import ALICE, BOB, STRANGER, Node, called, created
from seeing import Seeing
from web3 import AsyncHTTPProvider, AsyncIPCProvider, AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.utils.subscriptions import LogsSubscription, NewHeadsSubscription
from web3_tools import deployed, moves

LEDGER = created(ALICE, 0)
MOVED = "0x" + keccak(text="Moved(address,address,uint256)").hex()

Play = Callable[..., Any]
Artifacts = Mapping[str, Any]


@asynccontextmanager
async def opened(wire: str, node: Node) -> AsyncIterator[AsyncWeb3[Any]]:
    if wire == "http":
        w3 = AsyncWeb3(AsyncHTTPProvider(node.url))
        yield w3
        await w3.provider.disconnect()
        return
    provider = WebSocketProvider(node.ws) if wire == "ws" else AsyncIPCProvider(node.ipc)
    async with AsyncWeb3(provider) as w3:
        yield w3


def test_web3_asks_asynchronously_over_every_wire(play: Play, artifacts: Artifacts) -> None:
    artifact = artifacts["Ledger"]

    async def talk(wire: str, node: Node) -> list[Any]:
        async with opened(wire, node) as w3:
            factory = w3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
            sent = await factory.constructor("units", 1000).transact({"from": ALICE})
            receipt = await w3.eth.wait_for_transaction_receipt(sent)
            ledger = w3.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])
            sent = await ledger.functions.transfer(STRANGER, 7).transact({"from": ALICE})
            await w3.eth.wait_for_transaction_receipt(sent)
            logs = await ledger.events.Moved().get_logs(from_block=0)
            many = await asyncio.gather(*(w3.eth.get_balance(each) for each in (ALICE, BOB) * 20))
            async with w3.batch_requests() as batch:
                batch.add(w3.eth.get_block(0))
                batch.add(ledger.functions.balanceOf(STRANGER))
                block, balance = await batch.async_execute()
            return [moves(logs), len(set(many)), block["number"], balance, ledger.address]

    def session(node: Node) -> dict[str, Any]:
        see = Seeing()
        for wire in ("http", "ws", "ipc"):
            see(wire, lambda wire=wire: asyncio.run(talk(wire, node)))
        return see.seen

    played = play(session)
    for index, wire in enumerate(("http", "ws", "ipc")):
        height = 2 * index + 2
        assert played[wire] == [[(ALICE, STRANGER, 7, height)], 2, 0, 7, created(ALICE, 2 * index)]


def test_web3_subscribes_over_websocket_and_ipc(play: Play, artifacts: Artifacts) -> None:
    async def listen(wire: str, node: Node) -> list[Any]:
        async with opened(wire, node) as w3:
            heads = await w3.eth.subscribe("newHeads")
            pending = await w3.eth.subscribe("newPendingTransactions")
            logs = await w3.eth.subscribe("logs", {"address": LEDGER, "topics": [MOVED]})
            sent = await w3.eth.send_transaction(
                {"from": ALICE, "to": LEDGER, "data": called("transfer(address,uint256)", STRANGER, 9)}
            )
            told: dict[str, Any] = {}
            async for message in w3.socket.process_subscriptions():
                told[message["subscription"]] = message["result"]
                if len(told) == 3:
                    break
            found = [
                int(told[heads]["number"]),
                bytes(told[pending]) == bytes(sent),
                int.from_bytes(told[logs]["data"]),
            ]
            return [*found, [await w3.eth.unsubscribe(each) for each in (heads, pending, logs)]]

    async def handle(wire: str, node: Node) -> list[Any]:
        """With handlers, as a program that runs on would have it."""
        told: list[tuple[str, int]] = []

        async def on_head(context: Any) -> None:
            told.append(("block", context.result["number"]))

        async def on_log(context: Any) -> None:
            told.append(("log", int.from_bytes(context.result["data"])))
            await context.subscription.unsubscribe()
            await context.async_w3.subscription_manager.unsubscribe_all()

        async with opened(wire, node) as w3:
            await w3.subscription_manager.subscribe(
                [
                    NewHeadsSubscription(handler=on_head),
                    LogsSubscription(address=LEDGER, topics=[MOVED], handler=on_log),
                ]
            )
            await w3.eth.send_transaction({"from": ALICE, "to": STRANGER, "value": 1})
            await w3.eth.send_transaction(
                {"from": ALICE, "to": LEDGER, "data": called("transfer(address,uint256)", STRANGER, 3)}
            )
            await w3.subscription_manager.handle_subscriptions()
        return [min(told), max(told)]  # the second block comes before its logs or after them

    def session(node: Node) -> dict[str, Any]:
        see = Seeing()
        deployed(Web3(HTTPProvider(node.url)), artifacts["Ledger"], "units", 1000)
        for wire in ("ws", "ipc"):
            see(f"{wire}: told", lambda wire=wire: asyncio.run(listen(wire, node)))
            see(f"{wire}: handled", lambda wire=wire: asyncio.run(handle(wire, node)))
        return see.seen

    played = play(session)
    for wire, height in (("ws", 1), ("ipc", 4)):
        assert played[f"{wire}: told"] == [height + 1, True, 9, [True] * 3]
        assert played[f"{wire}: handled"] == [("block", height + 2), ("log", 3)]
