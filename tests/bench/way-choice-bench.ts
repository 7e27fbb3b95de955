/**
 * What a way costs a request while all is well, many accounts beside few: the choice of the egress and the patience with
 * it, over egresses that answer at once. Many must cost what few cost, since an order may wait for it.
 * @module
 */
import { createEgressPool, type EgressPool } from '../../src/proxies/egress-pool.ts'
import type { Transport, Way } from '../../src/ports.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { goal, rounded, type Section } from './figures.ts'

const REQUESTS = 2_000
const RATIO_GOAL = 3
const FEW = { accounts: 20, proxies: 20 }
const MANY = { accounts: 1_000, proxies: 20 }

/** Measures both, warm. */
export async function benchWayChoice(): Promise<Section> {
  await measure(FEW)
  const few = await measure(FEW)
  const many = await measure(MANY)
  const timesFew = rounded(many.requestUs / Math.max(few.requestUs, 0.01))
  return {
    figures: {
      how: `${REQUESTS} requests over egresses that answer at once; two ways for each account`,
      few,
      many,
      timesFew,
    },
    goals: [goal('timesFew', timesFew, RATIO_GOAL)],
    problems: [],
  }
}

async function measure(of: { readonly accounts: number; readonly proxies: number }) {
  const names = Array.from({ length: of.proxies }, (_, at) => `proxy-${at}`)
  const startedMs = performance.now()
  const pool = poolOf(names)
  const ways = Array.from({ length: of.accounts }, (_, at) => waysOf(pool, names, at))
  const createMs = rounded(performance.now() - startedMs)
  const mains = ways.map(([main]) => main)
  const beginMs = performance.now()
  for (let at = 0; at < REQUESTS; at++) await ask(mains[at % mains.length])
  const requestUs = rounded(((performance.now() - beginMs) * 1_000) / REQUESTS)
  pool.close()
  return { ...of, createMs, requestUs }
}

/** Of an account: its own, and one for the socket that stands by. */
function waysOf(pool: EgressPool, names: readonly string[], at: number): readonly [Way, Way] {
  const home = names[at % names.length] ?? ''
  const next = names[(at + 1) % names.length] ?? ''
  const main = pool.way({ home, account: `account-${at}` })
  return [main, pool.way({ home: next, avoid: () => main.egress })]
}

async function ask(way: Way | undefined): Promise<void> {
  await way?.request({ method: 'POST', path: '/api/v1/sendTx', timeoutMs: 4_000 })
}

function poolOf(names: readonly string[]): EgressPool {
  return createEgressPool({
    transports: new Map(names.map((name) => [name, answeringAtOnce(name)])),
    pool: names,
    hasFailover: true,
    clock: createSystemClock(),
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  })
}

function answeringAtOnce(egress: string): Transport {
  return {
    egress,
    request: () => Promise.resolve({ status: 200, headers: {}, body: '{"code":200}' }),
    connect: () => ({ send: () => true, ping: nothing, close: nothing, terminate: nothing }),
    close: nothing,
  }
}

function nothing(): void {}
