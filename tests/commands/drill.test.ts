/** `hedgebot drill` with the user's program as real processes, over real sockets, in real time. */
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRehearsal } from '../../src/config/load-rehearsal.ts'
import type { DrillReport } from '../../src/drill/drill-report.ts'
import { setUpDrill } from '../../src/drill/drill-setup.ts'
import { openAll } from '../../src/drill/drill-world.ts'
import { runDrill } from '../../src/drill/run-drill.ts'
import { MARKET_SPECS } from '../../src/sim/core/market-list.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { createRenderStyle } from '../../src/ui/render-style.ts'
import { renderDrill } from '../../src/ui/render-drill.ts'
import { pairConfig, sampleConfig } from '../drill/sample-config.ts'
import type { CliResult } from './sim-cli.ts'
import { createFakeSignals, runLine } from './sim-cli.ts'

const LIMIT_MS = 90_000
const clock = createSystemClock()
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hedgebot-drills-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function writeConfig(text: string): Promise<string> {
  const file = join(folder, 'config.yaml')
  await writeFile(file, text, { mode: 0o600 })
  return file
}

interface DrillDocument {
  readonly schema: string
  readonly network: string
  readonly verdict: string
  readonly verdict_text: string
  readonly story: readonly { readonly at_ms: number; readonly who: string; readonly text: string }[]
  readonly longest_naked_ms: number
  readonly max_naked_ms: number
  readonly naked_usd_ms: string
  readonly hedges: readonly { readonly legs: readonly { readonly base_size: string }[] }[]
  readonly mails: readonly { readonly subject: string }[]
  readonly runs: readonly { readonly command: string; readonly exit: number | null }[]
}

/** Runs `hedgebot <line> --json` and returns what a script sees. */
async function drill(
  line: string,
  text: string,
): Promise<CliResult & { readonly document: DrillDocument }> {
  const file = await writeConfig(text)
  const result = await runLine(['--config', file, '--json'], line)
  return { ...result, document: JSON.parse(result.stdout) as DrillDocument }
}

async function leftFolders(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('hedgebot-drill-'))
}

describe('hedgebot drill', () => {
  it(
    "plays a lost answer with the user's own sample, and nothing is bought twice",
    async () => {
      const { exit, document } = await drill('drill lost-answer', sampleConfig(2))
      expect(document).toMatchObject({
        schema: 'hedgebot/drill/1',
        network: 'sim',
        max_naked_ms: 3000,
        hedges: [{ legs: [{ base_size: '0.001' }, { base_size: '-0.001' }] }],
        runs: [{ command: 'open --all', exit: 0 }],
      })
      const texts = document.story.map(({ text }) => text)
      expect(texts).toContain('the answer to the order of account_2 is lost')
      expect(texts).toContain("the exchange's books: account_2 holds 0.001 after 1 order")
      const times = document.story.map(({ at_ms }) => at_ms)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(document.mails.map(({ subject }) => subject).join()).toContain('OPENED')
      expect([exit, document.verdict]).toEqual([0, 'passed'])
    },
    LIMIT_MS,
  )

  it(
    'says what it means that no stop rests on the exchange while the machine is off',
    async () => {
      const { exit, document } = await drill(
        'drill machine-off',
        pairConfig('risk: { exchange_stop: false }'),
      )
      expect([exit, document.verdict]).toEqual([3, 'safe'])
      expect(document.verdict_text).toContain('the exchange did not close long_one+short_one')
      expect(document.hedges[0]?.legs.every(({ base_size }) => base_size === '0')).toBe(true)
      expect(document.runs.map(({ exit: code }) => code)).toEqual([0, null, 143])
      expect(document.mails.map(({ subject }) => subject).join()).toContain('STOP')
    },
    LIMIT_MS,
  )

  it(
    'ends at once when it is interrupted, and leaves nothing behind',
    async () => {
      const before = await leftFolders()
      const signals = createFakeSignals()
      const file = await writeConfig(pairConfig())
      const running = runLine(['--config', file], 'drill price-jump', { signals })
      await clock.sleep(2500)
      const left = (await leftFolders()).filter((name) => !before.includes(name))
      expect(left.length).toBeGreaterThan(0)
      signals.emit('SIGINT')
      expect((await running).exit).toBe(130)
      expect(left.filter((name) => existsSync(join(tmpdir(), name)))).toEqual([])
    },
    LIMIT_MS,
  )

  it('lists the faults, and knows what a mistyped one was to be', async () => {
    const list = await runLine([], 'drill')
    expect(list.exit).toBe(2)
    expect(list.stderr).toMatch(/leg-refused +the exchange refuses one leg/)
    expect(list.stderr).toContain('hedgebot drill --all')
    const typo = await runLine([], 'drill mashine-off')
    expect([typo.exit, typo.stderr]).toEqual([
      2,
      expect.stringContaining('did you mean machine-off?'),
    ])
    expect((await runLine([], 'drill crash --all')).exit).toBe(2)
  })

  it('refuses a configuration with mistakes, as every command does', async () => {
    const file = await writeConfig(pairConfig('riks: {}'))
    const { exit, stderr } = await runLine(['--config', file], 'drill crash')
    expect([exit, stderr]).toEqual([2, expect.stringContaining('did you mean risk?')])
  })
})

describe('a drill that goes wrong', () => {
  it(
    'fails, by the books of the exchange, whatever the program says',
    async () => {
      const setup = setUpDrill(
        await loadRehearsal(await writeConfig(pairConfig())),
        undefined,
        MARKET_SPECS,
      )
      const report = await runDrill(
        {
          setup,
          fault: 'liquidated-leg',
          folder: join(folder, 'sabotage'),
          cwd: folder,
          path: '',
          clock,
          rng: createSystemRng(),
          signal: new AbortController().signal,
          readJournal: () => Promise.resolve({ lines: [], liveHedges: [] }),
        },
        // A leg is gone, and nobody watches.
        async (world) => {
          await openAll(world)
          world.desk.run('liquidate', { account: 'short_one', depth: 'full' })
          await clock.sleep(200)
          return undefined
        },
      )
      expect(report.verdict).toMatchObject({ word: 'failed', exit: 4 })
      expect(report.verdict.text).toContain('long_one holds 0.01')
      expect(report.longestNakedMs).toBeGreaterThan(150)
      expect(shown(report)).toMatch(/verdict: failed: long_one\+short_one is naked at the end/)
    },
    LIMIT_MS,
  )
})

function shown(report: DrillReport): string {
  const style = createRenderStyle({ columns: 400, hasColor: false })
  return renderDrill(report, 'the exchange liquidates one leg', style)
}
