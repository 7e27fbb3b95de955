/**
 * What a drill came to, judged by the exchange's own books only. Pure.
 * @module
 */
import { EXIT } from '../errors.ts'
import type { ExitCode } from '../errors.ts'
import { ZERO } from '../hedge/decimal.ts'
import type { Dec } from '../hedge/decimal.ts'
import type { Nakedness } from './measure-naked.ts'

/** A leg at the end. */
export interface LegEnd {
  readonly account: string
  /** Signed, by the exchange's books. */
  readonly base: Dec
  /** Largest size that the exchange's books ever showed. */
  readonly largestBase: Dec
  /** What the configuration allows it. */
  readonly configuredBase: Dec
}

/** A hedge at the end. */
export interface HedgeEnd {
  readonly name: string
  readonly legs: readonly LegEnd[]
  readonly naked: Nakedness
  /** Its stop was due, or it was told to close: nothing may be left of it. */
  readonly mustBeFlat: boolean
}

/** Everything that decides. */
export interface DrillEnd {
  readonly hedges: readonly HedgeEnd[]
  readonly maxNakedMs: number
  readonly toleranceUsd: Dec
  /** Trades in which both sides were accounts of the drill. */
  readonly ownTrades: number
  /** Undefined where nobody had to be told, or nothing in the configuration can tell. */
  readonly wasTold: boolean | undefined
  /** What else fell short. */
  readonly shortcomings: readonly string[]
}

/** One word, one sentence, one exit code. */
export interface DrillVerdict {
  readonly word: 'passed' | 'safe but' | 'failed' | 'not tried'
  /** What is wrong; empty when it passed. */
  readonly text: string
  readonly exit: ExitCode
}

/** Passed, safe with a shortcoming (exit 3), or failed (exit 4): a leg is alone, or was bought twice. */
export function judgeDrill(end: DrillEnd): DrillVerdict {
  const wrong = [...alone(end), ...tooLarge(end)]
  if (wrong.length > 0) return { word: 'failed', text: wrong.join('; '), exit: EXIT.exposed }
  const short = [
    ...leftOpen(end),
    ...nakedTooLong(end),
    ...ownTrades(end),
    ...end.shortcomings,
    ...untold(end),
  ]
  if (short.length > 0) return { word: 'safe but', text: short.join('; '), exit: EXIT.incomplete }
  return { word: 'passed', text: '', exit: EXIT.done }
}

/** How a hedge stands: nothing of it, all legs against each other, or not in balance. */
export function standOf({ legs }: Pick<HedgeEnd, 'legs'>): 'flat' | 'hedged' | 'naked' {
  if (legs.every(({ base }) => base.isZero())) return 'flat'
  return netBase(legs).isZero() ? 'hedged' : 'naked'
}

function netBase(legs: readonly LegEnd[]): Dec {
  return legs.reduce((sum, { base }) => sum.plus(base), ZERO)
}

function alone({ hedges, toleranceUsd }: DrillEnd): readonly string[] {
  return hedges
    .filter((hedge) => standOf(hedge) === 'naked' && hedge.naked.leftUsd.gt(toleranceUsd))
    .map(({ name, legs, naked }) => {
      const held = legs
        .filter(({ base }) => !base.isZero())
        .map(({ account, base }) => `${account} holds ${base.toFixed()}`)
      return `${name} is naked at the end by ${naked.leftUsd.toFixed(2)} USD (${held.join(', ')})`
    })
}

function tooLarge({ hedges }: DrillEnd): readonly string[] {
  return hedges.flatMap(({ legs }) =>
    legs
      .filter(({ largestBase, configuredBase }) => largestBase.gt(configuredBase))
      .map(
        ({ account, largestBase, configuredBase }) =>
          `${account} once held ${largestBase.toFixed()}, more than the ${configuredBase.toFixed()} of the configuration`,
      ),
  )
}

function leftOpen({ hedges }: DrillEnd): readonly string[] {
  return hedges
    .filter((hedge) => hedge.mustBeFlat && standOf(hedge) !== 'flat')
    .map(({ name }) => `${name} is still open, though it had to be closed`)
}

function nakedTooLong({ hedges, maxNakedMs }: DrillEnd): readonly string[] {
  const longest = Math.max(0, ...hedges.map(({ naked }) => naked.longestMs))
  return longest > maxNakedMs
    ? [
        `a hedge was naked for ${seconds(longest)} s, longer than risk.max_naked_ms (${seconds(maxNakedMs)} s)`,
      ]
    : []
}

function ownTrades({ ownTrades: count }: DrillEnd): readonly string[] {
  return count === 0 ? [] : [`your accounts traded with each other (${count})`]
}

function untold({ wasTold }: DrillEnd): readonly string[] {
  return wasTold === false ? ['nobody was told'] : []
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
