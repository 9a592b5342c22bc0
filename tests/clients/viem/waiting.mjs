// Transactions that are replaced while viem waits for them.

import { session } from '../session.mjs'
import { bob, clientsOf } from './clients.mjs'

await session(async ({ see, fails, ...setting }) => {
  const { client, wallet, accounts, test } = clientsOf(setting)
  const send = (nonce, to, value, gwei) =>
    wallet.sendTransaction({ to, value, nonce, gas: 21000n, maxFeePerGas: gwei * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n })
  const cases = { repriced: [bob, 1n], replaced: [bob, 2n], cancelled: [accounts[0].address, 0n] }
  for (const [nonce, [name, [to, value]]] of Object.entries(cases).entries())
    await see(name, async () => {
      const reasons = []
      const hash = await send(nonce, bob, 1n, 2n)
      const waiting = client.waitForTransactionReceipt({ hash, onReplaced: ({ reason, transaction }) => reasons.push([reason, transaction.nonce]) })
      await client.getTransaction({ hash })
      // viem has to have seen what waits before it can tell what took its place.
      await new Promise((done) => setTimeout(done, 100))
      const other = await send(nonce, to, value, 3n)
      await test.mine({ blocks: 1 })
      const receipt = await waiting
      return [reasons, receipt.status, receipt.transactionHash === other]
    })
  await fails('waited for in vain', async () => client.waitForTransactionReceipt({ hash: await send(3, bob, 1n, 2n), timeout: 200 }), ({ name }) => name)
  await see('prepared after what waits', async () => (await wallet.prepareTransactionRequest({ to: bob, value: 1n })).nonce)
})
