/**
 * Kills `hedgebot` processes at named points and checks by the exchange's own books what comes of it.
 *
 *     npx tsx tests/proof/processes/run.ts [--kills 100] [--per-kind 3] [--seed 1] [--verbose]
 *     npx tsx tests/proof/processes/run.ts --kill open/commit-after:orders#2 --seed 7
 *
 * Exit code 1 when anything was not recovered.
 * @module
 */
import { parseArgs } from 'node:util'
import { ensureBuilt } from './built-program.ts'
import type { KillOutcome } from './kill-run.ts'
import { runKill } from './kill-run.ts'
import { runKills } from './kill-runs.ts'
import { renderKills } from './render-kills.ts'
import { parsePoint } from './point-name.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    'per-kind': { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    kill: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

process.exitCode = values.kill === undefined ? await killMany() : await killOne(values.kill)

async function killMany(): Promise<number> {
  const startMs = performance.now()
  const runs = await runKills({
    count: Number(values.kills),
    perKind: Number(values['per-kind']),
    seed: Number(values.seed),
    onKill: tell,
  })
  print(renderKills(runs, performance.now() - startMs))
  return runs.outcomes.some(({ findings }) => findings.length > 0) ? 1 : 0
}

async function killOne(name: string): Promise<number> {
  await ensureBuilt()
  const outcome = await runKill(parsePoint(name), Number(values.seed))
  tell(outcome)
  print(JSON.stringify({ ...outcome, story: undefined }, null, 2))
  return outcome.isHit && outcome.findings.length === 0 ? 0 : 1
}

function tell(outcome: KillOutcome): void {
  const { name, seed, isHit, findings, story } = outcome
  if (values.verbose) print(JSON.stringify({ ...outcome, story: undefined }))
  if (!isHit) print(`not met: ${name} (seed ${seed})`)
  if (findings.length === 0) return
  print(`FAILED ${name}`)
  for (const finding of findings) print(`  ${finding}`)
  print(`  again: npx tsx tests/proof/processes/run.ts --kill '${name}' --seed ${seed}`)
  print(story)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
