import type { Hedge, LedgerFill, LedgerOrder } from '../hedge/ledger.ts'
import type { JournalEvent } from '../ports.ts'
import { countOf, formatMs, formatPrice, formatSize, formatUsd } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { cleanText, wrapText } from './text-width.ts'

/** What the journal knows about one hedge. */
export interface StoryView {
  readonly hedge: Hedge
  readonly events: readonly JournalEvent[]
  readonly orders: readonly LedgerOrder[]
  readonly fills: readonly LedgerFill[]
}

/** One thing that happened, for text and document alike. */
export interface StoryEntry {
  /** Our clock; a fill has the venue's. */
  readonly atMs: number
  readonly kind: 'event' | 'order' | 'answer' | 'outcome' | 'fill'
  readonly account: string | undefined
  /** What happened, one line. */
  readonly text: string
  /** More about it: why, nonce, hash. */
  readonly details: readonly string[]
}

/** Everything that happened in time order; of what happened in the same millisecond causes come first. */
export function storyEntries(view: StoryView): readonly StoryEntry[] {
  const nameOf = new Map(view.hedge.legs.map((leg) => [leg.accountIndex, leg.account]))
  const entries = [
    ...view.events.map(eventEntry),
    ...view.orders.flatMap(orderEntries),
    ...view.fills.map((fill) => fillEntry(fill, nameOf.get(fill.accountIndex))),
  ]
  return entries.sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b))
}

/** The story of a hedge: when, who, what, and why (CLI.md "explain"). */
export function renderStory(view: StoryView, style: RenderStyle): string {
  const { hedge } = view
  const entries = storyEntries(view)
  const startMs = entries[0]?.atMs ?? hedge.createdAtMs
  const cause = hedge.cause === undefined ? '' : `, cause: ${hedge.cause}`
  const title = `${hedge.hedgeId} ${hedge.name}: ${hedge.symbol}, ${hedge.state}${cause}`
  const legs = hedge.legs.map((leg) => `${leg.account} ${leg.side} ${formatSize(leg.plannedBase)}`)
  return [
    style.chalk.bold(wrapText(cleanText(title), style.columns, '  ').join('\n')),
    ...wrapText(cleanText(`planned: ${legs.join(', ')}`), style.columns, '  '),
    '',
    ...entries.flatMap((entry) => entryLines(entry, startMs, style)),
    '',
    concludeStory(view),
  ].join('\n')
}

function concludeStory({ orders, fills, events }: StoryView): string {
  return `${countOf(orders.length, 'transaction')}, ${countOf(fills.length, 'fill')}, ${countOf(events.length, 'event')}`
}

const INDENT = ' '.repeat(4)

function entryLines(entry: StoryEntry, startMs: number, style: RenderStyle): readonly string[] {
  const time = isoTime(entry.atMs)
  const since = `+${formatMs(entry.atMs - startMs)} ms`
  const who = entry.account === undefined ? '' : ` ${entry.account}`
  const head = cleanText(`${time} ${since}${who}: ${entry.text}`)
  return [
    ...wrapText(head, style.columns, INDENT),
    ...entry.details.flatMap((detail) =>
      wrapText(`${INDENT}${cleanText(detail)}`, style.columns, `${INDENT}  `).map((line) =>
        style.chalk.dim(line),
      ),
    ),
  ]
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ')
}

const RANKS: readonly StoryEntry['kind'][] = ['order', 'answer', 'fill', 'outcome', 'event']

function rank(entry: StoryEntry): number {
  return RANKS.indexOf(entry.kind)
}

function eventEntry(event: JournalEvent): StoryEntry {
  const level = event.level === 'info' ? '' : `${event.level.toUpperCase()} `
  return {
    atMs: event.atMs,
    kind: 'event',
    account: event.account,
    text: `${level}${event.message}`,
    details: [],
  }
}

function orderEntries(order: LedgerOrder): readonly StoryEntry[] {
  const { account, answeredAtMs, settledAtMs, preparedAtMs } = order
  const entries: StoryEntry[] = [
    {
      atMs: preparedAtMs,
      kind: 'order',
      account,
      text: orderText(order),
      details: [
        `why: ${order.reason}`,
        `nonce ${order.nonce}, key ${order.apiKeyIndex}, sent ${countOf(order.sends, 'time')}, hash ${order.txHash}`,
      ],
    },
  ]
  if (answeredAtMs !== undefined && answeredAtMs !== settledAtMs) {
    const text = `the venue answered ${order.purpose} after ${formatMs(answeredAtMs - preparedAtMs)} ms`
    entries.push({ atMs: answeredAtMs, kind: 'answer', account, text, details: [] })
  }
  if (settledAtMs !== undefined) {
    const text = `${order.purpose} ${order.state}${outcomeText(order)}`
    entries.push({ atMs: settledAtMs, kind: 'outcome', account, text, details: [] })
  }
  return entries
}

function orderText(order: LedgerOrder): string {
  const size = order.baseSize === undefined ? '' : ` ${formatSize(order.baseSize)}`
  const side = order.side === undefined ? '' : ` ${order.side}`
  const price = order.price === undefined ? '' : `, worst price ${formatPrice(order.price)} USD`
  const reduceOnly = order.isReduceOnly ? ', reduce-only' : ''
  const open = order.settledAtMs === undefined ? `, ${order.state.replace('_', ' ')}` : ''
  return `${order.purpose}${side}${size}${price}${reduceOnly}${open}`
}

function outcomeText(order: LedgerOrder): string {
  const filled = order.filledBase.isZero()
    ? ''
    : `, filled ${formatSize(order.filledBase)} at ${formatPrice(order.averagePrice)} USD`
  return `${filled}${order.outcome === undefined ? '' : `: ${order.outcome}`}`
}

function fillEntry(fill: LedgerFill, account: string | undefined): StoryEntry {
  const { side, baseSize, price, feeUsd } = fill
  return {
    atMs: fill.atMs,
    kind: 'fill',
    account: account ?? `account ${fill.accountIndex}`,
    text: `filled ${side} ${formatSize(baseSize)} at ${formatPrice(price)} USD, fee ${formatUsd(feeUsd)} USD`,
    details: [],
  }
}
