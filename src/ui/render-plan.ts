import type { PlanHedgeView, PlanLegView, PlanView } from '../engine/plan-view.ts'
import { countOf, formatPct, formatPrice, formatSize, formatUsd } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import type { Column } from './render-table.ts'
import { renderTable } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

/**
 * What would be opened: every leg, every hedge with cost and stops, the totals, and what the stop does not limit
 * (DESIGN.md section 3, "Stop-loss").
 */
export function renderPlan(view: PlanView, style: RenderStyle): string {
  const wrap = (text: string): string => wrapText(text, style.columns, '  ').join('\n')
  const legs = view.hedges.flatMap((hedge) => hedge.legs.map((leg) => ({ hedge, leg })))
  if (legs.length === 0) return 'nothing to open'
  return [
    renderTable({ columns: legColumns(view), rows: legs, style }),
    '',
    renderTable({ columns: hedgeColumns(view), rows: view.hedges, style }),
    '',
    wrap(concludePlan(view)),
    wrap(stopSentence(view)),
    ...(view.lastStartMs === 0 ? [] : [wrap(waitSentence(view))]),
  ].join('\n')
}

/** For example "2 hedges with 4 legs on BTC at 10x, mark 97,480.5 USD". */
function concludePlan(view: PlanView): string {
  const legs = view.hedges.reduce((count, hedge) => count + hedge.legs.length, 0)
  return [
    `${countOf(view.hedges.length, 'hedge')} with ${countOf(legs, 'leg')} on ${cleanText(view.symbol)}`,
    view.leverage === undefined ? '' : ` at ${formatSize(view.leverage)}x`,
    `, mark ${formatPrice(view.mark)} USD, notional ${formatUsd(view.totalNotionalUsd)} USD`,
    `, margin ${formatUsd(view.totalMarginUsd)} USD, expected cost ${formatUsd(view.totalCostUsd)} USD`,
  ].join('')
}

/** Standard accounts of one owner share 60 requests a minute (PROTOCOL.md section 9). */
function waitSentence({ lastStartMs, hedges }: PlanView): string {
  const waiting = hedges.filter(({ startMs }) => startMs > 0).length
  return (
    `The exchange limits the requests of one owner in a minute: ${countOf(waiting, 'hedge')} of ${hedges.length} ` +
    `will wait, the last one starts after about ${Math.ceil(lastStartMs / 1000)} s.`
  )
}

function stopSentence(view: PlanView): string {
  const limits =
    "It does not limit what many stops cost: the winner's gain roughly pays the loser's loss, every stop pays spread " +
    "and fees, and the loser's account drains."
  if (view.exchangeStopUsd === undefined) {
    return 'No stop will rest on the exchange (risk.exchange_stop is off): nothing limits a loss by itself.'
  }
  return (
    `The stops on the exchange close both legs when one has lost about ${formatUsd(view.exchangeStopUsd)} USD ` +
    `(stop_loss_threshold is ${formatUsd(view.stopLossUsd)}). ${limits}`
  )
}

interface PlanRow {
  readonly hedge: PlanHedgeView
  readonly leg: PlanLegView
}

function legColumns(view: PlanView): readonly Column<PlanRow>[] {
  return [
    {
      header: 'hedge',
      align: 'left',
      priority: 2,
      canShrink: true,
      cell: ({ hedge }) => hedge.name,
    },
    {
      header: 'account',
      align: 'left',
      priority: 1,
      canShrink: true,
      cell: ({ leg }) => leg.account,
    },
    { header: 'side', align: 'left', priority: 1, cell: ({ leg }) => leg.side },
    {
      header: `size ${cleanText(view.symbol)}`,
      align: 'right',
      priority: 1,
      cell: ({ leg }) => formatSize(leg.baseSize),
    },
    {
      header: 'worst price USD',
      align: 'right',
      priority: 1,
      cell: ({ leg }) => formatPrice(leg.worstPrice),
    },
    ...legMoneyColumns(),
  ]
}

function legMoneyColumns(): readonly Column<PlanRow>[] {
  return [
    {
      header: 'notional USD',
      align: 'right',
      priority: 1,
      cell: ({ leg }) => formatUsd(leg.notionalUsd),
    },
    {
      header: 'margin USD',
      align: 'right',
      priority: 1,
      cell: ({ leg }) => formatUsd(leg.marginUsd),
    },
    {
      header: 'available USD',
      align: 'right',
      priority: 4,
      cell: ({ leg }) => formatUsd(leg.availableUsd),
    },
    {
      header: 'liq. %',
      align: 'right',
      priority: 3,
      // No price liquidates it: that is not unknown.
      cell: ({ leg }) =>
        leg.isLiquidationKnown && leg.liquidationPrice === undefined
          ? '-'
          : formatPct(leg.liquidationDistancePct),
    },
  ]
}

function hedgeColumns(view: PlanView): readonly Column<PlanHedgeView>[] {
  return [
    {
      header: 'hedge',
      align: 'left',
      priority: 1,
      canShrink: true,
      cell: (hedge) => hedge.name,
      total: 'total',
    },
    {
      header: 'notional USD',
      align: 'right',
      priority: 1,
      cell: (hedge) => formatUsd(hedge.notionalUsd),
      total: formatUsd(view.totalNotionalUsd),
    },
    {
      header: 'expected cost USD',
      align: 'right',
      priority: 1,
      cell: (hedge) => formatUsd(hedge.costUsd),
      total: formatUsd(view.totalCostUsd),
    },
    { header: 'stop down USD', align: 'right', priority: 2, cell: (hedge) => level(hedge, 'down') },
    { header: 'stop up USD', align: 'right', priority: 2, cell: (hedge) => level(hedge, 'up') },
    { header: 'stop %', align: 'right', priority: 1, cell: stopDistance },
  ]
}

function level(hedge: PlanHedgeView, which: 'down' | 'up'): string {
  const price = which === 'down' ? hedge.stopDown : hedge.stopUp
  return price === undefined ? '-' : formatPrice(price)
}

function stopDistance(hedge: PlanHedgeView): string {
  return hedge.isStopReachable ? formatPct(hedge.stopDistancePct) : 'none'
}
