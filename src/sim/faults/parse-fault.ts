import { HedgebotError } from '../../errors.ts'
import type {
  Fault,
  FaultEffect,
  FaultKind,
  FaultPlan,
  FaultScope,
  HttpFaultAnswer,
} from './fault-plan.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type ReadParameter = (kind: FaultKind, text: string) => FaultEffect

interface KindSyntax {
  /** Shown in error messages. */
  readonly form: string
  /** Absent when the kind has no parameter. */
  readonly read?: ReadParameter
  readonly defaultParameter?: string
}

const HTTP_ANSWERS = '403|405|429|500|502|503|html|garbage'

const SYNTAX: Readonly<Record<FaultKind, KindSyntax>> = {
  unreachable: { form: 'unreachable[:RATIO]' },
  'lost-request': { form: 'lost-request[:RATIO]' },
  'cut-request': { form: 'cut-request[:RATIO]' },
  'lost-answer': { form: 'lost-answer[:RATIO]' },
  'cut-answer': { form: 'cut-answer[:RATIO]' },
  restricted: { form: 'restricted[:RATIO]' },
  maintenance: { form: 'maintenance[:RATIO]' },
  'duplicate-frames': { form: 'duplicate-frames[:RATIO]' },
  'half-open': { form: 'half-open[:RATIO]' },
  silent: { form: 'silent[:RATIO]' },
  drop: { form: 'drop[:RATIO]' },
  delay: { form: 'delay:MS[-MS][:RATIO]', read: readDelay },
  'delay-answer': { form: 'delay-answer:MS[-MS][:RATIO]', read: readDelay },
  'delay-frames': { form: 'delay-frames:MS[-MS][:RATIO]', read: readDelay },
  http: { form: `http:${HTTP_ANSWERS}[:RATIO]`, read: readHttp },
  'http-after': { form: `http-after:${HTTP_ANSWERS}[:RATIO]`, read: readHttp },
  reject: { form: 'reject:CODE[:RATIO]', read: readCode },
  'sequencer-refusal': {
    form: 'sequencer-refusal[:CODE][:RATIO]',
    read: readCode,
    defaultParameter: '21739',
  },
  'clock-skew': { form: 'clock-skew:MS', read: readSkew },
  'thin-book': { form: 'thin-book:FACTOR', read: readFactor },
  drain: { form: 'drain:USD', read: readUsd },
}

/**
 * Reads one fault.
 *
 *     KIND[:PARAMETER][:RATIO][@KEY=VALUE[,KEY=VALUE]...]
 *
 * Kinds: `unreachable`, `lost-request`, `cut-request`, `lost-answer`, `cut-answer`, `restricted`, `maintenance`,
 * `duplicate-frames`, `half-open`, `silent`, `drop` (no parameter); `delay:50-400`, `delay-answer:MS`,
 * `delay-frames:MS`; `http:429`, `http-after:500` (403, 405, 429, 500, 502, 503, html, garbage);
 * `reject:21739`; `sequencer-refusal:21739`; `clock-skew:-1500`; `thin-book:0.05`; `drain:90`.
 * RATIO is the chance at each occasion (default 1). Keys: `account=INDEX`, `ip=ADDRESS`, `endpoint=sendTx`,
 * `channel=account_all_positions`, `at=10s` or `from=10s`, `until=20s` or `for=10s`, `times=N`;
 * durations are `ms`, `s`, `m`, `h` or plain milliseconds, counted from the start of the simulator.
 *
 * Examples: `lost-answer:0.1`, `reject:21739@account=3`, `half-open@at=30s,times=1`.
 *
 * @throws HedgebotError kind `usage`, code `fault_syntax`
 */
export function parseFault(text: string): Fault {
  const at = text.indexOf('@')
  const head = at < 0 ? text : text.slice(0, at)
  const [name = '', ...parts] = head.split(':')
  if (!isFaultKind(name)) {
    throw syntaxError(text, `no fault is called "${name}"`, Object.keys(SYNTAX).join(', '))
  }
  const syntax = SYNTAX[name]
  try {
    const { effect, ratioText } = readEffect(name, syntax, parts)
    const scope = readScope(at < 0 ? '' : text.slice(at + 1), name)
    return { effect, scope: { ...scope, ratio: readRatio(ratioText) } }
  } catch (error) {
    if (error instanceof SyntaxError) throw syntaxError(text, error.message, syntax.form)
    throw error
  }
}

/**
 * Reads several faults, one text each; the order is kept.
 * @throws HedgebotError kind `usage`, code `fault_syntax`
 */
export function parseFaultPlan(texts: readonly string[]): FaultPlan {
  return texts.map(parseFault)
}

function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(SYNTAX, name)
}

function readEffect(
  kind: FaultKind,
  syntax: KindSyntax,
  parts: readonly string[],
): { effect: FaultEffect; ratioText: string | undefined } {
  if (syntax.read === undefined) {
    if (parts.length > 1) throw new SyntaxError('it takes a ratio only')
    return { effect: { kind } as FaultEffect, ratioText: parts[0] }
  }
  const isParameterLeftOut =
    syntax.defaultParameter !== undefined && (parts.length === 0 || isRatioOnly(parts))
  const parameter = isParameterLeftOut ? syntax.defaultParameter : parts[0]
  const rest = isParameterLeftOut ? parts : parts.slice(1)
  if (parameter === undefined || parameter === '') throw new SyntaxError('its parameter is missing')
  if (rest.length > 1) throw new SyntaxError('too many parts')
  return { effect: syntax.read(kind, parameter), ratioText: rest[0] }
}

/** A lone value of at most 1 cannot be a venue code. */
function isRatioOnly(parts: readonly string[]): boolean {
  return parts.length === 1 && Number(parts[0]) <= 1
}

function readRatio(text: string | undefined): number {
  if (text === undefined) return 1
  const ratio = readNumber(text, 'ratio')
  if (ratio < 0 || ratio > 1) throw new SyntaxError(`the ratio ${text} is not between 0 and 1`)
  return ratio
}

function readDelay(kind: FaultKind, text: string): FaultEffect {
  const [from = '', to = from] = text.split('-')
  const minMs = readDuration(from)
  const maxMs = readDuration(to)
  if (maxMs < minMs) throw new SyntaxError(`the delay ${text} ends before it begins`)
  return { kind: kind as 'delay', minMs, maxMs }
}

function readHttp(kind: FaultKind, text: string): FaultEffect {
  if (!HTTP_ANSWERS.split('|').includes(text))
    throw new SyntaxError(`no answer is called "${text}"`)
  return { kind: kind as 'http', answer: text as HttpFaultAnswer }
}

function readCode(kind: FaultKind, text: string): FaultEffect {
  if (!/^\d{5}$/.test(text)) throw new SyntaxError(`"${text}" is not a venue code of five digits`)
  return { kind: kind as 'reject', code: Number(text) }
}

function readSkew(_kind: FaultKind, text: string): FaultEffect {
  const isBehind = text.startsWith('-')
  const skewMs = readDuration(isBehind ? text.slice(1) : text)
  return { kind: 'clock-skew', skewMs: isBehind ? -skewMs : skewMs }
}

function readFactor(_kind: FaultKind, text: string): FaultEffect {
  const factor = readNumber(text, 'factor')
  if (factor < 0) throw new SyntaxError('the factor is negative')
  return { kind: 'thin-book', factor }
}

function readUsd(_kind: FaultKind, text: string): FaultEffect {
  if (!/^\d{1,15}(\.\d{1,6})?$/.test(text))
    throw new SyntaxError(`"${text}" is not an amount in USD`)
  return { kind: 'drain', usd: text }
}

function readScope(text: string, kind: FaultKind): FaultScope {
  const scope: Mutable<FaultScope> = {
    ratio: 1,
    fromMs: 0,
    untilMs: Number.POSITIVE_INFINITY,
    maxTimes: kind === 'drain' ? 1 : Number.POSITIVE_INFINITY,
  }
  let forMs: number | undefined
  const seen = new Set<string>()
  for (const pair of text === '' ? [] : text.split(',')) {
    const equals = pair.indexOf('=')
    const value = pair.slice(equals + 1)
    if (equals < 1 || value === '') throw new SyntaxError(`"${pair}" is not KEY=VALUE`)
    const key = pair.slice(0, equals)
    const sense = key === 'at' ? 'from' : key === 'for' ? 'until' : key
    if (seen.has(sense)) throw new SyntaxError(`"${key}" says again what was said before`)
    seen.add(sense)
    if (key === 'for') forMs = readDuration(value)
    else setScopeKey(scope, key, value)
  }
  if (forMs !== undefined) scope.untilMs = scope.fromMs + forMs
  if (scope.untilMs <= scope.fromMs) throw new SyntaxError('it would end before it begins')
  return scope
}

function setScopeKey(scope: Mutable<FaultScope>, key: string, value: string): void {
  if (key === 'account') scope.accountIndex = readWhole(value, 'account index')
  else if (key === 'ip') scope.ip = value
  else if (key === 'endpoint') scope.endpoint = value
  else if (key === 'channel') scope.channel = value
  else if (key === 'at' || key === 'from') scope.fromMs = readDuration(value)
  else if (key === 'until') scope.untilMs = readDuration(value)
  else if (key === 'times') scope.maxTimes = readWhole(value, 'number of times')
  else throw new SyntaxError(`no key is called "${key}"`)
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  '': 1,
}

/** A clock that is off by more shows dates that there are not. */
const LONGEST_MS = 366 * 86_400_000

function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text)
  const unitMs = UNIT_MS[match?.[2] ?? 'none']
  if (match === null || unitMs === undefined) throw new SyntaxError(`"${text}" is not a duration`)
  const ms = Number(match[1]) * unitMs
  if (ms > LONGEST_MS) throw new SyntaxError(`"${text}" is longer than a year`)
  return ms
}

function readWhole(text: string, what: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new SyntaxError(`"${text}" is not a ${what}`)
  return Number(text)
}

function readNumber(text: string, what: string): number {
  if (!/^-?\d{1,9}(\.\d+)?$/.test(text)) throw new SyntaxError(`"${text}" is not a ${what}`)
  return Number(text)
}

function syntaxError(text: string, why: string, form: string): HedgebotError {
  return new HedgebotError('usage', shortened(`fault "${shortened(text)}": ${why}`), {
    code: 'fault_syntax',
    hint: `allowed: ${form}`,
  })
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}
