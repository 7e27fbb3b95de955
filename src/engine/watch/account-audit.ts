/**
 * Reads one account after the other over REST, slowly: a stream that lives and tells nothing, or a stop that is gone
 * without a word, is found out although nothing looks wrong (DESIGN.md section 3: read back, checked on a timer).
 * @module
 */
import { messageOf } from '../../errors.ts'
import { settledBaseIn } from '../../hedge/venue-view.ts'
import type { AccountLink } from '../../ports.ts'
import type { Engine } from '../engine-context.ts'

export interface AccountAudit {
  /** To be called about once a second; reads at most one account at a time. */
  look(): void
}

/** One account at a time, three units each: all owners together 3 units a minute. */
const EVERY_MS = 60_000
/** With fewer units left, reading is not what they are for. */
const UNITS_LEAST = 20

/** Creates an audit of these accounts, each with the market of its hedge. */
export function createAccountAudit(
  engine: Engine,
  accounts: () => ReadonlyMap<number, number>,
): AccountAudit {
  const readAtMs = new Map<number, number>()
  let nextMs = engine.clock.monotonicMs() + EVERY_MS
  return {
    look() {
      const nowMs = engine.clock.monotonicMs()
      if (nowMs < nextMs) return
      const oldest = [...accounts()].toSorted(
        ([one], [other]) => (readAtMs.get(one) ?? 0) - (readAtMs.get(other) ?? 0),
      )[0]
      if (oldest === undefined) return
      nextMs = nowMs + EVERY_MS
      const [accountIndex, marketIndex] = oldest
      readAtMs.set(accountIndex, nowMs)
      const link = engine.link(accountIndex)
      // What is not live is read by those whom it concerns.
      if (!link.view().isLive || link.unitsLeft('read') < UNITS_LEAST) return
      void audit(engine, link, marketIndex)
    },
  }
}

async function audit(engine: Engine, link: AccountLink, marketIndex: number): Promise<void> {
  const { name } = link.ref
  try {
    const before = { base: settledBaseIn(link.view(), marketIndex), toldAtMs: link.lastDataAtMs() }
    await link.readAccount('read')
    await link.readOrders(marketIndex, 'read')
    const base = settledBaseIn(link.view(), marketIndex)
    const isSame = before.base === undefined || base === undefined || base.eq(before.base)
    if (isSame || link.lastDataAtMs() !== before.toldAtMs) return
    engine.note({
      level: 'warning',
      kind: 'stream_wrong',
      message: `${name}: a read showed ${base}, its stream had said ${before.base}: connecting again`,
      account: name,
    })
    link.reconnect('a read showed another position')
  } catch (error) {
    engine.logger.info('an account could not be checked', {
      account: name,
      error: messageOf(error),
    })
  }
}
