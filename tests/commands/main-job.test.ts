import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { parseFault } from '../../src/sim/faults/parse-fault.ts'
import type { SimSession } from './sim-cli.ts'
import { createFakeSignals, runLine, startSession } from './sim-cli.ts'

let session: SimSession | undefined

afterEach(async () => {
  await session?.close()
  session = undefined
})

async function rewriteConfig(at: SimSession, change: (text: string) => string): Promise<void> {
  await writeFile(at.configFile, change(await readFile(at.configFile, 'utf8')), { mode: 0o600 })
}

describe('the main job', () => {
  it('opens, shows, repeats without effect, closes and says when nothing is left', async () => {
    session = await startSession({ accounts: 4 })
    const opened = await session.hedgebot('open --all')
    expect(opened.stderr).not.toMatch(/error/i)
    expect(opened.exit).toBe(0)
    expect(opened.json.hedges?.map((hedge) => [hedge.state, hedge.stop_state])).toEqual([
      ['open', 'RESTING'],
      ['open', 'RESTING'],
    ])
    expect([1, 2, 3, 4].map(session.position)).toEqual([1000n, -1000n, 1000n, -1000n])

    const status = await session.hedgebot('status')
    expect(status.exit).toBe(0)
    expect(status.json.hedges?.map((hedge) => hedge.net_exposure_usd)).toEqual(['0', '0'])

    const again = await session.hedgebot('open --all')
    expect(again.exit).toBe(0)
    expect(again.stderr).toContain('already so')
    expect([1, 2, 3, 4].map(session.position)).toEqual([1000n, -1000n, 1000n, -1000n])

    const partly = await session.hedgebot('close --accounts account_4')
    expect(partly.exit).toBe(0)
    expect([1, 2, 3, 4].map(session.position)).toEqual([1000n, -1000n, 0n, 0n])
    const closed = await session.hedgebot('close --all')
    expect(closed.exit).toBe(0)
    expect([1, 2].map(session.position)).toEqual([0n, 0n])
    expect((await session.hedgebot('close --all')).exit).toBe(0)
    expect((await session.hedgebot('orders list')).stdout).toContain('"orders":[]')

    const story = await session.hedgebot('explain h1')
    expect(story.exit).toBe(0)
    expect(story.stdout).toMatch(/"purpose":"open".*"tx_hash":"[0-9a-f]{80}"/)
  })

  it('shows the plan and sends nothing with --dry-run', async () => {
    session = await startSession()
    const run = await session.hedgebot('open --all --dry-run')
    expect(run.exit).toBe(0)
    expect(run.stdout).toContain('"plan"')
    expect(session.position(1)).toBe(0n)
    expect((await session.hedgebot('status')).json.hedges).toEqual([])
  })

  it('takes size, leverage and flipped sides from the command line', async () => {
    session = await startSession()
    expect((await session.hedgebot('open --all --size 0.005 --leverage 5 --flip')).exit).toBe(0)
    expect([1, 2].map(session.position)).toEqual([-500n, 500n])
  })

  it('costs at most 5 units an account cold and 3 warm, stops included', async () => {
    session = await startSession({ accounts: 4 })
    const { units } = session.stage.gateway
    expect((await session.hedgebot('open --all')).exit).toBe(0)
    const cold = session.stage.accounts.map(
      (account) => units.byAccount(account.accountIndex).units,
    )
    expect(Math.max(...cold)).toBeLessThanOrEqual(5)
    expect(Math.min(...cold)).toBeGreaterThan(0)
    expect((await session.hedgebot('close --all')).exit).toBe(0)
    const before = session.stage.accounts.map(
      (account) => units.byAccount(account.accountIndex).units,
    )
    expect((await session.hedgebot('open --all')).exit).toBe(0)
    const warm = session.stage.accounts.map(
      (account, at) => units.byAccount(account.accountIndex).units - (before[at] ?? 0),
    )
    expect(Math.max(...warm)).toBeLessThanOrEqual(3)
  })

  it('prints the result of a finished run again for the same run key', async () => {
    session = await startSession()
    const first = await session.hedgebot('open --all --run-key monday')
    const second = await session.hedgebot('open --all --run-key monday')
    expect(second.exit).toBe(0)
    expect(second.json).toEqual(first.json)
    expect(second.stderr).toContain('finished already')
  })

  it('refuses a late start', async () => {
    session = await startSession()
    const run = await session.hedgebot('open --all --not-after 2020-01-01T00:00:00Z')
    expect(run.exit).toBe(1)
    expect(run.json.error?.code).toBe('too_late')
    expect(session.position(1)).toBe(0n)
  })

  it('opens nothing while paused', async () => {
    session = await startSession()
    expect((await session.hedgebot('pause')).exit).toBe(0)
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(1)
    expect(session.position(1)).toBe(0n)
    expect((await session.hedgebot('resume')).exit).toBe(0)
    expect((await session.hedgebot('open --all')).exit).toBe(0)
  })
})

describe('bad input', () => {
  it.each([
    ['position_size: 0.01', 'position_size: 0.000001', 'size_off_step', 2],
    ['position_size: 0.01', 'position_size: 0.00001', 'size_below_minimum', 2],
    ['leverage: 10', 'leverage: 80', 'leverage_above_market', 2],
    ['trading_pair: "BTC"', 'trading_pair: "NOPE"', 'market_unknown', 2],
  ])('%s -> %s is refused as %s', async (from, to, code, exit) => {
    session = await startSession()
    await rewriteConfig(session, (text) => text.replace(from, to))
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(exit)
    expect(run.json.error?.code).toBe(code)
    expect(run.json.error?.hint).toBeTruthy()
    expect(session.position(1)).toBe(0n)
  })

  it('refuses an account without funds before anything is sent', async () => {
    session = await startSession({ stage: { collateralUsd: '50' } })
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(1)
    expect(run.json.points?.map((point) => point.code)).toContain('margin_short')
    expect(session.position(1)).toBe(0n)
  })

  it('says that nothing answers when the exchange is down', async () => {
    session = await startSession()
    await session.server.close()
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(1)
    expect(run.json.error?.message).toMatch(/refused|connect/i)
    const status = await session.hedgebot('check')
    expect(status.exit).toBe(5)
  })

  it.each(['http:html', 'http:429', 'http:503'])(
    'gives a clear error when the exchange answers %s',
    async (fault) => {
      session = await startSession({ faults: [fault] })
      const run = await session.hedgebot('open --all')
      expect(run.exit).toBe(1)
      expect(run.json.error?.code).toBeTruthy()
      expect(run.json.error?.message).not.toContain('undefined')
      expect(session.position(1)).toBe(0n)
    },
  )

  it('opens all the same when the exchange is slow', async () => {
    session = await startSession({ faults: ['delay:150-400'] })
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(0)
    expect([1, 2].map(session.position)).toEqual([1000n, -1000n])
  })

  it('names unknown commands and options', async () => {
    const run = await runLine([], 'opne --all')
    expect(run.exit).toBe(2)
    expect(run.stderr).toContain('open')
  })
})

describe('faults in the middle', () => {
  it('brings the other leg back when one is refused', async () => {
    session = await startSession()
    // A first round sets the leverage: then the only transaction of an opening is its order.
    expect((await session.hedgebot('open --all')).exit).toBe(0)
    expect((await session.hedgebot('close --all')).exit).toBe(0)
    const second = session.stage.accounts[1]?.accountIndex ?? 0
    session.stage.gateway.faults.add(parseFault(`reject:21739@account=${second}`))
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(3)
    expect([1, 2].map(session.position)).toEqual([0n, 0n])
  })

  it('settles an answer that was lost after execution by the same nonce', async () => {
    session = await startSession({ faults: ['lost-answer:1@times=2,endpoint=jsonapi/sendtx'] })
    const run = await session.hedgebot('open --all')
    expect(run.exit).toBe(0)
    expect([1, 2].map(session.position)).toEqual([1000n, -1000n])
  })

  it('ends hedged or flat after Ctrl-C', async () => {
    session = await startSession({ accounts: 4, stage: { noDelay: false } })
    const signals = createFakeSignals()
    const { core } = session.stage
    const stop = core.subscribe((event) => {
      if (event.type === 'trade') signals.emit('SIGINT')
    })
    const run = await session.hedgebot('open --all', { signals })
    stop()
    expect(run.exit).toBe(130)
    expect(session.position(1) + session.position(2)).toBe(0n)
    expect(session.position(3) + session.position(4)).toBe(0n)
  })

  it('lets only one of two opens at once have the accounts', async () => {
    session = await startSession({ stage: { noDelay: false } })
    const runs = await Promise.all([session.hedgebot('open --all'), session.hedgebot('open --all')])
    expect(runs.map((run) => run.exit).toSorted((a, b) => a - b)).toEqual([0, 6])
    expect([1, 2].map(session.position)).toEqual([1000n, -1000n])
  })

  it('flattens what the journal does not know, when asked', async () => {
    session = await startSession({ accounts: 4 })
    expect((await session.hedgebot('open --all')).exit).toBe(0)
    await rewriteConfig(session, (text) => text.replace(/state_dir: .*/, 'state_dir: "other"'))
    const refused = await session.hedgebot('open --all')
    expect(refused.exit).toBe(1)
    expect(refused.json.points?.map((point) => point.code)).toContain('position_foreign')
    const run = await session.hedgebot('close --flatten')
    expect(run.exit).toBe(0)
    expect([1, 2, 3, 4].map(session.position)).toEqual([0n, 0n, 0n, 0n])
  })
})
