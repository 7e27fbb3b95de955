import { HedgebotError } from '../../errors.ts'
import type { ScenarioName } from './scenarios.ts'
import { isScenarioName, SCENARIO_NAMES } from './scenarios.ts'

/** What moves one market. */
export type MarketChoice =
  | { readonly kind: 'scenario'; readonly name: ScenarioName }
  /** As typed. */
  | { readonly kind: 'file'; readonly file: string }

/** The typed options: each `NAME` or `SYMBOL=NAME`, each `FILE` (for BTC) or `SYMBOL=FILE`. */
export interface TypedMarkets {
  readonly markets: readonly string[]
  readonly paths: readonly string[]
}

const DEFAULT_NAME: ScenarioName = 'calm'
const PATH_SYMBOL = 'BTC'

/**
 * Reads `--market` and `--path`: what each market follows, by symbol, in the order of the symbols. A name without a
 * symbol is for all markets that are not named otherwise; the default is calm.
 * @throws HedgebotError kind `usage`, codes `market_unknown`, `scenario_unknown`, `market_chosen_twice`
 */
export function chooseMarkets(
  { markets, paths }: TypedMarkets,
  symbols: readonly string[],
): ReadonlyMap<string, MarketChoice> {
  const chosen = new Map<string, MarketChoice>()
  const choose = (symbol: string, choice: MarketChoice): void => {
    if (chosen.has(symbol)) throw chosenTwice(symbol)
    chosen.set(symbol, choice)
  }
  let forOthers: ScenarioName | undefined
  for (const typed of paths) {
    const { symbol = PATH_SYMBOL, value } = readAssignment(typed, symbols)
    choose(symbol, { kind: 'file', file: value })
  }
  for (const typed of markets) {
    const { symbol, value } = readAssignment(typed, symbols)
    const name = readName(value)
    if (symbol !== undefined) choose(symbol, { kind: 'scenario', name })
    else if (forOthers !== undefined) throw chosenTwice('all markets')
    else forOthers = name
  }
  const others: MarketChoice = { kind: 'scenario', name: forOthers ?? DEFAULT_NAME }
  return new Map(symbols.map((symbol) => [symbol, chosen.get(symbol) ?? others]))
}

/** A file whose own name looks like an assignment can be given with its folder: `./a=b.csv`. */
function readAssignment(
  typed: string,
  symbols: readonly string[],
): { readonly symbol: string | undefined; readonly value: string } {
  const match = /^([A-Za-z0-9]+)=(.+)$/.exec(typed)
  if (match === null) return { symbol: undefined, value: typed }
  const [, word = '', value = ''] = match
  const symbol = symbols.find((known) => known === word.toUpperCase())
  if (symbol !== undefined) return { symbol, value }
  throw new HedgebotError('usage', `the simulated exchange has no market ${word}`, {
    code: 'market_unknown',
    hint: `markets: ${symbols.join(', ')}`,
  })
}

function readName(value: string): ScenarioName {
  if (isScenarioName(value)) return value
  throw new HedgebotError('usage', `no market behaves like "${value}"`, {
    code: 'scenario_unknown',
    hint: `--market takes ${SCENARIO_NAMES.join(', ')}, or one of them for one market as in BTC=crash`,
  })
}

function chosenTwice(what: string): HedgebotError {
  return new HedgebotError('usage', `it is said twice what ${what} should follow`, {
    code: 'market_chosen_twice',
    hint: 'one --market or one --path for each market; --path without a symbol is BTC',
  })
}
