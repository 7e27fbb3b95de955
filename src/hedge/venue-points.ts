import { HedgebotError } from '../errors.ts'
import type { PreflightBudget, PreflightFacts, PreflightPoint } from './preflight-facts.ts'
import { assertLeverage, assertOpenMarket } from './tradable-size.ts'

/** Findings that concern no single account: market, prices, clock, request budget. */
export function venuePoints(facts: PreflightFacts): readonly PreflightPoint[] {
  return [
    ...marketPoints(facts),
    ...clockPoints(facts),
    ...facts.budgets.map((budget) => budgetPoint(budget)),
  ]
}

function marketPoints(facts: PreflightFacts): readonly PreflightPoint[] {
  const { market, leverage, policy, quotes } = facts
  const points = [
    ...refusal('trading_pair', () => assertOpenMarket(market)),
    ...refusal('leverage', () => assertLeverage(market, leverage)),
  ]
  if (quotes.mark === undefined) {
    points.push({
      code: 'mark_unknown',
      level: 'error',
      path: 'trading_pair',
      message: `no fresh mark price of ${market.symbol} could be read`,
      hint: 'look at the proxies and the venue: hedgebot proxies test',
    })
  }
  if (market.isIsolatedOnly && policy.marginMode !== 'isolated') points.push(isolatedPoint(facts))
  if (points.length > 0) return points
  const message = `${market.symbol} is open, leverage ${leverage} is allowed`
  return [{ code: 'market', level: 'ok', path: 'trading_pair', message, hint: undefined }]
}

function isolatedPoint({ market, policy }: PreflightFacts): PreflightPoint {
  const isContradiction = policy.marginMode === 'cross'
  return {
    code: 'market_isolated_only',
    level: isContradiction ? 'error' : 'warning',
    path: 'risk.margin_mode',
    message: `${market.symbol} takes isolated positions only: a leg cannot draw on the account's other money`,
    hint: isContradiction ? 'set risk.margin_mode to isolated or keep' : undefined,
  }
}

function clockPoints({ clockOffsetMs, policy }: PreflightFacts): readonly PreflightPoint[] {
  const path = 'risk.max_clock_offset_ms'
  if (!clockOffsetMs.isKnown) {
    const message = `the venue's time could not be read: ${clockOffsetMs.reason}`
    return [{ code: 'clock_unknown', level: 'error', path, message, hint: undefined }]
  }
  const direction = clockOffsetMs.value > 0 ? 'behind' : 'ahead of'
  const offset = `this clock is ${Math.abs(clockOffsetMs.value)} ms ${direction} the venue's`
  if (Math.abs(clockOffsetMs.value) > policy.maxClockOffsetMs) {
    return [
      {
        code: 'clock_offset',
        level: 'error',
        path,
        message: `${offset}, more than ${policy.maxClockOffsetMs} ms`,
        hint: 'synchronise the clock: orders expire by the time of the venue',
      },
    ]
  }
  return [{ code: 'clock', level: 'ok', path, message: offset, hint: undefined }]
}

function budgetPoint({ bucket, unitsLeft, unitsNeeded }: PreflightBudget): PreflightPoint {
  const message = `${unitsLeft} requests are left for ${bucket} in this minute, ${unitsNeeded} are needed`
  const base = { path: 'api_credentials', message }
  if (unitsLeft >= unitsNeeded) return { ...base, code: 'budget', level: 'ok', hint: undefined }
  const hint = 'an opening waits for the next minute by itself; the plan says how long'
  return { ...base, code: 'budget_short', level: 'warning', hint }
}

function refusal(path: string, check: () => void): PreflightPoint[] {
  try {
    check()
    return []
  } catch (error) {
    if (!(error instanceof HedgebotError) || error.kind === 'bug') throw error
    const { code, message, hint } = error
    return [{ code, level: 'error', path, message, hint }]
  }
}
