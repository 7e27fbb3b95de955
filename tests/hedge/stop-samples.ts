import * as fc from 'fast-check'
import type { Dec } from '../../src/hedge/decimal.ts'
import { ZERO } from '../../src/hedge/decimal.ts'
import type { Known } from '../../src/hedge/known.ts'
import { known } from '../../src/hedge/known.ts'
import type { MarketInfo } from '../../src/hedge/market.ts'
import type { StopPolicy } from '../../src/hedge/stop-policy.ts'
import type {
  RoundResult,
  StopHedge,
  StopLegFacts,
  StopPosition,
  StopSnapshot,
} from '../../src/hedge/stop-snapshot.ts'
import { anyDec, btcMarket, dec } from './sample-market.ts'

/** The moment of all samples. */
export const NOW = Date.UTC(2026, 10, 22, 12)

/** 100 USD a leg, nothing else, data old after 5 s. */
export function stopPolicy(changes: Partial<StopPolicy> = {}): StopPolicy {
  return {
    stopLossUsd: dec(100),
    onStop: 'hedge',
    hedgeStopUsd: undefined,
    totalStopUsd: undefined,
    takeProfitUsd: undefined,
    trailingUsd: undefined,
    maxHoldMs: undefined,
    dailyStopLimit: undefined,
    staleAfterMs: 5000,
    ...changes,
  }
}

/** Written as in `account_1 0.01 @ 100000`; the size is signed. */
export function stopLeg(text: string, changes: Partial<StopLegFacts> = {}): StopLegFacts {
  const [account = '', size = '', , entry = ''] = text.split(' ')
  return {
    account,
    position: held({ signedBase: dec(size), entryPrice: dec(entry) }),
    result: result(),
    ...changes,
  }
}

/** A settled position, proven now. */
export function held(
  position: Pick<StopPosition, 'signedBase' | 'entryPrice'>,
  atMs = NOW,
): Known<StopPosition> {
  return known({ unsettledSinceMs: undefined, ...position }, atMs)
}

/** What a round has brought, proven now. */
export function result(changes: Partial<RoundResult> = {}, atMs = NOW): Known<RoundResult> {
  return known({ realizedPnlUsd: ZERO, fundingUsd: ZERO, feesUsd: ZERO, ...changes }, atMs)
}

/** An open hedge of 0.01 BTC at 100,000: each leg loses its 100 USD after 10,000. */
export function stopHedge(changes: Partial<StopHedge> = {}): StopHedge {
  return {
    hedgeId: 'h1',
    state: 'open',
    target: 'open',
    createdAtMs: NOW - 60_000,
    openedAtMs: NOW - 59_000,
    market: btcMarket(),
    legs: [stopLeg('account_1 0.01 @ 100000'), stopLeg('account_2 -0.01 @ 100000')],
    ...changes,
  }
}

/** Hedges of BTC at a mark that is known now. */
export function snapshotAt(
  mark: string | number | Dec,
  hedges: readonly StopHedge[] = [stopHedge()],
  changes: Partial<StopSnapshot> = {},
): StopSnapshot {
  return {
    hedges,
    marks: new Map([[btcMarket().marketIndex, known(dec(mark.toString()), NOW)]]),
    closedNetUsd: known(ZERO, NOW),
    ...changes,
  }
}

const anySigned = anyDec(-20, 20, 3)

/** A position of any side or size, near 1000 USD. */
export const anyPosition = fc.record({
  signedBase: anySigned,
  entryPrice: anyDec(900, 1100, 4),
})

/** A leg whose values may be unknown, old, unsettled or flat. */
function anyStopLeg(account: string): fc.Arbitrary<StopLegFacts> {
  const atMs = fc.constantFrom(NOW, NOW - 4000, NOW - 9000)
  const unknownValue = { isKnown: false as const, reason: 'never read' }
  const position = fc
    .tuple(anyPosition, atMs, fc.constantFrom(undefined, undefined, NOW - 100, NOW - 9000))
    .map(([one, readAtMs, unsettledSinceMs]) => known({ ...one, unsettledSinceMs }, readAtMs))
  const usd = anyDec(-30, 30, 6)
  const money = fc
    .tuple(fc.record({ realizedPnlUsd: usd, fundingUsd: usd, feesUsd: usd }), atMs)
    .map(([one, readAtMs]) => known(one, readAtMs))
  return fc.record({
    account: fc.constant(account),
    position: fc.oneof({ weight: 8, arbitrary: position }, fc.constant(unknownValue)),
    result: fc.oneof({ weight: 8, arbitrary: money }, fc.constant(unknownValue)),
  })
}

/** A hedge in any state; most are matched to the last tick. */
export function anyStopHedge(
  hedgeId: string,
  market: MarketInfo = btcMarket(),
): fc.Arbitrary<StopHedge> {
  return fc
    .record({
      state: fc.constantFrom('planned', 'opening', 'open', 'open', 'open', 'closing', 'closed'),
      target: fc.constantFrom('open', 'open', 'open', 'flat'),
      openedAtMs: fc.constantFrom(undefined, NOW - 3_600_000, NOW - 60_000),
      first: anyStopLeg(`${hedgeId}_a`),
      second: anyStopLeg(`${hedgeId}_b`),
      isMatched: fc.constantFrom(true, true, true, false),
    })
    .map(({ first, second, isMatched, ...rest }): StopHedge => ({
      ...rest,
      hedgeId,
      market,
      createdAtMs: NOW - 3_600_000,
      legs: [first, isMatched ? mirrored(first, second) : second],
    }))
}

function mirrored(first: StopLegFacts, second: StopLegFacts): StopLegFacts {
  if (!first.position.isKnown || !second.position.isKnown) return second
  const signedBase = first.position.value.signedBase.negated()
  return {
    ...second,
    position: known({ ...second.position.value, signedBase }, second.position.atMs),
  }
}

/** Every rule on or off, limits small enough to be reached. */
export const anyStopPolicy: fc.Arbitrary<StopPolicy> = fc.record({
  stopLossUsd: anyDec(1, 300, 2),
  onStop: fc.constantFrom('hedge' as const, 'all' as const),
  hedgeStopUsd: fc.option(anyDec(1, 100, 2), { nil: undefined }),
  totalStopUsd: fc.option(anyDec(1, 200, 2), { nil: undefined }),
  takeProfitUsd: fc.option(anyDec(1, 100, 2), { nil: undefined }),
  trailingUsd: fc.option(anyDec(1, 50, 2), { nil: undefined }),
  maxHoldMs: fc.constantFrom(undefined, 60_000, 7_200_000),
  dailyStopLimit: fc.constantFrom(undefined, 3),
  staleAfterMs: fc.constant(5000),
})
