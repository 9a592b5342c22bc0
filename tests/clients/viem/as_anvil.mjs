// Where viem depends on anvil's way: `ingot node --as-anvil`.

import { createWalletClient, http, parseTransaction, recoverTransactionAddress } from 'viem'
import { foundry } from 'viem/chains'
import { session } from '../session.mjs'
import { bob, clientsOf } from './clients.mjs'

await session(async ({ see, fails, ...setting }) => {
  const { client, wallet, accounts } = clientsOf(setting)
  const byNode = createWalletClient({ chain: foundry, transport: http(setting.url), account: accounts[1].address })
  await see('signed by the node', async () => {
    const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
    const raw = await byNode.signTransaction({ to: bob, value: 1n, gas: 21000n, nonce: 7, type: 'eip1559', ...fees })
    const { nonce, value, type } = parseTransaction(raw)
    return [nonce, value, type, await recoverTransactionAddress({ serializedTransaction: raw })]
  })
  await fails('refused', () => wallet.sendTransaction({ to: bob, value: 10n ** 30n, gas: 21000n }), ({ cause }) => [cause.name, cause.cause.code])
  await see('logs beyond the latest block', () => client.getLogs({ fromBlock: 0n, toBlock: 100n }))
})
