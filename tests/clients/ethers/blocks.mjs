// Blocks by every name, fees, batches, and states of the past.

import { JsonRpcProvider, Wallet } from 'ethers'
import { session } from '../session.mjs'

await session(async ({ url, keys, see }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[0], provider)
  const bob = '0x00000000000000000000000000000000000000b0'
  await see('fees', async () => (await provider.getFeeData()).toJSON())
  const sent = []
  for (const value of [1n, 2n, 3n]) sent.push(await (await wallet.sendTransaction({ to: bob, value })).wait())
  await provider.send('anvil_mine', ['0x50'])

  for (const tag of ['earliest', 'latest', 'pending', 'safe', 'finalized', 2])
    await see(`block ${tag}`, async () => {
      const block = await provider.getBlock(tag)
      return { number: block.number, transactions: block.transactions.length, gasLimit: block.gasLimit, gasUsed: block.gasUsed, hasHash: block.hash !== null }
    })
  await see('by hash', async () => {
    const { hash } = await provider.getBlock(3)
    const block = await provider.getBlock(hash, true)
    return [block.number, block.prefetchedTransactions.map(({ value, from, index }) => [value, from, index])]
  })
  await see('linked', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((number) => provider.getBlock(number)))
    return all.slice(1).map((block, index) => block.parentHash === all[index].hash)
  })
  await see('times rise', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((number) => provider.getBlock(number)))
    return all.slice(1).map((block, index) => block.timestamp >= all[index].timestamp)
  })
  await see('balances of the past', () => Promise.all([0, 1, 2, 3, 'latest'].map((tag) => provider.getBalance(bob, tag))))
  await see('nonces of the past', () => Promise.all([0, 1, 'latest', 'pending'].map((tag) => wallet.getNonce(tag))))
  await see('a batch', async () => {
    const batched = new JsonRpcProvider(url, undefined, { staticNetwork: true, batchMaxCount: 100, cacheTimeout: -1 })
    const all = await Promise.all([...Array(250).keys()].map((index) => batched.getBalance(bob, index % 4)))
    return all.reduce((sum, each) => sum + each, 0n)
  })
  await see('receipts of a block', async () => (await provider.send('eth_getBlockReceipts', ['0x2'])).map((each) => each.transactionHash === sent[1].hash))
  await see('fee history', async () => {
    const history = await provider.send('eth_feeHistory', ['0x3', '0x3', [50]])
    return [history.oldestBlock, history.baseFeePerGas.length, history.reward.length, history.gasUsedRatio]
  })
  await see('confirmations', () => sent[0].confirmations())
  await see('transaction of a receipt', async () => (await sent[2].getTransaction()).value)
  await see('network', async () => [(await provider.getNetwork()).chainId, await provider.send('net_version', []), (await provider.send('web3_clientVersion', [])).split('/')[0]])
})
