// One session of a client: what it is to use comes as JSON on stdin, what it saw goes as JSON to stdout.

import { readFileSync } from 'node:fs'

const KEPT_OF_AN_ERROR = ['code', 'shortMessage', 'message', 'name']

// JSON has no bigint, and a transaction or a receipt of a library has methods.
function plain(value) {
  if (typeof value === 'bigint') return value.toString()
  if (value === undefined) return null
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  if (value instanceof Uint8Array) return '0x' + Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return Array.from(value, plain)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  return value
}

// Play a session. see(name, look): keep what `look` returns; fails(name, look, pick): what `pick` takes of the error that
// `look` ends with. What goes wrong is kept too, and said on stderr.
export async function session(play) {
  const setting = JSON.parse(readFileSync(0, 'utf8'))
  const seen = {}
  const see = async (name, look) => {
    try {
      const value = await look()
      seen[name] = plain(value)
      return value
    } catch (error) {
      seen[name] = { 'went wrong': KEPT_OF_AN_ERROR.map((key) => error[key]).find((text) => typeof text === 'string') }
      console.error(`${name}: ${error.stack}`)
    }
  }
  const fails = (name, look, pick) =>
    see(name, async () => {
      let value
      try {
        value = await look()
      } catch (error) {
        return pick(error)
      }
      throw new Error(`it did not fail, but returned ${JSON.stringify(plain(value))}`)
    })
  try {
    await play({ ...setting, see, fails })
  } catch (error) {
    seen.session = { 'went wrong': error.message }
    console.error(error.stack)
  }
  process.stdout.write(JSON.stringify(seen), () => process.exit(0))
}

// What `look` returns as soon as that is true.
export async function until(look, { timeoutMs = 30000 } = {}) {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${look}`)
    await new Promise((done) => setTimeout(done, 5))
  }
}
