// The clients that every session of viem begins with.

import { createPublicClient, createTestClient, createWalletClient, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'

export const bob = '0x00000000000000000000000000000000000000b0'
export const carol = '0x00000000000000000000000000000000000000c0'

export function clientsOf({ url, keys, mode = 'anvil', chain = foundry, transport = http(url, { timeout: 60000 }) }) {
  const common = { chain, transport, pollingInterval: 20, cacheTime: 0 }
  const accounts = keys.map((key) => privateKeyToAccount(key))
  const client = createPublicClient(common)
  const wallet = createWalletClient({ ...common, account: accounts[0] })
  const test = createTestClient({ ...common, mode }).extend(publicActions).extend(walletActions)
  const mined = async (hash) => client.waitForTransactionReceipt({ hash: await hash })
  const deploy = async ({ abi, bytecode }, args, given = {}) => {
    const { contractAddress } = await mined(wallet.deployContract({ abi, bytecode, args, ...given }))
    return { address: contractAddress, abi }
  }
  return { accounts, client, wallet, test, mined, deploy }
}
