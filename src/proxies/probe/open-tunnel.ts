import type { Socket } from 'node:net'
import type { ProxyEndpoint } from '../proxy-endpoint.ts'
import { connectStatusFailure, parseConnectAnswer } from './connect-answer.ts'
import { type Address, type ConnectOptions, openTcp, startTls } from './connect-socket.ts'
import { type Expected, readFrom } from './read-from.ts'
import {
  parseSocksChoice,
  parseSocksLoginAnswer,
  parseSocksReply,
  socksGreeting,
  socksLogin,
  socksRequest,
} from './socks5.ts'
import { StepFailure } from './step-failure.ts'

/** The proxy as the other side of a conversation. */
export const PROXY = { who: 'the proxy', isBehindTunnel: false } as const

type Tools = Pick<ConnectOptions, 'patience' | 'keeper'>

/** Asks a proxy, to whom TCP stands already, for a tunnel to the target. */
export async function openTunnel(
  {
    socket,
    proxy,
    target,
  }: {
    readonly socket: Socket
    readonly proxy: ProxyEndpoint
    readonly target: Address
  },
  tools: Tools,
): Promise<Socket> {
  if (proxy.protocol === 'socks5') return openSocksTunnel({ socket, proxy, target }, tools)
  const way =
    proxy.protocol === 'https'
      ? await startTls({ socket, host: proxy.host }, { ...tools, counterpart: PROXY })
      : socket
  way.write(connectRequest(proxy, target))
  const status = await readConnectAnswer(way, proxy, tools)
  if (status === 200) return way
  throw connectStatusFailure(status)
}

async function readConnectAnswer(way: Socket, proxy: ProxyEndpoint, tools: Tools): Promise<number> {
  const { patience } = tools
  try {
    return await readFrom(way, parseConnectAnswer, { expected: silent('CONNECT'), patience })
  } catch (cause) {
    const isReset = cause instanceof StepFailure && cause.failure.reason === 'reset'
    if (!isReset || proxy.protocol !== 'http' || !(await takesSocks(proxy, tools))) throw cause
    const text = 'the proxy hangs up on CONNECT and answers a SOCKS5 greeting'
    throw new StepFailure({ reason: 'speaks_socks', text, isBehindTunnel: false })
  }
}

/** A SOCKS server hangs up on CONNECT without a word, as many a broken proxy does: a greeting tells them apart. */
async function takesSocks(proxy: ProxyEndpoint, tools: Tools): Promise<boolean> {
  try {
    const socket = await openTcp(proxy, { ...tools, counterpart: PROXY })
    socket.write(socksGreeting(true))
    const isSocks = (received: Buffer) => ({ value: received[0] === 5, length: received.length })
    return await readFrom(socket, isSocks, {
      expected: silent('a SOCKS5 greeting'),
      patience: tools.patience,
    })
  } catch (cause) {
    if (cause instanceof StepFailure) return false
    throw cause
  }
}

async function openSocksTunnel(
  {
    socket,
    proxy,
    target,
  }: {
    readonly socket: Socket
    readonly proxy: ProxyEndpoint
    readonly target: Address
  },
  { patience }: Tools,
): Promise<Socket> {
  const ask = (what: string) => ({ expected: silent(what), patience })
  const hasLogin = proxy.username !== undefined || proxy.password !== undefined
  socket.write(socksGreeting(hasLogin))
  const choice = await readFrom(socket, parseSocksChoice, ask('the SOCKS5 greeting'))
  if (choice === 'password') {
    const login = socksLogin(proxy.username ?? '', proxy.password?.reveal() ?? '')
    if (login === undefined) throw tooLong()
    socket.write(login)
    await readFrom(socket, parseSocksLoginAnswer, ask('the login'))
  }
  socket.write(socksRequest(target))
  await readFrom(socket, parseSocksReply, ask('the request for a tunnel'))
  return socket
}

function silent(what: string): Expected {
  return { ...PROXY, omission: `did not answer ${what}` }
}

function tooLong(): StepFailure {
  const text = 'user name or password is longer than the 255 bytes that SOCKS5 takes'
  return new StepFailure({ reason: 'login', text, isBehindTunnel: false })
}

/** The only place that writes the login of an HTTP proxy (RFC 7617 basic, UTF-8). */
function connectRequest(proxy: ProxyEndpoint, { host, port }: Address): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`]
  if (proxy.username !== undefined || proxy.password !== undefined) {
    const pair = `${proxy.username ?? ''}:${proxy.password?.reveal() ?? ''}`
    lines.push(`Proxy-Authorization: Basic ${Buffer.from(pair).toString('base64')}`)
  }
  return `${[...lines, 'Proxy-Connection: keep-alive'].join('\r\n')}\r\n\r\n`
}
