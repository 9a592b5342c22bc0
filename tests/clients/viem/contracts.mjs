// Deploying, reading, simulating, writing; logs, filters, multicall, proofs, fees.

import { createPublicClient, encodeFunctionData, getContract, http, keccak256, parseEventLogs } from 'viem'
import { foundry } from 'viem/chains'
import { session } from '../session.mjs'
import { bob, carol, clientsOf } from './clients.mjs'

await session(async ({ see, artifacts, ...setting }) => {
  const { client, wallet, accounts, mined, deploy } = clientsOf(setting)
  const ledger = await deploy(artifacts.Ledger, ['units', 1000n], { value: 5n })
  const many = await deploy(artifacts.Multicall3)
  await see('address', () => ledger.address)
  await see('code', () => client.getCode(ledger))
  await see('chain id', () => client.getChainId())
  await see('read', () => client.readContract({ ...ledger, functionName: 'balanceOf', args: [accounts[0].address] }))
  await see('simulated', async () => {
    const { result, request } = await client.simulateContract({ ...ledger, account: accounts[0], functionName: 'transfer', args: [bob, 7n] })
    return [result, request.functionName]
  })
  await see('estimate', () => client.estimateContractGas({ ...ledger, account: accounts[0], functionName: 'transfer', args: [bob, 7n] }))
  const receipt = await mined(wallet.writeContract({ ...ledger, functionName: 'transfer', args: [bob, 7n] }))
  await see('receipt', () => {
    const { status, type, gasUsed, blockNumber, transactionIndex, from, to, contractAddress } = receipt
    return { status, type, gasUsed, blockNumber, transactionIndex, from, to, contractAddress }
  })
  await see('events of the receipt', () => parseEventLogs({ abi: ledger.abi, logs: receipt.logs }).map(({ eventName, args }) => [eventName, args]))
  await see('by an object', async () => {
    const object = getContract({ ...ledger, client: { public: client, wallet } })
    await mined(object.write.transfer([carol, 3n]))
    return object.read.balanceOf([carol])
  })
  await see('sent and waited for at once', async () => (await wallet.sendTransactionSync({ to: bob, value: 9n })).status)
  await see('written and waited for at once', async () => (await wallet.writeContractSync({ ...ledger, functionName: 'transfer', args: [carol, 1n] })).status)
  await see('events', async () => (await client.getContractEvents({ ...ledger, eventName: 'Moved', fromBlock: 0n })).map(({ args }) => args))
  await see('events of one', async () => (await client.getContractEvents({ ...ledger, eventName: 'Moved', args: { to: [carol] }, fromBlock: 'earliest', strict: true })).map(({ args }) => args.value))
  await see('logs of a block', async () => (await client.getLogs({ blockHash: receipt.blockHash })).map(({ address, logIndex }) => [address, logIndex]))
  await see('filters', async () => {
    const events = await client.createContractEventFilter({ ...ledger, eventName: 'Moved' })
    const blocks = await client.createBlockFilter()
    const pending = await client.createPendingTransactionFilter()
    const hash = await wallet.writeContract({ ...ledger, functionName: 'transfer', args: [bob, 2n] })
    const { blockHash } = await mined(hash)
    return {
      events: (await client.getFilterChanges({ filter: events })).map(({ args }) => args.value),
      again: await client.getFilterChanges({ filter: events }),
      all: (await client.getFilterLogs({ filter: events })).length,
      blocks: (await client.getFilterChanges({ filter: blocks })).map((each) => each === blockHash),
      pending: (await client.getFilterChanges({ filter: pending })).map((each) => each === hash),
      gone: await client.uninstallFilter({ filter: events }),
    }
  })
  const reads = [bob, carol].map((account) => ({ ...ledger, functionName: 'balanceOf', args: [account] }))
  await see('multicall', () => client.multicall({ contracts: [...reads, { ...ledger, functionName: 'transfer', args: [bob, 10n ** 9n] }], multicallAddress: many.address }).then((all) => all.map(({ status, result, error }) => [status, result ?? error.cause?.data?.errorName])))
  await see('multicall without a contract', () => client.multicall({ contracts: reads, deployless: true, allowFailure: false }))
  await see('reads in one call', async () => {
    const asked = []
    const batched = createPublicClient({ chain: foundry, transport: http(setting.url, { onFetchRequest: async (request) => { asked.push((await request.clone().json()).method) } }), batch: { multicall: { deployless: true } } })
    const all = await Promise.all(reads.map((each) => batched.readContract(each)))
    return [all, asked]
  })
  await see('requests in one', async () => {
    let requests = 0
    const batched = createPublicClient({ chain: foundry, transport: http(setting.url, { batch: true, onFetchRequest: () => { requests += 1 } }) })
    return [await Promise.all([batched.getBalance({ address: bob }), batched.getBlockNumber(), batched.getTransactionCount(accounts[0])]), requests]
  })
  await see('storage', () => client.getStorageAt({ address: ledger.address, slot: '0x2' }))
  await see('proof', async () => {
    const proof = await client.getProof({ address: ledger.address, storageKeys: [`0x${'2'.padStart(64, '0')}`] })
    return { balance: proof.balance, nonce: proof.nonce, storage: proof.storageProof.map(({ value, key }) => [BigInt(key), value]), codeHash: proof.codeHash }
  })
  await see('access list', async () => {
    const { accessList, gasUsed } = await client.createAccessList({ account: accounts[0], to: ledger.address, data: encodeFunctionData({ abi: ledger.abi, functionName: 'transfer', args: [bob, 7n] }) })
    return { address: accessList[0].address, keys: accessList[0].storageKeys.length, gasUsed }
  })
  await see('a call with overrides', () => client.readContract({ ...ledger, functionName: 'balance', stateOverride: [{ address: ledger.address, stateDiff: [{ slot: `0x${'3'.padStart(64, '0')}`, value: `0x${'63'.padStart(64, '0')}` }] }] }))
  await see('as it was before', () => client.readContract({ ...ledger, functionName: 'balanceOf', args: [bob], blockNumber: receipt.blockNumber - 1n }))
  await see('fees', async () => ({ eip1559: await client.estimateFeesPerGas(), legacy: await client.estimateFeesPerGas({ type: 'legacy' }), tip: await client.estimateMaxPriorityFeePerGas(), blob: await client.getBlobBaseFee() }))
  await see('fee history', async () => {
    const { oldestBlock, baseFeePerGas, reward } = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [25, 75] })
    return [oldestBlock, baseFeePerGas.length, reward.length, reward[0].length]
  })
  await see('prepared', async () => {
    const { type, nonce, gas, chainId } = await wallet.prepareTransactionRequest({ to: bob, value: 1n })
    return { type, nonce, gas, chainId }
  })
  await see('filled', async () => {
    const { transaction } = await client.fillTransaction({ account: accounts[0].address, to: bob, value: 1n })
    return { type: transaction.type, nonce: transaction.nonce, gas: transaction.gas, chainId: transaction.chainId }
  })
  await see('receipts of a block', async () => (await client.getBlockReceipts({ blockNumber: receipt.blockNumber })).map(({ transactionHash, effectiveGasPrice }) => [transactionHash === receipt.transactionHash, effectiveGasPrice === receipt.effectiveGasPrice]))
  await see('blocks', async () => {
    const all = await Promise.all(['earliest', 'latest', 'pending', 'safe', 'finalized'].map((blockTag) => client.getBlock({ blockTag })))
    return all.map(({ number, transactions }) => [number, transactions.length])
  })
  await see('a block with its transactions', async () => {
    const { transactions } = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true })
    return transactions.map(({ from, to, typeHex, value, nonce }) => ({ from, to, typeHex, value, nonce }))
  })
  await see('confirmations', async () => (await client.getTransactionConfirmations({ hash: receipt.transactionHash })) > 1n)
  await see('raw', async () => keccak256(await client.getRawTransaction({ hash: receipt.transactionHash })) === receipt.transactionHash)
})
