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
import type { ReadOnlyToken, ReadOnlyTokens } from './read-only-tokens.ts'
import type { Params } from './request-params.ts'
import { refusal } from './venue-refusal.ts'

/** A token that holds now. */
export interface VerifiedToken {
  readonly accountIndex: number
  /** Milliseconds since 1970 on the venue's clock. */
  readonly deadlineMs: number
  /** Present when the token is one that may only read (PROTOCOL.md section 7). */
  readonly readOnly?: { readonly text: string; readonly hasSubAccountAccess: boolean }
}

export interface AuthGate {
  /**
   * Checks shape, deadline (at most 8 hours ahead), key and signature. `context` ends the message as the venue has it.
   * @throws VenueRefusal 20013
   */
  verify(token: string, context?: string): VerifiedToken
  /**
   * Whether the token may read the account: its own, or as master one of the same owner. That a master's token reads
   * sub-accounts is not confirmed (PROTOCOL.md section 7); a read-only token needs the flag for it.
   */
  mayRead(token: VerifiedToken, accountIndex: number): boolean
  /**
   * Calls back when a read-only token is revoked; the returned function stops watching. What it opened ends with it:
   * PROTOCOL.md section 7 says only that it can be revoked.
   */
  watchRevocation(token: VerifiedToken, onRevoked: () => void): () => void
}

/** Tokens whose signature has been checked are remembered up to this number. */
const REMEMBERED_TOKENS = 10_000
/** Why a read-only token does not hold any more; the venue's own words are not known (PROTOCOL.md section 7). */
export const REVOKED = 'token has been revoked'
/** Clients' clocks may be a little ahead. */
const DEADLINE_SLACK_MS = 60_000

/** Whether accounts of a type show their figures to everybody (PROTOCOL.md section 2, end). */
export function isPoolType(accountType: number | undefined): boolean {
  return accountType === ACCOUNT_TYPE.publicPool || accountType === ACCOUNT_TYPE.insuranceFund
}

/** Header `Authorization` without "Bearer", else the query or form field `auth`; undefined when there is none. */
export function tokenOf(params: Params, headers: Params): string | undefined {
  const token = headers['authorization'] ?? params['auth']
  return token === undefined || token === '' ? undefined : token
}

export interface AuthGateOptions {
  readonly core: SimCore
  /** The venue's. */
  readonly clock: Clock
  readonly readOnlyTokens: ReadOnlyTokens
}

/** Creates the gate. Signatures are verified once a token. */
export function createAuthGate({ core, clock, readOnlyTokens }: AuthGateOptions): AuthGate {
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
      const suffix = context === '' ? '' : `: ${context}`
      if (text.startsWith('ro:')) {
        const held = verifyReadOnly(readOnlyTokens.find(text), clock.now())
        if (typeof held === 'string') throw refusal(20013, `${held}${suffix}`)
        return held
      }
      const token = parseAuthToken(text)
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
      if (token.readOnly?.hasSubAccountAccess === false) return false
      const holder = core.account(token.accountIndex)
      const wanted = core.account(accountIndex)
      return (
        holder !== undefined &&
        holder.accountType === ACCOUNT_TYPE.master &&
        holder.l1Address === wanted?.l1Address
      )
    },
    watchRevocation: ({ readOnly }, onRevoked) =>
      readOnly === undefined ? () => undefined : readOnlyTokens.watch(readOnly.text, onRevoked),
  }
}

/** What a read-only token proves, or why it proves nothing. */
function verifyReadOnly(token: ReadOnlyToken | undefined, nowMs: number): VerifiedToken | string {
  if (token === undefined) return 'invalid token'
  if (token.isRevoked) return REVOKED
  const deadlineMs = token.expiryUnixSeconds * 1_000
  if (deadlineMs <= nowMs) return 'invalid deadline'
  const { accountIndex, text, hasSubAccountAccess } = token
  return { accountIndex, deadlineMs, readOnly: { text, hasSubAccountAccess } }
}
