/**
 * One hedge as people and scripts see it: the ledger beside the venue, unknown values as undefined.
 * @module
 */
import { ZERO, sumDec, sumKnown } from '../hedge/decimal.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { Known } from '../hedge/known.ts'
import { ageMs } from '../hedge/known.ts'
import type { Hedge, HedgeLeg, HedgeState, LedgerFill, StopState } from '../hedge/ledger.ts'
import { isLiveState } from '../hedge/ledger.ts'
import { liquidationDistancePct, marginSummary } from '../hedge/margin.ts'
import type { FillMeasures } from '../hedge/measure-fills.ts'
import { unrealizedPnlUsd } from '../hedge/pnl.ts'
import type { Side } from '../hedge/side.ts'
import { signedBase } from '../hedge/side.ts'
import { otherCrossPositions } from '../hedge/stop-points.ts'
import type { AccountView, VenuePosition } from '../hedge/venue-view.ts'
import { positionIn } from '../hedge/venue-view.ts'
import type { Engine } from './engine-context.ts'
import type { LedgerFigures } from './ledger-figures.ts'
import { ledgerFigures } from './ledger-figures.ts'

export interface LegReport {
  readonly account: string
  readonly accountIndex: number
  readonly side: Side
  readonly plannedBase: Dec
  /** In the leg's own direction; undefined when unknown. */
  readonly baseSize: Dec | undefined
  readonly entryPrice: Dec | undefined
  readonly markPrice: Dec | undefined
  readonly unrealizedPnlUsd: Dec | undefined
  readonly marginUsagePct: Dec | undefined
  readonly liquidationPrice: Dec | undefined
  readonly liquidationDistancePct: Dec | undefined
  readonly stopState: StopState
  readonly stopDown: Dec | undefined
  readonly stopUp: Dec | undefined
  /** Over which its account goes now, and its own: another one while that does not work. */
  readonly egress: string
  readonly homeEgress: string
  readonly ageMs: number | undefined
  readonly fundingPaidUsd: Dec | undefined
  readonly feesUsd: Dec
}

export interface HedgeReport {
  readonly hedgeId: string
  readonly name: string
  readonly market: string
  readonly state: HedgeState
  readonly target: 'open' | 'flat'
  readonly cause: string | undefined
  readonly legs: readonly LegReport[]
  readonly netExposureBase: Dec | undefined
  readonly netExposureUsd: Dec | undefined
  readonly unrealizedPnlUsd: Dec | undefined
  /** Realised by this hedge's fills as the venue booked it; undefined when a fill does not say. */
  readonly realizedPnlUsd: Dec | undefined
  readonly feesUsd: Dec
  readonly fundingPaidUsd: Dec | undefined
  readonly leverage: Dec | undefined
  readonly openingLegGapMs: number | undefined
  readonly closingLegGapMs: number | undefined
  readonly nakedMs: number
  readonly ownFills: number
  readonly fills: number
  readonly stopState: StopState
  readonly isExposed: boolean
  readonly isUnknown: boolean
}

/** Reports hedges from the ledger, the fills and the links that are open. */
export function reportHedges(engine: Engine, hedges: readonly Hedge[]): readonly HedgeReport[] {
  return hedges.map((hedge) => reportHedge(engine, hedge))
}

/** Reports one hedge; `figures` are what the journal says of it, for callers that keep them. */
export function reportHedge(
  engine: Engine,
  hedge: Hedge,
  figures: LedgerFigures = ledgerFigures(engine, hedge),
): HedgeReport {
  const { fills, measured } = figures
  const { mark } = engine.feed(hedge.marketIndex).view()
  const legs = hedge.legs.map((leg) => reportLeg(engine, { hedge, leg, fills, mark }))
  const netExposureBase = netBase(legs)
  const markPrice = mark.isKnown ? mark.value : undefined
  const netExposureUsd = exposureUsd(netExposureBase, markPrice)
  return {
    hedgeId: hedge.hedgeId,
    name: hedge.name,
    market: hedge.symbol,
    state: hedge.state,
    target: hedge.target,
    cause: hedge.cause,
    legs,
    netExposureBase,
    netExposureUsd,
    unrealizedPnlUsd: sumKnown(legs.map((leg) => leg.unrealizedPnlUsd)),
    realizedPnlUsd: sumKnown(fills.map((fill) => fill.realizedPnlUsd)),
    feesUsd: sumDec(fills.map((fill) => fill.feeUsd)),
    fundingPaidUsd: sumKnown(legs.map((leg) => leg.fundingPaidUsd)),
    leverage: hedge.legs[0]?.leverage,
    openingLegGapMs: measured.openingGapMs,
    closingLegGapMs: measured.closingGapMs,
    nakedMs: nakedMs(hedge, measured, engine.clock.now()),
    ownFills: measured.ownCounterFillCount,
    fills: fills.length,
    stopState: worstStop(legs.map((leg) => leg.stopState)),
    isExposed: isExposed(engine, netExposureBase, netExposureUsd),
    isUnknown: legs.some((leg) => leg.baseSize === undefined),
  }
}

/** Fills tell it to the millisecond; of what lasts still, the ledger knows the beginning. */
function nakedMs(hedge: Hedge, measured: FillMeasures, nowMs: number): number {
  const { state, nakedSinceMs } = hedge
  if (!isLiveState(state) || nakedSinceMs === undefined) return measured.nakedMs
  return Math.max(measured.nakedMs, nowMs - nakedSinceMs)
}

interface LegContext {
  readonly hedge: Hedge
  readonly leg: HedgeLeg
  readonly fills: readonly LedgerFill[]
  readonly mark: Known<Dec>
}

function reportLeg(engine: Engine, context: LegContext): LegReport {
  const { hedge, leg } = context
  const link = engine.link(leg.accountIndex)
  const view = link.view()
  const row = positionIn(view, hedge.marketIndex)
  const position = row.isKnown ? row.value : undefined
  const markPrice = context.mark.isKnown ? context.mark.value : undefined
  const isLive = isLiveState(hedge.state)
  const baseSize = isLive ? liveBase(leg, row) : ZERO
  return {
    account: leg.account,
    accountIndex: leg.accountIndex,
    side: leg.side,
    plannedBase: leg.plannedBase,
    baseSize,
    markPrice,
    ...priceFields({ leg, position, markPrice, baseSize }),
    marginUsagePct: marginUse(engine, { view, hedge, position, markPrice }),
    ...(isLive
      ? { stopState: leg.stopState, stopDown: leg.stopDown, stopUp: leg.stopUp }
      : { stopState: 'OFF' as const, stopDown: undefined, stopUp: undefined }),
    egress: link.egress(),
    homeEgress: link.ref.egress,
    ageMs: viewAge(view, engine.clock.now()),
    fundingPaidUsd: position?.fundingPaidUsd,
    feesUsd: sumDec(
      context.fills
        .filter((fill) => fill.accountIndex === leg.accountIndex)
        .map((fill) => fill.feeUsd),
    ),
  }
}

/**
 * Initial margin over portfolio, at our own mark: the venue's figure may be older than the position. Unknown for
 * isolated positions, which have a margin of their own.
 */
function marginUse(
  engine: Engine,
  at: {
    readonly view: AccountView
    readonly hedge: Hedge
    readonly position: VenuePosition | undefined
    readonly markPrice: Dec | undefined
  },
): Dec | undefined {
  const { view, hedge, position, markPrice } = at
  const others = otherCrossPositions(view, hedge.marketIndex, engine.knownMarkets())
  if (others?.length === 0 && position?.signedBase.isZero() !== false) return ZERO
  if (!view.balances.isKnown || others === undefined || markPrice === undefined) return undefined
  if (position?.marginMode === 'isolated') return undefined
  const own =
    position === undefined
      ? []
      : [
          {
            signedBase: position.signedBase,
            entryQuoteUsd: position.signedBase.abs().times(position.entryPrice),
            mark: markPrice,
            initialMarginFraction: position.initialMarginFraction,
            maintenanceMarginFraction: engine.market(hedge.marketIndex).maintenanceMarginFraction,
          },
        ]
  const { collateralUsd } = view.balances.value
  return marginSummary({ collateralUsd, positions: [...own, ...others] }).marginUsePct
}

/** A leg's size in its own direction; unknown while the row is unknown or lacks a fill. */
function liveBase(leg: HedgeLeg, row: Known<VenuePosition | undefined>): Dec | undefined {
  if (!row.isKnown) return undefined
  if (row.value === undefined) return ZERO
  if (!row.value.isSettled) return undefined
  // The same turn of sign leads from a signed size to the leg's own direction.
  return signedBase(leg.side, row.value.signedBase)
}

/** Prices at our own mark: the venue's row is as old as its last change. */
function priceFields(input: PriceInput) {
  const { position, markPrice } = input
  const entryPrice =
    position === undefined || position.signedBase.isZero() ? undefined : position.entryPrice
  const liquidationPrice = position?.liquidationPrice
  return {
    entryPrice,
    liquidationPrice,
    unrealizedPnlUsd: gainOf(input, entryPrice),
    liquidationDistancePct:
      position === undefined || markPrice === undefined
        ? undefined
        : liquidationDistancePct(position.signedBase, markPrice, liquidationPrice),
  }
}

interface PriceInput {
  readonly leg: HedgeLeg
  readonly position: VenuePosition | undefined
  readonly markPrice: Dec | undefined
  readonly baseSize: Dec | undefined
}

/** A leg that is known flat gains and loses nothing, whatever the prices. */
function gainOf({ leg, markPrice, baseSize }: PriceInput, entry: Dec | undefined): Dec | undefined {
  if (baseSize?.isZero() === true) return baseSize
  if (entry === undefined || markPrice === undefined || baseSize === undefined) return undefined
  return unrealizedPnlUsd(
    { signedBase: signedBase(leg.side, baseSize), entryPrice: entry },
    markPrice,
  )
}

function viewAge(view: AccountView, nowMs: number): number | undefined {
  return view.lastAliveAtMs === undefined
    ? ageMs(view.positions, nowMs)
    : nowMs - view.lastAliveAtMs
}

function netBase(legs: readonly LegReport[]): Dec | undefined {
  return sumKnown(legs.map((leg) => (leg.side === 'long' ? leg.baseSize : leg.baseSize?.negated())))
}

function exposureUsd(net: Dec | undefined, mark: Dec | undefined): Dec | undefined {
  if (net === undefined) return undefined
  if (net.isZero()) return net
  return mark === undefined ? undefined : net.abs().times(mark)
}

function isExposed(engine: Engine, net: Dec | undefined, usd: Dec | undefined): boolean {
  if (net === undefined || net.isZero()) return false
  return usd === undefined || usd.gt(engine.policy.nakedToleranceUsd)
}

const STOP_RANK: readonly StopState[] = [
  'UNPROTECTED',
  'PENDING',
  'NOT_REACHABLE',
  'RESTING',
  'OFF',
]

function worstStop(states: readonly StopState[]): StopState {
  return STOP_RANK.find((state) => states.includes(state)) ?? 'OFF'
}
