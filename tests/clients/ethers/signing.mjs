// Signatures of a wallet and of the node, checked by a contract; raw transactions of every type.

import { ContractFactory, JsonRpcProvider, SigningKey, Transaction, Wallet, hashMessage, keccak256, verifyMessage, verifyTypedData } from 'ethers'
import { session } from '../session.mjs'

await session(async ({ url, keys, artifacts, blob, see }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[1], provider)
  const unlocked = await provider.getSigner(wallet.address)
  const made = ({ abi, bytecode }) => new ContractFactory(abi, bytecode, new Wallet(keys[0], provider)).deploy().then((each) => each.waitForDeployment())
  const signatures = await made(artifacts.Signatures)
  const greeter = await made(artifacts.Greeter)

  const domain = { name: 'Ingot', version: '1', chainId: 31337n, verifyingContract: signatures.target }
  const types = { Order: [{ name: 'maker', type: 'address' }, { name: 'amount', type: 'uint256' }, { name: 'note', type: 'string' }] }
  const order = { maker: wallet.address, amount: 2n ** 200n, note: 'für alle' }
  const digest = await see('digest', () => signatures.digest(order.maker, order.amount, order.note))
  const ofWallet = await see('typed data', () => wallet.signTypedData(domain, types, order))
  await see('typed data by the node', () => unlocked.signTypedData(domain, types, order))
  await see('signer of typed data', () => verifyTypedData(domain, types, order, ofWallet))
  await see('signer for the contract', () => signatures.signer(digest, ofWallet))
  const message = await see('message by the node', () => unlocked.signMessage('good morning'))
  await see('message', () => wallet.signMessage('good morning'))
  await see('signer of the message', () => verifyMessage('good morning', message))
  await see('signer of the message for the contract', () => signatures.signer(hashMessage('good morning'), message))
  await see('eth_sign', () => unlocked._legacySignMessage('good morning'))

  const to = '0x00000000000000000000000000000000000000b0'
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n }
  const kinds = {
    0: { gasPrice: 10n ** 10n },
    1: { gasPrice: 10n ** 10n, accessList: [{ address: to, storageKeys: ['0x' + '00'.repeat(31) + '01'] }] },
    2: fees,
    3: { ...fees, maxFeePerBlobGas: 10n ** 9n, blobWrapperVersion: 1, blobs: [blob], blobVersionedHashes: [blob.versionedHash] },
    4: { ...fees, authorizationList: [await new Wallet(keys[2], provider).authorize({ address: greeter.target, nonce: 0, chainId: 31337n })] },
  }
  for (const [type, fields] of Object.entries(kinds)) {
    const request = { type: Number(type), to, value: 5n, gasLimit: 100000n, chainId: 31337n, nonce: Number(type), ...fields }
    const raw = await wallet.signTransaction(request)
    await see(`raw ${type}`, async () => {
      const sent = await provider.broadcastTransaction(raw)
      const { status, gasUsed, blobGasUsed, hash } = await sent.wait()
      return { status, type: sent.type, gasUsed, blobGasUsed, hash }
    })
    await see(`raw ${type}: its bytes`, () => (type === '3' ? null : raw))
    await see(`read ${type}`, async () => {
      const { hash } = Transaction.from(raw)
      const read = Transaction.from(await provider.getTransaction(hash))
      return { hash: read.hash, from: read.from, fromHash: keccak256(read.serialized) === hash, accessList: read.accessList, hashes: read.blobVersionedHashes }
    })
  }
  const delegate = new Wallet(keys[2], provider)
  await see('delegated code', () => provider.getCode(delegate))
  await see('a call of the delegate', async () => {
    const account = greeter.attach(delegate.address).connect(wallet)
    const receipt = await (await account.greet()).wait()
    return [receipt.logs[0].address, await account.count(), await greeter.count()]
  })
  await see('signed by the node', async () => {
    const raw = await provider.send('eth_signTransaction', [{ from: wallet.address, to, value: '0x1', gas: '0x5208', gasPrice: '0x2540be400', nonce: '0x9', chainId: '0x7a69' }])
    const { from, nonce, value } = Transaction.from(raw.raw ?? raw)
    return [from, nonce, value]
  })
  await see('an unprotected one', async () => {
    const unsigned = Transaction.from({ type: 0, to, value: 1n, gasLimit: 21000n, gasPrice: 10n ** 10n, nonce: await wallet.getNonce() })
    unsigned.signature = new SigningKey(keys[1]).sign(unsigned.unsignedHash)
    return (await (await provider.broadcastTransaction(unsigned.serialized)).wait()).status
  })
})
