/**
 * How long each hedge of an opening has to wait until the venue takes its requests (DESIGN.md section 3, rule 11): the
 * plan says it before anyone says yes, and the time that a hedge has for opening begins after it. Pure.
 * @module
 */

/** What waiting depends on. */
export interface WaitOptions {
  readonly hedges: readonly {
    readonly legs: readonly { readonly accountIndex: number }[]
  }[]
  /** Accounts of one owner share a bucket. */
  readonly ownerOf: (accountIndex: number) => string
  /** What may be spent on opening after so long, if nothing is spent until then. */
  readonly unitsIn: (accountIndex: number, inMs: number) => number
}

/** Nonce, leverage, the order with its stops, and one more for an answer that is lost (DESIGN.md section 5). */
export const UNITS_A_LEG = 4
/** Requests count for this long (PROTOCOL.md section 9). */
const WINDOW_MS = 60_000
const STEP_MS = 1_000
/** What does not fit by then does not fit at all. */
const LONGEST_MS = 30 * 60_000

interface Spent {
  readonly owner: string
  readonly inMs: number
  readonly units: number
}

/** Milliseconds for each hedge, in order; 0 for one that can never fit, which its deadline then ends. */
export function planWaits(options: WaitOptions): readonly number[] {
  const spent: Spent[] = []
  return options.hedges.map(({ legs }) => {
    const needs = needsOf(options, legs)
    const startMs = firstFit(options, needs, spent)
    if (startMs === undefined) return 0
    for (const { owner, units } of needs) spent.push({ owner, inMs: startMs, units })
    return startMs
  })
}

interface Need {
  readonly owner: string
  readonly accountIndex: number
  readonly units: number
}

function needsOf(
  { ownerOf }: WaitOptions,
  legs: readonly { readonly accountIndex: number }[],
): readonly Need[] {
  const needs = new Map<string, Need>()
  for (const { accountIndex } of legs) {
    const owner = ownerOf(accountIndex)
    const before = needs.get(owner)?.units ?? 0
    needs.set(owner, { owner, accountIndex, units: before + UNITS_A_LEG })
  }
  return [...needs.values()]
}

function firstFit(
  { unitsIn }: WaitOptions,
  needs: readonly Need[],
  spent: readonly Spent[],
): number | undefined {
  const isFree = ({ owner, accountIndex, units }: Need, inMs: number): boolean => {
    const planned = spent
      .filter((each) => each.owner === owner && each.inMs > inMs - WINDOW_MS)
      .reduce((sum, each) => sum + each.units, 0)
    return unitsIn(accountIndex, inMs) - planned >= units
  }
  for (let inMs = 0; inMs <= LONGEST_MS; inMs += STEP_MS) {
    if (needs.every((need) => isFree(need, inMs))) return inMs
  }
  return undefined
}
