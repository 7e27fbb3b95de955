import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonDocument, SimSession } from './sim-cli.ts'
import { runLine, startSession } from './sim-cli.ts'

let session: SimSession | undefined

afterEach(async () => {
  await session?.close()
  session = undefined
})

interface AdoptDocument extends JsonDocument {
  readonly dry_run?: boolean
  readonly plan?: {
    readonly hedges: readonly { readonly name: string; readonly evidence: string }[]
  }
  readonly left_out?: readonly {
    readonly account: string
    readonly account_index: number
    readonly code: string
    readonly reason: string
  }[]
}

async function rewriteConfig(at: SimSession, from: RegExp | string, to: string): Promise<void> {
  const text = await readFile(at.configFile, 'utf8')
  expect(text).toMatch(from)
  await writeFile(at.configFile, text.replace(from, to), { mode: 0o600 })
}

/** Opens everything and loses the journal. */
async function openAndLose(accounts: number): Promise<SimSession> {
  const at = await startSession({ accounts })
  session = at
  expect((await at.hedgebot('open --all')).exit).toBe(0)
  await rewriteConfig(at, /state_dir: .*/, 'state_dir: "other"')
  return at
}

async function adopt(at: SimSession, line = 'adopt') {
  const result = await at.hedgebot(line)
  return { ...result, json: result.json as AdoptDocument }
}

describe('hedgebot adopt', () => {
  it('takes the hedges of a lost journal over, and everything goes on with the new one', async () => {
    const at = await openAndLose(4)
    expect((await at.hedgebot('status')).json.hedges).toEqual([])
    const refused = await at.hedgebot('open --all')
    expect(refused.stdout).toContain('hedgebot adopt')

    const run = await adopt(at)
    expect(run.stderr).not.toMatch(/error/i)
    expect(run.exit).toBe(0)
    expect(run.json).toMatchObject({ schema: 'hedgebot/adopt/1', ok: true, left_out: [] })
    expect(run.json.hedges).toMatchObject([
      { hedge_id: 'h1', name: 'account_1+account_2', state: 'open', stop_state: 'RESTING' },
      { hedge_id: 'h2', name: 'account_3+account_4', state: 'open', stop_state: 'RESTING' },
    ])
    expect([1, 2, 3, 4].map(at.position)).toEqual([1000n, -1000n, 1000n, -1000n])

    const status = await at.hedgebot('status')
    expect(status.exit).toBe(0)
    expect(status.json.hedges?.map((hedge) => hedge.net_exposure_usd)).toEqual(['0', '0'])
    expect((await at.hedgebot('open --all')).stderr).toContain('already so')
    expect((await at.hedgebot('explain h1')).stdout).toContain('rebuilt from the exchange')

    const again = await adopt(at)
    expect(again.exit).toBe(0)
    expect(again.stderr).toContain('nothing to adopt')
    expect(again.json.left_out?.map(({ code }) => code)).toEqual(Array(4).fill('in_hedge'))

    expect((await at.hedgebot('close --all')).exit).toBe(0)
    expect([1, 2, 3, 4].map(at.position)).toEqual([0n, 0n, 0n, 0n])
    expect((await at.hedgebot('orders list')).stdout).toContain('"orders":[]')
  })

  it('shows the plan and writes nothing with --dry-run', async () => {
    const at = await openAndLose(2)
    const run = await adopt(at, 'adopt --dry-run')
    expect(run.exit).toBe(0)
    expect(run.json).toMatchObject({ dry_run: true, hedges: [] })
    expect(run.json.plan?.hedges).toMatchObject([
      { name: 'account_1+account_2', evidence: 'configured' },
    ])
    expect(run.stderr).toContain('account_1+account_2')
    expect((await at.hedgebot('status')).json.hedges).toEqual([])
  })

  it('refuses without a terminal and without --yes, and writes nothing', async () => {
    const at = await openAndLose(2)
    const run = await runLine(['--config', at.configFile, '--json'], 'adopt')
    expect(run.exit).toBe(2)
    expect(run.json.error?.code).toBe('confirmation_needed')
    expect((await at.hedgebot('status')).json.hedges).toEqual([])
  })

  it('says 3 and names what is ours and stays alone', async () => {
    const at = await openAndLose(4)
    await rewriteConfig(
      at,
      'account_name: "account_2"',
      'enabled: false\n    account_name: "account_2"',
    )
    const run = await adopt(at)
    expect(run.exit).toBe(3)
    expect(run.json.left_out).toMatchObject([
      { account: 'account_1', code: 'partner_unknown' },
      { account: 'account_2', code: 'disabled' },
    ])
  })

  it('says 5 when accounts could not be read', async () => {
    const at = await openAndLose(2)
    const second = at.stage.accounts[1]?.accountIndex ?? 0
    const { parseFault } = await import('../../src/sim/faults/parse-fault.ts')
    at.stage.gateway.faults.add(parseFault(`http:502@endpoint=trades,account=${second}`))
    const run = await adopt(at)
    expect(run.exit).toBe(5)
    expect(run.json.hedges).toEqual([])
    expect(run.json.left_out).toMatchObject([
      { account: 'account_1', code: 'partner_unknown' },
      { account: 'account_2', code: 'unknown' },
    ])
  }, 30_000)

  it('has nothing to do on accounts that are flat', async () => {
    const at = await startSession({ accounts: 2 })
    session = at
    const run = await adopt(at)
    expect(run.exit).toBe(0)
    expect(run.json.left_out?.map(({ code }) => code)).toEqual(['flat', 'flat'])
    expect(run.stderr).toContain('2 accounts flat')
  })
})
