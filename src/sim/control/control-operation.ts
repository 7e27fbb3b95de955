import { HedgebotError } from '../../errors.ts'
import type { SimAccount, SimMarket } from '../core/core-model.ts'
import type { WireObject } from '../gateway/wire-json.ts'
import type { Stage } from '../stage/stage.ts'
import type { ControlInput } from './control-input.ts'

/** What operations work on. */
export interface ControlScene {
  readonly stage: Stage
  /** Markets whose house quotes were taken away. */
  readonly emptyBooks: Set<number>
  /** The venue's present, milliseconds since 1970. */
  nowMs(): number
}

/** One thing that can be asked for. It reads its whole input before it changes anything. */
export interface ControlOperation {
  /** What it does, one line. */
  readonly summary: string
  /** Members that the request may have. */
  readonly keys: readonly string[]
  /** Requests that would do, JSON. */
  readonly examples: readonly [string, ...string[]]
  /**
   * @throws HedgebotError kind `usage` for what cannot be read, kind `refused` with code `control_not_found` for what
   * does not exist, and with another code for what cannot be done now
   */
  run(scene: ControlScene, input: ControlInput): WireObject
}

/** Operations by the name that asks for them. */
export type ControlOperations = Readonly<Record<string, ControlOperation>>

/** The error for something that is asked for and does not exist. */
export function notFound(what: string, hint: string): HedgebotError {
  return new HedgebotError('refused', what, { code: 'control_not_found', hint })
}

/**
 * The market under `market`: a symbol or an index.
 * @throws HedgebotError code `control_not_found`
 */
export function readMarket({ stage: { core } }: ControlScene, input: ControlInput): SimMarket {
  const wanted = input.reference('market')
  const markets = [...core.markets.values()]
  const found = markets.find(
    ({ symbol, marketIndex }) => symbol === wanted.toUpperCase() || String(marketIndex) === wanted,
  )
  if (found !== undefined) return found
  const symbols = markets.map(({ symbol }) => symbol).join(', ')
  throw notFound(`there is no market "${wanted}"`, `Markets: ${symbols}.`)
}

/**
 * The account under `account`: a name of the stage or an index. Accounts of the exchange are not for control.
 * @throws HedgebotError code `control_not_found`
 */
export function readAccount(scene: ControlScene, input: ControlInput): SimAccount {
  const { stage } = scene
  const wanted = input.reference('account')
  const named = stage.accounts.find(({ name }) => name === wanted)?.accountIndex
  const account = stage.core.account(named ?? indexOf(wanted))
  if (account !== undefined && isClientAccount(scene, account)) return account
  throw notFound(`there is no account "${wanted}"`, 'GET /state lists names and indices.')
}

/** Whether an account belongs to an owner of the stage: all others are the exchange's, its makers' and its public's. */
export function isClientAccount({ stage }: ControlScene, { l1Address }: SimAccount): boolean {
  return stage.accounts.some((account) => account.l1Address.toLowerCase() === l1Address)
}

function indexOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : -1
}
