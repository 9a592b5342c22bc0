// Traces of a transaction that calls, creates, fails inside and logs; proofs.

import { ContractFactory, Interface, JsonRpcProvider, Wallet } from 'ethers'
import { session } from '../session.mjs'

const tree = ({ type, to, from, error, calls, logs, value, input }) => ({
  type, from, to, value, error: error ?? null, selector: type === 'CREATE' ? null : input.slice(0, 10),
  logs: logs?.length ?? 0, calls: (calls ?? []).map(tree),
})

await session(async ({ url, keys, artifacts, see }) => {
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 20 })
  const wallet = new Wallet(keys[0], provider)
  const made = ({ abi, bytecode }, ...given) => new ContractFactory(abi, bytecode, wallet).deploy(...given).then((each) => each.waitForDeployment())
  const factory = await made(artifacts.Factory)
  const failing = await made(artifacts.Failing)
  const ledger = await made(artifacts.Ledger, 'units', 1000n)
  const making = await (await factory.make('made', 9n)).wait()
  const caught = await (await failing.caught(ledger)).wait()
  const trace = (receipt, options) => provider.send('debug_traceTransaction', [receipt.hash, options ?? {}])

  await see('calls', async () => tree(await trace(making, { tracer: 'callTracer', tracerConfig: { withLog: true } })))
  await see('calls with a failure', async () => tree(await trace(caught, { tracer: 'callTracer' })))
  await see('only the top', async () => (await trace(making, { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } })).calls ?? null)
  await see('what the failure said', async () => new Interface(artifacts.Ledger.abi).parseError((await trace(caught, { tracer: 'callTracer' })).calls[0].output).args)
  await see('state before', async () => Object.keys(await trace(making, { tracer: 'prestateTracer' })).sort())
  await see('state changed', async () => {
    const { pre, post } = await trace(making, { tracer: 'prestateTracer', tracerConfig: { diffMode: true } })
    return [Object.keys(pre).sort(), Object.keys(post).sort(), post[wallet.address.toLowerCase()].nonce]
  })
  await see('selectors', async () => Object.keys(await trace(making, { tracer: '4byteTracer' })).sort())
  await see('steps', async () => {
    const { gas, failed, structLogs } = await trace(making)
    return { gas, isWhole: BigInt(gas) === making.gasUsed, failed, first: structLogs[0].op, last: structLogs.at(-1).op, count: structLogs.length, creates: structLogs.filter(({ op }) => op === 'CREATE').length, depth: Math.max(...structLogs.map(({ depth }) => depth)) }
  })
  await see('flat', async () => (await provider.send('trace_transaction', [making.hash])).map(({ type, traceAddress, subtraces }) => [type, traceAddress, subtraces]))
  await see('a call', async () => tree(await provider.send('debug_traceCall', [{ from: wallet.address, to: failing.target, data: failing.interface.encodeFunctionData('caught', [ledger.target]) }, 'latest', { tracer: 'callTracer' }])))
  await see('a block', async () => (await provider.send('debug_traceBlockByNumber', ['0x4', { tracer: 'callTracer' }])).map(({ result, txHash }) => [result.type, txHash === making.hash]))
  await see('a proof', async () => {
    const proof = await provider.send('eth_getProof', [ledger.target, ['0x' + '2'.padStart(64, '0')], 'latest'])
    return { balance: proof.balance, nonce: proof.nonce, codeHash: proof.codeHash, value: proof.storageProof[0].value, account: proof.accountProof.length > 0 }
  })
})
