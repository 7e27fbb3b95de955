import type { Socket } from 'node:net'
import { HedgebotError } from '../../errors.ts'
import { proxyPrefix } from '../connection-error.ts'
import { openTunnel, type TunnelOptions } from '../open-tunnel.ts'
import { hostAndPort, type ProxyEndpoint, type TunnelTarget } from '../proxy-endpoint.ts'
import { assertSocksLogin } from '../socks-handshake.ts'
import { speaksSocksError } from '../tunnel-error.ts'
import type { ConnectOptions } from './connect-socket.ts'
import type { FailureReason } from './probe-model.ts'
import { StepFailure } from './step-failure.ts'

/** A tunnel on its way, by the code that trades: what a test says is what an order meets. */
export interface StartedTunnel {
  /** TCP with the proxy stands. */
  readonly connected: Promise<void>
  /** The tunnel stands. */
  readonly opened: Promise<Socket>
}

/** What a tunnel of a probe needs. */
export interface ProbedTunnel {
  readonly name: string
  readonly proxy: ProxyEndpoint
  readonly target: TunnelTarget
}

type Tools = Pick<ConnectOptions, 'patience' | 'keeper'>

/** Starts to open a tunnel; both promises reject with a StepFailure, or with the signal's reason. */
export function startTunnel(wanted: ProbedTunnel, tools: Tools): StartedTunnel {
  const { signal } = tools.patience
  let onConnected = (): void => undefined
  const stands = new Promise<void>((resolve) => {
    onConnected = resolve
  })
  const opened = open(wanted, tools, onConnected).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason
    throw failureOf(cause, wanted)
  })
  return { connected: Promise.race([stands, opened.then(() => undefined)]), opened }
}

async function open(wanted: ProbedTunnel, tools: Tools, onConnected: () => void): Promise<Socket> {
  const { name, proxy } = wanted
  if (proxy.protocol === 'socks5') assertSocksLogin(name, proxy)
  try {
    return await openOnce(wanted, tools, (step) => {
      if (step === 'tls' || step === 'handshake') onConnected()
    })
  } catch (cause) {
    const isHangUp = cause instanceof HedgebotError && cause.code === 'proxy_reset'
    if (!isHangUp || proxy.protocol !== 'http' || !(await takesSocks(wanted, tools))) throw cause
    throw speaksSocksError(wayOf(wanted), 'hangs up on CONNECT and answers a SOCKS greeting')
  }
}

async function openOnce(
  wanted: ProbedTunnel,
  { patience, keeper }: Tools,
  onStep?: TunnelOptions['onStep'],
): Promise<Socket> {
  const { clock, timeoutMs, signal } = patience
  const { proxy, target } = wanted
  signal.throwIfAborted()
  const attempt = openTunnel(
    {
      way: wayOf(wanted),
      proxy,
      clock,
      connectTimeoutMs: timeoutMs,
      ...(onStep === undefined ? {} : { onStep }),
    },
    target,
  )
  const onAbort = (): void => void attempt.giveUp()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return keeper.keep(await attempt.opened)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A SOCKS server hangs up on CONNECT without a word, as many a broken proxy does: a greeting tells them apart. */
async function takesSocks(wanted: ProbedTunnel, tools: Tools): Promise<boolean> {
  const { host, port } = wanted.proxy
  const proxy = { host, port, protocol: 'socks5' } as const
  try {
    await openOnce({ ...wanted, proxy }, tools)
    return true
  } catch (cause) {
    return cause instanceof HedgebotError && IS_SOCKS.has(cause.code)
  }
}

/** What only a SOCKS server answers a greeting without a login with. */
const IS_SOCKS: ReadonlySet<string> = new Set(['proxy_auth', 'proxy_denied', 'proxy_no_tunnel'])

const REASONS: Readonly<Record<string, FailureReason>> = {
  proxy_auth: 'login',
  proxy_login_too_long: 'login',
  proxy_denied: 'denied',
  proxy_no_tunnel: 'no_tunnel',
  proxy_refused: 'refused',
  proxy_unreachable: 'unreachable',
  proxy_unresolved: 'unresolved',
  proxy_connect_timeout: 'timeout',
  proxy_timeout: 'timeout',
  proxy_reset: 'reset',
  proxy_tls: 'tls',
  proxy_speaks_socks: 'speaks_socks',
  proxy_speaks_http: 'speaks_http',
  proxy_speaks_tls: 'speaks_tls',
}

/** The table names the proxy already. */
function failureOf(cause: unknown, wanted: ProbedTunnel): unknown {
  if (!(cause instanceof HedgebotError)) return cause
  const prefix = proxyPrefix(wayOf(wanted))
  const { code, message } = cause
  const text = message.startsWith(prefix) ? `the proxy${message.slice(prefix.length)}` : message
  const reason = REASONS[code] ?? 'unreadable'
  return new StepFailure({ reason, text, isBehindTunnel: false })
}

function wayOf({ name, proxy }: ProbedTunnel) {
  return { egress: name, proxyAddress: hostAndPort(proxy) }
}
