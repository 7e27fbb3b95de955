import { ALL_PARTS, moveUsd } from '../../engine/watch/support/watch-scene.ts'
import { liquidateByHand, reduceByHand } from '../../engine/watch/support/by-hand.ts'
import { BTC } from '../../engine/scenario.ts'
import { orderTx } from '../../sim/core/core-fixture.ts'
import type { ProofBlow } from './proof-episode.ts'
import type { Play } from './run-proof-episode.ts'

/** ETH: no hedge of ours is there. */
const OTHER_MARKET = 0
let hash = 0

/** Something happens that the program has not done. */
export function strikeBlow(play: Play, { kind, by, place }: ProofBlow): void {
  const { at } = play
  const index = at.indexes[place % at.indexes.length] ?? 0
  switch (kind) {
    case 'move':
      moveUsd(at, by, { parts: ALL_PARTS })
      return
    case 'mark':
      moveUsd(at, by, { parts: ['mark', 'index'] })
      return
    case 'jump':
      play.world.clock.jumpWall(by)
      return
    case 'drain':
      liquidateByHand(at, place % at.indexes.length, by)
      // A liquidation of the account may take it.
      play.foreign.delete(index)
      return
    case 'foreign':
      openForeign(play, index, by)
      return
    case 'hand':
      cutByHand(play, place % at.indexes.length, by)
  }
}

function cutByHand({ at }: Play, place: number, ticks: number): void {
  const index = at.indexes[place] ?? 0
  const held = at.world.stage.core.account(index)?.positions.get(BTC)?.sizeTicks ?? 0n
  const heldTicks = Number(held < 0n ? -held : held)
  if (heldTicks > 0) reduceByHand(at, place, Math.min(ticks, heldTicks))
}

/** The owner trades in another market with a key of another program. */
function openForeign({ at, foreign }: Play, account: number, ticks: number): void {
  const { core } = at.world.stage
  const nowMs = Math.trunc(at.world.clock.now())
  const mark = core.markets.get(OTHER_MARKET)?.markTicks ?? 0n
  const isBuy = ticks > 0
  const tx = orderTx(
    {
      account,
      market: OTHER_MARKET,
      side: isBuy ? 'buy' : 'sell',
      size: BigInt(Math.abs(ticks)),
      price: isBuy ? (mark * 104n) / 100n : (mark * 96n) / 100n,
      type: 1,
    },
    nowMs,
  )
  hash += 1
  core.execute(
    { ...tx, apiKeyIndex: 3, expiredAt: nowMs + 60_000 },
    { hash: hash.toString(16).padStart(80, 'c'), nowMs },
  )
  foreign.set(account, core.account(account)?.positions.get(OTHER_MARKET)?.sizeTicks ?? 0n)
}
