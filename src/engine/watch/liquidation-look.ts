import type { Hedge, HedgeLeg } from '../../hedge/ledger.ts'
import { liquidationDanger } from '../../hedge/liquidation-distance.ts'
import { positionIn } from '../../hedge/venue-view.ts'
import type { Engine } from '../engine-context.ts'
import type { AlertBoard } from './alert-board.ts'

/** Warns of legs that come near their liquidation price, and lets their hedges look at once. */
export function lookAtLiquidations(
  engine: Engine,
  alerts: AlertBoard,
  hedges: readonly Hedge[],
): void {
  for (const hedge of hedges) {
    for (const leg of hedge.legs) lookAtLeg(engine, alerts, { hedge, leg })
  }
}

function lookAtLeg(
  engine: Engine,
  alerts: AlertBoard,
  { hedge, leg }: { readonly hedge: Hedge; readonly leg: HedgeLeg },
): void {
  const row = positionIn(engine.link(leg.accountIndex).view(), hedge.marketIndex)
  const { mark } = engine.feed(hedge.marketIndex).view()
  // Unknown is neither near nor far: what was said of it before stands.
  if (!row.isKnown || !mark.isKnown) return
  const key = `liquidation/${hedge.hedgeId}/${leg.accountIndex}`
  const found =
    row.value === undefined
      ? undefined
      : liquidationDanger({
          signedBase: row.value.signedBase,
          mark: mark.value,
          liquidationPrice: row.value.liquidationPrice,
          bufferPct: engine.policy.liquidationBufferPct,
        })
  if (found === undefined || found.danger === 'far') {
    alerts.clear(key)
    return
  }
  const { danger, distancePct } = found
  alerts.raise(key, {
    level: danger === 'close' ? 'alert' : 'warning',
    kind: 'liquidation_near',
    message: `${leg.account}: mark is ${distancePct.toFixed(1)} % from its liquidation price`,
    hedgeId: hedge.hedgeId,
    account: leg.account,
  })
  if (danger === 'close') engine.waker.wake(hedge.hedgeId)
}
