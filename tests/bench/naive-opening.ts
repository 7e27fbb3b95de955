/**
 * The counterpart: the same plan opened as a simple script does it, one leg after the other, each waiting for its
 * answer. It writes no journal, places no stops and verifies nothing but fills, which is all in its favour.
 * @module
 */
import { connectAccounts, ensureNonces } from '../../src/engine/connect-accounts.ts'
import type { Engine } from '../../src/engine/engine-context.ts'
import type { PreparedOpening } from '../../src/engine/prepare-opening.ts'
import { sumDec } from '../../src/hedge/decimal.ts'
import type { OrderIntent } from '../../src/hedge/intent.ts'
import type { PlannedLeg } from '../../src/hedge/plan.ts'
import { openingPrice } from '../../src/hedge/prices.ts'
import { closingSide, openingSide } from '../../src/hedge/side.ts'
import { positionIn } from '../../src/hedge/venue-view.ts'
import type { AccountLink } from '../../src/ports.ts'

/** Times of one naive opening. */
export interface NaiveOpening {
  /** From the first signature to the last fill seen. */
  readonly openMs: number
  /** Of each hedge: between its two fills, venue time. */
  readonly gapsMs: readonly number[]
}

/** How long a fill may take to be seen. */
const SEEN_TIMEOUT_MS = 5_000

/** Opens the plan leg by leg, measures, and closes everything again. */
export async function openNaively(
  engine: Engine,
  prepared: PreparedOpening,
): Promise<NaiveOpening> {
  const legs = prepared.hedges.flatMap((hedge) => hedge.legs)
  await connectAccounts(
    engine,
    legs.map((leg) => leg.accountIndex),
    SEEN_TIMEOUT_MS,
  )
  await ensureNonces(engine, legs, 'open')
  const startMs = engine.clock.monotonicMs()
  const sent: SentOrder[] = []
  for (const leg of legs) sent.push(await sendOrder(engine, { prepared, leg, isClosing: false }))
  const filled = await Promise.all(sent.map((order) => order.filled))
  const openMs = engine.clock.monotonicMs() - startMs
  const gapsMs = prepared.hedges.map((hedge) => {
    const times = hedge.legs.map((leg) => filled[legs.indexOf(leg)] ?? Number.NaN)
    return Math.max(...times) - Math.min(...times)
  })
  await Promise.all(legs.map((leg) => sendOrder(engine, { prepared, leg, isClosing: true })))
  await Promise.all(legs.map((leg) => untilFlat(engine, prepared, leg)))
  return { openMs, gapsMs }
}

interface NaiveOrder {
  readonly prepared: PreparedOpening
  readonly leg: PlannedLeg
  readonly isClosing: boolean
}

interface SentOrder {
  /** Venue time of the last fill. In an object: a bare promise would be waited for with the answer. */
  readonly filled: Promise<number>
}

/** Resolves on the answer. */
async function sendOrder(engine: Engine, order: NaiveOrder): Promise<SentOrder> {
  const { leg } = order
  const link = engine.link(leg.accountIndex)
  const nonce = engine.journal.lane(leg)?.nextNonce
  if (nonce === undefined) throw new Error(`${leg.account}: the nonce is not known`)
  const intent = intentOf(engine, order)
  const answer = await link.send(link.sign(intent, nonce), { priority: 'close', via: 'auto' })
  if (answer.outcome !== 'accepted') throw new Error(`${leg.account}: ${JSON.stringify(answer)}`)
  engine.journal.setNextNonce(leg, nonce + 1)
  return { filled: untilFilled(engine, link, intent) }
}

function intentOf(engine: Engine, { prepared, leg, isClosing }: NaiveOrder): OrderIntent {
  const { market, quotes } = prepared
  const side = isClosing ? closingSide(leg.side) : openingSide(leg.side)
  return {
    kind: 'order',
    market,
    side,
    baseSize: leg.plannedBase,
    price: openingPrice({ market, side, quotes, maxSlippagePct: engine.policy.maxSlippagePct }),
    execution: isClosing ? 'market_ioc' : 'limit_ioc',
    isReduceOnly: isClosing,
    clientOrderIndex: engine.journal.nextClientOrderIndex(),
  }
}

async function untilFilled(
  engine: Engine,
  link: AccountLink,
  { clientOrderIndex, baseSize }: OrderIntent,
): Promise<number> {
  const fills = () => link.fills(clientOrderIndex)
  await until(engine, link, () => sumDec(fills().map((fill) => fill.baseSize)).gte(baseSize))
  return Math.max(...fills().map((fill) => fill.atMs))
}

async function untilFlat(
  engine: Engine,
  { market }: PreparedOpening,
  leg: PlannedLeg,
): Promise<void> {
  const link = engine.link(leg.accountIndex)
  await until(engine, link, () => {
    const row = positionIn(link.view(), market.marketIndex)
    return row.isKnown && (row.value === undefined || row.value.signedBase.isZero())
  })
}

function until(engine: Engine, link: AccountLink, isSo: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      cancel()
      unsubscribe()
      end()
    }
    const cancel = engine.clock.setTimer(SEEN_TIMEOUT_MS, () => {
      finish(() => reject(new Error(`${link.ref.name}: no fill was seen`)))
    })
    const look = () => {
      if (isSo()) finish(resolve)
    }
    const unsubscribe = link.onChange(look)
    look()
  })
}
