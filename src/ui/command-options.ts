/**
 * What each command is told, already checked for form: the options of CLI.md "Commands" as plain data.
 * @module
 */

/** Which hedges `open` is about: exactly one of `--all`, `--accounts`, `--hedge`, `--next`. */
export type OpenSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'accounts'; readonly names: readonly string[] }
  | { readonly kind: 'hedge'; readonly name: string }
  | { readonly kind: 'next'; readonly count: number }

/** Options of `open`. */
export interface OpenOptions {
  readonly selection: OpenSelection
  readonly isDryRun: boolean
  /** Base coins per account as typed, a positive decimal number; undefined: as configured. */
  readonly sizeBase: string | undefined
  /** 1 to 100; undefined: as configured. */
  readonly leverage: number | undefined
  readonly isFlipped: boolean
  readonly runKey: string | undefined
  /** As typed; the command reads it. */
  readonly notAfter: string | undefined
}

/** Which hedges `close` is about: exactly one of `--all`, `--accounts`, `--hedge`, `--due`. */
export type CloseSelection =
  | { readonly kind: 'all' }
  | { readonly kind: 'accounts'; readonly names: readonly string[] }
  | { readonly kind: 'hedge'; readonly idOrName: string }
  | { readonly kind: 'due' }

/** Options of `close`. With `isFlatten` the selection is `all` (also when nothing was chosen) or `accounts`. */
export interface CloseOptions {
  readonly selection: CloseSelection
  /** Whatever the venue shows on the market goes, journal or not. */
  readonly isFlatten: boolean
  readonly isDryRun: boolean
}

/** Options of `watch`. */
export interface WatchOptions {
  /** One tick, until nothing is open, or until it is stopped. */
  readonly mode: 'once' | 'until_flat' | 'forever'
  /** Opens every hedge of the configuration first. */
  readonly isOpening: boolean
  /** As typed; the command reads it. */
  readonly forDuration: string | undefined
}

/** Options of `check`. */
export interface CheckOptions {
  /** Stops before the network. */
  readonly isOffline: boolean
}

/** Options of `adopt`. */
export interface AdoptOptions {
  readonly isDryRun: boolean
}

/** Options of `orders cancel`. */
export interface OrdersCancelOptions {
  /** The order's id as typed. */
  readonly id: string
  readonly isForeign: boolean
}

/** Options of `proxies test`. */
export interface ProxiesTestOptions {
  /** As typed; empty: every one that there is. */
  readonly names: readonly string[]
}

/** Options of `explain`. */
export interface ExplainOptions {
  /** A hedge id such as `h3`, or a name, as typed. */
  readonly id: string
}

/** Options of `sim`; undefined: the simulator's own default. */
export interface SimOptions {
  /** 0 takes any free port. */
  readonly port: number | undefined
  readonly accounts: number | undefined
  /** As typed; relative to the working directory. */
  readonly writeConfig: string | undefined
  readonly seed: number | undefined
  /** Each `--market` as typed, in order: `crash` or `BTC=crash`. */
  readonly markets: readonly string[]
  /** Each `--path` as typed, in order: a CSV file of candles that BTC follows, or `ETH=file`. */
  readonly paths: readonly string[]
  /** How many times as fast as the clock prices run: a positive decimal as typed; undefined: 1. */
  readonly speed: string | undefined
  readonly owners: number | undefined
  /** False with `--no-limits`. */
  readonly hasLimits: boolean
  /** False with `--no-delay`. */
  readonly hasDelay: boolean
  /** Each `--fault` as typed, in order. */
  readonly faults: readonly string[]
  /** Port of the control surface, 0 for any free one; undefined: there is none. */
  readonly control: number | undefined
  /** Where the owners' Ethereum keys go; as typed, relative to the working directory. */
  readonly writeOwners: string | undefined
}

/** Options of `drill`: a fault, or all of them. */
export interface DrillOptions {
  /** As typed. */
  readonly fault: string | undefined
  readonly isAll: boolean
  /** Undefined: as many as the configuration has, within reason. */
  readonly accounts: readonly string[] | undefined
}

/** Options of `demo`. */
export interface DemoOptions {
  readonly isFast: boolean
}
