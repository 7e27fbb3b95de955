/**
 * Tells the owner: reads what the journal says, decides what is worth a message, and sees that it arrives. The journal
 * is its memory, so that nothing is lost by a crash and nothing is told twice by two processes. Nothing here throws, and
 * nothing waits for a channel.
 * @module
 */
import type { NewOutboxMessage } from '../ports.ts'
import type { DeliveryTrouble } from './deliver.ts'
import { createDelivery } from './deliver.ts'
import { createDirectAlerts } from './direct-alerts.ts'
import type { DispatcherOptions, NotifyEvent, Work } from './dispatch-work.ts'
import { attempt } from './dispatch-work.ts'
import { dueMessages } from './due-messages.ts'
import type { FlushEnd } from './flush.ts'
import { flush } from './flush.ts'
import type { Message } from './message.ts'
import type { NotifyState } from './memory/notify-state.ts'
import {
  isSameMemory,
  newNotifyState,
  parseNotifyState,
  takeEvents,
} from './memory/notify-state.ts'
import { beginNews } from './begin-news.ts'
import { eventOf, missedRuns, ownNews } from './own-news.ts'

/** The dispatcher of one process. */
export interface Dispatcher {
  /** Begins to tell on its own, once a second, until `stop`. */
  run(): void
  /** What the journal could not take, told without it. */
  tellDirect(event: NotifyEvent): void
  /** Tells what is settled and waits for the channels, at most so long. */
  flush(limitMs: number): Promise<FlushEnd>
  /** Somebody has mended something: what waits is due now, however often it failed. */
  hurry(): void
  /** A sentence for each expected run that is missing now. */
  missedRuns(): readonly string[]
  /** Ends `run`; what is under way is waited for by `flush`. */
  stop(): void
}

const LOOK_MS = 1_000
/** With more events than one look takes, the next look comes at once. */
const EVENTS_A_LOOK = 500
const AGAIN_MS = 50
/** What a new watch does not raise again within this time is over. */
const CONFIRM_MS = 60_000
/** So many messages may wait for a channel; then alerts stay in the memory, where equal ones become one. */
const MOST_WAITING = 100
/** The cursor alone is written so often: it only spares a second reading. */
const CURSOR_MS = 60_000

/** Creates a dispatcher that tells of what happens from now on, and of what an earlier one had still to tell. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock, sender, store } = options
  const work = createWork(options)
  const { direct } = work
  let cancel: (() => void) | undefined
  const look = (isFinal: boolean): void => {
    const mustWrite = direct.isOpen()
    if (attemptLook(work, { isFinal, mustWrite }) && mustWrite) direct.journalWorks()
    direct.look()
  }
  const again = (): void => {
    look(false)
    cancel = clock.setTimer(work.hasMore ? AGAIN_MS : LOOK_MS, again)
  }
  attempt(work, () => beginNews(store))
  return {
    run() {
      if (cancel !== undefined) return
      work.isRunning = true
      work.due.confirmMs = clock.monotonicMs() + CONFIRM_MS
      cancel = clock.setTimer(LOOK_MS, again)
    },
    tellDirect: direct.tell,
    flush: (limitMs) => flush(work, limitMs, look),
    hurry() {
      attempt(work, () => store.hurryMessages(sender.channels))
    },
    missedRuns: () => missedRuns(work.known?.state.alerts ?? []),
    stop() {
      cancel?.()
      cancel = undefined
    },
  }
}

function createWork(options: DispatcherOptions): Work {
  const { clock, sender, logger, policy } = options
  const troubles: DeliveryTrouble[] = []
  const onTrouble = (trouble: DeliveryTrouble): void => {
    troubles.push(trouble)
    const event = eventOf(trouble)
    if (event !== undefined) options.onEvent(event)
  }
  const cursorMs = clock.monotonicMs() + CURSOR_MS
  return {
    ...options,
    delivery: createDelivery({ ...options, onTrouble }),
    direct: createDirectAlerts({ clock, sender, logger, network: policy.network }),
    beganAtMs: clock.now(),
    due: { runsMs: 0, cursorMs, confirmMs: Infinity, dropMs: 0 },
    troubles,
    known: undefined,
    isRunning: false,
    hasMore: false,
    isBroken: false,
    serial: 0,
  }
}

interface Look {
  /** The command ends. */
  readonly isFinal: boolean
  /** The journal is written to, whether there is anything to write or not: whether it works is the question. */
  readonly mustWrite: boolean
}

function attemptLook(work: Work, how: Look): boolean {
  const isDone = attempt(work, () => {
    lookOnce(work, how)
    work.delivery.start()
  })
  if (isDone) work.isBroken = false
  return isDone
}

function lookOnce(work: Work, { isFinal, mustWrite }: Look): void {
  const { store, clock, due } = work
  const revision = store.notifyMemory()?.revision ?? 0
  const known = readMemory(work, revision)
  const taken = takeAll(work, known, isFinal)
  const { messages, state } = dueMessages(sign(work, ownNews(work, taken, isFinal)), {
    nowMs: clock.now(),
    policy: work.policy,
    facts: work.facts,
    isFinal,
    areAlertsHeld: isCrowded(work),
  })
  const monotonicMs = clock.monotonicMs()
  const isCursorDue = monotonicMs >= due.cursorMs && state.cursor !== known.cursor
  const hasNews = messages.length > 0 || isCursorDue || !isSameMemory(state, known)
  if (!hasNews && !mustWrite) {
    work.known = { revision, state }
    return
  }
  const next = revision + 1
  const outgoing = messages.flatMap((message) => toOutbox(work, message, next))
  if (messages.some(({ kind }) => kind === 'report')) dropReports(work)
  // False: another process has told it meanwhile; the next look sees what is left.
  if (!store.saveNotifyMemory({ revision: next, text: JSON.stringify(state) }, outgoing)) return
  work.known = { revision: next, state }
  due.cursorMs = monotonicMs + CURSOR_MS
  work.troubles.length = 0
}

/** The others see who tells. */
function sign({ isRunning, ownerId }: Work, state: NotifyState): NotifyState {
  return isRunning && state.teller !== ownerId ? { ...state, teller: ownerId } : state
}

/** Parsed once for each revision; what was read since is kept. */
function readMemory({ store, known }: Work, revision: number): NotifyState {
  if (known?.revision === revision) return known.state
  const text = store.notifyMemory()?.text
  const state = text === undefined ? undefined : parseNotifyState(text)
  return state ?? newNotifyState(store.lastEventId())
}

/** At the end of a command everything is read, else a page at a time. */
function takeAll(work: Work, known: NotifyState, isFinal: boolean): NotifyState {
  let state = known
  for (;;) {
    const events = work.store.eventsAfter(state.cursor, EVENTS_A_LOOK)
    work.hasMore = events.length === EVENTS_A_LOOK
    state = takeEvents(state, events)
    if (!isFinal || !work.hasMore) return state
  }
}

function isCrowded({ store, sender }: Work): boolean {
  const counts = store.outboxCounts()
  return sender.channels.every((channel) =>
    counts.some((count) => count.channel === channel && count.waiting >= MOST_WAITING),
  )
}

function toOutbox(work: Work, message: Message, revision: number): readonly NewOutboxMessage[] {
  work.serial += 1
  const envelopeId = `${work.instance}-${revision}-${work.serial}`
  const text = JSON.stringify(message)
  return work.sender.channels.map((channel) => ({
    envelopeId,
    channel,
    kind: message.kind,
    message: text,
  }))
}

function dropReports({ store, clock }: Work): void {
  store.dropMessages({
    createdBeforeMs: clock.now(),
    kind: 'report',
    error: 'a newer one is there',
  })
}
