/** What an owner does to an account at the venue itself, beside the program. */
import type { Scene } from '../../scenario.ts'
import { BTC } from '../../scenario.ts'
import { orderTx } from '../../../sim/core/core-fixture.ts'

let hash = 0

/** Takes so many ticks of an account's position away by a market order of another key. */
export function reduceByHand(at: Scene, place: number, ticks: number): void {
  const { core } = at.world.stage
  const account = at.indexes[place] ?? 0
  const held = core.account(account)?.positions.get(BTC)?.sizeTicks ?? 0n
  const mark = core.markets.get(BTC)?.markTicks ?? 0n
  const side = held > 0n ? 'sell' : 'buy'
  const price = side === 'sell' ? (mark * 96n) / 100n : (mark * 104n) / 100n
  const nowMs = Math.trunc(at.world.clock.now())
  const tx = orderTx(
    { account, side, size: BigInt(ticks), price, type: 1, reduceOnly: true },
    nowMs,
  )
  hash += 1
  const result = core.execute(
    { ...tx, apiKeyIndex: 3, expiredAt: nowMs + 60_000 },
    { hash: hash.toString(16).padStart(80, 'b'), nowMs },
  )
  if (result.status !== 'ok') throw new Error(`by hand: ${result.error?.message ?? 'failed'}`)
}

/** Takes collateral until the venue liquidates. */
export function liquidateByHand(at: Scene, place: number, usd = 999): void {
  const { core } = at.world.stage
  core.drain(at.indexes[place] ?? 0, BigInt(usd) * 1_000_000n, Math.trunc(at.world.clock.now()))
}

/** Ends every socket, as a restart of the exchange does. */
export function dropAllSockets(at: Scene): void {
  for (const { session } of at.world.stage.gateway.sessions.list()) session.drop()
}
