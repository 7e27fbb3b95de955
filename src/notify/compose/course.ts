import { Dec, minDec } from '../../hedge/decimal.ts'
import type { PnlSample } from '../../ports.ts'
import type { Bar, Block } from '../message.ts'

/** So many bars fit on a phone. */
const MOST_BARS = 36

/** The time that a course covers. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The courses of a period: the net result of what was open at the end of each part, and the worst that the leg which lost
 * most had in it. Parts without a look are gaps. Nothing when nobody looked.
 */
export function courseBlocks(samples: readonly PnlSample[], period: Period): readonly Block[] {
  const open = samples.filter(({ openHedges }) => openHedges > 0)
  if (open.length === 0) return []
  const parts = partsOf(open, period)
  return [
    {
      kind: 'course',
      title: 'Net P&L of what is open',
      unit: 'USD',
      bars: parts.map(({ label, samples: own }) => bar(label, own.at(-1)?.netUsd)),
    },
    {
      kind: 'course',
      title: 'Floating P&L of the leg that loses most',
      unit: 'USD',
      bars: parts.map(({ label, samples: own }) => bar(label, lowest(own))),
    },
  ]
}

function bar(label: string, value: string | undefined): Bar {
  return value === undefined ? { label } : { label, value: new Dec(value).toFixed(2) }
}

function lowest(samples: readonly PnlSample[]): string | undefined {
  const known = samples.flatMap(({ worstLegUsd }) =>
    worstLegUsd === undefined ? [] : [new Dec(worstLegUsd)],
  )
  const [first, ...rest] = known
  return first === undefined ? undefined : rest.reduce(minDec, first).toFixed()
}

interface Part {
  readonly label: string
  readonly samples: readonly PnlSample[]
}

function partsOf(samples: readonly PnlSample[], { fromMs, toMs }: Period): readonly Part[] {
  const spanMs = Math.max(1, toMs - fromMs)
  const count = Math.max(1, Math.min(MOST_BARS, Math.ceil(spanMs / 60_000)))
  const parts = Array.from({ length: count }, (_, at) => ({
    label: new Date(fromMs + (at * spanMs) / count).toISOString().slice(11, 16),
    samples: [] as PnlSample[],
  }))
  for (const sample of samples) {
    const at = Math.floor(((sample.atMs - fromMs) * count) / spanMs)
    parts[Math.min(count - 1, Math.max(0, at))]?.samples.push(sample)
  }
  return parts
}
