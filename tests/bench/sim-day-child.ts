/**
 * A day of the simulated exchange on a virtual clock: twenty accounts trade within their limits, sockets listen, prices
 * move. Prints the heap after every hour as JSON; run by `sim-day-bench.ts` with `--expose-gc`.
 * @module
 */
import { assert } from '../../src/errors.ts'
import type { GatewaySession } from '../../src/sim/gateway/session.ts'
import { createFixture, marketOrder, restingOrder } from '../sim/gateway/stage-fixture.ts'

const HOURS = Number(process.argv[2])
const ACCOUNTS = 20
/** Four owners may send sixty requests a minute each: one every 1.25 s stays well below. */
const STEP_MS = 1_250
const STEPS_PER_HOUR = 3_600_000 / STEP_MS

const collect = globalThis.gc
assert(collect !== undefined, 'run with --expose-gc')

const fixture = createFixture({
  accounts: ACCOUNTS,
  owners: 4,
  noiseBps: 10,
  channelJitterMs: 20,
  subscriptionsOutliveTokens: true,
})
let [sent, refused, frames, closed] = [0, 0, 0, 0]
const sessions = Array.from({ length: ACCOUNTS }, (_, at) => listen(at))
const heapMb: number[] = []

for (let hour = 0; hour < HOURS; hour += 1) {
  for (let step = 0; step < STEPS_PER_HOUR; step += 1) {
    await trade(hour * STEPS_PER_HOUR + step)
    if (step % 40 === 0) for (const session of sessions) session.ping()
  }
  collect()
  heapMb.push(process.memoryUsage().heapUsed / 1_048_576)
}
console.log(JSON.stringify({ heapMb, sent, refused, frames, closed }))

/** One account after the other; each turns through buy, rest, sell, cancel. */
async function trade(step: number): Promise<void> {
  const at = step % ACCOUNTS
  const turn = Math.floor(step / ACCOUNTS)
  const id = turn + 1
  const answer = await fixture.send(requestOf(turn, id), at)
  sent += 1
  if (answer.status !== 200) refused += 1
  await fixture.clock.advance(STEP_MS)
}

function requestOf(turn: number, id: number) {
  switch (turn % 4) {
    case 0:
      return marketOrder(0, 100, { clientOrderIndex: id })
    case 1:
      return restingOrder(id, fixture.clock.now() + 3_600_000, { price: 955_000 })
    case 2:
      return marketOrder(1, 100, { clientOrderIndex: id })
    default:
      return { kind: 'cancelOrder', marketIndex: 1, index: id - 2 } as const
  }
}

function listen(at: number): GatewaySession {
  const session = fixture.stage.gateway.openSession({
    remoteAddress: `127.0.0.${at + 1}`,
    query: {},
    send: () => (frames += 1),
    close: () => (closed += 1),
    terminate: () => (closed += 1),
  })
  assert(!('status' in session), 'the upgrade is granted')
  const index = fixture.stage.accounts[at]?.accountIndex
  const auth = fixture.token(at)
  for (const name of ['account_all_orders', 'account_all_trades', 'account_all', 'account_tx']) {
    session.receive(JSON.stringify({ type: 'subscribe', channel: `${name}/${index}`, auth }))
  }
  for (const channel of ['order_book/1', 'trade/1', 'market_stats/all', 'candle/1/1m']) {
    session.receive(JSON.stringify({ type: 'subscribe', channel }))
  }
  return session
}
