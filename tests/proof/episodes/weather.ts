/**
 * What goes wrong at the exchange and on the way to it, by ratio; each seed switches most of it off entirely (swarm). While
 * a storm rages no bound of time is promised; what is mild has to be borne within every bound.
 * @module
 */
import type { Fault, FaultEffect, FaultScope } from '../../../src/sim/faults/fault-plan.ts'
import { EVERYWHERE } from '../../../src/sim/faults/fault-plan.ts'
import type { Draw } from './draw.ts'
import { createDraw } from './draw.ts'

/** Everything that goes wrong ends here. */
export const CALM_AFTER_MS = 40_000

export interface Weather {
  readonly faults: readonly Fault[]
  /** When no bound is promised. */
  readonly storms: readonly { readonly fromMs: number; readonly untilMs: number }[]
}

interface MenuItem {
  readonly isStorm: boolean
  readonly make: (draw: Draw) => Fault
}

const SENDS: Partial<FaultScope> = { endpoint: 'jsonapi/sendtx' }

/** Borne within every bound: what strikes sends alone, and frames that come late or twice. */
const MILD: readonly MenuItem[] = [
  mild('lost-request', SENDS),
  mild('lost-answer', SENDS),
  mild('cut-answer', SENDS),
  {
    isStorm: false,
    make: (draw) => fault({ kind: 'delay', minMs: 50, maxMs: 600 }, { ...SENDS, ...ratio(draw) }),
  },
  {
    isStorm: false,
    make: (draw) => fault({ kind: 'delay-frames', minMs: 30, maxMs: 500 }, ratio(draw)),
  },
  mild('duplicate-frames', {}),
  { isStorm: false, make: (draw) => fault({ kind: 'reject', code: 21_739 }, ratio(draw)) },
  {
    isStorm: false,
    make: (draw) => fault({ kind: 'sequencer-refusal', code: 21_739 }, ratio(draw)),
  },
  {
    isStorm: false,
    make: (draw) => fault({ kind: 'http', answer: '503' }, { ...SENDS, ...ratio(draw) }),
  },
  {
    isStorm: false,
    make: (draw) => fault({ kind: 'http-after', answer: '500' }, { ...SENDS, ...ratio(draw) }),
  },
]

/** Whole ways fail for seconds, reads get lost, prices part from the book. */
const STORMS: readonly MenuItem[] = [
  storm({ kind: 'half-open' }, 0.5),
  storm({ kind: 'silent' }, 0.5),
  storm({ kind: 'maintenance' }, 1),
  storm({ kind: 'unreachable' }, 0.4),
  storm({ kind: 'cut-request' }, 0.5),
  storm({ kind: 'lost-request' }, 0.4),
  storm({ kind: 'lost-answer' }, 0.9),
  storm({ kind: 'cut-answer' }, 0.5),
  storm({ kind: 'http', answer: '429' }, 0.7),
  storm({ kind: 'http', answer: '405' }, 0.5),
  storm({ kind: 'http', answer: 'html' }, 0.7),
  storm({ kind: 'http', answer: '403' }, 0.7),
  storm({ kind: 'http', answer: '502' }, 0.7),
  storm({ kind: 'http-after', answer: 'garbage' }, 0.7),
  storm({ kind: 'delay', minMs: 500, maxMs: 8_000 }, 0.3),
  storm({ kind: 'delay-answer', minMs: 500, maxMs: 8_000 }, 0.3),
  storm({ kind: 'delay-frames', minMs: 500, maxMs: 8_000 }, 0.3),
  storm({ kind: 'drop' }, 0.5),
  storm({ kind: 'thin-book', factor: 0.0005 }, 1),
  storm({ kind: 'thin-book', factor: 0.02 }, 1),
  storm({ kind: 'sequencer-refusal', code: 21_739 }, 0.9),
  storm({ kind: 'reject', code: 21_601 }, 0.9),
  {
    isStorm: true,
    make: (draw) => fault({ kind: 'restricted' }, { ...window(draw), maxTimes: 3, ratio: 0.2 }),
  },
  {
    isStorm: true,
    make: (draw) =>
      fault({ kind: 'clock-skew', skewMs: draw.whole(-4_000, 4_000) }, { ...window(draw) }),
  },
]

/** Draws what goes wrong. */
export function drawWeather(seed: number): Weather {
  const draw = createDraw(seed, 'weather')
  const [mildShare, stormShare] = draw.oneOf<readonly [number, number]>([
    [0, 0],
    [0.3, 0],
    [0.3, 0],
    [0.2, 0.1],
    [0, 0.15],
    [0.3, 0.25],
  ])
  const chosen = [
    ...MILD.filter(() => draw.chance(mildShare)),
    ...STORMS.filter(() => draw.chance(stormShare)),
  ].map(({ isStorm, make }) => ({ isStorm, fault: make(draw) }))
  return {
    faults: chosen.map((item) => item.fault),
    storms: chosen.flatMap(({ isStorm, fault: { scope } }) =>
      isStorm ? [{ fromMs: scope.fromMs, untilMs: scope.untilMs }] : [],
    ),
  }
}

function mild(
  kind: 'lost-request' | 'lost-answer' | 'cut-answer' | 'duplicate-frames',
  scope: Partial<FaultScope>,
): MenuItem {
  return { isStorm: false, make: (draw) => fault({ kind }, { ...scope, ...ratio(draw) }) }
}

function storm(effect: FaultEffect, ratioMax: number): MenuItem {
  return {
    isStorm: true,
    make: (draw) =>
      fault(effect, { ...window(draw), ratio: ratioMax * (0.1 + 0.9 * draw.float()) }),
  }
}

function ratio(draw: Draw): Partial<FaultScope> {
  return { ratio: 0.05 + 0.3 * draw.float() }
}

function window(draw: Draw): Partial<FaultScope> {
  const fromMs = Math.floor(draw.float() ** 2 * (CALM_AFTER_MS - 12_000))
  return { fromMs, untilMs: Math.min(CALM_AFTER_MS, fromMs + draw.whole(500, 12_000)) }
}

function fault(effect: FaultEffect, scope: Partial<FaultScope> = {}): Fault {
  return { effect, scope: { ...EVERYWHERE, untilMs: CALM_AFTER_MS, ...scope } }
}
