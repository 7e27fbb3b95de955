import type { FoundHedge, LeftOutAccount, PreparedAdoption } from '../engine/prepare-adoption.ts'
import { countOf, formatPrice, formatSize } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import type { Column } from './render-table.ts'
import { renderTable } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

type FoundLeg = FoundHedge['legs'][number]

interface AdoptionRow {
  readonly hedge: FoundHedge
  readonly leg: FoundLeg
}

/** What would be rebuilt, what is special about it, and every account that is left out with its reason. */
export function renderAdoption(prepared: PreparedAdoption, style: RenderStyle): string {
  const { hedges, leftOut } = prepared
  const rows = hedges.flatMap((hedge) => hedge.legs.map((leg) => ({ hedge, leg })))
  const lines = [
    ...hedges.flatMap(remarks),
    ...leftOutLines(leftOut),
    ...hints(leftOut),
    conclude(hedges),
  ]
  return [
    ...(rows.length === 0 ? [] : [renderTable({ columns: COLUMNS, rows, style }), '']),
    ...lines.flatMap((line) => wrapText(cleanText(line), style.columns, '  ')),
  ].join('\n')
}

function remarks(hedge: FoundHedge): readonly string[] {
  return [
    ...(hedge.isEven
      ? []
      : [
          `${hedge.name}: its sizes do not add up; once it is in the journal it shrinks to what is matched`,
        ]),
    ...(hedge.hasAllFills
      ? []
      : [`${hedge.name}: not all of its fills could be read, so its result will be incomplete`]),
  ]
}

/** Many accounts are flat: that is one line. */
function leftOutLines(leftOut: readonly LeftOutAccount[]): readonly string[] {
  const flat = leftOut.filter(({ code }) => code === 'flat')
  const lines = leftOut
    .filter(({ code }) => code !== 'flat')
    .map(({ account, market, reason }) => {
      const where = market === undefined ? '' : ` (${market})`
      return `${account}${where} left out: ${reason}`
    })
  return flat.length === 0 ? lines : [...lines, `${countOf(flat.length, 'account')} flat`]
}

const HINTS: Partial<Readonly<Record<LeftOutAccount['code'], string>>> = {
  ambiguous:
    'hint: write these hedges into hedge.groups, with hedge.pairing: groups, and adopt again',
  partner_unknown: 'hint: adopt again when every account can be read and is enabled',
  unknown: 'hint: hedgebot check says why an account cannot be read; adopt again afterwards',
  no_partner: 'hint: hedgebot close --flatten --accounts <name> closes what stands alone',
  foreign_fills: 'hint: only you know which part of it is whose; close or keep it by hand',
  in_other_hedge: 'hint: close one of the two by hand, then adopt again',
}

function hints(leftOut: readonly LeftOutAccount[]): readonly string[] {
  return [...new Set(leftOut.map(({ code }) => code))].flatMap((code) => HINTS[code] ?? [])
}

function conclude(hedges: readonly FoundHedge[]): string {
  if (hedges.length === 0) return 'nothing to adopt'
  const legs = hedges.reduce((count, hedge) => count + hedge.legs.length, 0)
  return `${countOf(hedges.length, 'hedge')} with ${countOf(legs, 'leg')} to adopt`
}

const EVIDENCE: Readonly<Record<FoundHedge['evidence'], string>> = {
  configured: 'configuration',
  same_stops: 'same stops',
  opened_together: 'opened together',
}

const COLUMNS: readonly Column<AdoptionRow>[] = [
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
    cell: ({ leg }) => leg.account.name,
  },
  { header: 'market', align: 'left', priority: 2, cell: ({ hedge }) => hedge.market.symbol },
  { header: 'side', align: 'left', priority: 1, cell: ({ leg }) => leg.side },
  { header: 'size', align: 'right', priority: 1, cell: ({ leg }) => formatSize(leg.baseSize) },
  {
    header: 'matched',
    align: 'right',
    priority: 3,
    cell: ({ leg }) => formatSize(leg.plannedBase),
  },
  {
    header: 'entry USD',
    align: 'right',
    priority: 1,
    cell: ({ leg }) => formatPrice(leg.entryPrice),
  },
  { header: 'stop down USD', align: 'right', priority: 3, cell: ({ leg }) => level(leg.stopDown) },
  { header: 'stop up USD', align: 'right', priority: 3, cell: ({ leg }) => level(leg.stopUp) },
  { header: 'opened', align: 'left', priority: 4, cell: ({ hedge }) => openedText(hedge) },
  {
    header: 'paired by',
    align: 'left',
    priority: 4,
    cell: ({ hedge }) => EVIDENCE[hedge.evidence],
  },
]

/** No stop rests: that is known. */
function level(price: FoundLeg['stopDown']): string {
  return price === undefined ? '-' : formatPrice(price)
}

function openedText({ openedAtMs }: FoundHedge): string {
  if (openedAtMs === undefined) return '?'
  return `${new Date(openedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
