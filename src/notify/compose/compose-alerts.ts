import { countOf } from '../../ui/format-number.ts'
import type { AlertChange, AlertEntry } from '../memory/alert-memory.ts'
import { worseOf } from '../memory/alert-memory.ts'
import { ruleOf } from '../memory/catalogue.ts'
import type { Block, Message, Severity, Tone } from '../message.ts'
import type { ComposeContext } from './words.ts'
import { firstOf, messageOf, spanText, timeText } from './words.ts'

/** So many words of one kind are written out. */
const MOST_LINES = 12

/** Entries of one kind that changed in one way: equal alerts of many accounts. */
interface Group {
  readonly kind: string
  readonly change: AlertChange['change']
  readonly severity: Severity
  readonly entries: readonly AlertEntry[]
}

/** One message for everything that the owner is to hear of now. */
export function composeAlerts(context: ComposeContext, changes: readonly AlertChange[]): Message {
  const groups = groupsOf(changes)
  const news = groups.filter(({ change }) => change !== 'recovered')
  const told = news.length > 0 ? news : groups
  const thread = threadOf(groups)
  return messageOf(context, {
    kind: news.length > 0 ? 'alert' : 'recovered',
    severity: news.reduce<Severity>((worst, { severity }) => worseOf(worst, severity), 'info'),
    title: titleOf(told),
    blocks: groups.flatMap((group) => groupBlocks(group, context.nowMs)),
    ...(thread === undefined ? {} : { thread }),
  })
}

const CHANGE_RANK: readonly AlertChange['change'][] = [
  'escalated',
  'raised',
  'repeated',
  'recovered',
]

/** The most pressing first. */
function groupsOf(changes: readonly AlertChange[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const { change, entry } of changes) {
    const key = `${change}/${entry.kind}`
    const before = groups.get(key)
    groups.set(key, {
      kind: entry.kind,
      change,
      severity: worseOf(before?.severity ?? 'info', entry.severity),
      entries: [...(before?.entries ?? []), entry],
    })
  }
  return [...groups.values()].sort((a, b) => rankOf(a) - rankOf(b))
}

function rankOf({ change, severity }: Group): number {
  const weight = severity === 'critical' ? 0 : severity === 'warning' ? 1 : 2
  return (change === 'recovered' ? 100 : 0) + weight * 10 + CHANGE_RANK.indexOf(change)
}

/** An alert and its end are one conversation, where the message is about one thing. */
function threadOf(groups: readonly Group[]): string | undefined {
  const [first, second] = groups
  const entry = first?.entries[0]
  if (entry === undefined || second !== undefined || first?.entries.length !== 1) return undefined
  return `${entry.key}/${entry.sinceMs}`
}

function titleOf(groups: readonly Group[]): string {
  const [only] = groups
  const [entry] = only?.entries ?? []
  if (groups.length === 1 && only?.entries.length === 1 && entry !== undefined) {
    return `${ruleOf(only.kind).title}: ${entry.message}`
  }
  return firstOf(groups.map(groupTitle), 3).join(', ')
}

/** `Proxy down (3)`. */
function groupTitle({ kind, entries }: Group): string {
  const { title } = ruleOf(kind)
  return entries.length === 1 ? title : `${title} (${entries.length})`
}

const CHANGE_WORDS: Readonly<Record<AlertChange['change'], string>> = {
  raised: '',
  escalated: ': worse now',
  repeated: ': again, or still so',
  recovered: ': over',
}

function groupBlocks(group: Group, nowMs: number): readonly Block[] {
  const { kind, change, entries } = group
  const isOver = change === 'recovered'
  return [
    {
      kind: 'heading',
      text: `${groupTitle(group)}${CHANGE_WORDS[change]}`,
      tone: isOver ? 'good' : toneOf(group.severity),
    },
    {
      kind: 'list',
      items: firstOf(
        entries.map((entry) => lineOf(entry, isOver, nowMs)),
        MOST_LINES,
      ),
    },
    ...(isOver ? [] : [{ kind: 'advice' as const, text: ruleOf(kind).advice }]),
  ]
}

function toneOf(severity: Severity): Tone {
  if (severity === 'critical') return 'bad'
  return severity === 'warning' ? 'warning' : 'muted'
}

function lineOf(entry: AlertEntry, isOver: boolean, nowMs: number): string {
  const { message, sinceMs, lastMs, endedAtMs, isEndAssumed, count, isSum } = entry
  const often = count > 1 ? `, ${countOf(count, 'time')}` : ''
  const since = timeText(sinceMs, nowMs)
  const sum = isSum === true ? ' (one of many)' : ''
  if (endedAtMs === undefined) return `${message}${sum} (since ${since}${often})`
  if (isEndAssumed === true) {
    return `${message} (from ${since}; last seen ${timeText(lastMs, nowMs)}, and not since)`
  }
  const lasted = `lasted ${spanText(endedAtMs - sinceMs)}`
  return isOver
    ? `${message} (from ${since}, ${lasted}${often})`
    : `${message} (${since}, over again: ${lasted}${often})`
}
