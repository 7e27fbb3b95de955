/**
 * What an owner may change about its tier and its keys without a transaction: `changeAccountTier`, maker-only keys
 * (PROTOCOL.md sections 2.1 and 11.7).
 * @module
 */
import type { AccountTier, SimAccount } from '../core/core-model.ts'
import { integerParam, requiredParam } from './request-params.ts'
import type { RestCall, RestRoutes } from './rest-route.ts'
import { refusal } from './venue-refusal.ts'

const TIERS: readonly AccountTier[] = ['standard', 'plus', 'premium']
const CHANGE_EVERY_MS = 24 * 3_600_000

/** Routes of tiers and restricted keys (PROTOCOL.md section 2.1). */
export const TIER_ROUTES: RestRoutes = {
  '/api/v1/changeAccountTier': {
    method: 'POST',
    auth: 'always',
    handle(call) {
      assertMayChange(call)
      const account = namedAccount(call)
      const tier = newTier(call, account)
      call.parts.core.setTier(account.l1Address, tier)
      return {}
    },
  },
  '/api/v1/getMakerOnlyApiKeys': {
    method: 'GET',
    auth: 'always',
    handle: (call) => ({
      api_key_indexes: call.parts.makerOnly.ofAccount(namedAccount(call).accountIndex),
    }),
  },
  '/api/v1/setMakerOnlyApiKeys': {
    method: 'POST',
    auth: 'always',
    handle(call) {
      assertMayChange(call)
      call.parts.makerOnly.replace(
        namedAccount(call),
        readIndexes(requiredParam(call.params, 'api_key_indexes')),
      )
      return {}
    },
  },
}

/**
 * The tier asked for, when the owner may have it: no position and no order on any account of the address, and 24
 * hours since the last change (PROTOCOL.md 2.1). A transaction that is accepted and not executed yet counts as an
 * order. The change is done at once, so 62001 (already in progress) does not occur.
 * @throws VenueRefusal 62002 to 62006
 */
function newTier({ parts: { core, clock, nonces }, params }: RestCall, account: SimAccount) {
  const text = requiredParam(params, 'new_tier')
  const tier = TIERS.find((candidate) => candidate === text)
  if (tier === undefined) throw refusal(62002)
  if (tier === account.tier) throw refusal(62003)
  const owned = core.accountsByL1(account.l1Address)
  if (owned.some(hasPosition)) throw refusal(62004)
  const hasOrder = ({ accountIndex, totalOrderCount }: SimAccount): boolean =>
    totalOrderCount > 0 || nonces.isQueued(accountIndex)
  if (owned.some(hasOrder)) throw refusal(62005)
  const { tierChangedMs } = account
  if (tierChangedMs > 0 && clock.now() - tierChangedMs < CHANGE_EVERY_MS) throw refusal(62006)
  return tier
}

/** A read-only token reads only (PROTOCOL.md section 7). */
function assertMayChange({ token }: RestCall): void {
  if (token?.readOnly !== undefined) throw refusal(20013, 'read-only token')
}

function hasPosition({ positions }: SimAccount): boolean {
  return [...positions.values()].some(({ sizeTicks }) => sizeTicks !== 0n)
}

function namedAccount({ parts: { core }, params }: RestCall): SimAccount {
  const account = core.account(integerParam(params, 'account_index'))
  if (account === undefined) throw refusal(21100)
  return account
}

/** A JSON list of key indices as text: `[4,5]`. */
function readIndexes(text: string): readonly number[] {
  if (!/^\s*\[[\d\s,]*\]\s*$/.test(text)) throw refusal(20001)
  try {
    return JSON.parse(text) as readonly number[]
  } catch {
    throw refusal(20001)
  }
}
