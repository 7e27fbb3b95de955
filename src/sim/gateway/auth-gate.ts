/**
 * Auth tokens: where they are read from and what they prove (PROTOCOL.md section 7).
 * @module
 */
import {
  AUTH_TOKEN_MAX_SECONDS,
  parseAuthToken,
  verifyAuthToken,
  type AuthToken,
} from '../../lighter/signer/auth-token.ts'
import type { Clock } from '../../ports.ts'
import { ACCOUNT_TYPE, type SimCore } from '../core/core-model.ts'
import type { Params } from './request-params.ts'
import { refusal } from './venue-refusal.ts'

/** A token that holds now. */
export interface VerifiedToken {
  readonly accountIndex: number
  /** Milliseconds since 1970 on the venue's clock. */
  readonly deadlineMs: number
}

export interface AuthGate {
  /**
   * Checks shape, deadline (at most 8 hours ahead), key and signature. `context` ends the message as the venue has it.
   * @throws VenueRefusal 20013
   */
  verify(token: string, context?: string): VerifiedToken
  /** Whether the token may read the account: its own, or as master one of the same owner. */
  mayRead(token: VerifiedToken, accountIndex: number): boolean
}

/** Tokens whose signature has been checked are remembered up to this number. */
const REMEMBERED_TOKENS = 10_000
/** Clients' clocks may be a little ahead. */
const DEADLINE_SLACK_MS = 60_000

/** Header `Authorization` without "Bearer", else the query or form field `auth`; undefined when there is none. */
export function tokenOf(params: Params, headers: Params): string | undefined {
  const token = headers['authorization'] ?? params['auth']
  return token === undefined || token === '' ? undefined : token
}

/** Creates the gate. Signatures are verified once a token. */
export function createAuthGate(core: SimCore, clock: Clock): AuthGate {
  const verified = new Map<string, string>()

  const isGenuine = (text: string, token: AuthToken): boolean => {
    const key = core.account(token.accountIndex)?.apiKeys.get(token.apiKeyIndex)
    if (key === undefined) return false
    if (verified.get(text) === key.publicKeyHex) return true
    if (!verifyAuthToken(token, key.publicKeyHex, 'reference')) return false
    if (verified.size >= REMEMBERED_TOKENS) verified.clear()
    verified.set(text, key.publicKeyHex)
    return true
  }
  return {
    verify(text, context = '') {
      const token = parseAuthToken(text)
      const suffix = context === '' ? '' : `: ${context}`
      if (token === undefined) throw refusal(20013, `invalid token${suffix}`)
      const deadlineMs = token.deadlineUnixSeconds * 1_000
      const aheadMs = deadlineMs - clock.now()
      if (aheadMs <= 0 || aheadMs > AUTH_TOKEN_MAX_SECONDS * 1_000 + DEADLINE_SLACK_MS) {
        throw refusal(20013, `invalid deadline${suffix}`)
      }
      if (!isGenuine(text, token)) throw refusal(20013, `invalid signature${suffix}`)
      return { accountIndex: token.accountIndex, deadlineMs }
    },
    mayRead(token, accountIndex) {
      if (token.accountIndex === accountIndex) return true
      const holder = core.account(token.accountIndex)
      const wanted = core.account(accountIndex)
      return (
        holder !== undefined &&
        holder.accountType === ACCOUNT_TYPE.master &&
        holder.l1Address === wanted?.l1Address
      )
    },
  }
}
