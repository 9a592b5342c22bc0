// A transaction with a blob, whose commitment and proof come from a library.

import { hexToBytes } from 'viem'
import { session } from '../session.mjs'
import { bob, clientsOf } from './clients.mjs'

await session(async ({ see, blob, ...setting }) => {
  const { client, wallet, mined } = clientsOf(setting)
  const kzg = { blobToKzgCommitment: () => hexToBytes(blob.commitment), computeBlobKzgProof: () => hexToBytes(blob.singleProof) }
  const send = () => mined(wallet.sendTransaction({ to: bob, blobs: [blob.data], kzg, maxFeePerBlobGas: 10n ** 9n }))
  await see('sent', async () => {
    const receipt = await send()
    const { blobVersionedHashes, maxFeePerBlobGas, type } = await client.getTransaction({ hash: receipt.transactionHash })
    const { blobGasUsed, excessBlobGas } = await client.getBlock({ blockNumber: receipt.blockNumber })
    return { status: receipt.status, gas: receipt.blobGasUsed, price: receipt.blobGasPrice, blobVersionedHashes, maxFeePerBlobGas, type, blobGasUsed, excessBlobGas }
  })
})
