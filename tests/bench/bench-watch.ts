/**
 * What the benches of the watch share: hedges of unequal sizes, so that one step of the price reaches the stop of one
 * of them, and a watch with the owner's threshold and nothing else.
 * @module
 */
import { setTimeout } from 'node:timers/promises'
import { openHedges } from '../../src/engine/open-hedges.ts'
import type { OpeningAccount } from '../../src/engine/prepare-opening.ts'
import { prepareOpening } from '../../src/engine/prepare-opening.ts'
import type { Watch } from '../../src/engine/watch/watch.ts'
import { startWatch } from '../../src/engine/watch/watch.ts'
import { Dec } from '../../src/hedge/decimal.ts'
import type { StopPolicy } from '../../src/hedge/stop-policy.ts'
import type { BenchCommand } from './bench-command.ts'
import { startCommand } from './bench-command.ts'

const BTC_INDEX = 1
const CONNECT_TIMEOUT_MS = 60_000

/** How many accounts open at once: a thousand at once would not be through before their deadline. */
const ACCOUNTS_AT_ONCE = 100

/** Opens a hedge for every two accounts, in an opening of its own as `open` has it; returns what went wrong. */
export async function openAll(
  configFile: string,
  sizeOf: (hedgeAt: number) => string,
  ways = 1,
): Promise<readonly string[]> {
  const command = await startCommand('open', configFile, { ways })
  try {
    const accounts = command.request.accounts.map((account, at) => ({
      ...account,
      positionSizeBase: new Dec(sizeOf(Math.floor(at / 2))),
    }))
    for (let at = 0; at < accounts.length; at += ACCOUNTS_AT_ONCE) {
      const problems = await openSome(command, accounts.slice(at, at + ACCOUNTS_AT_ONCE))
      if (problems.length > 0) return [...problems, ...command.complaints].slice(0, 3)
    }
    return []
  } finally {
    command.close()
  }
}

async function openSome(
  { engine, request }: BenchCommand,
  accounts: readonly OpeningAccount[],
): Promise<readonly string[]> {
  const connectTimeoutMs = CONNECT_TIMEOUT_MS
  const prepared = await prepareOpening(engine, { ...request, connectTimeoutMs, accounts })
  const errors = prepared.points.filter(({ level }) => level === 'error')
  if (errors.length > 0) return errors.map(({ message }) => message)
  const hedges = await openHedges(engine, prepared.hedges)
  const failed = hedges.filter(({ state }) => state !== 'open')
  return failed.map(({ hedgeId, state }) => `${hedgeId}: ${state} after opening`)
}

/** Starts a watch and waits until it drives every hedge and knows the level of every leg. */
export async function watchAll({ engine }: BenchCommand): Promise<Watch> {
  const watch = await startWatch(engine, {
    stopPolicy: lossOnly(engine.policy.stopLossUsd),
    marketIndexes: [BTC_INDEX],
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    mode: 'forever',
    forMs: undefined,
  })
  watch.ended.catch(() => undefined)
  await until('every level is known', () =>
    watch.hedges().every(({ hedgeId, state, ownerId }) => {
      const isOurs = state !== 'open' || ownerId === engine.journal.ownerId
      return isOurs && (state !== 'open' || watch.stopPrice(hedgeId, 0) !== undefined)
    }),
  )
  return watch
}

/** The threshold of a leg and no other rule. */
export function lossOnly(stopLossUsd: Dec): StopPolicy {
  return {
    stopLossUsd,
    onStop: 'hedge',
    hedgeStopUsd: undefined,
    totalStopUsd: undefined,
    takeProfitUsd: undefined,
    trailingUsd: undefined,
    maxHoldMs: undefined,
    dailyStopLimit: undefined,
    staleAfterMs: 5_000,
  }
}

/** Looks every few milliseconds until it is so. @throws Error after a while */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`waited in vain until ${what}`)
    await setTimeout(5)
  }
}
