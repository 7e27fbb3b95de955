import type { Draw } from './draw.ts'

/** How an input ended that found nothing: refused with a name, or taken for what it is. */
export type Outcome = 'named error' | 'accepted'

/** One border of the program, and how an input for it is made and judged. */
export interface FuzzTarget {
  readonly name: string
  /** Its share of the inputs of a run. */
  readonly weight: number
  /** An input that takes longer hangs. */
  readonly limitMs: number
  /** Work of one input in milliseconds of CPU time; more is a finding, since an attacker may send it again and again. */
  readonly cpuLimitMs: number
  /** Builds what all inputs share, once in a process; must not depend on chance. */
  prepare?(): Promise<void>
  /**
   * Makes one input of these choices, gives it to the border and judges what comes out.
   * @throws Finding when something is wrong; anything else that is thrown is one as well
   */
  run(draw: Draw): Promise<Outcome> | Outcome
  /** Ends what `prepare` began. */
  end?(): Promise<void>
}

/** Something that must not happen, with the input that shows it. */
export class Finding extends Error {
  /** The input, or its beginning. */
  readonly input: string

  constructor(what: string, input: unknown = '') {
    super(what)
    this.name = 'Finding'
    this.input = shown(input)
  }
}

const LONGEST_SHOWN = 2_000

function shown(input: unknown): string {
  const text = typeof input === 'string' ? input : JSON.stringify(input, plainBigint)
  return text.length > LONGEST_SHOWN
    ? `${text.slice(0, LONGEST_SHOWN)}... (${text.length} characters)`
    : text
}

function plainBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}

/** States what must hold for an input. @throws Finding */
export function claim(condition: boolean, what: string, input: unknown = ''): asserts condition {
  if (!condition) throw new Finding(what, input)
}
