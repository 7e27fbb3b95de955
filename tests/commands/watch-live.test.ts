import { afterEach, describe, expect, it } from 'vitest'
import { PRICE_PARTS } from '../../src/sim/control/price-hand.ts'
import type { SimSession } from './sim-cli.ts'
import { createFakeSignals, startSession } from './sim-cli.ts'

let session: SimSession | undefined

afterEach(async () => {
  await session?.close()
  session = undefined
})

const lastDocument = (stdout: string) =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>

async function until(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 20_000, interval: 20 }).toBe(true)
}

describe('hedgebot watch on the simulated exchange', () => {
  it('looks once, finds everything as it should be, and holds nothing afterwards', async () => {
    session = await startSession()
    expect((await session.hedgebot('open --all')).exit).toBe(0)
    const { exit, stdout } = await session.hedgebot('watch --once')
    expect(exit).toBe(0)
    expect(lastDocument(stdout)).toMatchObject({
      kind: 'summary',
      totals: { hedges: 1, open: 1, unknown: 0, unprotected: 0 },
    })
    expect((await session.hedgebot('close --all')).exit).toBe(0)
  }, 60_000)

  it('opens, is the only watch, sees another command close, and ends flat', async () => {
    session = await startSession({
      accounts: 4,
      config: { extraYaml: 'risk:\n  take_profit_usd: 900\n' },
    })
    const { hedgebot, position } = session
    const watching = hedgebot('watch --open --until-flat')
    await until(() => [1, 2, 3, 4].every((account) => position(account) !== 0n))
    // What is closed before its opening was verified is an opening that was not completed.
    await expect
      .poll(async () => (await hedgebot('status')).json, { timeout: 20_000 })
      .toMatchObject({ totals: { open: 2 } })
    expect((await hedgebot('watch --once')).exit).toBe(6)
    const again = await hedgebot('open --all')
    expect(again.exit).toBe(0)
    expect(again.stderr).not.toContain('nobody watches')
    expect((await hedgebot('close --all')).exit).toBe(0)
    const { exit, stdout } = await watching
    expect(exit).toBe(0)
    expect(lastDocument(stdout)).toMatchObject({
      hedges: [{ state: 'closed' }, { state: 'closed' }],
      totals: { open: 0 },
    })
    expect([1, 2, 3, 4].map(position)).toEqual([0n, 0n, 0n, 0n])
  }, 60_000)

  it('closes a hedge whose leg reaches its limit, and after Ctrl-C leaves the rest open', async () => {
    session = await startSession({
      accounts: 4,
      stage: { tickIntervalMs: 100 },
      config: {
        stopLossThreshold: '40',
        positionSizes: new Map([
          ['account_1', '0.05'],
          ['account_2', '0.05'],
        ]),
      },
    })
    const { hedgebot, position, stage } = session
    expect((await hedgebot('open --all')).exit).toBe(0)
    const signals = createFakeSignals()
    const watching = hedgebot('watch', { signals })
    stage.priceHand.move({
      marketIndex: 1,
      parts: PRICE_PARTS,
      overMs: 5000,
      target: { kind: 'scale', byE9: 12_000_000n },
    })
    await until(() => position(1) === 0n && position(2) === 0n)
    signals.emit('SIGINT')
    const { exit, stdout } = await watching
    expect(exit).toBe(130)
    expect([3, 4].map(position)).toEqual([1000n, -1000n])
    expect(stdout).toMatch(/"kind":"event".*account_2 lost 4\d\.?\d* USD, limit 40/)
  }, 60_000)
})
