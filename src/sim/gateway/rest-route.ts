import type { VerifiedToken } from './auth-gate.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { Params } from './request-params.ts'
import type { WireObject } from './wire-json.ts'

/** A request that has passed limits and tokens. */
export interface RestCall {
  readonly parts: GatewayParts
  readonly params: Params
  readonly token: VerifiedToken | undefined
  readonly ip: string
  /** On the venue's clock. */
  readonly arrivedAtMs: number
}

export interface RestRoute {
  readonly method: 'GET' | 'POST'
  /**
   * `always`: needs a token that may read the account; `withAccount`: only when one is named; `unlessPublic`: needs
   * none for public pools (PROTOCOL.md section 2). A token that only reads opens no POST.
   */
  readonly auth?: 'always' | 'withAccount' | 'unlessPublic'
  /** The parameter that names the account; `account_index` if left out. */
  readonly accountParam?: string
  /** The body is a JSON object instead of a form (PROTOCOL.md section 2). */
  readonly takesJson?: boolean
  /** A read-only token is not enough (PROTOCOL.md section 7). */
  readonly needsSignedToken?: boolean
  /** The transaction desk counts the request itself. */
  readonly isSend?: boolean
  /**
   * The members of the answer after `code`, or the whole answer when `isBare`.
   * @throws VenueRefusal
   */
  handle(call: RestCall): WireObject
  /** The answer has no `code` (PROTOCOL.md section 2). */
  readonly isBare?: boolean
}

/** Routes by path. */
export type RestRoutes = Readonly<Record<string, RestRoute>>
