// What is watched: over HTTP by polling, over WebSocket and IPC by subscriptions.

import { http, webSocket } from 'viem'
import { ipc as ipcSocket } from 'viem/node'
import { session, until } from '../session.mjs'
import { bob, carol, clientsOf } from './clients.mjs'

await session(async ({ see, artifacts, url, ws, ipc, keys }) => {
  const { wallet, mined, deploy, test } = clientsOf({ url, keys })
  const ledger = await deploy(artifacts.Ledger, ['units', 1000n])
  for (const [wire, transport] of [['http', http(url)], ['ws', webSocket(ws)], ['ipc', ipcSocket(ipc)]]) {
    const { client } = clientsOf({ url, keys, transport })
    const numbers = []
    const blocks = []
    const moved = []
    const toCarol = []
    const pending = []
    const errors = []
    const onError = (error) => errors.push(error.message)
    const ends = [
      client.watchBlockNumber({ onBlockNumber: (number) => numbers.push(number), onError }),
      client.watchBlocks({ onBlock: (block) => blocks.push(block.number), onError }),
      client.watchContractEvent({ ...ledger, eventName: 'Moved', onLogs: (logs) => moved.push(...logs.map(({ args }) => args)), onError }),
      client.watchContractEvent({ ...ledger, eventName: 'Moved', args: { to: carol }, onLogs: (logs) => toCarol.push(...logs.map(({ args }) => args.value)), onError }),
      client.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes), onError }),
    ]
    // What watches begins in the background: nothing says when it has, but that all tell of something.
    await until(async () => {
      await mined(wallet.writeContract({ ...ledger, functionName: 'transfer', args: [carol, 1n] }))
      return [numbers, blocks, moved, toCarol, pending].every((each) => each.length > 0)
    })
    for (const each of [moved, toCarol]) each.length = 0
    await mined(wallet.writeContract({ ...ledger, functionName: 'transfer', args: [bob, 7n] }))
    const last = await mined(wallet.writeContract({ ...ledger, functionName: 'transfer', args: [carol, 8n] }))
    await see(`${wire}: events`, () => until(() => moved.some(({ value }) => value === 8n) && moved.filter(({ value }) => value > 1n)))
    await see(`${wire}: filtered events`, () => until(() => toCarol.includes(8n) && toCarol.filter((value) => value > 1n)))
    await see(`${wire}: block numbers`, () => until(() => numbers.includes(last.blockNumber)))
    await see(`${wire}: blocks`, () => until(() => blocks.includes(last.blockNumber)))
    await see(`${wire}: pending`, () => until(() => pending.includes(last.transactionHash)))
    await see(`${wire}: in order`, () => numbers.every((number, index) => index === 0 || number > numbers[index - 1]))
    for (const end of ends) end()
    await test.mine({ blocks: 1 })
    await see(`${wire}: errors`, () => errors)
  }
})
