/**
 * JSON that lies in the journal from one run to the next: what the stop rules and the notifications remember. What cannot
 * be read is refused whole, since a rule that works on half of its memory is a stop that does not close.
 * @module
 */
import {
  countStops,
  dailyLimitReached,
  forgetHedge,
  hedgeMemory,
  rememberBests,
  type StopMemory,
  stopMemoryFromJson,
  stopMemoryToJson,
} from '../../../src/hedge/stop-memory.ts'
import { Dec } from '../../../src/hedge/decimal.ts'
import { dueMessages } from '../../../src/notify/due-messages.ts'
import {
  newNotifyState,
  type NotifyState,
  parseNotifyState,
  takeEvents,
} from '../../../src/notify/memory/notify-state.ts'
import type { JournalEvent } from '../../../src/ports.ts'
import type { Draw } from './draw.ts'
import { claim, Finding, type FuzzTarget, type Outcome } from './fuzz-target.ts'
import { refusable } from './judge-error.ts'
import { mutateJson } from './mutate-json.ts'
import { isRecord, listOf, member, parsed } from './plain-look.ts'

/** Both memories. */
export const journalMemories: FuzzTarget = {
  name: 'journal-memories',
  weight: 8_000,
  limitMs: 5_000,
  cpuLimitMs: 1_000,
  run: (draw) => (draw.chance(0.5) ? stopMemory(draw) : notifyMemory(draw)),
}

const NOW_MS = Date.UTC(2026, 10, 1, 12)

async function stopMemory(draw: Draw): Promise<Outcome> {
  const good = stopMemoryToJson(makeStopMemory(draw))
  const text = draw.chance(0.1) ? good : mutateJson(draw, good).text
  const end = await refusable(() => stopMemoryFromJson(text), { input: text })
  if ('error' in end) {
    const { kind, code } = end.error
    claim(kind === 'journal' && code === 'stop_memory_unreadable', `code ${code}`, text)
    claim(text !== good, 'what was written cannot be read', text)
    return 'named error'
  }
  judgeStopMemory(end.value, text)
  return 'accepted'
}

function makeStopMemory(draw: Draw): StopMemory {
  const ids = Array.from({ length: draw.int(0, 4) }, (_, at) => `h${at + 1}`)
  const bests = ids.map((id) => [id, new Dec(draw.int(-900, 900)).div(7)] as const)
  const remembered = rememberBests(
    { hedges: new Map(), daily: { utcDay: 0, count: 0 } },
    new Map(bests),
  )
  return countStops(remembered, [ids.slice(0, 1)], NOW_MS)
}

function judgeStopMemory(memory: StopMemory, text: string): void {
  const rows = listOf(member(parsed(text), 'hedges'))
  for (const row of rows) {
    claim(isRecord(row), 'a hedge is an object', text)
    const best = row['best_net_usd']
    const isForgotten =
      typeof best === 'string' &&
      hedgeMemory(memory, String(row['hedge_id'])).bestNetUsd === undefined
    const isLater = rows.some(
      (other) => other !== row && member(other, 'hedge_id') === row['hedge_id'],
    )
    claim(!isForgotten || isLater, 'a best result is forgotten', text)
  }
  const again = stopMemoryFromJson(stopMemoryToJson(memory))
  claim(
    stopMemoryToJson(again) === stopMemoryToJson(memory),
    'it changes when it is written again',
    text,
  )
  const worse = new Dec('-1e30')
  const later = rememberBests(memory, new Map([...memory.hedges.keys()].map((id) => [id, worse])))
  for (const [id, { bestNetUsd }] of memory.hedges) {
    const isKept = bestNetUsd === undefined || hedgeMemory(later, id).bestNetUsd?.gte(bestNetUsd)
    claim(isKept === true, 'a worse result loosens a stop', text)
  }
  const { count } = countStops(memory, [['new']], NOW_MS).daily
  claim(Number.isFinite(count) && count >= 0, `${count} stops`, text)
  const reached = dailyLimitReached(memory, { dailyStopLimit: 1 }, NOW_MS)
  claim(
    reached === undefined || Math.abs(reached.untilMs - NOW_MS) <= 3 * 86_400_000,
    'it bars other days',
    text,
  )
  forgetHedge(memory, 'h1')
}

async function notifyMemory(draw: Draw): Promise<Outcome> {
  const good = JSON.stringify(makeNotifyState(draw))
  const text = draw.chance(0.1) ? good : mutateJson(draw, good).text
  const state = parseNotifyState(text)
  if (state === undefined) {
    claim(text !== good, 'what was written cannot be read', text)
    return 'named error'
  }
  judgeNotifyState(state, text)
  return 'accepted'
}

function makeNotifyState(draw: Draw): NotifyState {
  const events = Array.from({ length: draw.int(0, 8) }, (_, at) => eventOf(draw, at + 1))
  const { state } = dueMessages(takeEvents(newNotifyState(0), events), dueOptions(NOW_MS))
  return { ...state, lastAlertAtMs: NOW_MS, teller: 'watch-1', expectedSinceMs: { open: NOW_MS } }
}

const KINDS: readonly string[] = [
  'hedge_open',
  'hedge_closed',
  'stop_loss',
  'order_in_doubt',
  'egress_down',
  'naked',
  'unprotected',
  'hedge_aborted',
  'data_stale',
]

function eventOf(draw: Draw, eventId: number): JournalEvent {
  return {
    eventId,
    atMs: NOW_MS - draw.int(0, 90_000),
    level: draw.pick(['info', 'warning', 'alert']),
    kind: draw.pick(KINDS),
    message: 'something happened',
    runId: undefined,
    hedgeId: draw.chance(0.7) ? `h${draw.int(1, 3)}` : undefined,
    account: draw.chance(0.3) ? 'alice' : undefined,
  }
}

/** The next look works with it, and tells of what is new. */
function judgeNotifyState(state: NotifyState, text: string): void {
  const news: JournalEvent = {
    eventId: 9,
    atMs: NOW_MS,
    level: 'alert',
    kind: 'unprotected',
    message: 'nothing protects h9',
    runId: undefined,
    hedgeId: 'h9',
    account: undefined,
  }
  try {
    const taken = takeEvents(state, [news])
    const { messages } = dueMessages(taken, dueOptions(NOW_MS + 3_600_000))
    claim(messages.length <= 20, `${messages.length} messages`, text)
    const isTold = messages.some(({ blocks }) => JSON.stringify(blocks).includes('h9'))
    claim(isTold, 'a new alert is not told', text)
  } catch (error) {
    if (error instanceof Finding) throw error
    claim(false, `the memory of notifications ends every look: ${String(error)}`, text)
  }
}

function dueOptions(nowMs: number): Parameters<typeof dueMessages>[1] {
  return {
    nowMs,
    policy: {
      network: 'sim',
      minLevel: 'warning',
      hasTrades: true,
      reportEveryMs: undefined,
      dailyAtMs: undefined,
    },
    facts: {
      progress: () => undefined,
      moving: () => ({ opening: 0, closing: 0 }),
      records: () => [],
      report: undefined,
      daily: () => {
        throw new Error('no summary is due')
      },
    },
    isFinal: true,
    areAlertsHeld: false,
  }
}
