// viem's own errors, by their names, and what contracts said.

import { BaseError, ContractFunctionRevertedError } from 'viem'
import { session } from '../session.mjs'
import { bob, clientsOf } from './clients.mjs'

// What the error is about; the codes of what is refused differ between nodes.
const names = (error) => {
  const all = []
  for (let each = error; each; each = each.cause) if (each.name) all.push(each.name)
  return all.filter((name) => !['InvalidInputRpcError', 'TransactionRejectedRpcError', 'RpcRequestError'].includes(name))
}
const reverted = (error) => {
  const found = error instanceof BaseError ? error.walk((each) => each instanceof ContractFunctionRevertedError) : null
  if (!found) return { names: names(error), said: error.details ?? null }
  return { reason: found.reason ?? null, data: found.data ? [found.data.errorName, ...(found.data.args ?? [])] : null, signature: found.signature ?? null }
}

await session(async ({ see, fails, artifacts, ...setting }) => {
  const { client, wallet, accounts, mined, deploy, test } = clientsOf(setting)
  const failing = await deploy(artifacts.Failing)
  const ledger = await deploy(artifacts.Ledger, ['units', 1000n])
  for (const functionName of ['withString', 'withNothing', 'withBare', 'withUnknown', 'withAssert', 'withOverflow', 'withIndex', 'withInvalid'])
    await fails(`read ${functionName}`, () => client.readContract({ ...failing, functionName }), reverted)
  const transfer = { ...ledger, functionName: 'transfer', args: [bob, 10n ** 6n] }
  await fails('simulate', () => client.simulateContract({ ...transfer, account: accounts[0] }), reverted)
  await fails('estimate', () => client.estimateContractGas({ ...transfer, account: accounts[0] }), reverted)
  await fails('write', () => wallet.writeContract(transfer), reverted)
  await see('mined', async () => (await mined(wallet.writeContract({ ...transfer, gas: 100000n }))).status)
  await fails('poor', () => wallet.sendTransaction({ to: bob, value: 10n ** 30n }), names)
  await fails('poor, with gas', () => wallet.sendTransaction({ to: bob, value: 10n ** 30n, gas: 21000n }), names)
  await fails('nonce used', () => wallet.sendTransaction({ to: bob, nonce: 0, gas: 21000n }), names)
  await fails('too little gas', () => wallet.sendTransaction({ to: bob, gas: 20000n }), names)
  await fails('price below the base fee', () => client.call({ account: accounts[0], to: bob, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }), names)
  await fails('tip above the price', () => client.request({ method: 'eth_call', params: [{ from: accounts[0].address, to: bob, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }, 'latest'] }), names)
  await test.setAutomine(false)
  await see('waiting', async () => (await client.getTransaction({ hash: await wallet.sendTransaction({ to: bob, nonce: 9, gas: 21000n }) })).blockNumber)
  await fails('underpriced', () => wallet.sendTransaction({ to: bob, nonce: 9, gas: 21000n, value: 1n }), names)
  await fails('known already', () => wallet.sendTransaction({ to: bob, nonce: 9, gas: 21000n }), names)
  await fails('unknown method', () => client.request({ method: 'eth_nonsense' }), names)
  await fails('wrong parameters', () => client.request({ method: 'eth_getBalance', params: ['0x12', 'latest'] }), names)
  await fails('no such transaction', () => client.getTransaction({ hash: `0x${'12'.repeat(32)}` }), names)
  await fails('no such block', () => client.getBlock({ blockNumber: 10n ** 6n }), names)
  await fails('a call at no block', () => client.readContract({ ...ledger, functionName: 'name', blockNumber: 10n ** 6n }), names)
  await fails('nothing there', () => client.readContract({ ...ledger, address: bob, functionName: 'name' }), names)
})
