/**
 * What an order costs the simulated exchange on real sockets: signature checked, matched, published to everyone who
 * listens. Processor time counts, not the wall: the traders run on the same machine.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { generateKeyPair } from '../../src/lighter/signer/keys.ts'
import { createSigner } from '../../src/lighter/signer/signer.ts'
import { decodeTxInfo } from '../../src/lighter/signer/tx-info.ts'
import { verifySignature } from '../../src/lighter/signer/verify.ts'
import { ACCOUNT, ORDER } from '../lighter/signer/fixtures.ts'
import { type Section, goal, medianOf, rounded, timesLess } from './figures.ts'
import { endStorm, prepareStorm, runStorm } from './order-storm.ts'
import { type SimAnswer, type SimProcess, startSimProcess } from './sim-process.ts'

/** One order a millisecond on one core. */
const GOAL_CPU_MS = 1
const ACCOUNTS = 20
/** A multiple of four: everything is flat again after the last. */
const WARM_UP_EACH = 40
const ORDERS_EACH = 400
/** The last answers come before their orders are executed. */
const SETTLE_MS = 200

/** Measures processor time per order, and beside it a bare signature check. */
export async function benchSimThroughput(): Promise<Section> {
  const sim = await startSimProcess({
    accounts: ACCOUNTS,
    owners: 4,
    hasLimits: false,
    hasDelay: false,
    proxies: 0,
  })
  try {
    return await measure(sim)
  } finally {
    await sim.close()
  }
}

async function measure(sim: SimProcess): Promise<Section> {
  const traders = await prepareStorm(sim.configFile, WARM_UP_EACH + ORDERS_EACH)
  const part = (from: number, to: number) =>
    traders.map((trader) => ({ ...trader, messages: trader.messages.slice(from, to) }))
  try {
    const warmUp = await runStorm(part(0, WARM_UP_EACH))
    const before = await sim.ask('look')
    const storm = await runStorm(part(WARM_UP_EACH, WARM_UP_EACH + ORDERS_EACH))
    await setTimeout(SETTLE_MS)
    const after = await sim.ask('look')
    const cpuMsPerOrder = rounded((after.cpuMs - before.cpuMs) / storm.sent)
    const verifyMs = bareVerifyMs()
    return {
      figures: {
        how: `${ACCOUNTS} accounts on sockets of their own, each following its account and the book`,
        orders: storm.sent,
        updatesSent: storm.updates,
        cpuMsPerOrder,
        ordersPerCpuSecond: Math.round(1_000 / cpuMsPerOrder),
        ordersPerWallSecond: Math.round((storm.sent * 1_000) / storm.wallMs),
        bareVerifyMs: verifyMs,
        timesBareVerify: timesLess(verifyMs, cpuMsPerOrder),
      },
      goals: [goal('simThroughput.cpuMsPerOrder', cpuMsPerOrder, GOAL_CPU_MS)],
      // One refusal upsets the nonces of all that follow: the first ones say why.
      problems: [...warmUp.refusals, ...storm.refusals, ...problemsOf(after)].slice(0, 5),
    }
  } finally {
    endStorm(traders)
  }
}

function problemsOf({ bugs, accounts }: SimAnswer): string[] {
  const open = accounts.filter(({ sizeTicks }) => sizeTicks !== 0)
  return [...bugs, ...open.map(({ name }) => `${name} is not flat after as many buys as sells`)]
}

function bareVerifyMs(): number {
  const rng = { nextBytes: (length: number) => randomBytes(length), nextFloat: () => 0 }
  const signer = createSigner({ ...ACCOUNT, ...generateKeyPair(rng), rng })
  const signed = signer.sign(ORDER)
  const { signature } = decodeTxInfo(signed.txType, signed.txInfo)
  const proof = { publicKeyHex: signer.publicKeyHex, messageHex: signed.txHash, signature }
  const times = Array.from({ length: 600 }, () => {
    const startMs = performance.now()
    verifySignature({ ...proof, mode: 'reference' })
    return performance.now() - startMs
  })
  return medianOf(times.slice(200))
}
