import { type Socket, connect, isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { suffix, systemCode } from '../connection-error.ts'
import { tlsOver } from '../open-tunnel.ts'
import type { TunnelTarget } from '../proxy-endpoint.ts'
import {
  type Counterpart,
  StepFailure,
  closedFailure,
  lateFailure,
  systemFailure,
} from './step-failure.ts'
import { type Patience, waitWithin } from './wait-within.ts'

/** Every socket of one probe, so that none outlives it. */
export interface SocketKeeper {
  keep<S extends Socket>(socket: S): S
  destroyAll(): void
}

/** A keeper without sockets yet. */
export function createSocketKeeper(): SocketKeeper {
  const sockets = new Set<Socket>()
  return {
    keep(socket) {
      sockets.add(socket)
      // A socket may fail between two steps; the next one sees it.
      socket.on('error', () => undefined)
      return socket
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
  }
}

/** What opening needs beside an address. */
export interface ConnectOptions {
  readonly counterpart: Counterpart
  readonly patience: Patience
  readonly keeper: SocketKeeper
}

/** Opens a TCP connection; a name that does not resolve in time is told from a silent address. */
export function openTcp({ host, port }: TunnelTarget, options: ConnectOptions): Promise<Socket> {
  const { counterpart, patience, keeper } = options
  let isResolved = isIP(host) !== 0
  const late = (): Error =>
    isResolved
      ? lateFailure(counterpart, 'did not take the connection', patience.timeoutMs)
      : new StepFailure({
          reason: 'unresolved',
          text: `${counterpart.who} has a name that did not resolve in ${patience.timeoutMs} ms`,
          isBehindTunnel: counterpart.isBehindTunnel,
        })
  return waitWithin(patience, late, ({ resolve, reject }) => {
    const socket = keeper.keep(connect({ host, port, noDelay: true }))
    const onLookup = (): void => {
      isResolved = true
    }
    const onConnect = (): void => resolve(socket)
    const onError = (cause: Error): void => reject(systemFailure(cause, counterpart))
    socket.on('lookup', onLookup).on('connect', onConnect).on('error', onError)
    return () => {
      socket.off('lookup', onLookup).off('connect', onConnect).off('error', onError)
    }
  })
}

/** Speaks TLS over a connection; the certificate must be good for `host`. */
export function startTls(
  { socket, host }: { readonly socket: Socket; readonly host: string },
  { counterpart, patience, keeper }: ConnectOptions,
): Promise<TLSSocket> {
  const late = (): Error =>
    lateFailure(counterpart, 'did not finish the TLS handshake', patience.timeoutMs)
  return waitWithin(patience, late, ({ resolve, reject }) => {
    const secured = keeper.keep(tlsOver(socket, host))
    const onSecure = (): void => resolve(secured)
    const onError = (cause: Error): void => reject(tlsFailure(cause, counterpart))
    const onClose = (): void => reject(closedFailure(counterpart))
    if (socket.destroyed) onClose()
    secured.on('secureConnect', onSecure).on('error', onError).on('close', onClose)
    return () => {
      secured.off('secureConnect', onSecure).off('error', onError).off('close', onClose)
    }
  })
}

/** What the network does stays the network's; everything else in a handshake is about TLS. */
function tlsFailure(cause: unknown, counterpart: Counterpart): StepFailure {
  const { failure } = systemFailure(cause, counterpart)
  if (failure.reason === 'reset' || failure.reason === 'timeout') return new StepFailure(failure)
  const code = systemCode(cause)
  const text = `${counterpart.who} failed the TLS handshake${suffix(code)}`
  return new StepFailure({ reason: 'tls', text, isBehindTunnel: counterpart.isBehindTunnel })
}
