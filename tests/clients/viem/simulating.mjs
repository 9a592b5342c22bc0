// eth_simulateV1, as viem has it.

import { encodeFunctionData, erc20Abi, parseEther } from 'viem'
import { session } from '../session.mjs'
import { bob, carol, clientsOf } from './clients.mjs'

const ETHER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'

await session(async ({ see, artifacts, ...setting }) => {
  const { client, accounts, deploy } = clientsOf(setting)
  const token = await deploy(artifacts.Token, [1000n])
  const account = accounts[0].address
  const transfer = (to, value) => ({ to: token.address, abi: erc20Abi, functionName: 'transfer', args: [to, value] })
  await see('calls', async () => {
    const { results } = await client.simulateCalls({ account, calls: [transfer(bob, 7n), transfer(bob, 10n ** 9n), { to: carol, value: 2n }] })
    return results.map(({ status, result, error, logs }) => [status, result ?? null, error?.name ?? null, logs?.length ?? 0])
  })
  await see('changes of assets', async () => {
    const { assetChanges } = await client.simulateCalls({ account, traceAssetChanges: true, calls: [{ to: carol, value: parseEther('1.5') }, transfer(bob, 7n)] })
    return assetChanges.map(({ token, value }) => [token.address.toLowerCase() === ETHER ? 'ether' : token.symbol, token.decimals, value.pre, value.post, value.diff])
  })
  await see('blocks', async () => {
    const blocks = await client.simulateBlocks({
      blocks: [
        { blockOverrides: { time: 2000000000n }, stateOverrides: [{ address: carol, balance: parseEther('10') }], calls: [{ account: carol, to: bob, value: parseEther('2') }] },
        { calls: [{ account, to: token.address, data: encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [account] }) }] },
      ],
    })
    return blocks.map(({ number, timestamp, calls, gasUsed }) => [number, timestamp, gasUsed, calls.map(({ status, data }) => [status, data])])
  })
  await see('transfers of ether as logs', async () => {
    const [{ calls }] = await client.simulateBlocks({ traceTransfers: true, blocks: [{ calls: [{ account, to: bob, value: 3n }] }] })
    return calls[0].logs.map(({ address, data }) => [address, BigInt(data)])
  })
  await see('nothing stays', () => client.getBalance({ address: carol }))
})
