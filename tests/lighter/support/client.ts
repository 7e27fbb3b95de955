import {
  createLighterExchange,
  type LighterExchangeOptions,
} from '../../../src/lighter/create-exchange.ts'
import { generateKeyPair } from '../../../src/lighter/signer/keys.ts'
import type { AccountLink, AccountRef, Exchange, Logger, SpendStore } from '../../../src/ports.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { createSystemRng } from '../../../src/system/system-rng.ts'
import { ACCOUNT, snapshotOf } from './frames.ts'
import { createScriptedVenue, type ScriptedVenue } from './scripted-venue.ts'
import { fixedWays } from '../../support/fixed-ways.ts'

export const REF: AccountRef = {
  name: 'alice',
  accountIndex: ACCOUNT,
  apiKeyIndex: 5,
  egress: 'direct',
}

export const KEYS = generateKeyPair(createSystemRng())

/** Keeps what was logged, for tests that look for secrets or warnings. */
export function createListLogger(): Logger & { readonly lines: unknown[][] } {
  const lines: unknown[][] = []
  const write =
    (level: string) =>
    (...parts: unknown[]): void => {
      lines.push([level, ...parts])
    }
  return {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
}

/** A spend store in memory, as two processes would share it. */
export function createSpendList(): SpendStore & {
  readonly entries: { bucket: string; units: number; atMs: number }[]
} {
  const entries: { bucket: string; units: number; atMs: number }[] = []
  return {
    entries,
    record: (entry) => {
      entries.push({ ...entry })
    },
    spentSince: (bucket, sinceMs) =>
      entries
        .filter((entry) => entry.bucket === bucket && entry.atMs > sinceMs)
        .reduce((sum, entry) => sum + entry.units, 0),
  }
}

export interface TestClient {
  readonly clock: VirtualClock
  readonly venue: ScriptedVenue
  readonly exchange: Exchange
  readonly link: AccountLink
  readonly logger: ReturnType<typeof createListLogger>
  readonly spend: ReturnType<typeof createSpendList>
}

/** A client over a scripted venue that answers every subscription with an empty snapshot. */
export function createTestClient(over: Partial<LighterExchangeOptions> = {}): TestClient {
  const clock = createVirtualClock()
  const venue = createScriptedVenue(clock)
  venue.answers = (channel) => snapshotOf(channel)
  const logger = createListLogger()
  const spend = createSpendList()
  const exchange = createLighterExchange({
    network: 'simulator',
    chainId: 300,
    ways: fixedWays(new Map([['direct', venue.transport()]])),
    clock,
    rng: createSystemRng(),
    logger,
    spend,
    accounts: [{ ref: REF, privateKey: { reveal: () => KEYS.privateKeyHex } }],
    orderExpiryMs: 15_000,
    ...over,
  })
  return { clock, venue, exchange, link: exchange.link(REF), logger, spend }
}

/** Opens the account's streams. */
export async function makeLive(client: TestClient): Promise<void> {
  await client.clock.runUntil(client.link.ready(5_000), 10_000)
}
