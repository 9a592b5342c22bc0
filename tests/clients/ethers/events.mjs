// Events and blocks: found again, polled for over HTTP, pushed over WebSocket and IPC.

import { Contract, ContractFactory, IpcSocketProvider, JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers'
import { session, until } from '../session.mjs'

await session(async ({ url, ws, ipc, keys, artifacts, see }) => {
  const { abi, bytecode } = artifacts.Ledger
  const options = { cacheTimeout: -1, polling: true, pollingInterval: 20 }
  const http = new JsonRpcProvider(url, undefined, options)
  const wallet = new Wallet(keys[0], http)
  const ledger = await (await new ContractFactory(abi, bytecode, wallet).deploy('units', 1000n)).waitForDeployment()
  const [bob, carol] = ['0x00000000000000000000000000000000000000b0', '0x00000000000000000000000000000000000000c0']

  for (const [kind, provider] of [
    ['http', http],
    ['ws', new WebSocketProvider(ws)],
    ['ipc', new IpcSocketProvider(ipc)],
  ]) {
    const blocks = []
    const moved = []
    const toCarol = []
    const pending = []
    const watched = new Contract(ledger.target, abi, provider)
    await provider.on('block', (number) => blocks.push(number))
    await provider.on('pending', (hash) => pending.push(hash))
    await watched.on('Moved', (from, to, value, event) => moved.push([from, to, value, event.log.blockNumber]))
    await watched.on(watched.filters.Moved(null, carol), (event) => toCarol.push(event.args.value))
    const first = await http.getBlockNumber()
    await until(() => provider.getBlockNumber())
    // Listeners subscribe in the background: nothing says when they have, but that they tell of a block.
    await until(async () => {
      await http.send('evm_mine', [])
      return blocks.length > 0
    })
    await (await ledger.transfer(bob, 7n)).wait()
    const last = await (await ledger.transfer(carol, 8n)).wait()
    await see(`${kind}: events`, () => until(() => moved.length === 2 && moved.map((each) => each.slice(0, 3))))
    await see(`${kind}: filtered events`, () => until(() => toCarol.length === 1 && toCarol))
    await see(`${kind}: blocks of the events`, () => moved.map((each) => last.blockNumber - each[3]))
    await see(`${kind}: blocks`, () => until(() => blocks.includes(last.blockNumber)))
    await see(`${kind}: no block twice`, () => new Set(blocks).size === blocks.length)
    await see(`${kind}: pending`, () => until(() => pending.includes(last.hash)))
    await provider.removeAllListeners()
    await watched.removeAllListeners()
  }

  await see('found again', async () =>
    (await ledger.queryFilter('Moved', 0, 'latest')).map(({ args, index, eventName }) => [eventName, ...args, index]))
  await see('found by their receiver', async () =>
    (await ledger.queryFilter(ledger.filters.Moved(null, carol))).map(({ args }) => args.value))
  await see('found in one block', async () => {
    const [{ blockHash }] = await ledger.queryFilter('Moved')
    return (await http.getLogs({ blockHash })).length
  })
  await see('anonymous', async () => {
    const { logs } = await (await ledger.note('rain')).wait()
    return ledger.interface.decodeEventLog('Noted', logs[0].data, [null, ...logs[0].topics].slice(1))
  })
  await see('nothing', () => ledger.queryFilter(ledger.filters.Moved(carol)))
  await see('waited for', async () => {
    const sent = await wallet.sendTransaction({ to: bob, value: 1n })
    await http.send('anvil_mine', ['0x2'])
    return (await http.waitForTransaction(sent.hash, 3, 5000)).status
  })
})
