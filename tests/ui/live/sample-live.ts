import { Dec } from '../../../src/hedge/decimal.ts'
import type {
  LiveEvent,
  LiveHedge,
  LiveLeg,
  LiveSource,
  LiveSummary,
} from '../../../src/ui/live/live-view.ts'

export const AT_MS = Date.UTC(2026, 10, 22, 22, 49, 13)

export function sampleLeg(change: Partial<LiveLeg> = {}): LiveLeg {
  return {
    account: 'account_1',
    accountIndex: 101,
    side: 'long',
    baseSize: '0.001',
    entryPrice: '97480.5',
    markPrice: '97512.1',
    unrealizedPnlUsd: '0.0316',
    fundingPaidUsd: '0.002',
    feesUsd: '0.0273',
    marginUsagePct: '9.7481',
    liquidationPrice: '88950.2',
    liquidationDistancePct: '8.7804',
    stopPrice: '90123.4',
    stopDistancePct: '7.577',
    stopState: 'RESTING',
    ageMs: 420,
    egress: 'proxy_1',
    ...change,
  }
}

export function sampleHedge(change: Partial<LiveHedge> = {}): LiveHedge {
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
        unrealizedPnlUsd: '-0.0411',
        egress: 'direct',
        ageMs: 38,
      }),
    ],
    netExposureBase: '0',
    netExposureUsd: '0',
    unrealizedPnlUsd: '-0.0095',
    realizedPnlUsd: '0',
    fundingPaidUsd: '0.004',
    feesUsd: '0.0546',
    legGapMs: 3,
    nakedMs: 0,
    stopState: 'RESTING',
    isExposed: false,
    isUnknown: false,
    ...change,
  }
}

const UNREAD: Partial<LiveLeg> = {
  baseSize: undefined,
  entryPrice: undefined,
  markPrice: undefined,
  unrealizedPnlUsd: undefined,
  fundingPaidUsd: undefined,
  marginUsagePct: undefined,
  liquidationPrice: undefined,
  liquidationDistancePct: undefined,
  stopDistancePct: undefined,
  ageMs: undefined,
}

/** A good one, a naked and unprotected one, one that cannot be read, one with Chinese names. */
function sampleHedges(): readonly LiveHedge[] {
  return [
    sampleHedge(),
    sampleHedge({
      hedgeId: 'h2',
      name: 'majors',
      state: 'closing',
      target: 'flat',
      cause: 'leg_vanished',
      legs: [
        sampleLeg({ account: 'account_3', baseSize: '1234.5', stopState: 'UNPROTECTED' }),
        sampleLeg({
          account: 'account_4',
          side: 'short',
          baseSize: '0',
          entryPrice: undefined,
          unrealizedPnlUsd: undefined,
          liquidationPrice: undefined,
          liquidationDistancePct: undefined,
          stopPrice: undefined,
          stopDistancePct: undefined,
          stopState: 'OFF',
        }),
      ],
      netExposureBase: '1234.5',
      netExposureUsd: '120378687.45',
      unrealizedPnlUsd: undefined,
      nakedMs: 1834,
      stopState: 'UNPROTECTED',
      isExposed: true,
    }),
    sampleHedge({
      hedgeId: 'h3',
      name: 'account_5+account_6',
      legs: [
        sampleLeg({ account: 'account_5', ...UNREAD }),
        sampleLeg({ account: 'account_6', side: 'short', ...UNREAD }),
      ],
      netExposureBase: undefined,
      netExposureUsd: undefined,
      unrealizedPnlUsd: undefined,
      fundingPaidUsd: undefined,
      isUnknown: true,
    }),
    sampleHedge({
      hedgeId: 'h4',
      name: '上海主账户与北京备用账户',
      legs: [
        sampleLeg({ account: '上海主账户', ageMs: 61_000 }),
        sampleLeg({ account: '北京备用账户', side: 'short', unrealizedPnlUsd: '-12.345' }),
      ],
    }),
  ]
}

export function sampleEvent(change: Partial<LiveEvent> = {}): LiveEvent {
  return {
    atMs: AT_MS - 4000,
    level: 'info',
    kind: 'hedge_open',
    message: 'opened, leg gap 3 ms',
    hedgeId: 'h1',
    account: undefined,
    ...change,
  }
}

export function sampleSummary(change: Partial<LiveSummary> = {}): LiveSummary {
  return {
    atMs: AT_MS,
    network: 'testnet',
    markets: [
      {
        symbol: 'BTC',
        markPrice: '97512.1',
        markAgeMs: 412,
        bestBid: '97512',
        bestAsk: '97512.2',
      },
    ],
    totals: {
      hedges: 4,
      open: 3,
      unrealizedPnlUsd: undefined,
      realizedPnlUsd: '0',
      fundingPaidUsd: undefined,
      feesUsd: '0.22',
      netExposureUsd: '120378687.45',
      nakedMs: 1834,
      exposed: 1,
      unprotected: 1,
      unknown: 1,
    },
    budgets: [
      { owner: '0x52908400098527886E0F7030069857D2E4169EE7', left: 41, limit: 60 },
      { owner: 'owner_2', left: 7, limit: 60 },
      { owner: 'owner_3', left: undefined, limit: 60 },
    ],
    events: [
      sampleEvent(),
      sampleEvent({
        atMs: AT_MS - 2000,
        level: 'warning',
        kind: 'data_stale',
        message: 'no data for 61 s, reading over REST',
        hedgeId: 'h4',
        account: '上海主账户',
      }),
      sampleEvent({
        atMs: AT_MS - 1000,
        level: 'alert',
        kind: 'leg_vanished',
        message: 'account_4 is flat on the exchange, closing the rest',
        hedgeId: 'h2',
      }),
    ],
    egresses: [
      { name: 'proxy_1', condition: 'healthy', reason: undefined, accounts: 3 },
      { name: 'proxy_2', condition: 'down', reason: 'refused', accounts: 0 },
    ],
    isOpeningPaused: true,
    staleAfterMs: 5000,
    ...change,
  }
}

/** A source over ready hedges that counts what it was asked for. */
export function sampleSource(
  hedges: readonly LiveHedge[] = sampleHedges(),
  summary: () => LiveSummary = sampleSummary,
): LiveSource & { readonly asked: string[] } {
  const asked: string[] = []
  const byId = new Map(hedges.map((hedge) => [hedge.hedgeId, hedge]))
  const entries = hedges.map(({ hedgeId, name, legs }) => ({ hedgeId, name, legs: legs.length }))
  return {
    asked,
    summary,
    entries: () => entries,
    hedge(hedgeId) {
      asked.push(hedgeId)
      return byId.get(hedgeId)
    },
  }
}

/** A source of many accounts whose decimals are turned into text when asked, as a real one does. */
export function manyAccounts(
  accounts: number,
  markAt: () => number = () => 97_512.1,
  now: () => number = () => AT_MS,
): LiveSource {
  const entries = Array.from({ length: Math.floor(accounts / 2) }, (_, at) => ({
    hedgeId: `h${at + 1}`,
    name: `account_${2 * at + 1}+account_${2 * at + 2}`,
    legs: 2,
  }))
  const places = new Map(entries.map(({ hedgeId }, at) => [hedgeId, at]))
  return {
    entries: () => entries,
    summary: () => {
      const markPrice = new Dec(markAt()).toFixed(1)
      const totals = { hedges: entries.length, open: entries.length, exposed: 0, unprotected: 0 }
      return sampleSummary({
        atMs: now(),
        isOpeningPaused: false,
        markets: [
          { symbol: 'BTC', markPrice, markAgeMs: 180, bestBid: markPrice, bestAsk: markPrice },
        ],
        totals: {
          ...totals,
          unrealizedPnlUsd: '-0.19',
          realizedPnlUsd: '0',
          fundingPaidUsd: '0.04',
          feesUsd: '0.55',
          netExposureUsd: '0',
          nakedMs: 0,
          unknown: 0,
        },
      })
    },
    hedge(hedgeId) {
      const at = places.get(hedgeId)
      if (at === undefined) return undefined
      const mark = new Dec(markAt().toFixed(1))
      const legs = [0, 1].map((leg) => {
        const entry = new Dec('97480.5').plus(at % 7)
        const pnl = mark.minus(entry).times(leg === 0 ? '0.01' : '-0.01')
        return sampleLeg({
          account: `account_${2 * at + leg + 1}`,
          accountIndex: 100 + 2 * at + leg,
          side: leg === 0 ? 'long' : 'short',
          baseSize: '0.01',
          entryPrice: entry.toFixed(),
          markPrice: mark.toFixed(),
          unrealizedPnlUsd: pnl.toFixed(),
          egress: `proxy_${(at % 3) + 1}`,
          ageMs: 40 + ((at * 37) % 900),
        })
      })
      return sampleHedge({
        hedgeId,
        name: `account_${2 * at + 1}+account_${2 * at + 2}`,
        legs,
        unrealizedPnlUsd: '-0.0095',
      })
    },
  }
}
