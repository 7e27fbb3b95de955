/**
 * The production link of one account and the production feed of one market over a scripted venue, on the virtual clock.
 * @module
 */
import { createAccountLink } from '../../../src/lighter/account-link.ts'
import { createBudget } from '../../../src/lighter/budget.ts'
import { createClockOffset } from '../../../src/lighter/clock-offset.ts'
import { createMarketFeed } from '../../../src/lighter/market-feed.ts'
import type { Signer } from '../../../src/lighter/signer/signer.ts'
import { createSubscribeGate } from '../../../src/lighter/subscribe-gate.ts'
import type { AccountLink, Logger, MarketFeed, Way } from '../../../src/ports.ts'
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { createVirtualClock, type VirtualClock } from '../../../src/sim/virtual-clock.ts'
import { createScriptedVenue, type ScriptedVenue } from '../../lighter/support/scripted-venue.ts'
import { listLogger, refOf } from './account-desk.ts'
import type { Samples } from './record-samples.ts'

/** Client and venue. */
export interface ClientDesk {
  readonly clock: VirtualClock
  readonly venue: ScriptedVenue
  readonly link: AccountLink
  readonly feed: MarketFeed
  readonly logged: unknown[]
  /** Opens the link's sockets; those of the feed are open. */
  start(): void
  close(): void
}

/** Sets both up; a token stands for what the signer would sign. */
export function createClientDesk(samples: Samples, token: string): ClientDesk {
  const clock = createVirtualClock()
  const venue = createScriptedVenue(clock)
  const logged: unknown[] = []
  const shared = sharedParts(samples, clock, listLogger(logged))
  const link = openLink(samples, { ...shared, venue, token })
  const feed = createMarketFeed({
    ...shared,
    marketIndex: samples.marketIndex,
    ways: [fixedWay(venue)],
    rests: [],
    onClose: () => undefined,
  })
  return {
    clock,
    venue,
    link,
    feed,
    logged,
    start: () => void link.onChange(() => undefined),
    close() {
      link.close()
      feed.close()
    },
  }
}

function sharedParts(samples: Samples, clock: VirtualClock, logger: Logger) {
  const gate = createSubscribeGate(clock)
  const budget = createBudget({
    clock,
    spend: { record: () => undefined, spentSince: () => 0 },
    logger,
    accounts: [{ ref: refOf(samples), l1Address: undefined }],
  })
  return {
    clock,
    clockOffset: createClockOffset(clock),
    rng: createSeededRng(1),
    logger,
    gateOf: () => gate,
    budget,
  }
}

interface LinkParts extends ReturnType<typeof sharedParts> {
  readonly venue: ScriptedVenue
  readonly token: string
}

function openLink(samples: Samples, { venue, token, ...shared }: LinkParts): AccountLink {
  const ref = refOf(samples)
  return createAccountLink({
    ...shared,
    ref,
    signer: tokenSigner(ref.accountIndex, token),
    way: fixedWay(venue),
    standbyWay: undefined,
    orderExpiryMs: 15_000,
    answerTimeoutMs: 1_000,
    closingAnswerTimeoutMs: 600,
    restTimeoutMs: 5_000,
    streams: ['orders', 'trades', 'positions', 'stats'],
  })
}

function fixedWay(venue: ScriptedVenue): Way {
  return { ...venue.transport(), onMove: () => () => undefined, mustLeave: () => false }
}

/** Signing is another border's work: here only the token shows. */
function tokenSigner(accountIndex: number, token: string): Signer {
  return {
    publicKeyHex: 'ab'.repeat(40),
    chainId: 300,
    accountIndex,
    apiKeyIndex: 5,
    sign: () => {
      throw new Error('nothing is signed here')
    },
    authToken: () => token,
  }
}
