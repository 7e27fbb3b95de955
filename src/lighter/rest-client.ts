import type { z } from 'zod'
import { HedgebotError } from '../errors.ts'
import type { Clock, SpendPriority, Transport, VenueRequest, VenueResponse } from '../ports.ts'
import type { AuthTokens } from './auth-tokens.ts'
import type { Budget } from './budget.ts'
import type { Counted } from './budget-buckets.ts'
import type { ClockOffset } from './clock-offset.ts'
import { parseVenueJson } from './parse-json.ts'
import { codedReadError, uncodedReadError } from './read-error.ts'
import { refusalSchema } from './venue-schemas.ts'
import { readWire } from './wire-scalars.ts'

/** Whose token goes with every request. */
export interface RestAccount {
  readonly name: string
  readonly tokens: AuthTokens
}

/** What the REST side of one account needs. */
export interface RestClientOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly clockOffset: ClockOffset
  readonly budget: Budget
  /** Undefined for market data: then nothing is authenticated and the egress is counted. */
  readonly account: RestAccount | undefined
  /** Called when anything was answered. */
  readonly onAnswer: () => void
}

/** One read of the venue. */
export interface VenueRead<T extends z.ZodType> {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly schema: T
  readonly priority: SpendPriority
}

/** REST of one account, or of market data. */
export interface RestClient {
  /**
   * Reads and checks; one unit. Rejects with HedgebotError: `rate_limited` (ours or the venue's), `network`, `proxy`,
   * `venue_refused` with the venue's code, `unknown_state` when the answer cannot be read.
   */
  read<T extends z.ZodType>(read: VenueRead<T>): Promise<z.output<T>>
  /** Posts `sendTx` and returns whatever came back; the caller has counted it. Rejects like `Transport.request`. */
  postTransaction(form: Readonly<Record<string, string>>, timeoutMs: number): Promise<VenueResponse>
}

/** A read is tried again by its caller; nothing that closes may wait long for one. */
const READ_TIMEOUT_MS = 4_000

/** Creates the REST side over one transport. */
export function createRestClient(options: RestClientOptions): RestClient {
  const { account } = options
  return {
    async read(read) {
      spend(options, read)
      const response = await exchange(options, {
        method: 'GET',
        path: read.path,
        timeoutMs: READ_TIMEOUT_MS,
        ...(read.query === undefined ? {} : { query: read.query }),
      })
      const json = successOf(response, read.path, () => account?.tokens.discard())
      return readWire(read.schema, json, `answer to ${read.path}`)
    },
    postTransaction: (form, timeoutMs) =>
      exchange(options, { method: 'POST', path: '/api/v1/sendTx', form, timeoutMs }),
  }
}

function spend(
  options: RestClientOptions,
  { path, priority }: { readonly path: string; readonly priority: SpendPriority },
): void {
  const full = options.budget.trySpend({ ...countedAs(options, false), path, priority })
  if (full === undefined) return
  throw new HedgebotError('rate_limited', full, {
    code: 'local_rate_limit',
    hint: 'Wait a minute; if the exchange allows more than that, say so in exchange.limits.',
    mayHaveBeenDelivered: false,
  })
}

/** With a token only the owner counts, wherever it leaves. */
function countedAs({ account, transport }: RestClientOptions, isSend: boolean): Counted {
  const isAuthenticated = account !== undefined
  return { account: account?.name, egress: transport.egress, isAuthenticated, isSend }
}

/** What the venue says of its limits; a firewall's answer has no code of the venue (PROTOCOL.md section 9). */
function noteLimits(options: RestClientOptions, response: VenueResponse, isSend: boolean): void {
  const { budget } = options
  const counted = countedAs(options, isSend)
  const { status, body } = response
  const code = status === 200 ? undefined : refusalSchema.safeParse(tryParse(body)).data?.code
  if (status === 429 || code === TOO_MANY) budget.noteLimited(counted, 'too_many')
  else if ((status === 403 || status === 405) && code === undefined) {
    budget.noteLimited(counted, 'firewall')
  } else if (status === 200) budget.noteServed(counted)
}

/** One request with the account's token; samples the venue's clock. */
async function exchange(options: RestClientOptions, request: VenueRequest): Promise<VenueResponse> {
  const { transport, account, clock, clockOffset } = options
  const sentAtMs = clock.now()
  const headers = account === undefined ? {} : { Authorization: account.tokens.current() }
  const response = await transport.request({ ...request, headers })
  const date = response.headers['date']
  // A cached answer has the date of its making.
  const isFresh = Number(response.headers['age'] ?? 0) === 0
  if (date !== undefined && isFresh) clockOffset.sampleDate(date, sentAtMs)
  options.onAnswer()
  noteLimits(options, response, request.method === 'POST')
  return response
}

/** Error unless 2xx, or when `code` is there and not 200; some successes carry none (PROTOCOL.md section 2). */
function successOf(response: VenueResponse, path: string, onTokenRefused: () => void): unknown {
  const isSuccess = response.status >= 200 && response.status < 300
  const json = isSuccess ? parseVenueJson(response.body) : tryParse(response.body)
  const refusal = refusalSchema.safeParse(json)
  if (refusal.success && !isSuccessCode(refusal.data.code, isSuccess)) {
    const { code, message } = refusal.data
    if (code === TOKEN_REFUSED) onTokenRefused()
    throw codedReadError(code, message, path)
  }
  if (!isSuccess) throw uncodedReadError(response.status, response.body, path)
  return json
}

/** 0 was seen as success too, but never with an error status. */
function isSuccessCode(code: number, isSuccess: boolean): boolean {
  return isSuccess && (code === 200 || code === 0)
}

const TOKEN_REFUSED = 20_013
/** Too many requests, also seen with status 400. */
const TOO_MANY = 23_000

function tryParse(body: string): unknown {
  try {
    return parseVenueJson(body)
  } catch {
    return undefined
  }
}
