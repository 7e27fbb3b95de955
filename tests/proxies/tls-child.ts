/**
 * One request and one WebSocket through one proxy, in a process of its own: which authorities are trusted
 * (NODE_EXTRA_CA_CERTS) is read when Node starts. Prints what came of both.
 * @module
 */
import { createHttpTransport } from '../../src/proxies/create-http-transport.ts'
import type { ProxyEndpoint } from '../../src/proxies/proxy-endpoint.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { failureOf, watchSocket } from './observe.ts'

/** What the child is told. */
export interface TlsChildOptions {
  readonly restUrl: string
  readonly wsUrl: string
  readonly proxy?: Pick<ProxyEndpoint, 'host' | 'port' | 'protocol' | 'username'> & {
    readonly password: string
  }
  readonly requests: number
  readonly connectTimeoutMs: number
}

const { proxy, requests, ...rest } = JSON.parse(process.argv[2] ?? '') as TlsChildOptions
const transport = createHttpTransport({
  ...rest,
  egress: 'p1',
  clock: createSystemClock(),
  ...(proxy && { proxy: { ...proxy, password: { reveal: () => proxy.password } } }),
})

const POST = { method: 'POST', path: '/a', form: { a: 'b' }, timeoutMs: 3_000 } as const

async function requestOnce(): Promise<unknown> {
  const work = transport.request(POST)
  try {
    return { status: (await work).status }
  } catch {
    const { kind, code, message, mayHaveBeenDelivered } = await failureOf(work)
    return { kind, code, message, mayHaveBeenDelivered }
  }
}

let request: unknown
for (let at = 0; at < requests; at++) request = await requestOnce()
const seen = watchSocket()
const socket = transport.connect({
  ...seen.handlers,
  onMessage: (text) => {
    seen.handlers.onMessage(text)
    socket.close()
  },
})
const { code, error } = await seen.closed
transport.close()
const told = {
  request,
  messages: seen.messages,
  code,
  error: { ...error, message: error?.message },
}
process.stdout.write(JSON.stringify(told))
