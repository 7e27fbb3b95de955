/**
 * Read-only tokens: made by an owner for a program that may look but not touch (PROTOCOL.md section 7).
 * @module
 */
import type { Clock, Rng } from '../../ports.ts'
import { refusal } from './venue-refusal.ts'

const DAY_MS = 86_400_000
const SHORTEST_MS = DAY_MS
/** Ten years with their leap days. */
const LONGEST_MS = 3_653 * DAY_MS
const MAX_PER_ACCOUNT = 10
const MAX_NAME_LENGTH = 50
const SECRET_BYTES = 32
/** The only scope there is. */
const SCOPE = 'read.*'

/** A read-only token as its owner sees it (PROTOCOL.md section 2.1, tokens/create). */
export interface ReadOnlyToken {
  readonly tokenId: number
  /** `ro:{account}:{single|all}:{expiry}:{hex}`. */
  readonly text: string
  readonly name: string
  readonly accountIndex: number
  readonly expiryUnixSeconds: number
  readonly hasSubAccountAccess: boolean
  readonly isRevoked: boolean
  readonly scopes: string
}

/** What a token is asked for with (PROTOCOL.md section 2.1, tokens/create). */
export interface TokenWish {
  readonly name: string
  readonly accountIndex: number
  readonly expiryUnixSeconds: number
  readonly hasSubAccountAccess: boolean
  readonly scopes: string
}

export interface ReadOnlyTokens {
  /** @throws VenueRefusal 61001 to 61004, 61007 to 61009 */
  create(wish: TokenWish): ReadOnlyToken
  /** Revoked and expired ones included, oldest first. */
  ofAccount(accountIndex: number): readonly ReadOnlyToken[]
  /** @throws VenueRefusal 61005, 61006 */
  revoke(accountIndex: number, tokenId: number): void
  /** The token of a text, whether it still holds or not. */
  find(text: string): ReadOnlyToken | undefined
  /** Calls back once when the token is revoked; the returned function stops watching. */
  watch(text: string, onRevoked: () => void): () => void
}

type TokenState = { -readonly [K in keyof ReadOnlyToken]: ReadOnlyToken[K] }

/** Creates an empty list of tokens (PROTOCOL.md section 7). */
export function createReadOnlyTokens(clock: Clock, rng: Rng): ReadOnlyTokens {
  const byText = new Map<string, TokenState>()
  const watchers = new Map<string, Set<() => void>>()
  let nextId = 1
  const ofAccount = (accountIndex: number): TokenState[] =>
    [...byText.values()].filter((token) => token.accountIndex === accountIndex)

  return {
    ofAccount,
    create(wish) {
      const nowMs = clock.now()
      assertAllowed(wish, nowMs)
      const held = ofAccount(wish.accountIndex).filter((token) => isHeld(token, nowMs))
      if (held.length >= MAX_PER_ACCOUNT) throw refusal(61003)
      const reach = wish.hasSubAccountAccess ? 'all' : 'single'
      const secret = Buffer.from(rng.nextBytes(SECRET_BYTES)).toString('hex')
      const text = `ro:${wish.accountIndex}:${reach}:${wish.expiryUnixSeconds}:${secret}`
      const token = { ...wish, tokenId: nextId++, text, isRevoked: false }
      byText.set(text, token)
      return token
    },
    revoke(accountIndex, tokenId) {
      const token = ofAccount(accountIndex).find((known) => known.tokenId === tokenId)
      if (token === undefined) throw refusal(61005)
      if (token.isRevoked) throw refusal(61006)
      token.isRevoked = true
      const waiting = [...(watchers.get(token.text) ?? [])]
      watchers.delete(token.text)
      for (const onRevoked of waiting) onRevoked()
    },
    find: (text) => byText.get(text),
    watch(text, onRevoked) {
      const waiting = watchers.get(text) ?? new Set<() => void>()
      watchers.set(text, waiting.add(onRevoked))
      return () => {
        waiting.delete(onRevoked)
        if (waiting.size === 0) watchers.delete(text)
      }
    },
  }
}

/** Whether a token holds: neither revoked nor expired. Only these count towards the ten (PROTOCOL.md is silent). */
function isHeld(token: ReadOnlyToken, nowMs: number): boolean {
  return !token.isRevoked && token.expiryUnixSeconds * 1_000 > nowMs
}

function assertAllowed(wish: TokenWish, nowMs: number): void {
  if (wish.name === '') throw refusal(61007)
  if (wish.name.length > MAX_NAME_LENGTH) throw refusal(61008)
  if (!/^[A-Za-z0-9 _.-]+$/.test(wish.name)) throw refusal(61009)
  if (wish.scopes !== SCOPE) throw refusal(61004)
  const aheadMs = wish.expiryUnixSeconds * 1_000 - nowMs
  if (aheadMs < SHORTEST_MS) throw refusal(61001)
  if (aheadMs > LONGEST_MS) throw refusal(61002)
}
