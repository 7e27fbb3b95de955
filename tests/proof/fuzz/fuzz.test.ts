import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { BROKEN_SEED, brokenTargets } from './broken-targets.ts'
import { createDraw } from './draw.ts'
import { fuzz } from './fuzz-loop.ts'
import { garbleJson } from './garble-json.ts'
import { mutateJson } from './mutate-json.ts'
import { OPEN_BUGS, openBugOf } from './open-bugs.ts'
import { plantSecrets } from './planted-secrets.ts'
import { spread, TARGETS, targetOf } from './targets.ts'
import { createWatchedWorker } from './watched-worker.ts'

const INPUTS = 2_000
/** Other inputs than those of a run. */
const FIRST_SEED = 500_000

describe('hostile input', () => {
  const counts = spread(INPUTS, TARGETS)

  it.each(TARGETS.map((target) => [target.name, target] as const))(
    'of %s ends in a named error or in what it says, and nothing else',
    async (name, target) => {
      await target.prepare?.()
      const job = { target, firstSeed: FIRST_SEED, count: counts.get(name) ?? 1 }
      const { findings, namedErrors, accepted } = await fuzz(job)
      await target.end?.()
      const fresh = findings.filter((finding) => openBugOf(finding) === undefined)
      expect(fresh.slice(0, 3)).toEqual([])
      expect(namedErrors + accepted).toBe(job.count - findings.length)
    },
    60_000,
  )
})

describe('the search', () => {
  it('spreads exactly so many inputs, and at least one to each target', () => {
    for (const inputs of [1_000, 99_999, 100_000]) {
      const counts = [...spread(inputs, TARGETS).values()]
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(inputs)
      expect(Math.min(...counts)).toBeGreaterThan(0)
    }
  })

  it('makes the same input of the same seed', () => {
    const sample = '{"accounts":[{"index":3,"positions":[{"market_id":1,"position":"0.01"}]}]}'
    for (let seed = 0; seed < 50; seed += 1) {
      expect(mutateJson(createDraw(seed), sample)).toEqual(mutateJson(createDraw(seed), sample))
    }
  })

  it('breaks an answer for the whole program without a plausible lie', () => {
    const sample = '{"positions":{"1":{"market_id":1,"sign":1,"position":"0.01000"}},"n":[1,2]}'
    for (let seed = 0; seed < 2_000; seed += 1) {
      const text = garbleJson(createDraw(seed), sample)
      const value = read(text)
      const rows = value?.positions
      const isMap = typeof rows === 'object' && rows !== null && !Array.isArray(rows)
      if (isMap && !('a' in rows)) expect([text, Object.keys(rows)]).toEqual([text, ['1']])
      expect(text).not.toMatch(/"position":"?-?0(\.0*)?"?[,}]/)
    }
  })

  it('sees a secret in pieces of twelve characters and in base64', () => {
    const secrets = plantSecrets(createDraw(1))
    const { apiKey, password, token } = secrets
    expect(secrets.leakIn(`x${apiKey.slice(31, 43)}y`)).toBe('apiKey')
    expect(secrets.leakIn(password.slice(3, 15))).toBe('password')
    expect(secrets.leakIn(token)).toBe('signature')
    expect(secrets.leakIn(Buffer.from(`u:${password}`).toString('base64'))).toBeUndefined()
    expect(secrets.leakIn(Buffer.from(`usr${password}`).toString('base64'))).toBe('password')
    expect(secrets.leakIn('a line that says nothing')).toBeUndefined()
  })

  it('still finds every bug that is called open', async () => {
    for (const bug of OPEN_BUGS) {
      const target = targetOf(bug.target)
      if (target === undefined) throw new Error(`no target ${bug.target}`)
      const { findings } = await fuzz({ target, firstSeed: bug.seed, count: 1 })
      expect([bug.what, findings.map(openBugOf)]).toEqual([bug.what, [bug]])
    }
  })
})

function read(text: string): { readonly positions?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

describe('a target that is broken on purpose', () => {
  const worker = createWatchedWorker()
  afterAll(() => worker.close())

  it.each(brokenTargets.map((target) => [target.name, target] as const))(
    '%s is found with its seed, and the inputs behind it are run',
    async (name, target) => {
      const end = await worker.run({ target, firstSeed: BROKEN_SEED - 2, count: 5 })
      expect(end.inputs).toBe(5)
      expect(end.findings.map((finding) => [finding.target, finding.seed])).toEqual([
        [name, BROKEN_SEED],
      ])
    },
    60_000,
  )

  it('ends a run with exit 1, the input, and the command that repeats it', async () => {
    const run = fileURLToPath(new URL('run.ts', import.meta.url))
    const end = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
      const args = ['--import', 'tsx', run, '--target', 'broken-value', '--inputs', '9']
      execFile(process.execPath, args, (error, stdout) => {
        resolve({ code: error?.code ?? 0, stdout })
      })
    })
    expect(end.code).toBe(1)
    expect(end.stdout).toContain('input: {"positions":null}')
    expect(end.stdout).toContain(`--target broken-value --seed ${BROKEN_SEED} --inputs 1`)
    expect(end.stdout.trimEnd()).toMatch(/9 inputs, 1 findings$/)
  }, 60_000)
})
