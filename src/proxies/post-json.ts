/**
 * JSON to an address that is not the venue's: chats and webhooks. Over the one HTTP file; every post has a connection of
 * its own, since there are few and long pauses between them.
 * @module
 */
import http, { type Agent, type ClientRequest } from 'node:http'
import https from 'node:https'
import { HedgebotError } from '../errors.ts'
import type { VenueResponse } from '../ports.ts'
import { createHttpRequester } from './http.ts'
import { type OutsideEgress, type OutsideOptions, outsideEgress } from './outside-egress.ts'
import { TunnelAgent } from './tunnel-agent.ts'

/** One post. */
export interface JsonPost {
  /** `https://...`, or `http://...` for a receiver on this machine; a login in it is sent as a header. */
  readonly url: string
  /** The JSON text. */
  readonly body: string
  readonly timeoutMs: number
  /** Name of the proxy; direct without one. */
  readonly via?: string | undefined
  readonly signal?: AbortSignal
}

/** Longest time for a tunnel, and again for TCP and TLS behind it. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Creates the function that posts. Redirects are answers. It rejects with HedgebotError: the errors of http.ts, whose
 * messages contain the path, or kind `config`, codes `bad_address` and `unknown_proxy`.
 */
export function createPostJson(
  options: OutsideOptions,
): (post: JsonPost) => Promise<VenueResponse> {
  return async ({ url, body, timeoutMs, via, signal }) => {
    const egress = outsideEgress(options, via)
    const target = readUrl(url)
    const agent = createAgent(options, egress, target)
    const request = createHttpRequester({
      way: egress.way,
      baseUrl: target.origin,
      agent,
      giveUpTunnel: (unsent: ClientRequest) =>
        agent instanceof TunnelAgent ? agent.giveUp(unsent) : undefined,
      clock: options.clock,
      connectTimeoutMs: CONNECT_TIMEOUT_MS * (egress.proxy === undefined ? 1 : 2),
    })
    try {
      return await request({
        method: 'POST',
        path: `${target.pathname}${target.search}`,
        json: body,
        headers: loginHeader(target),
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })
    } finally {
      agent.destroy()
    }
  }
}

/** Node's own error would carry the address, which is a secret. */
function readUrl(text: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text)
    if (url.protocol === 'https:' || url.protocol === 'http:') return url
  }
  throw new HedgebotError('config', 'this is not an http:// or https:// address', {
    code: 'bad_address',
    mayHaveBeenDelivered: false,
  })
}

function createAgent(options: OutsideOptions, egress: OutsideEgress, target: URL): Agent {
  const { way, proxy } = egress
  if (proxy !== undefined) {
    const connectTimeoutMs = CONNECT_TIMEOUT_MS
    return new TunnelAgent({ way, proxy, clock: options.clock, connectTimeoutMs, keepAlive: false })
  }
  return target.protocol === 'https:' ? new https.Agent() : new http.Agent()
}

/** RFC 7617, in UTF-8; a login in the address itself would end up in errors and logs of others. */
function loginHeader({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {}
  const pair = `${decoded(username)}:${decoded(password)}`
  return { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** As it stands where it is not percent-encoded properly. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
