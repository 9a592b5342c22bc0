// Transactions with a blob, whose commitments and proofs come from a library: of the whole blob, and of its cells.

import { JsonRpcProvider, Transaction, Wallet } from 'ethers'
import { session } from '../session.mjs'

await session(async ({ url, keys, blob, see }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[1], provider)
  const kzg = { blobToKZGCommitment: () => blob.commitment, computeBlobKZGProof: () => blob.singleProof }
  const given = {
    'of the blob': { kzg, blobs: [blob.data] },
    'of its cells': { blobWrapperVersion: 1, blobs: [blob], blobVersionedHashes: [blob.versionedHash] },
  }
  for (const [proofs, fields] of Object.entries(given)) {
    await see(proofs, async () => {
      const nonce = await wallet.getNonce()
      const request = { type: 3, to: '0x00000000000000000000000000000000000000b0', value: 5n, gasLimit: 21000n, chainId: 31337n, nonce, ...fields }
      const raw = await wallet.signTransaction({ ...request, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n, maxFeePerBlobGas: 10n ** 9n })
      const sent = await provider.broadcastTransaction(raw)
      const { status, blobGasUsed, blobGasPrice } = await sent.wait()
      const read = await provider.getTransaction(Transaction.from(raw).hash)
      return { status, blobGasUsed, blobGasPrice, hashes: read.blobVersionedHashes, type: read.type }
    })
  }
})
