/**
 * REST: from a request to its answer, with the faults that may befall either (PROTOCOL.md sections 2, 7 and 9).
 * @module
 */
import type { SimCore } from '../core/core-model.ts'
import type { HttpFaultAnswer } from '../faults/fault-plan.ts'
import { drawDelayMs, type FaultOccasion } from '../faults/fault-switch.ts'
import { isPoolType, tokenOf, type VerifiedToken } from './auth-gate.ts'
import type { GatewayParts } from './gateway-parts.ts'
import {
  BAD_GATEWAY_PAGE,
  FORBIDDEN_PAGE,
  NOT_ALLOWED_PAGE,
  UNAVAILABLE_PAGE,
} from './html-pages.ts'
import { readJsonParams, readParams, type Params } from './request-params.ts'
import { ACCOUNT_ROUTES } from './rest-accounts.ts'
import { HISTORY_ROUTES } from './rest-history.ts'
import { MARKET_HISTORY_ROUTES } from './rest-market-history.ts'
import { MARKET_ROUTES } from './rest-markets.ts'
import { ORDER_ROUTES } from './rest-orders.ts'
import type { RestRoute, RestRoutes } from './rest-route.ts'
import { OWNER_ROUTES } from './rest-owner.ts'
import { TIER_ROUTES } from './rest-tiers.ts'
import { TRANSACTION_ROUTES } from './rest-transactions.ts'
import { VENUE_FACT_ROUTES } from './rest-venue-facts.ts'
import { refusal, statusOfCode, VenueRefusal } from './venue-refusal.ts'
import { toWireJson, type WireObject } from './wire-json.ts'

export interface GatewayRequest {
  /** Address that the limits count on. */
  readonly remoteAddress: string
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly query: Params
  /** Names in lower case. */
  readonly headers: Params
  /** Urlencoded or multipart form; empty for GET. */
  readonly body: string
  /** When it came in, on the venue's clock; now, if left out. */
  readonly arrivedAtMs?: number
}

export interface GatewayResponse {
  readonly status: number
  readonly headers: Params
  readonly body: string
}

/** A fault took the request or its answer. */
export interface GatewayLoss {
  readonly lost: 'request' | 'answer'
  /** `silence`: nothing ever comes; `cut`: the connection breaks; `unreachable`: it is never made. */
  readonly how: 'silence' | 'cut' | 'unreachable'
}

const ROUTES: RestRoutes = {
  ...ACCOUNT_ROUTES,
  ...HISTORY_ROUTES,
  ...OWNER_ROUTES,
  ...MARKET_ROUTES,
  ...MARKET_HISTORY_ROUTES,
  ...VENUE_FACT_ROUTES,
  ...ORDER_ROUTES,
  ...TIER_ROUTES,
  ...TRANSACTION_ROUTES,
}

/** Serves one request. Rejects only on a mistake of the simulator. */
export async function serveRequest(
  parts: GatewayParts,
  request: GatewayRequest,
): Promise<GatewayResponse | GatewayLoss> {
  const arrivedAtMs = request.arrivedAtMs ?? parts.clock.now()
  const params = readParams(request.query, request.headers['content-type'] ?? '', request.body)
  if (parts.faults.isEmpty()) return answer(parts, { ...request, params, arrivedAtMs })

  const occasion = occasionOf(request, params)
  const before = await sufferBefore(parts, occasion, request.path)
  if (before !== undefined) return before
  // A request that was delayed on its way arrives after the delay.
  const arrival = { ...request, params, arrivedAtMs: parts.clock.now() }
  return sufferAfter(parts, occasion, answer(parts, arrival))
}

interface ReadRequest extends GatewayRequest {
  readonly params: Params
  readonly arrivedAtMs: number
}

function answer(parts: GatewayParts, arrival: ReadRequest): GatewayResponse {
  if (parts.requests.turnAway(arrival.remoteAddress)) return notAllowedResponse()
  const route = Object.hasOwn(ROUTES, arrival.path) ? ROUTES[arrival.path] : undefined
  if (route?.method !== arrival.method) return forbiddenResponse()
  const request =
    route.takesJson === true ? { ...arrival, params: readJsonParams(arrival) } : arrival
  try {
    const token = readToken(parts, request)
    if (route.isSend !== true) count(parts, request, token)
    authorize(parts, route, { request, token })
    const { params, remoteAddress: ip, arrivedAtMs } = request
    const content = route.handle({ parts, params, token, ip, arrivedAtMs })
    return jsonResponse(200, route.isBare === true ? content : { code: 200, ...content })
  } catch (error) {
    if (!(error instanceof VenueRefusal)) throw error
    return refusalResponse(error)
  }
}

/** A token that does not hold counts as none here; private routes judge it again. */
function readToken(parts: GatewayParts, request: ReadRequest): VerifiedToken | undefined {
  const text = tokenOf(request.params, request.headers)
  if (text === undefined) return undefined
  try {
    return parts.gate.verify(text)
  } catch (error) {
    if (error instanceof VenueRefusal) return undefined
    throw error
  }
}

function count(
  { core, requests }: GatewayParts,
  { path, params, remoteAddress }: ReadRequest,
  token: VerifiedToken | undefined,
): void {
  // Whoever asks for accounts that do not exist must not make the counter grow.
  const named = core.account(Number(params['account_index']))?.accountIndex
  const refused = requests.admit({
    ip: remoteAddress,
    endpoint: path.replace('/api/v1/', ''),
    owner: token === undefined ? undefined : core.account(token.accountIndex),
    accountIndex: token?.accountIndex ?? named,
    isAuthenticated: token !== undefined,
  })
  if (refused !== undefined) throw refused
}

function authorize(
  { core, gate }: GatewayParts,
  route: RestRoute,
  { request, token }: { readonly request: ReadRequest; readonly token: VerifiedToken | undefined },
): void {
  const named = request.params[route.accountParam ?? 'account_index']
  if (!needsToken(core, route, named)) return
  const text = tokenOf(request.params, request.headers)
  if (text === undefined) {
    throw refusal(20001, ': auth query param and Authorization header are empty')
  }
  // Says why it does not hold.
  const verified = token ?? gate.verify(text)
  if (named === undefined || !/^\d{1,15}$/.test(named)) throw refusal(20001)
  if (!gate.mayRead(verified, Number(named))) throw refusal(20013, 'account mismatch')
  if (verified.readOnly !== undefined && (route.method === 'POST' || route.needsSignedToken)) {
    throw refusal(20013, 'read-only token')
  }
}

function needsToken(core: SimCore, { auth }: RestRoute, named: string | undefined): boolean {
  // −1 is how the documents say "no account" (openapi.json, trades).
  const isNone = named === undefined || named === '-1'
  if (auth === undefined || (auth === 'withAccount' && isNone)) return false
  if (auth !== 'unlessPublic') return true
  // Pools show their figures to everybody (PROTOCOL.md section 2, end).
  return !isPoolType(core.account(Number(named))?.accountType)
}

function occasionOf({ path, remoteAddress }: GatewayRequest, params: Params): FaultOccasion {
  const text = `${params['tx_info'] ?? ''}${params['tx_infos'] ?? ''}`
  const sender = /AccountIndex\\?"\s*:\s*(\d+)/.exec(text)?.[1]
  const named =
    sender ?? params['account_index'] ?? (params['by'] === 'index' ? params['value'] : '')
  return {
    accounts: new Set(named === undefined || named === '' ? [] : [Number(named)]),
    ip: remoteAddress,
    endpoint: path.replace('/api/v1/', ''),
  }
}

async function sufferBefore(
  { faults, clock, rng }: GatewayParts,
  occasion: FaultOccasion,
  path: string,
): Promise<GatewayResponse | GatewayLoss | undefined> {
  if (faults.strike('unreachable', occasion)) return { lost: 'request', how: 'unreachable' }
  if (faults.strike('lost-request', occasion)) return { lost: 'request', how: 'silence' }
  if (faults.strike('cut-request', occasion)) return { lost: 'request', how: 'cut' }
  const delay = faults.strike('delay', occasion)
  if (delay !== undefined) await clock.sleep(drawDelayMs(delay, rng))
  if (faults.strike('maintenance', occasion)) return unavailableResponse()
  const http = faults.strike('http', occasion)
  if (http !== undefined) return faultResponse(http.answer)
  const isSend = path.startsWith('/api/v1/sendTx')
  if (isSend && faults.strike('restricted', occasion)) return refusalResponse(refusal(20558))
  return undefined
}

async function sufferAfter(
  { faults, clock, rng }: GatewayParts,
  occasion: FaultOccasion,
  response: GatewayResponse,
): Promise<GatewayResponse | GatewayLoss> {
  const http = faults.strike('http-after', occasion)
  if (http !== undefined) return faultResponse(http.answer)
  if (faults.strike('lost-answer', occasion)) return { lost: 'answer', how: 'silence' }
  if (faults.strike('cut-answer', occasion)) return { lost: 'answer', how: 'cut' }
  const delay = faults.strike('delay-answer', occasion)
  if (delay !== undefined) await clock.sleep(drawDelayMs(delay, rng))
  return response
}

function faultResponse(kind: HttpFaultAnswer): GatewayResponse {
  switch (kind) {
    case '429':
      return refusalResponse(refusal(23000))
    case '405':
      return notAllowedResponse()
    case '403':
      return forbiddenResponse()
    case '500':
      return jsonResponse(500, { code: 29500, message: 'internal server error' })
    case '502':
      return htmlResponse(502, BAD_GATEWAY_PAGE)
    case '503':
      return unavailableResponse()
    case 'html':
      return htmlResponse(200, NOT_ALLOWED_PAGE)
    case 'garbage':
      return { ...jsonResponse(200, {}), body: '{"code":200,"tx_ha' }
  }
}

/** What is answered to a path that does not exist, upgrades included (PROTOCOL.md section 1). */
export function forbiddenResponse(): GatewayResponse {
  return htmlResponse(403, FORBIDDEN_PAGE)
}

/** The page of a venue that is down. */
export function unavailableResponse(): GatewayResponse {
  return htmlResponse(503, UNAVAILABLE_PAGE)
}

/** What the firewall answers to a banned address, upgrades included: no JSON (PROTOCOL.md section 9). */
export function notAllowedResponse(): GatewayResponse {
  return htmlResponse(405, NOT_ALLOWED_PAGE)
}

/** The venue's refusal as an HTTP answer. */
export function refusalResponse({ code, message }: VenueRefusal): GatewayResponse {
  return jsonResponse(statusOfCode(code), { code, message })
}

function jsonResponse(status: number, content: WireObject): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: toWireJson(content),
  }
}

/** A page of what stands in front of the venue. */
function htmlResponse(status: number, body: string): GatewayResponse {
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body }
}
