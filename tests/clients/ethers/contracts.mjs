// Deploying, calling, sending, and what ethers makes of receipts, events and storage.

import { Contract, ContractFactory, JsonRpcProvider, NonceManager, Wallet } from 'ethers'
import { session } from '../session.mjs'

await session(async ({ url, keys, artifacts, see }) => {
  const { abi, bytecode } = artifacts.Ledger
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[0], provider)
  const unlocked = await provider.getSigner(1)
  const bob = '0x00000000000000000000000000000000000000b0'

  await see('network', async () => (await provider.getNetwork()).toJSON())
  const ledger = await new ContractFactory(abi, bytecode, wallet).deploy('units', 1000n, { value: 5n })
  await see('address', () => ledger.getAddress())
  await see('deployment', async () => {
    const { status, contractAddress, blockNumber, gasUsed, logs } = await ledger.deploymentTransaction().wait()
    return { status, contractAddress, blockNumber, gasUsed, logs }
  })
  await see('deployed code', () => ledger.getDeployedCode())
  await see('name', () => ledger.name())
  await see('getters', () => Promise.all([ledger.nonce(), ledger.balance(), ledger.balanceOf(wallet)]))
  await see('balance of the contract', () => provider.getBalance(ledger))
  await see('static call', () => ledger.transfer.staticCall(bob, 7n))
  await see('estimate', () => ledger.transfer.estimateGas(bob, 7n))
  await see('populated', () => ledger.transfer.populateTransaction(bob, 7n))
  await see('access list', () => provider.send('eth_createAccessList', [{ from: wallet.address, to: ledger.target, data: ledger.interface.encodeFunctionData('transfer', [bob, 7n]) }]))

  const sent = await ledger.transfer(bob, 7n)
  await see('sent', () => ({ type: sent.type, nonce: sent.nonce, data: sent.data, gasLimit: sent.gasLimit }))
  await see('receipt', async () => {
    const { status, gasUsed, blockNumber, index, cumulativeGasUsed, to, from, type } = await sent.wait()
    return { status, gasUsed, blockNumber, index, cumulativeGasUsed, to, from, type }
  })
  await see('events of the receipt', async () => (await sent.wait()).logs.map(({ fragment, args }) => [fragment.name, ...args]))
  await see('several results', () => ledger.deposit.staticCall(3n, { value: 4n }))
  await see('overloads', async () => {
    await (await ledger['mint(address)'](bob)).wait()
    await (await ledger['mint(address,uint8)'](bob, 2)).wait()
    return ledger.balanceOf(bob)
  })
  await see('sent by the node', async () => {
    const receipt = await (await ledger.connect(unlocked)['mint()']()).wait()
    return [receipt.from, await ledger.balanceOf(unlocked)]
  })
  await see('nonces of a manager', async () => {
    const managed = new NonceManager(new Wallet(keys[2], provider))
    const all = await Promise.all([1n, 2n, 3n].map((value) => managed.sendTransaction({ to: bob, value })))
    return Promise.all(all.map(async (each) => (await each.wait()).status + each.nonce))
  })
  await see('as it was before', async () => ledger.balanceOf(bob, { blockTag: (await sent.wait()).blockNumber - 1 }))
  await see('storage', () => provider.getStorage(ledger, 2))
  await see('a view of nobody', () => new Contract(ledger.target, abi, provider).whoAmI())
  await see('called by another', () => ledger.connect(provider).whoAmI({ from: bob }))
  await see('a contract that makes contracts', async () => {
    const factory = await new ContractFactory(artifacts.Factory.abi, artifacts.Factory.bytecode, wallet).deploy()
    const receipt = await (await factory.make('made', 9n)).wait()
    const [made] = receipt.logs.map((log) => factory.interface.parseLog(log)).filter((each) => each)
    return [await new Contract(made.args.ledger, abi, provider).name(), receipt.logs.length]
  })
})
