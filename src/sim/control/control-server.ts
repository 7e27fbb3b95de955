/**
 * The control desk on a loopback port of its own, apart from the exchange's: JSON in and out, and no door for web
 * pages. Off unless somebody asks for it.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { HedgebotError } from '../../errors.ts'
import { toWireJson, type WireObject } from '../gateway/wire-json.ts'
import { closeServer, listenOnLoopback } from '../server/listen-on-loopback.ts'
import { readBody } from '../server/read-body.ts'
import type { ControlDesk } from './control-desk.ts'
import { controlHelp } from './control-help.ts'
import { guardRequest } from './request-guard.ts'

/** Largest request body, bytes. */
const MAX_BODY_BYTES = 65_536

export interface ControlServerOptions {
  readonly desk: ControlDesk
  /** Default `127.0.0.1`; anything but loopback is refused. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** A mistake of the simulator while serving; the client gets status 500. */
  onBug?(error: unknown): void
}

export interface ControlServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves a control desk.
 * @throws HedgebotError kind `usage`, code `sim_host_not_loopback`, or `sim_port_in_use`
 */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { desk, host = '127.0.0.1', port = 0 } = options
  const server = createServer((request, response) => {
    serve({ desk, ...listening }, request)
      .catch((error: unknown) => {
        options.onBug?.(error)
        return failure(500, { code: 'bug', message: 'a mistake of the simulator', hint: '' })
      })
      .then((answer) => {
        if (answer !== undefined) send(response, answer)
      })
      .catch((error: unknown) => options.onBug?.(error))
  })
  const listening = await listenOnLoopback(server, { host, port })
  return { ...listening, close: () => closeServer(server) }
}

interface Answer {
  readonly status: number
  readonly type: 'application/json' | 'text/plain; charset=utf-8'
  readonly body: string
  /** Whether the rest of the connection cannot be used. */
  readonly isLast?: boolean
}

interface Serving {
  readonly desk: ControlDesk
  readonly url: string
  readonly port: number
}

/** The answer; undefined when the client has gone. */
async function serve(
  { desk, url, port }: Serving,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  const { method = 'GET', headers } = request
  const path = (request.url ?? '/').replace(/\?.*$/, '')
  const remoteAddress = request.socket.remoteAddress ?? ''
  const refused = guardRequest({ remoteAddress, method, path, headers, port })
  if (refused !== undefined) return { ...failure(refused.status, refused), isLast: true }
  if (method === 'GET') {
    if (path === '/' || path === '/help') return text(controlHelp(url))
    return path === '/state' ? json(200, desk.state()) : noSuchPath()
  }
  if (method !== 'POST') return { ...noSuchPath(), isLast: true }
  const body = await readBody(request, MAX_BODY_BYTES)
  if ('text' in body) return operate(desk, path.slice(1), body.text)
  if (body.failed === 'broken') return undefined
  const tooLarge = { code: 'control_too_large', message: 'the body is too large', hint: '' }
  return { ...failure(413, tooLarge), isLast: true }
}

function operate(desk: ControlDesk, operation: string, body: string): Answer {
  try {
    return json(200, desk.run(operation, parse(body)))
  } catch (error) {
    if (!(error instanceof HedgebotError) || error.kind === 'bug') throw error
    const { code, message, hint = '' } = error
    const status = error.kind === 'usage' ? 400 : code === 'control_not_found' ? 404 : 409
    return failure(status, { code, message, hint })
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new HedgebotError('usage', 'the body is not JSON', {
      code: 'control_input',
      hint: 'GET /help shows examples.',
      cause,
    })
  }
}

function noSuchPath(): Answer {
  return failure(404, {
    code: 'control_not_found',
    message: 'there is nothing here',
    hint: 'GET /help lists what there is.',
  })
}

function failure(
  status: number,
  {
    code,
    message,
    hint,
  }: { readonly code: string; readonly message: string; readonly hint: string },
): Answer {
  return json(status, { error: { code, message, hint } })
}

function json(status: number, content: WireObject): Answer {
  return { status, type: 'application/json', body: toWireJson(content) }
}

function text(body: string): Answer {
  return { status: 200, type: 'text/plain; charset=utf-8', body }
}

/** No header here allows a page of another origin to read the answer, or a browser to keep or guess at it. */
function send(response: ServerResponse, { status, type, body, isLast = false }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isLast ? { connection: 'close' } : {}),
  })
  response.end(body)
}
