import type { HedgeReport, LegReport } from '../../src/engine/hedge-report.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import { createRenderStyle } from '../../src/ui/render-style.ts'

/** A style of the given width. */
export function styleOf(columns: number, hasColor = false) {
  return createRenderStyle({ columns, hasColor })
}

export function sampleLeg(change: Partial<LegReport> = {}): LegReport {
  return {
    account: 'account_1',
    accountIndex: 101,
    side: 'long',
    plannedBase: new Dec('0.001'),
    baseSize: new Dec('0.001'),
    entryPrice: new Dec('97480.5'),
    markPrice: new Dec('97512.1'),
    unrealizedPnlUsd: new Dec('0.0316'),
    marginUsagePct: new Dec('9.7481'),
    liquidationPrice: new Dec('88950.2'),
    liquidationDistancePct: new Dec('8.7804'),
    stopState: 'RESTING',
    stopDown: new Dec('90000'),
    stopUp: new Dec('105000'),
    egress: 'proxy_1',
    homeEgress: change.egress ?? 'proxy_1',
    ageMs: 420,
    fundingPaidUsd: new Dec('0.002'),
    feesUsd: new Dec('0.0273'),
    ...change,
  }
}

export function sampleHedge(change: Partial<HedgeReport> = {}): HedgeReport {
  return {
    hedgeId: 'h1',
    name: 'account_1+account_2',
    market: 'BTC',
    state: 'open',
    target: 'open',
    cause: undefined,
    legs: [
      sampleLeg(),
      sampleLeg({
        account: 'account_2',
        accountIndex: 102,
        side: 'short',
        entryPrice: new Dec('97471'),
        unrealizedPnlUsd: new Dec('-0.0411'),
        egress: 'direct',
        ageMs: 38,
      }),
    ],
    netExposureBase: new Dec(0),
    netExposureUsd: new Dec(0),
    unrealizedPnlUsd: new Dec('-0.0095'),
    realizedPnlUsd: new Dec(0),
    feesUsd: new Dec('0.0546'),
    fundingPaidUsd: new Dec('0.004'),
    leverage: new Dec(10),
    openingLegGapMs: 3,
    closingLegGapMs: undefined,
    nakedMs: 0,
    ownFills: 0,
    fills: 2,
    stopState: 'RESTING',
    isExposed: false,
    isUnknown: false,
    ...change,
  }
}

/** One hedge as it should be, one that is naked and unprotected, one that could not be read. */
export function sampleHedges(): readonly HedgeReport[] {
  const unread = {
    baseSize: undefined,
    entryPrice: undefined,
    markPrice: undefined,
    unrealizedPnlUsd: undefined,
    marginUsagePct: undefined,
    liquidationPrice: undefined,
    liquidationDistancePct: undefined,
    ageMs: undefined,
    fundingPaidUsd: undefined,
  }
  return [
    sampleHedge(),
    sampleHedge({
      hedgeId: 'h2',
      name: 'majors',
      legs: [
        sampleLeg({ account: 'account_3', baseSize: new Dec('1234.5'), stopState: 'UNPROTECTED' }),
        sampleLeg({
          account: 'account_4',
          side: 'short',
          baseSize: new Dec(0),
          entryPrice: undefined,
          unrealizedPnlUsd: undefined,
          liquidationPrice: undefined,
          liquidationDistancePct: undefined,
          stopState: 'OFF',
          stopDown: undefined,
          stopUp: undefined,
        }),
      ],
      state: 'closing',
      target: 'flat',
      cause: 'leg_vanished',
      netExposureBase: new Dec('1234.5'),
      netExposureUsd: new Dec('120378687.45'),
      unrealizedPnlUsd: undefined,
      nakedMs: 1834,
      openingLegGapMs: 41,
      stopState: 'UNPROTECTED',
      isExposed: true,
    }),
    sampleHedge({
      hedgeId: 'h3',
      name: 'account_5+account_6',
      legs: [
        sampleLeg({ account: 'account_5', ...unread }),
        sampleLeg({ account: 'account_6', side: 'short', ...unread }),
      ],
      netExposureBase: undefined,
      netExposureUsd: undefined,
      unrealizedPnlUsd: undefined,
      fundingPaidUsd: undefined,
      openingLegGapMs: undefined,
      isUnknown: true,
    }),
  ]
}
