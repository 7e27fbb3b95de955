/**
 * Alerts are states and not lines: each is raised, told again when it happens often or lasts, told when it gets worse,
 * and told when it is over. Pure, and bounded whatever happens.
 * @module
 */
import type { JournalEvent } from '../../ports.ts'
import { endedBy, isAlertKind, ruleOf, severityOf } from './catalogue.ts'
import type { Severity } from '../message.ts'

/** One thing that is wrong, or was. */
export interface AlertEntry {
  readonly key: string
  readonly kind: string
  readonly hedgeId?: string
  readonly account?: string
  readonly severity: Severity
  /** The newest words. */
  readonly message: string
  readonly sinceMs: number
  readonly lastMs: number
  /** How often it was raised. */
  readonly count: number
  readonly endedAtMs?: number
  /** Nobody said that it is over: it was only not seen again. */
  readonly isEndAssumed?: boolean
  /** It stands for many, which had no room. */
  readonly isSum?: boolean
  /** What the owner knows; undefined while that is nothing. */
  readonly told?: {
    readonly atMs: number
    readonly severity: Severity
    readonly count: number
    /** The owner was told that it is over. */
    readonly isOver: boolean
  }
}

/** What the owner is to hear of an entry. */
export interface AlertChange {
  readonly change: 'raised' | 'escalated' | 'repeated' | 'recovered'
  readonly entry: AlertEntry
}

/** More at once are one of their kind: 10,000 accounts are not 10,000 entries. */
const MOST_ENTRIES = 300
const HOUR_MS = 3_600_000
/** The occurrence at which something that happens again is told again. */
const TENTH = 10
/** What comes and goes is told again only when it stays. */
const STAYS_MS = 60_000
/** So long it is remembered that something was over. */
const REMEMBERED_MS = 15 * 60_000
const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 }

/** True when `severity` weighs at least as much as `least`. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return RANK[severity] >= RANK[least]
}

/** The heavier one. */
export function worseOf(a: Severity, b: Severity): Severity {
  return RANK[a] >= RANK[b] ? a : b
}

/** The entries after an event of the journal. */
export function takeAlertEvent(
  entries: readonly AlertEntry[],
  event: JournalEvent,
): readonly AlertEntry[] {
  const { kind, hedgeId, account, level, message, atMs } = event
  const ended = endEntries(entries, event)
  if (kind.endsWith('_over') || level === 'info' || !isAlertKind(kind)) return ended
  return raise(ended, {
    kind,
    severity: severityOf(kind, level),
    message,
    atMs,
    ...(hedgeId === undefined ? {} : { hedgeId }),
    ...(account === undefined ? {} : { account }),
  })
}

/** What is raised. */
export interface Raised {
  readonly kind: string
  readonly severity: Severity
  readonly message: string
  readonly atMs: number
  readonly hedgeId?: string
  readonly account?: string
  /** Tells apart what has neither hedge nor account. */
  readonly name?: string
}

/** The entries after something was raised. */
export function raise(entries: readonly AlertEntry[], raised: Raised): readonly AlertEntry[] {
  const key = keyOf(raised)
  const at = entries.findIndex((entry) => entry.key === key)
  const before = entries[at]
  if (before !== undefined) return entries.with(at, raiseAgain(before, raised))
  if (entries.length >= MOST_ENTRIES) return raiseSum(entries, raised)
  return [...entries, newEntry(key, raised)]
}

function newEntry(key: string, raised: Raised): AlertEntry {
  const { kind, hedgeId, account, severity, message, atMs } = raised
  return {
    key,
    kind,
    severity,
    message,
    sinceMs: atMs,
    lastMs: atMs,
    count: 1,
    ...(hedgeId === undefined ? {} : { hedgeId }),
    ...(account === undefined ? {} : { account }),
  }
}

/** What is raised once more while it holds only counts; what had ended begins anew. */
function raiseAgain(before: AlertEntry, { severity, message, atMs }: Raised): AlertEntry {
  const { endedAtMs, isEndAssumed: _, ...entry } = before
  const more = { message, lastMs: atMs, count: before.count + 1 }
  if (endedAtMs !== undefined) return { ...entry, ...more, severity, sinceMs: atMs }
  return { ...entry, ...more, severity: worseOf(severity, before.severity) }
}

/** One entry for all of a kind that have no room. */
function raiseSum(entries: readonly AlertEntry[], raised: Raised): readonly AlertEntry[] {
  const { kind, severity, message, atMs } = raised
  const key = `${kind}/*`
  const at = entries.findIndex((entry) => entry.key === key)
  const before = entries[at]
  if (before !== undefined) return entries.with(at, raiseAgain(before, raised))
  return [...entries, { ...newEntry(key, { kind, severity, message, atMs }), isSum: true }]
}

/** The entries after `name` of `kind` is over. */
export function end(
  entries: readonly AlertEntry[],
  over: Pick<Raised, 'kind' | 'hedgeId' | 'account' | 'name' | 'atMs'>,
): readonly AlertEntry[] {
  const key = keyOf(over)
  return entries.map((entry) =>
    entry.key === key && entry.endedAtMs === undefined ? { ...entry, endedAtMs: over.atMs } : entry,
  )
}

function keyOf({
  kind,
  hedgeId,
  account,
  name,
}: Pick<Raised, 'kind' | 'hedgeId' | 'account' | 'name'>): string {
  return [kind, hedgeId, account, name].filter((part) => part !== undefined).join('/')
}

const HEDGE_ENDS: ReadonlySet<string> = new Set(['hedge_closed', 'hedge_aborted'])

function endEntries(entries: readonly AlertEntry[], event: JournalEvent): readonly AlertEntry[] {
  const { kind, hedgeId, account, atMs } = event
  const kinds = endedBy(kind)
  const isHedgeEnd = HEDGE_ENDS.has(kind)
  if (kinds.length === 0 && !isHedgeEnd) return entries
  return entries.map((entry) => {
    if (entry.endedAtMs !== undefined || !ruleOf(entry.kind).hasEnd) return entry
    const isOver = isHedgeEnd
      ? hedgeId !== undefined && entry.hedgeId === hedgeId
      : kinds.includes(entry.kind) && entry.hedgeId === hedgeId && entry.account === account
    return isOver ? { ...entry, endedAtMs: atMs } : entry
  })
}

/** What is to be told now, and the entries once it is. */
export interface DueAlerts {
  readonly changes: readonly AlertChange[]
  readonly entries: readonly AlertEntry[]
}

/** Decides what the owner is to hear. Whatever is over and was never told, and whatever grew old, is forgotten. */
export function dueAlerts(
  entries: readonly AlertEntry[],
  { nowMs, least, isPatient }: AlertTiming,
): DueAlerts {
  const changes: AlertChange[] = []
  const kept: AlertEntry[] = []
  for (const entry of entries) {
    const change = changeOf(entry, { nowMs, least, isPatient })
    if (change !== undefined) changes.push({ change, entry })
    const next = change === undefined ? entry : markTold(entry, nowMs)
    if (!isForgotten(next, nowMs)) kept.push(next)
  }
  return { changes, entries: kept }
}

/** What decides beside the entries. */
export interface AlertTiming {
  readonly nowMs: number
  /** The least weight that is told. */
  readonly least: Severity
  /** False at the end of a command: nobody waits any longer whether something mends itself. */
  readonly isPatient: boolean
}

function changeOf(entry: AlertEntry, timing: AlertTiming): AlertChange['change'] | undefined {
  const { told, severity, endedAtMs } = entry
  if (!isAtLeast(severity, timing.least)) return undefined
  if (told === undefined) return isWorthTelling(entry, timing) ? 'raised' : undefined
  if (endedAtMs !== undefined) return told.isOver ? undefined : 'recovered'
  if (told.isOver) return changeOfReturned(entry, timing)
  if (!isAtLeast(told.severity, severity)) return 'escalated'
  return isRepeated(entry, timing.nowMs) ? 'repeated' : undefined
}

/** What needs somebody is told even when it is over by then; the rest has to last. */
function isWorthTelling(entry: AlertEntry, { nowMs, isPatient }: AlertTiming): boolean {
  const { patienceMs } = ruleOf(entry.kind)
  if (entry.endedAtMs !== undefined) return patienceMs === 0 && entry.severity === 'critical'
  return !isPatient || nowMs - entry.sinceMs >= patienceMs
}

/** It was over and is back: told at once when it is critical, else when it stays or keeps coming. */
function changeOfReturned(
  { severity, sinceMs, count, told }: AlertEntry,
  { nowMs }: AlertTiming,
): AlertChange['change'] | undefined {
  if (severity === 'critical' || nowMs - sinceMs >= STAYS_MS) return 'raised'
  return count - (told?.count ?? 0) >= TENTH ? 'repeated' : undefined
}

function isRepeated({ kind, count, told, isSum }: AlertEntry, nowMs: number): boolean {
  if (told === undefined) return false
  if (count >= TENTH && told.count < TENTH) return true
  const isStill = (ruleOf(kind).hasEnd && isSum !== true) || count > told.count
  return isStill && nowMs - told.atMs >= HOUR_MS
}

function markTold(entry: AlertEntry, nowMs: number): AlertEntry {
  const { severity, count, endedAtMs } = entry
  return { ...entry, told: { atMs: nowMs, severity, count, isOver: endedAtMs !== undefined } }
}

function isForgotten({ kind, endedAtMs, lastMs, told, isSum }: AlertEntry, nowMs: number): boolean {
  if (endedAtMs !== undefined) return told === undefined || nowMs - endedAtMs >= REMEMBERED_MS
  return (!ruleOf(kind).hasEnd || isSum === true) && nowMs - lastMs >= HOUR_MS
}

/** Raised by the dispatcher, which knows itself when they end. */
const OWN_KINDS: ReadonlySet<string> = new Set(['run_missed', 'channel_failing', 'journal_trouble'])

/** When a watch began, and what it can know. */
export interface Confirmation {
  readonly beganAtMs: number
  readonly nowMs: number
  /** False for a command that ends: of hedges that live it knows nothing. */
  readonly isWatching: boolean
  readonly isLive: (hedgeId: string) => boolean
}

/**
 * What was raised before a run began and was not raised again by it is over: whoever would have said so is gone. What
 * the ledger says holds as long as its hedge lives.
 */
export function endUnconfirmed(
  entries: readonly AlertEntry[],
  { beganAtMs, nowMs, isWatching, isLive }: Confirmation,
): readonly AlertEntry[] {
  return entries.map((entry) => {
    const { kind, hedgeId, endedAtMs, lastMs } = entry
    const rule = ruleOf(kind)
    if (endedAtMs !== undefined || lastMs >= beganAtMs) return entry
    if (OWN_KINDS.has(kind) || !rule.hasEnd) return entry
    const canBeHeld = rule.isOfLedger === true || !isWatching
    const isHeld = canBeHeld && hedgeId !== undefined && isLive(hedgeId)
    return isHeld ? entry : { ...entry, endedAtMs: nowMs, isEndAssumed: true }
  })
}
