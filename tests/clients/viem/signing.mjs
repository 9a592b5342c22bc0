// Signatures of local accounts and of the node; transactions of every type, delegations and blobs.

import { createWalletClient, hashMessage, hashTypedData, http, keccak256, recoverTransactionAddress, recoverTypedDataAddress } from 'viem'
import { foundry } from 'viem/chains'
import { session } from '../session.mjs'
import { bob, clientsOf } from './clients.mjs'

await session(async ({ see, artifacts, blob, ...setting }) => {
  const { client, wallet, accounts, mined, deploy } = clientsOf(setting)
  const [alice, signer, lender] = accounts
  const byNode = createWalletClient({ chain: foundry, transport: http(setting.url), account: signer.address })
  const signatures = await deploy(artifacts.Signatures)
  const greeter = await deploy(artifacts.Greeter)
  const typed = {
    domain: { name: 'Ingot', version: '1', chainId: 31337, verifyingContract: signatures.address },
    types: { Order: [{ name: 'maker', type: 'address' }, { name: 'amount', type: 'uint256' }, { name: 'note', type: 'string' }] },
    primaryType: 'Order',
    message: { maker: signer.address, amount: 2n ** 200n, note: 'für alle' },
  }
  const signature = await see('typed data', () => signer.signTypedData(typed))
  await see('typed data by the node', () => byNode.signTypedData(typed))
  await see('its digest for the contract', async () => (await client.readContract({ ...signatures, functionName: 'digest', args: Object.values(typed.message) })) === hashTypedData(typed))
  await see('signer of typed data', () => recoverTypedDataAddress({ ...typed, signature }))
  await see('signer for the contract', () => client.readContract({ ...signatures, functionName: 'signer', args: [hashTypedData(typed), signature] }))
  await see('verified on chain', () => client.verifyTypedData({ ...typed, address: signer.address, signature }))
  await see('refused on chain', () => client.verifyTypedData({ ...typed, address: alice.address, signature }))
  await see('message', () => byNode.signMessage({ message: 'good morning' }))
  await see('message of bytes', () => byNode.signMessage({ message: { raw: '0x00ff' } }))
  await see('message verified on chain', async () => client.verifyMessage({ address: signer.address, message: 'good morning', signature: await signer.signMessage({ message: 'good morning' }) }))
  await see('hash of the message', () => hashMessage('good morning'))
  await see('addresses', () => byNode.getAddresses())
  await see('sent by the node', async () => (await mined(byNode.sendTransaction({ to: bob, value: 1n }))).from)
  await see('deployed by the node', async () => (await mined(byNode.deployContract(artifacts.Greeter))).contractAddress)

  const kinds = {
    legacy: { gasPrice: 10n ** 10n },
    eip2930: { gasPrice: 10n ** 10n, accessList: [{ address: bob, storageKeys: [`0x${'00'.repeat(31)}01`] }] },
    eip1559: {},
    eip7702: { authorizationList: [await wallet.signAuthorization({ account: lender, contractAddress: greeter.address })] },
  }
  for (const [type, fields] of Object.entries(kinds))
    await see(`raw ${type}`, async () => {
      const request = await wallet.prepareTransactionRequest({ type, to: bob, value: 5n, gas: 100000n, ...fields })
      const raw = await wallet.signTransaction(request)
      const hash = await client.sendRawTransaction({ serializedTransaction: raw })
      const receipt = await mined(hash)
      const { type: read, from } = await client.getTransaction({ hash })
      return { status: receipt.status, type: receipt.type, read, from, isHash: hash === keccak256(raw), signer: await recoverTransactionAddress({ serializedTransaction: raw }) }
    })
  await see('sent and waited for at once', async () => {
    const raw = await wallet.signTransaction(await wallet.prepareTransactionRequest({ to: bob, value: 5n }))
    return (await client.sendRawTransactionSync({ serializedTransaction: raw })).status
  })
  await see('delegation', () => client.getDelegation(lender))
  await see('a call of the delegate', async () => {
    const receipt = await mined(wallet.writeContract({ abi: greeter.abi, address: lender.address, functionName: 'greet' }))
    return [receipt.logs[0].address.toLowerCase() === lender.address.toLowerCase(), await client.readContract({ abi: greeter.abi, address: lender.address, functionName: 'count' })]
  })
  await see('delegated to itself', async () => {
    const authorization = await createWalletClient({ chain: foundry, transport: http(setting.url), account: signer }).signAuthorization({ contractAddress: greeter.address, executor: 'self' })
    const own = createWalletClient({ chain: foundry, transport: http(setting.url), account: signer })
    const receipt = await mined(own.writeContract({ abi: greeter.abi, address: signer.address, functionName: 'greet', authorizationList: [authorization] }))
    return [receipt.type, receipt.logs.length]
  })
  await see('taken back', async () => {
    const nothing = `0x${'00'.repeat(20)}`
    await mined(wallet.sendTransaction({ to: bob, authorizationList: [await wallet.signAuthorization({ account: lender, contractAddress: nothing })] }))
    return [await client.getDelegation(lender), await client.getTransactionCount(lender)]
  })
})
