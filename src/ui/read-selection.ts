/**
 * Turns what was typed after `open` and `close` into a choice of hedges: exactly one way of choosing.
 * @module
 */
import { HedgebotError } from '../errors.ts'
import type { CloseOptions, CloseSelection, OpenOptions, OpenSelection } from './command-options.ts'

/** `open`'s options as commander collects them. */
export interface TypedOpenOptions {
  readonly all?: true
  readonly accounts?: readonly string[]
  readonly hedge?: string
  readonly next?: number
  readonly dryRun?: true
  readonly size?: string
  readonly leverage?: number
  readonly flip?: true
  readonly runKey?: string
  readonly notAfter?: string
}

/** `close`'s options as commander collects them. */
export interface TypedCloseOptions {
  readonly all?: true
  readonly accounts?: readonly string[]
  readonly hedge?: string
  readonly due?: true
  readonly flatten?: true
  readonly dryRun?: true
}

/** @throws HedgebotError kind `usage`, codes `selection_missing`, `selection_twice`, `accounts_single` */
export function readOpenOptions(typed: TypedOpenOptions): OpenOptions {
  const { all, accounts, hedge, next } = typed
  const selection = onlyOne<OpenSelection>('open', '--all, --accounts, --hedge, --next', [
    all && { kind: 'all' },
    accounts && { kind: 'accounts', names: accounts },
    hedge === undefined ? undefined : { kind: 'hedge', name: hedge },
    next === undefined ? undefined : { kind: 'next', count: next },
  ])
  return {
    selection: assertTwo(selection),
    isDryRun: typed.dryRun === true,
    sizeBase: typed.size,
    leverage: typed.leverage,
    isFlipped: typed.flip === true,
    runKey: typed.runKey,
    notAfter: typed.notAfter,
  }
}

/** @throws HedgebotError kind `usage`, codes `selection_missing`, `selection_twice`, `flatten_selection` */
export function readCloseOptions(typed: TypedCloseOptions): CloseOptions {
  const { accounts, hedge } = typed
  const isFlatten = typed.flatten === true
  if (isFlatten && (hedge !== undefined || typed.due === true)) {
    throw new HedgebotError('usage', '--flatten goes by accounts, not by hedges', {
      code: 'flatten_selection',
      hint: 'use --flatten with --all or --accounts',
    })
  }
  const isBareFlatten = isFlatten && accounts === undefined
  const isAll = typed.all === true || isBareFlatten
  const selection = onlyOne<CloseSelection>('close', '--all, --accounts, --hedge, --due', [
    isAll ? { kind: 'all' } : undefined,
    accounts && { kind: 'accounts', names: accounts },
    hedge === undefined ? undefined : { kind: 'hedge', idOrName: hedge },
    typed.due && { kind: 'due' },
  ])
  return { selection, isFlatten, isDryRun: typed.dryRun === true }
}

function onlyOne<T>(command: string, ways: string, chosen: readonly (T | undefined)[]): T {
  const [first, second] = chosen.filter((one) => one !== undefined)
  if (first === undefined) {
    throw new HedgebotError('usage', `${command} does not say which hedges it is about`, {
      code: 'selection_missing',
      hint: `give one of ${ways}`,
    })
  }
  if (second !== undefined) {
    throw new HedgebotError('usage', `${command} takes one way of choosing, not several`, {
      code: 'selection_twice',
      hint: `give only one of ${ways}`,
    })
  }
  return first
}

/** One account has no partner to be paired with, whatever the configuration says. */
function assertTwo(selection: OpenSelection): OpenSelection {
  if (selection.kind !== 'accounts' || selection.names.length > 1) return selection
  throw new HedgebotError('usage', 'a hedge needs two accounts at least', {
    code: 'accounts_single',
    hint: '--accounts a,b pairs the named accounts among themselves',
  })
}
