import type { ChalkInstance } from 'chalk'
import { UNKNOWN, formatMs, formatSeconds } from '../format-number.ts'
import { paintStop, paintUnknown } from '../paint.ts'
import { stopText } from '../stop-text.ts'
import { gainText, pctText, priceText, signOf, sizeText, usdText } from './format-decimal-text.ts'
import type { LiveHedge, LiveLeg } from './live-view.ts'

/** A row of the table: a hedge's own line, or one of its legs. */
export interface LiveRow {
  readonly hedge: LiveHedge
  /** Undefined on the hedge's own line. */
  readonly leg: LiveLeg | undefined
}

/** One column of the table. */
export interface LiveColumn {
  /** With its unit; also its name. */
  readonly header: string
  readonly align: 'left' | 'right'
  /** 1 always stays; the highest number goes first on a narrow terminal. */
  readonly priority: number
  /** It starts at this width and never shrinks below, so that figures do not dance. */
  readonly width: number
  /** Names may lose their middle; numbers never lose a digit. */
  readonly canShrink?: boolean
  readonly cell: (row: LiveRow) => string
  /** Colour; does not change the width. */
  readonly paint?: (text: string, row: LiveRow) => string
}

/** Needs of the columns. */
export interface LiveColumnsOptions {
  readonly chalk: ChalkInstance
  /** Older data is marked. */
  readonly staleAfterMs: number
}

/**
 * The columns from left to right. They leave in this order when the terminal is narrow: egress, entry, fees, funding,
 * mark, stop price, naked time, margin use, age, liquidation, distance to the stop. Name, side, size, P&L and stop
 * state stay.
 */
export function liveColumns(options: LiveColumnsOptions): readonly LiveColumn[] {
  return [
    ...identityColumns(options.chalk),
    ...moneyColumns(options.chalk),
    ...marginColumns(options.chalk),
    ...riskColumns(options),
  ]
}

function identityColumns(chalk: ChalkInstance): readonly LiveColumn[] {
  return [
    {
      header: 'hedge / account',
      align: 'left',
      priority: 1,
      width: 15,
      canShrink: true,
      cell: ({ hedge, leg }) =>
        leg === undefined ? `${hedge.hedgeId} ${hedge.market} ${hedge.name}` : `  ${leg.account}`,
      paint: (text, { leg }) => (leg === undefined ? chalk.bold(text) : text),
    },
    {
      header: 'side',
      align: 'left',
      priority: 1,
      width: 7,
      cell: ({ hedge, leg }) => (leg === undefined ? stateText(hedge) : leg.side),
      paint: (text, { hedge, leg }) => (leg === undefined ? paintState(chalk, text, hedge) : text),
    },
    {
      header: 'size',
      align: 'right',
      priority: 1,
      width: 8,
      cell: ({ hedge, leg }) => sizeText(leg === undefined ? hedge.netExposureBase : leg.baseSize),
      paint: (text, { hedge, leg }) =>
        leg === undefined && hedge.isExposed ? chalk.red.bold(text) : paintUnknown(chalk, text),
    },
    {
      header: 'entry USD',
      align: 'right',
      priority: 11,
      width: 10,
      cell: ofLeg((leg) => (isFlat(leg) ? '-' : priceText(leg.entryPrice))),
    },
    {
      header: 'mark USD',
      align: 'right',
      priority: 8,
      width: 10,
      cell: ofLeg((leg) => priceText(leg.markPrice)),
    },
  ]
}

function moneyColumns(chalk: ChalkInstance): readonly LiveColumn[] {
  return [
    {
      header: 'P&L USD',
      align: 'right',
      priority: 1,
      width: 9,
      cell: ({ hedge, leg }) => {
        if (leg === undefined) return gainText(hedge.unrealizedPnlUsd)
        return isFlat(leg) ? '-' : gainText(leg.unrealizedPnlUsd)
      },
      paint: (text, { hedge, leg }) => paintGainText(chalk, text, (leg ?? hedge).unrealizedPnlUsd),
    },
    {
      header: 'funding paid',
      align: 'right',
      priority: 9,
      width: 12,
      cell: ({ hedge, leg }) => usdText((leg ?? hedge).fundingPaidUsd),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'fees USD',
      align: 'right',
      priority: 10,
      width: 8,
      cell: ({ hedge, leg }) => usdText((leg ?? hedge).feesUsd),
      paint: (text) => paintUnknown(chalk, text),
    },
  ]
}

function marginColumns(chalk: ChalkInstance): readonly LiveColumn[] {
  return [
    {
      header: 'margin %',
      align: 'right',
      priority: 5,
      width: 8,
      cell: ofLeg((leg) => pctText(leg.marginUsagePct)),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'liq. %',
      align: 'right',
      priority: 3,
      width: 6,
      cell: ofLeg(liquidationText),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'to stop %',
      align: 'right',
      priority: 2,
      width: 9,
      cell: ofLeg((leg) => (leg.stopPrice === undefined ? '-' : pctText(leg.stopDistancePct))),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'stop USD',
      align: 'right',
      priority: 7,
      width: 10,
      cell: ofLeg((leg) => (leg.stopPrice === undefined ? '-' : priceText(leg.stopPrice))),
    },
  ]
}

function riskColumns({ chalk, staleAfterMs }: LiveColumnsOptions): readonly LiveColumn[] {
  return [
    {
      header: 'stop',
      align: 'left',
      priority: 1,
      width: 11,
      cell: ({ hedge, leg }) => stopText((leg ?? hedge).stopState),
      paint: (text, { hedge, leg }) => paintStop(chalk, text, (leg ?? hedge).stopState),
    },
    {
      header: 'age s',
      align: 'right',
      priority: 4,
      width: 5,
      cell: ofLeg((leg) => formatSeconds(leg.ageMs)),
      paint: (text, { leg }) =>
        leg !== undefined && (leg.ageMs ?? Infinity) > staleAfterMs ? chalk.yellow(text) : text,
    },
    {
      header: 'naked ms',
      align: 'right',
      priority: 6,
      width: 8,
      cell: ({ hedge, leg }) => (leg === undefined ? formatMs(hedge.nakedMs) : ''),
    },
    {
      header: 'egress',
      align: 'left',
      priority: 12,
      width: 8,
      canShrink: true,
      cell: ofLeg((leg) => leg.egress),
    },
  ]
}

function ofLeg(cell: (leg: LiveLeg) => string): (row: LiveRow) => string {
  return ({ leg }) => (leg === undefined ? '' : cell(leg))
}

/** A flat leg has neither entry nor P&L: that is not unknown. */
function isFlat(leg: LiveLeg): boolean {
  return signOf(leg.baseSize) === 0
}

/** A known leg without a liquidation price cannot be liquidated. */
function liquidationText(leg: LiveLeg): string {
  if (isFlat(leg)) return '-'
  if (leg.liquidationDistancePct !== undefined) return pctText(leg.liquidationDistancePct)
  return leg.baseSize !== undefined && leg.liquidationPrice === undefined ? 'none' : UNKNOWN
}

/** What matters most about a hedge in one word. */
function stateText(hedge: LiveHedge): string {
  if (hedge.isExposed) return 'NAKED'
  return hedge.target === 'flat' && hedge.state === 'open' ? 'to close' : hedge.state
}

function paintState(chalk: ChalkInstance, text: string, hedge: LiveHedge): string {
  if (hedge.isExposed) return chalk.red.bold(text)
  const isQuiet = hedge.target === 'open' && hedge.state === 'open' && !hedge.isUnknown
  return isQuiet || hedge.state === 'closed' ? chalk.green(text) : chalk.yellow(text)
}

/** A gain green, a loss red, unknown yellow; the sign says it too. */
export function paintGainText(
  chalk: ChalkInstance,
  text: string,
  value: string | undefined,
): string {
  switch (signOf(value)) {
    case undefined:
      return paintUnknown(chalk, text)
    case 0:
      return text
    case 1:
      return chalk.green(text)
    case -1:
      return chalk.red(text)
  }
}
