/**
 * Opens a tunnel step by step: name, TCP, TLS to an https proxy, the proxy's own handshake. One limit for all of them,
 * since a user waits for the whole; which step it ended in tells a dead proxy from one that hangs.
 * @module
 */
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { HedgebotError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { askConnect } from './connect-handshake.ts'
import type { EgressName } from './connection-error.ts'
import type { ProxyEndpoint, TunnelTarget } from './proxy-endpoint.ts'
import { askSocks } from './socks-handshake.ts'
import {
  brokenTunnelError,
  lateTunnelError,
  type TunnelPlace,
  type TunnelStep,
} from './tunnel-error.ts'

/** What a tunnel needs. */
export interface TunnelOptions {
  readonly way: EgressName
  readonly proxy: ProxyEndpoint
  readonly clock: Clock
  /** From the start of the name's resolution to the open tunnel. */
  readonly connectTimeoutMs: number
  /** A step begins; the name is resolved first, where there is one. */
  readonly onStep?: (step: TunnelStep) => void
}

/** A tunnel on its way. */
export interface TunnelAttempt {
  /** Rejects with HedgebotError kind `proxy`; no socket is left then. Nobody reads from the socket yet. */
  readonly opened: Promise<Socket>
  /** Ends the attempt with this error; without one, with an error that tells how far it came. Returns the error. */
  giveUp(reason?: HedgebotError): HedgebotError
}

/** Starts to open a tunnel. */
export function openTunnel(options: TunnelOptions, target: TunnelTarget): TunnelAttempt {
  const { clock, connectTimeoutMs, proxy, way } = options
  let step: TunnelStep = isIP(proxy.host) === 0 ? 'resolve' : 'tcp'
  const begin = (next: TunnelStep): void => {
    step = next
    options.onStep?.(next)
  }
  const tcp = connect({ host: proxy.host, port: proxy.port, noDelay: true })
  let socket: Socket = tcp
  const place = (): TunnelPlace => ({ way, step, protocol: proxy.protocol })
  tcp.once('lookup', () => begin('tcp'))
  const end = (error: HedgebotError): HedgebotError => {
    socket.destroy(error)
    return error
  }
  const open = async (): Promise<Socket> => {
    const cancelTimer = clock.setTimer(connectTimeoutMs, () => {
      end(lateTunnelError(place(), connectTimeoutMs))
    })
    try {
      ignoreErrors(tcp)
      await happened(tcp, 'connect')
      if (proxy.protocol === 'https') {
        begin('tls')
        socket = tlsOver(tcp, proxy.host)
        ignoreErrors(socket)
        await happened(socket, 'secureConnect')
      }
      begin('handshake')
      const ask = proxy.protocol === 'socks5' ? askSocks : askConnect
      await ask(socket, way, { target, login: proxy })
      return socket
    } catch (cause) {
      socket.destroy()
      tcp.destroy()
      throw cause instanceof HedgebotError ? cause : brokenTunnelError(place(), cause)
    } finally {
      cancelTimer()
    }
  }
  return { opened: open(), giveUp: (reason) => end(reason ?? lateTunnelError(place())) }
}

/** Whoever waits for a socket hears of its errors; nobody else must crash over them. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined)
}

/** Begins TLS with this host over a connection that stands. */
export function tlsOver(socket: Socket, host: string): TLSSocket {
  return connectTls({
    socket,
    ALPNProtocols: ['http/1.1'],
    // A server name is a name; the certificate of an address is checked against the address.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
  })
}

/** Resolves at the event; rejects with the socket's error, or with undefined when it was just closed. */
function happened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.off(event, onEvent).off('close', onClose).off('error', onError)
    }
    const onEvent = (): void => {
      stop()
      resolve()
    }
    const onError = (error: unknown): void => {
      stop()
      reject(error)
    }
    const onClose = (): void => onError(undefined)
    socket.on(event, onEvent).on('close', onClose).on('error', onError)
  })
}
