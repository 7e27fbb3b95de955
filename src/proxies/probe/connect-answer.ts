import type { Parsed } from './read-from.ts'
import { StepFailure } from './step-failure.ts'

const HEAD_END = '\r\n\r\n'

/**
 * Reads the status of an answer to CONNECT; the tunnel begins after the head. What no HTTP proxy says is told apart,
 * since a wrong `protocol` in the configuration is the usual reason.
 * @throws StepFailure when it is not HTTP
 */
export function parseConnectAnswer(received: Buffer): Parsed<number> | undefined {
  const [first] = received
  // SOCKS5 answers with its version, SOCKS4 with a zero.
  if (first === 5 || first === 0) throw protocolFailure('speaks_socks', 'speaks SOCKS, not HTTP')
  // The record types of TLS: alert and handshake.
  if (first === 0x15 || first === 0x16) throw protocolFailure('speaks_tls', 'speaks TLS, not HTTP')
  const start = 'HTTP/1.'
  const text = received.toString('latin1')
  if (!text.startsWith(start.slice(0, text.length))) throw unreadable()
  const end = text.indexOf(HEAD_END)
  if (end < 0) return undefined
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/.exec(`${text.slice(0, end)}\r\n`)?.[1]
  if (status === undefined) throw unreadable()
  return { value: Number(status), length: end + HEAD_END.length }
}

function unreadable(): StepFailure {
  return protocolFailure('unreadable', 'answered CONNECT with something that is not HTTP')
}

function protocolFailure(
  reason: 'speaks_socks' | 'speaks_tls' | 'unreadable',
  what: string,
): StepFailure {
  return new StepFailure({ reason, text: `the proxy ${what}`, isBehindTunnel: false })
}

/** A tunnel was not opened. */
export function connectStatusFailure(status: number): StepFailure {
  if (status === 407) {
    const text = 'the proxy does not accept the user name or password (407)'
    return new StepFailure({ reason: 'login', text, isBehindTunnel: false, status })
  }
  return new StepFailure({
    reason: 'proxy_status',
    text: `the proxy answered CONNECT with status ${status}`,
    isBehindTunnel: false,
    status,
  })
}
