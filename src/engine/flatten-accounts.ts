/**
 * `close --flatten`: the owner says that whatever the venue shows on this market shall go, journal or not.
 * @module
 */
import type { Dec } from '../hedge/decimal.ts'
import { TIMING, pauseOf } from '../hedge/hedge-facts.ts'
import type { MarketInfo } from '../hedge/market.ts'
import { closingSide, sideOfSigned } from '../hedge/side.ts'
import { settledBaseIn } from '../hedge/venue-view.ts'
import type { AccountRef } from '../ports.ts'
import { messageOf } from '../errors.ts'
import { ensureNonces } from './connect-accounts.ts'
import type { Engine } from './engine-context.ts'
import { closingQuoteAt } from './quote.ts'
import { readAccountOf } from './read-doubt.ts'
import { sendBatch } from './send-batch.ts'
import { nudgeUnsettled, unsettledOf, withHedgesOf } from './settle-outside.ts'
import { wakeOnChange } from './waker.ts'

export interface FlattenResult {
  readonly account: string
  readonly accountIndex: number
  /** Signed base size before; undefined when it could not be read. */
  readonly beforeBase: Dec | undefined
  readonly afterBase: Dec | undefined
}

/** Flattens accounts side by side, reduce-only, until each was read flat or time runs out. */
export async function flattenAccounts(
  engine: Engine,
  accounts: readonly AccountRef[],
  options: { readonly market: MarketInfo; readonly giveUpAtMs: number },
): Promise<readonly FlattenResult[]> {
  return withHedgesOf(engine, accounts, async () => {
    await ensureNonces(engine, accounts, 'close')
    return Promise.all(accounts.map((account) => flattenOne(engine, account, options)))
  })
}

async function flattenOne(
  engine: Engine,
  account: AccountRef,
  options: { readonly market: MarketInfo; readonly giveUpAtMs: number },
): Promise<FlattenResult> {
  const unsubscribe = wakeOnChange(engine.waker, engine.link(account.accountIndex))
  const beforeBase = settledBase(engine, account, options.market)
  let tries = 0
  let nextTryAtMs = engine.clock.now()
  try {
    for (;;) {
      const nowMs = engine.clock.now()
      const base = settledBase(engine, account, options.market)
      const isDone = base?.isZero() === true && unsettledOf(engine, account).length === 0
      if (isDone || nowMs >= options.giveUpAtMs) return result(account, beforeBase, base)
      if (!nudgeUnsettled(engine, account)) {
        if (base === undefined) {
          readAccountOf(engine, account.accountIndex, options.market.marketIndex)
        } else if (!base.isZero() && nowMs >= nextTryAtMs) {
          trySend(engine, account, { market: options.market, base, step: tries })
          tries += 1
          nextTryAtMs = nowMs + pauseOf(TIMING.reducePauseMs, tries)
        }
      }
      await engine.waker.wait(100)
    }
  } finally {
    unsubscribe()
  }
}

function trySend(
  engine: Engine,
  account: AccountRef,
  {
    market,
    base,
    step,
  }: { readonly market: MarketInfo; readonly base: Dec; readonly step: number },
): void {
  const legSide = sideOfSigned(base)
  if (legSide === undefined) return
  const side = closingSide(legSide)
  try {
    const price = closingQuoteAt(engine, market, { side, step })
    sendBatch(engine, {
      hedge: undefined,
      durability: 'normal',
      outgoing: [
        {
          lane: { ...account, account: account.name },
          market,
          purpose: 'flatten',
          reason: 'flatten: the owner asked to close whatever the venue shows',
          priority: 'close',
          intent: (nextIndex) => ({
            kind: 'order',
            market,
            side,
            baseSize: base.abs(),
            price,
            execution: 'market_ioc',
            isReduceOnly: true,
            clientOrderIndex: nextIndex(),
          }),
        },
      ],
    })
  } catch (error) {
    engine.logger.warn('a flattening order could not be sent', {
      account: account.name,
      error: messageOf(error),
    })
  }
}

function settledBase(engine: Engine, account: AccountRef, market: MarketInfo): Dec | undefined {
  return settledBaseIn(engine.link(account.accountIndex).view(), market.marketIndex)
}

function result(
  account: AccountRef,
  beforeBase: Dec | undefined,
  afterBase: Dec | undefined,
): FlattenResult {
  return { account: account.name, accountIndex: account.accountIndex, beforeBase, afterBase }
}
