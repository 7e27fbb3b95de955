import type { HedgebotError } from '../errors.ts'
import { accountPoint } from './account-point.ts'
import { accountPoints } from './account-points.ts'
import { marginPoints } from './margin-points.ts'
import { orderPoints } from './order-points.ts'
import type { PreflightFacts, PreflightLeg, PreflightPoint } from './preflight-facts.ts'
import { stopPoints } from './stop-points.ts'
import { venuePoints } from './venue-points.ts'

/**
 * Everything that `check` says and that `open` asks before the first order (DESIGN.md section 5, "Preflight"). What
 * could not be read is an error of its own, never fine. Venue first, then account by account in config order.
 */
export function preflightPoints(facts: PreflightFacts): readonly PreflightPoint[] {
  const legOf = new Map(
    facts.hedges.flatMap((hedge) => hedge.legs).map((leg) => [leg.account, leg]),
  )
  const ofAccounts = facts.accounts.flatMap((account) => {
    const leg = legOf.get(account.name)
    const planned: PreflightLeg | undefined = leg && { leg, account }
    return [
      ...accountPoints(account, facts),
      ...orderPoints(account, facts),
      ...(planned ? legPoints(planned, facts) : []),
    ]
  })
  return [...venuePoints(facts), ...ofAccounts, ...unreadAccountPoints(facts)]
}

/** True when nothing forbids opening. */
export function mayOpen(points: readonly PreflightPoint[]): boolean {
  return points.every((point) => point.level !== 'error')
}

/** A refusal of the plan as a finding of `check`. */
export function pointOfError(error: HedgebotError, path: string): PreflightPoint {
  const { code, message, hint } = error
  return { code, level: 'error', path, message, hint }
}

function legPoints(planned: PreflightLeg, facts: PreflightFacts): readonly PreflightPoint[] {
  const { account } = planned
  const points = [...marginPoints(planned, facts), ...stopPoints(planned, facts)]
  if (account.liveHedgeId === undefined) return points
  const message = `is in hedge ${account.liveHedgeId} already`
  const hint = 'an account is in one hedge at a time; close that one first'
  return [
    ...points,
    accountPoint(account, { code: 'account_in_live_hedge', level: 'error', message, hint }),
  ]
}

/** A leg without facts about its account was not checked, which must not look like a pass. */
function unreadAccountPoints(facts: PreflightFacts): readonly PreflightPoint[] {
  const read = new Set(facts.accounts.map((account) => account.name))
  return facts.hedges
    .flatMap((hedge) => hedge.legs)
    .filter((leg) => !read.has(leg.account))
    .map((leg) => ({
      code: 'account_not_checked',
      level: 'error',
      path: 'api_credentials',
      message: `account "${leg.account}" is in the plan, but nothing was read about it`,
      hint: undefined,
    }))
}
