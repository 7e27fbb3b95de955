/**
 * A bare TCP connection to something that is not the venue, for protocols that bring their own words (SMTP).
 * @module
 */
import { connect, isIP, type Socket } from 'node:net'
import { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { suffix, systemCode, textOfCode } from './connection-error.ts'
import { openTunnel, type TunnelOptions } from './open-tunnel.ts'
import { type OutsideOptions, outsideEgress } from './outside-egress.ts'
import { hostAndPort, type TunnelTarget } from './proxy-endpoint.ts'

/** Where to, and which way. */
export interface SocketTarget extends TunnelTarget {
  /** From the start of the name's resolution to the open connection; through a proxy, to the open tunnel. */
  readonly timeoutMs: number
  /** Name of the proxy; direct without one. */
  readonly via?: string | undefined
  readonly signal?: AbortSignal
}

/** With several addresses, how long each may take before the next is tried; Node's own 250 ms are too short for far ones. */
const ADDRESS_PATIENCE_MS = 2_000

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ETIMEDOUT: 'connect_timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
}

/**
 * Creates the function that opens connections. It rejects with HedgebotError kind `proxy`, `network` (codes
 * `connection_refused`, `unresolved`, `unreachable`, `connect_timeout`, `connection_lost`, `aborted`) or `config`; no socket
 * is left then.
 */
export function createOpenSocket(options: OutsideOptions): (to: SocketTarget) => Promise<Socket> {
  return async (to) => {
    const { way, proxy } = outsideEgress(options, to.via)
    if (to.signal?.aborted === true) throw abortedError(to)
    if (proxy === undefined) return connectDirect(options.clock, to)
    return connectThrough(to, { way, proxy, clock: options.clock, connectTimeoutMs: to.timeoutMs })
  }
}

async function connectThrough(to: SocketTarget, tunnel: TunnelOptions): Promise<Socket> {
  const { host, port, signal } = to
  const attempt = openTunnel(tunnel, { host, port })
  const onAbort = (): void => void attempt.giveUp(abortedError(to))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await attempt.opened
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function connectDirect(clock: Clock, to: SocketTarget): Promise<Socket> {
  const { host, port, signal, timeoutMs } = to
  const socket = connect({
    host,
    port,
    noDelay: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_PATIENCE_MS,
  })
  // Whoever uses the socket hears of its errors; nobody else must crash over them.
  socket.on('error', () => undefined)
  let isResolved = isIP(host) !== 0
  socket.once('lookup', (cause: Error | null) => {
    isResolved = cause === null
  })
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelTimer()
      signal?.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect).off('error', onError)
    }
    const fail = (error: HedgebotError): void => {
      stop()
      socket.destroy()
      reject(error)
    }
    const onAbort = (): void => fail(abortedError(to))
    const onError = (cause: unknown): void => fail(brokenError(to, systemCode(cause)))
    const onConnect = (): void => {
      stop()
      resolve(socket)
    }
    const cancelTimer = clock.setTimer(timeoutMs, () => fail(lateError(to, isResolved)))
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', onConnect).once('error', onError)
  })
}

function lateError(to: SocketTarget, isResolved: boolean): HedgebotError {
  return isResolved
    ? socketError(to, 'connect_timeout', 'did not accept a connection in time')
    : socketError(to, 'unresolved', 'has a name that did not resolve in time')
}

function brokenError(to: SocketTarget, code: string): HedgebotError {
  const what = textOfCode(code) ?? `cannot be reached${suffix(code)}`
  return socketError(to, CODES[code] ?? 'connection_lost', what)
}

function abortedError(to: SocketTarget): HedgebotError {
  return socketError(to, 'aborted', 'is not wanted any more')
}

function socketError(to: SocketTarget, code: string, what: string): HedgebotError {
  return new HedgebotError('network', `${hostAndPort(to)} ${what}`, {
    code,
    mayHaveBeenDelivered: false,
  })
}
