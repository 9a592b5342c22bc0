// Traces by viem's own request function.

import { decodeErrorResult, decodeFunctionData } from 'viem'
import { session } from '../session.mjs'
import { clientsOf } from './clients.mjs'

await session(async ({ see, artifacts, ...setting }) => {
  const { client, wallet, mined, deploy } = clientsOf(setting)
  const ledger = await deploy(artifacts.Ledger, ['units', 1000n])
  const failing = await deploy(artifacts.Failing)
  const { transactionHash, gasUsed } = await mined(wallet.writeContract({ ...failing, functionName: 'caught', args: [ledger.address] }))
  const trace = (options) => client.request({ method: 'debug_traceTransaction', params: [transactionHash, options] })
  await see('calls', async () => {
    const { calls, gasUsed: used } = await trace({ tracer: 'callTracer' })
    const { functionName, args } = decodeFunctionData({ abi: ledger.abi, data: calls[0].input })
    const error = decodeErrorResult({ abi: ledger.abi, data: calls[0].output })
    return { functionName, args, error: [error.errorName, ...error.args], isWhole: BigInt(used) === gasUsed }
  })
  await see('changes', async () => {
    const { pre, post } = await trace({ tracer: 'prestateTracer', tracerConfig: { diffMode: true } })
    return [Object.keys(pre).includes(ledger.address), post[wallet.account.address.toLowerCase()].nonce]
  })
  await see('flat', async () => (await client.request({ method: 'trace_transaction', params: [transactionHash] })).map(({ type, error, traceAddress }) => [type, error ?? null, traceAddress]))
  await see('filtered', async () => (await client.request({ method: 'trace_filter', params: [{ fromBlock: '0x1', toBlock: '0x3', toAddress: [ledger.address] }] })).length)
  await see('replayed', async () => (await client.request({ method: 'trace_replayBlockTransactions', params: ['0x3', ['trace']] })).map(({ trace }) => trace.length))
})
