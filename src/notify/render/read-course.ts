import { cleanLine } from './clean-line.ts'
import type { Bar, Block } from '../message.ts'

/** A course of a message. */
export type CourseBlock = Extract<Block, { kind: 'course' }>

/** One bar with what can be measured of it. */
export interface CoursePoint {
  readonly label: string
  /** As composed, digit by digit; `?` in a gap. */
  readonly text: string
  /** For heights only, never to be written; undefined in a gap. */
  readonly height: number | undefined
}

/** A course as the renderers draw it. */
export interface CourseShape {
  readonly points: readonly CoursePoint[]
  /** Zero where nothing is above zero. */
  readonly topHeight: number
  /** Zero or below. */
  readonly bottomHeight: number
  /** `lowest -12.10 at 03:00`, `highest ...`, `last ...`; empty when all is a gap. */
  readonly facts: readonly string[]
}

const DECIMAL = /^[+-]?\d+(\.\d+)?$/

/** What is not a decimal text counts as a gap: a bar must never show what nobody measured. */
export function readCourse({ bars }: CourseBlock): CourseShape {
  const points = bars.map(readPoint)
  const seen = points.filter((point) => point.height !== undefined)
  const heights = seen.map(({ height = 0 }) => height)
  return {
    points,
    topHeight: heights.reduce((most, height) => Math.max(most, height), 0),
    bottomHeight: heights.reduce((least, height) => Math.min(least, height), 0),
    facts: describe(seen),
  }
}

function readPoint({ label, value }: Bar): CoursePoint {
  const text = cleanLine(value ?? '')
  const plain = text.replaceAll(',', '')
  const height = DECIMAL.test(plain) ? Number(plain) : Number.NaN
  const isKnown = Number.isFinite(height)
  return {
    label: cleanLine(label),
    text: isKnown ? text : '?',
    height: isKnown ? height : undefined,
  }
}

function describe(seen: readonly CoursePoint[]): readonly string[] {
  const [first] = seen
  const last = seen.at(-1)
  if (first === undefined || last === undefined) return []
  const pick = (isBetter: (height: number, best: number) => boolean): CoursePoint =>
    seen.reduce((best, point) => (isBetter(point.height ?? 0, best.height ?? 0) ? point : best))
  const say = (word: string, { text, label }: CoursePoint): string => `${word} ${text} at ${label}`
  return [
    say(
      'lowest',
      pick((height, best) => height < best),
    ),
    say(
      'highest',
      pick((height, best) => height > best),
    ),
    say('last', last),
  ]
}
