// What ethers makes of errors: its own codes, and what a contract said.

import { ContractFactory, JsonRpcProvider, Wallet } from 'ethers'
import { session } from '../session.mjs'

const said = ({ code, reason, revert, data, shortMessage }) => ({
  code,
  reason: reason ?? null,
  revert: revert && [revert.name, ...revert.args],
  data,
  said: shortMessage,
})

await session(async ({ url, keys, artifacts, fails, see }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[0], provider)
  const deploy = ({ abi, bytecode }, ...given) => new ContractFactory(abi, bytecode, wallet).deploy(...given)
  const failing = await (await deploy(artifacts.Failing)).waitForDeployment()
  const ledger = await (await deploy(artifacts.Ledger, 'units', 1000n)).waitForDeployment()

  for (const name of ['withString', 'withNothing', 'withBare', 'withUnknown', 'withAssert', 'withOverflow', 'withIndex', 'withInvalid'])
    await fails(`call ${name}`, () => failing[name].staticCall(), said)
  await fails('call withAllGas', () => failing.withAllGas.staticCall(), ({ code }) => code)
  await fails('fields', () => ledger.transfer.staticCall(wallet, 10n ** 6n), said)
  await fails('fields from below', () => failing.deeper.staticCall(failing, ledger, 5n), said)
  await fails('estimate', () => ledger.transfer.estimateGas(wallet, 10n ** 6n), said)
  await fails('send', () => ledger.transfer(wallet, 10n ** 6n), said)
  await fails('mined', async () => (await ledger.transfer(wallet, 10n ** 6n, { gasLimit: 100000n })).wait(), ({ code, receipt }) => [code, receipt.status])
  await fails('deployment', () => deploy(artifacts.Ledger, 'unlucky', 13n), ({ code, data }) => [code, data])

  await fails('poor', () => wallet.sendTransaction({ to: wallet, value: 10n ** 30n }), ({ code }) => code)
  await fails('nonce used', () => wallet.sendTransaction({ to: wallet, nonce: 0 }), ({ code }) => code)
  await provider.send('evm_setAutomine', [false])
  await wallet.sendTransaction({ to: wallet, nonce: await wallet.getNonce(), gasLimit: 21000n })
  await fails('underpriced', () => wallet.sendTransaction({ to: wallet, value: 1n, nonce: 5, gasLimit: 21000n }).then(() => wallet.sendTransaction({ to: wallet, value: 2n, nonce: 5, gasLimit: 21000n })), ({ code }) => code)
  await provider.send('evm_setAutomine', [true])
  await fails('gas', () => wallet.sendTransaction({ to: wallet, gasLimit: 20000n }), ({ code, error }) => [code, error.message])
  await fails('unknown method', () => provider.send('eth_nonsense', []), ({ code, error, info }) => [code, (error ?? info.error).code])
  await fails('wrong parameters', () => provider.send('eth_getBalance', ['0x12', 'latest']), ({ error, info }) => (error ?? info.error).code)
  await see('no such transaction', () => provider.getTransaction('0x' + '12'.repeat(32)))
  await see('no such receipt', () => provider.getTransactionReceipt('0x' + '12'.repeat(32)))
  await see('no such block', () => provider.getBlock(10 ** 6))
})
