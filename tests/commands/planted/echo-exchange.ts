/** The simulated exchange with a bad habit: it answers with all that it was sent. And it remembers every token. */
import type { Stage } from '../../../src/sim/stage/stage.ts'
import type { Planted } from './secrets.ts'

type Gateway = Stage['gateway']
type Request = Parameters<Gateway['request']>[0]
type Answer = Awaited<ReturnType<Gateway['request']>>

/**
 * What comes back instead of the answer: a refusal with a code, pages of servers and firewalls, a 200 that is no JSON,
 * the wrong region. `sends`: only transactions are refused, over both ways; `key`: and what is read of keys. `mixed`:
 * each account has another one of these, and market data are as they should be.
 */
export type EchoMode =
  | 'off'
  | 'coded'
  | 'sends'
  | 'key'
  | 'unavailable'
  | 'forbidden'
  | 'garbage'
  | 'restricted'
  | 'mixed'

export interface EchoExchange {
  seenBy(gateway: Gateway): Gateway
  setMode(mode: EchoMode): void
  /** What proxies pass on beside the requests, though they should not: each answer quotes one of these. */
  learn(texts: readonly string[]): void
  /** Tokens of all requests and subscriptions. */
  tokens(): readonly Planted[]
  /** Signatures of all transactions. */
  signatures(): readonly Planted[]
}

export function createEchoExchange(): EchoExchange {
  const tokens = new Set<string>()
  const signatures = new Set<string>()
  let mode: EchoMode = 'off'
  let learned: readonly string[] = []
  let count = 0
  const quote = (text: string): string => {
    count += 1
    return `${learned[count % learned.length] ?? ''} ${text}`
  }
  const remember = (text: string): void => {
    for (const [token] of text.matchAll(/\d{10}:\d+:\d+:[0-9a-f]{160}/g)) tokens.add(token)
    for (const [, signature] of text.matchAll(/"Sig":"([^"]+)"/g)) signatures.add(signature ?? '')
  }
  return {
    seenBy: (gateway) => ({
      ...gateway,
      request(request) {
        const text = describe(request)
        remember(text)
        const echo = echoOf(mode === 'mixed' ? modeOf(text) : mode, request, quote(text))
        return echo === undefined ? gateway.request(request) : Promise.resolve(echo)
      },
      openSession(options) {
        const session = gateway.openSession(options)
        if ('status' in session) return session
        return {
          ...session,
          receive(text, arrivedAtMs) {
            remember(text)
            const echo = echoFrame(mode, text, quote(text))
            if (echo === undefined) session.receive(text, arrivedAtMs)
            else options.send(echo)
          },
        }
      },
    }),
    setMode(next) {
      mode = next
    },
    learn(texts) {
      learned = texts
    },
    tokens: () =>
      [...tokens].map((text) => ({ name: 'token', text, parts: [text.slice(-160, -120)] })),
    signatures: () =>
      [...signatures].map((text) => ({ name: 'signature', text, parts: [text.slice(10, 50)] })),
  }
}

const MIXED: readonly EchoMode[] = ['coded', 'unavailable', 'forbidden', 'garbage']

/** By the account of the token. */
function modeOf(text: string): EchoMode {
  const account = /\d{10}:(\d+):/.exec(text)?.[1]
  return account === undefined ? 'off' : (MIXED[Number(account) % MIXED.length] ?? 'off')
}

/** Secrets first, since whoever quotes it may cut it off; decoded, since whoever answers has read it. */
function describe({ method, path, query, headers, body }: Request): string {
  const { authorization = '' } = headers
  const login = headers['proxy-authorization'] ?? ''
  const form = Object.fromEntries(new URLSearchParams(body))
  return `${authorization} ${login} ${method} ${path}?${JSON.stringify(query)} ${JSON.stringify(headers)} ${JSON.stringify(form)} ${body} Authorization: ${authorization}`
}

function echoOf(mode: EchoMode, request: Request, text: string): Answer | undefined {
  const isSend = request.path.endsWith('sendTx')
  const json = (status: number, code: number): Answer => ({
    status,
    headers: { 'content-type': 'application/json', 'x-echo': encodeURIComponent(text) },
    body: JSON.stringify({ code, message: text }),
  })
  const page = (status: number): Answer => ({
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html><h1>${status}</h1>${text}</html>`,
  })
  switch (mode) {
    case 'off':
    case 'mixed':
      return undefined
    case 'coded':
      return json(400, 20_001)
    case 'sends':
      return isSend ? json(400, 21_739) : undefined
    case 'key':
      return request.path.includes('apikeys') || isSend ? json(400, 21_109) : undefined
    case 'unavailable':
      return page(502)
    case 'forbidden':
      return page(403)
    case 'garbage':
      return { status: 200, headers: {}, body: text }
    case 'restricted':
      return json(400, 20_558)
  }
}

function echoFrame(mode: EchoMode, text: string, message: string): string | undefined {
  const isSend = text.includes('jsonapi/sendtx')
  const id = /"id":"([^"]+)"/.exec(text)?.[1]
  if (isSend && (mode === 'sends' || mode === 'key')) {
    return JSON.stringify({ id, type: 'jsonapi/sendtx', error: { code: 21_739, message } })
  }
  const isPrivate = text.includes('"auth"')
  return isPrivate && (mode === 'coded' || mode === 'mixed')
    ? JSON.stringify({ error: { code: 20_013, message } })
    : undefined
}
