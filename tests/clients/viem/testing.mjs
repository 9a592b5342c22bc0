// The actions of viem's test client, in one of its modes.

import { toHex } from 'viem'
import { session } from '../session.mjs'
import { bob, carol, clientsOf } from './clients.mjs'

await session(async ({ see, artifacts, mode, ...setting }) => {
  const { test, wallet, client, mined, deploy, accounts } = clientsOf({ ...setting, mode })
  const ledger = await deploy(artifacts.Ledger, ['units', 1000n])
  const latest = () => client.getBlock()
  const word = (value) => toHex(value, { size: 32 })

  await see('setBalance', async () => {
    await test.setBalance({ address: bob, value: 10n ** 18n })
    return client.getBalance({ address: bob })
  })
  await see('setCode', async () => {
    await test.setCode({ address: carol, bytecode: artifacts.Greeter.runtime })
    return (await client.getCode({ address: carol })) === artifacts.Greeter.runtime
  })
  await see('setStorageAt', async () => {
    await test.setStorageAt({ address: ledger.address, index: 2, value: word(99n) })
    return client.readContract({ ...ledger, functionName: 'nonce' })
  })
  await see('setNonce', async () => {
    await test.setNonce({ address: bob, nonce: 41 })
    return client.getTransactionCount({ address: bob })
  })
  await see('impersonateAccount', async () => {
    await test.impersonateAccount({ address: bob })
    const receipt = await mined(test.sendTransaction({ account: bob, to: carol, value: 0n, data: '0xcfae3217', chain: null }))
    await test.stopImpersonatingAccount({ address: bob })
    const refused = await test.sendTransaction({ account: bob, to: carol, chain: null }).then(() => false, () => true)
    return [receipt.from, receipt.logs.length, refused]
  })
  await see('sendUnsignedTransaction', async () => {
    return (await mined(test.sendUnsignedTransaction({ from: bob, to: accounts[1].address, value: 1n }))).from
  })
  await see('mine', async () => {
    const before = await latest()
    await test.mine({ blocks: 3, interval: 60 })
    const after = await latest()
    return [after.number - before.number, after.timestamp - (await client.getBlock({ blockNumber: after.number - 1n })).timestamp]
  })
  await see('setNextBlockTimestamp', async () => {
    await test.setNextBlockTimestamp({ timestamp: 2000000000n })
    await test.mine({ blocks: 1 })
    return (await latest()).timestamp
  })
  await see('increaseTime', async () => {
    const before = (await latest()).timestamp
    await test.increaseTime({ seconds: 1000 })
    await test.mine({ blocks: 1 })
    const passed = (await latest()).timestamp - before
    return passed >= 1000n && passed < 1060n
  })
  if (mode === 'anvil')
    await see('setBlockTimestampInterval', async () => {
      await test.setBlockTimestampInterval({ interval: 7 })
      const before = (await latest()).timestamp
      await test.mine({ blocks: 2 })
      const passed = (await latest()).timestamp - before
      await test.removeBlockTimestampInterval()
      return passed
    })
  await see('setNextBlockBaseFeePerGas', async () => {
    await test.setNextBlockBaseFeePerGas({ baseFeePerGas: 12345678n })
    await test.mine({ blocks: 1 })
    return (await latest()).baseFeePerGas
  })
  await see('setBlockGasLimit', async () => {
    await test.setBlockGasLimit({ gasLimit: 25000000n })
    await test.mine({ blocks: 1 })
    return (await latest()).gasLimit
  })
  await see('setCoinbase', async () => {
    await test.setCoinbase({ address: carol })
    await test.mine({ blocks: 1 })
    return (await latest()).miner
  })
  await see('setLoggingEnabled', () => test.setLoggingEnabled(true))
  await see('snapshot', async () => {
    const id = await test.snapshot()
    const before = await client.getBlockNumber()
    await mined(wallet.sendTransaction({ to: bob, value: 5n }))
    await test.revert({ id })
    return [(await client.getBlockNumber()) - before, await client.getTransactionCount(accounts[0])]
  })
  await see('setAutomine', async () => {
    await test.setAutomine(false)
    const isAutomatic = await test.getAutomine()
    const hash = await wallet.sendTransaction({ to: bob, value: 5n })
    const gap = await wallet.sendTransaction({ to: bob, value: 6n, nonce: 30 })
    const status = await test.getTxpoolStatus()
    const content = await test.getTxpoolContent()
    const inspected = await test.inspectTxpool()
    await test.dropTransaction({ hash: gap })
    const rest = await test.getTxpoolStatus()
    await test.mine({ blocks: 1 })
    const receipt = await client.getTransactionReceipt({ hash })
    await test.setAutomine(true)
    const inside = (pool) => Object.values(pool).flatMap((each) => Object.entries(each)).map(([nonce, each]) => [nonce, typeof each === 'string' ? each : each.value])
    const waiting = Object.values(content.pending)[0]
    return { isAutomatic, status, pending: inside(content.pending), queued: inside(content.queued), inspected: inside(inspected.pending).map(([nonce, words]) => [nonce, words.split(' wei')[0].toLowerCase()]), isInWords: inside(inspected.pending)[0][1].endsWith(`: 5 wei + 21000 gas × ${BigInt(Object.values(waiting)[0].maxFeePerGas ?? 0)} wei`), rest, receipt: receipt.status, senders: Object.keys(content.pending).map((each) => each.toLowerCase()) }
  })
  await see('setIntervalMining', async () => {
    await test.setIntervalMining({ interval: 1 })
    await test.setIntervalMining({ interval: 0 })
    await test.setAutomine(true)
    return test.getAutomine()
  })
  if (mode === 'anvil')
    await see('dumpState', async () => {
      const dumped = await test.dumpState()
      const balance = await client.getBalance({ address: bob })
      await test.setBalance({ address: bob, value: 1n })
      await test.loadState({ state: dumped })
      return (await client.getBalance({ address: bob })) === balance
    })
  await see('dealt tokens', async () => {
    const token = await deploy(artifacts.Token, [1000n])
    await test.request({ method: 'anvil_dealERC20', params: [bob, token.address, '0x4d2'] })
    return client.readContract({ ...token, functionName: 'balanceOf', args: [bob] })
  })
  await see('reset', async () => {
    await test.request({ method: `${mode}_reset`, params: [] })
    return [await client.getBlockNumber(), await client.getBalance({ address: bob })]
  })
})
