/**
 * HTTP requests to the venue. The only file that imports axios: its errors carry the whole configuration, so they
 * end here and come out in our own words.
 * @module
 */
import http, { type Agent, type ClientRequest } from 'node:http'
import https from 'node:https'
import { TLSSocket } from 'node:tls'
import axios, { type AxiosResponse } from 'axios'
import { HedgebotError } from '../errors.ts'
import type { Clock, VenueRequest, VenueResponse } from '../ports.ts'
import { type EgressName, networkError, venueConnectionError } from './connection-error.ts'

/** Largest answer we read; the list of all markets is about 0.5 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** What every request says about its sender. */
export const USER_AGENT = 'hedgebot/0.1.0'

/** What HTTP requests through one egress need. */
export interface HttpRequesterOptions {
  readonly way: EgressName
  readonly baseUrl: string
  readonly agent: Agent
  /** Ends the opening of this request's tunnel and says how far it came; undefined when there is none to open. */
  readonly giveUpTunnel: (request: ClientRequest) => HedgebotError | undefined
  readonly clock: Clock
  /** Longest time until the request can leave: tunnel, TCP and TLS. */
  readonly connectTimeoutMs: number
}

/** How far a request got. */
interface Progress {
  /** True from the moment at which bytes of the request may leave towards the venue. */
  hasLeft: boolean
  /** The first error of the connection itself. */
  connectionError: unknown
  /** Set once Node has begun with it. */
  request: ClientRequest | undefined
}

type StopReason = 'connect_timeout' | 'timeout' | 'aborted'

/**
 * Creates the function that makes one HTTP request.
 * Rejects with HedgebotError kind `proxy` (nothing delivered) or `network` (`mayHaveBeenDelivered` says).
 */
export function createHttpRequester(
  options: HttpRequesterOptions,
): (request: VenueRequest) => Promise<VenueResponse> {
  return async (request) => {
    const progress: Progress = {
      hasLeft: false,
      connectionError: undefined,
      request: undefined,
    }
    const limit = startLimit(options, request, progress)
    try {
      return toVenueResponse(await send(options, request, { progress, signal: limit.signal }))
    } catch (cause) {
      throw translate(options.way, cause, { progress, request, stopReason: limit.reason() })
    } finally {
      limit.end()
    }
  }
}

function send(
  options: HttpRequesterOptions,
  request: VenueRequest,
  life: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<AxiosResponse<string>> {
  const content = contentOf(request)
  return axios.request<string>({
    adapter: 'http',
    proxy: false,
    httpAgent: options.agent,
    httpsAgent: options.agent,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    validateStatus: () => true,
    responseType: 'text',
    transformRequest: (body: unknown) => body,
    transformResponse: (body: unknown) => body,
    transport: watchedTransport(options.baseUrl, life.progress),
    signal: life.signal,
    method: request.method,
    url: urlOf(options.baseUrl, request),
    headers: {
      Accept: 'application/json',
      'User-Agent': USER_AGENT,
      ...(content === undefined ? {} : { 'Content-Type': content.type }),
      ...request.headers,
    },
    ...(content === undefined ? {} : { data: content.data }),
  })
}

function contentOf({ form, json }: VenueRequest): { type: string; data: string } | undefined {
  if (json !== undefined) return { type: 'application/json', data: json }
  if (form === undefined) return undefined
  const data = new URLSearchParams(form).toString()
  return { type: 'application/x-www-form-urlencoded', data }
}

function urlOf(baseUrl: string, request: VenueRequest): string {
  const url = `${baseUrl.replace(/\/+$/, '')}${request.path}`
  const query = new URLSearchParams(request.query ?? {}).toString()
  return query === '' ? url : `${url}?${query}`
}

/** Node's own transport with an eye on when the request can leave: that decides between failure and doubt. */
function watchedTransport(baseUrl: string, progress: Progress): { request: typeof http.request } {
  const node = baseUrl.startsWith('https:') ? https : http
  return {
    request: (...call: Parameters<typeof http.request>) => {
      const request = node.request(...call)
      watchDelivery(request, progress)
      return request
    },
  } as { request: typeof http.request }
}

function watchDelivery(request: ClientRequest, progress: Progress): void {
  const leave = (): void => {
    progress.hasLeft = true
  }
  progress.request = request
  request.on('error', (error) => {
    progress.connectionError ??= error
  })
  request.once('socket', (socket) => {
    if (request.reusedSocket) leave()
    else if (socket instanceof TLSSocket) socket.once('secureConnect', leave)
    else if (socket.connecting) socket.once('connect', leave)
    else leave()
  })
}

interface Limit {
  readonly signal: AbortSignal
  reason(): StopReason | undefined
  end(): void
}

/** One signal for three reasons to stop: no connection in time, no answer in time, the caller's own signal. */
function startLimit(
  options: HttpRequesterOptions,
  request: VenueRequest,
  progress: Progress,
): Limit {
  const controller = new AbortController()
  let reason: StopReason | undefined
  const stop = (why: StopReason): void => {
    reason ??= why
    if (progress.request !== undefined) {
      // Kept as the first error: a tunnel that does not stand is the proxy's failure, whoever's patience ended first.
      progress.connectionError ??= options.giveUpTunnel(progress.request)
    }
    controller.abort()
  }
  const onCallerAbort = (): void => stop('aborted')
  const cancels = [
    options.clock.setTimer(request.timeoutMs, () => stop('timeout')),
    options.clock.setTimer(request.connectTimeoutMs ?? options.connectTimeoutMs, () => {
      if (!progress.hasLeft) stop('connect_timeout')
    }),
  ]
  if (request.signal?.aborted === true) onCallerAbort()
  else request.signal?.addEventListener('abort', onCallerAbort, { once: true })
  return {
    signal: controller.signal,
    reason: () => reason,
    end: () => {
      for (const cancel of cancels) cancel()
      request.signal?.removeEventListener('abort', onCallerAbort)
    },
  }
}

function translate(
  way: EgressName,
  cause: unknown,
  facts: {
    readonly progress: Progress
    readonly request: VenueRequest
    readonly stopReason: StopReason | undefined
  },
): HedgebotError {
  const { progress, request, stopReason } = facts
  const mayHaveBeenDelivered = progress.hasLeft
  const what = `${request.method} ${request.path}`
  if (stopReason === 'aborted') {
    return networkError(way, `was not asked to the end: ${what} was cancelled`, {
      code: 'aborted',
      mayHaveBeenDelivered,
    })
  }
  const origin = progress.connectionError ?? cause
  // What has left may have arrived, whatever the error says of the way.
  if (origin instanceof HedgebotError && !mayHaveBeenDelivered) return origin
  if (stopReason !== undefined) {
    return mayHaveBeenDelivered
      ? networkError(way, `did not answer ${what} in time`, {
          code: 'timeout',
          mayHaveBeenDelivered,
        })
      : networkError(way, `could not be reached for ${what} in time`, {
          code: 'connect_timeout',
          mayHaveBeenDelivered,
        })
  }
  if (progress.connectionError === undefined && isTooLarge(cause)) {
    return networkError(way, `answered ${what} with more than ${MAX_ANSWER_BYTES} bytes`, {
      code: 'answer_too_large',
      mayHaveBeenDelivered,
    })
  }
  return venueConnectionError(way, origin, mayHaveBeenDelivered)
}

function isTooLarge(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('maxContentLength')
}

function toVenueResponse(response: AxiosResponse<string>): VenueResponse {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = String(value)
  }
  return { status: response.status, headers, body: response.data ?? '' }
}
