import type { EventLevel } from '../../ports.ts'
import type { Engine } from '../engine-context.ts'
import { noteAnyway } from '../note-anyway.ts'

/** Something that is wrong for a while. */
export interface Alert {
  readonly level: EventLevel
  /** snake_case; what is over is told as `<kind>_over`. */
  readonly kind: string
  readonly message: string
  readonly hedgeId?: string | undefined
  readonly account?: string | undefined
}

/** States, not lines: each is told when it begins, when it gets worse, and when it is over. */
export interface AlertBoard {
  /** It holds now. */
  raise(key: string, alert: Alert): void
  /** It does not hold, or not any more. */
  clear(key: string): void
  isRaised(key: string): boolean
  /** Whatever is raised about other hedges than these is over: they have ended. */
  keepHedges(liveIds: () => ReadonlySet<string>): void
}

const RANK: Readonly<Record<EventLevel, number>> = { info: 0, warning: 1, alert: 2 }

/** Creates an empty board. */
export function createAlertBoard(engine: Engine): AlertBoard {
  const raised = new Map<string, { readonly alert: Alert; readonly sinceMs: number }>()
  const clear = (key: string): void => {
    const before = raised.get(key)
    if (before === undefined) return
    raised.delete(key)
    const { alert, sinceMs } = before
    const seconds = ((engine.clock.now() - sinceMs) / 1000).toFixed(1)
    const message = `over after ${seconds} s: ${alert.message}`
    noteAnyway(engine, { ...alert, level: 'info', kind: `${alert.kind}_over`, message })
  }
  return {
    raise(key, alert) {
      const before = raised.get(key)
      if (before !== undefined && RANK[before.alert.level] >= RANK[alert.level]) return
      raised.set(key, { alert, sinceMs: before?.sinceMs ?? engine.clock.now() })
      noteAnyway(engine, alert)
    },
    clear,
    isRaised: (key) => raised.has(key),
    keepHedges(liveIds) {
      const about = [...raised].filter(([, { alert }]) => alert.hedgeId !== undefined)
      if (about.length === 0) return
      const live = liveIds()
      for (const [key, { alert }] of about) {
        if (alert.hedgeId !== undefined && !live.has(alert.hedgeId)) clear(key)
      }
    },
  }
}
