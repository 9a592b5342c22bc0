// Transactions that wait, that are replaced, and that are cancelled, on a node that mines when it is told to.

import { JsonRpcProvider, Wallet } from 'ethers'
import { session } from '../session.mjs'

await session(async ({ url, keys, see, fails }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const [wallet, other] = keys.map((key) => new Wallet(key, provider))
  const bob = '0x00000000000000000000000000000000000000b0'
  const fees = (gwei) => ({ maxFeePerGas: gwei * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n, gasLimit: 21000n })
  const mine = () => provider.send('evm_mine', [])
  // A new block makes ethers look again; when it has begun to look, nothing says.
  const mineUntil = async (waiting) => {
    let isSettled = false
    const settle = () => (isSettled = true)
    waiting.then(settle, settle)
    while (!isSettled) {
      await mine()
      await new Promise((done) => setTimeout(done, 30))
    }
    return waiting
  }
  const replaced = ({ code, reason, cancelled, replacement, receipt }) => ({ code, reason, cancelled, nonce: replacement.nonce, value: replacement.value, status: receipt.status })

  const first = await wallet.sendTransaction({ to: bob, value: 1n, ...fees(2n) })
  await see('waits', async () => [(await provider.getTransaction(first.hash)).blockNumber, await provider.getTransactionReceipt(first.hash)])
  await see('nonces', () => Promise.all(['latest', 'pending'].map((tag) => wallet.getNonce(tag))))
  await see('in the pending block', async () => (await provider.getBlock('pending')).transactions.includes(first.hash))
  await see('mined at last', async () => {
    return (await mineUntil(first.wait())).status
  })

  const cheap = await wallet.sendTransaction({ to: bob, value: 2n, nonce: 1, ...fees(2n) })
  const repriced = cheap.wait()
  await wallet.sendTransaction({ to: bob, value: 2n, nonce: 1, ...fees(3n) })
  await fails('repriced', () => mineUntil(repriced), replaced)

  const unwanted = await wallet.sendTransaction({ to: bob, value: 3n, nonce: 2, ...fees(2n) })
  const cancelled = unwanted.wait()
  await wallet.sendTransaction({ to: wallet.address, value: 0n, nonce: 2, ...fees(4n) })
  await fails('cancelled', () => mineUntil(cancelled), replaced)

  const later = await wallet.sendTransaction({ to: bob, value: 5n, nonce: 4, ...fees(2n) })
  await mine()
  await see('waits for another', async () => [(await provider.getTransaction(later.hash)).blockNumber, await wallet.getNonce('pending')])
  await wallet.sendTransaction({ to: bob, value: 4n, nonce: 3, ...fees(2n) })
  await mine()
  await see('both are mined', async () => (await later.wait()).blockNumber === (await provider.getBlockNumber()))

  await see('the order in a block', async () => {
    const sent = []
    for (const [signer, gwei] of [[wallet, 2n], [other, 5n], [new Wallet(keys[2], provider), 3n]]) sent.push((await signer.sendTransaction({ to: bob, value: 1n, ...fees(gwei) })).hash)
    await mine()
    return (await provider.getBlock('latest')).transactions.map((hash) => sent.indexOf(hash))
  })
  await see('a block to come', async () => {
    await provider.send('evm_setIntervalMining', [1])
    const receipt = await (await wallet.sendTransaction({ to: bob, value: 1n, ...fees(2n) })).wait()
    await provider.send('evm_setIntervalMining', [0])
    return receipt.status
  })
  await see('balance', () => provider.getBalance(bob))
})
