/**
 * Words and numbers that several messages share.
 * @module
 */
import type { Dec } from '../../hedge/decimal.ts'
import { countOf } from '../../ui/format-number.ts'
import type { Message, Tone } from '../message.ts'

/** What every message is made with. */
export interface ComposeContext {
  readonly network: string
  readonly nowMs: number
}

/** A message of this moment. */
export function messageOf(
  { network, nowMs }: ComposeContext,
  rest: Omit<Message, 'network' | 'atMs'>,
): Message {
  return { ...rest, network, atMs: nowMs }
}

const CAUSES: Readonly<Record<string, string>> = {
  user: 'asked for by you',
  stop_loss: 'stop-loss',
  hedge_stop: 'stop of the whole hedge',
  total_stop: 'stop of everything',
  trailing_stop: 'trailing stop',
  take_profit: 'take profit',
  max_hold: 'maximum holding time',
  exchange_stop: 'the stops on the exchange fired',
  liquidation: 'liquidated by the exchange',
  deleverage: 'deleveraged by the exchange',
  closed_elsewhere: 'closed by somebody else',
  leg_vanished: 'a leg vanished',
  fatal: 'closed after a fatal failure (risk.on_fatal)',
  orphaned: 'its run is gone',
  stopped: 'openings are stopped',
  deadline: 'not ready before the deadline',
  attempts_used_up: 'no attempt is left',
  foreign_position: 'an account holds a position that is not ours',
  own_orders_live: 'orders of ours are still live',
}

/** Why a hedge ended, in plain words. */
export function causeText(cause: string | undefined): string {
  if (cause === undefined) return 'not told'
  return CAUSES[cause] ?? cause.replaceAll('_', ' ')
}

/** Green for a gain, red for a loss. */
export function toneOf(value: Dec | undefined): { readonly tone?: Tone } {
  if (value === undefined || value.isZero()) return {}
  return { tone: value.gt(0) ? 'good' : 'bad' }
}

/** The first few, and how many more there are. */
export function firstOf(items: readonly string[], most: number): readonly string[] {
  if (items.length <= most) return items
  return [...items.slice(0, most), `and ${countOf(items.length - most, 'other')}`]
}

/** `3 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** `14:03:22 UTC`, with the day when it is not the same one. */
export function timeText(atMs: number, nowMs: number): string {
  const iso = new Date(atMs).toISOString()
  const time = `${iso.slice(11, 19)} UTC`
  return iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10)
    ? time
    : `${iso.slice(0, 10)} ${time}`
}
