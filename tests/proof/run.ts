/**
 * `npm run proof`: everything that shows that no money is lost by our fault, one part after the other. Each part can be run
 * by itself and repeats from a seed.
 *
 *     npm run proof [-- episodes kills fuzz sabotage]
 * @module
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { print } from './print.ts'

interface Part {
  readonly script: string
  readonly args: readonly string[]
}

const PARTS: Readonly<Record<string, Part>> = {
  episodes: { script: 'episodes/run.ts', args: ['--episodes', '500'] },
  kills: { script: 'processes/run.ts', args: ['--kills', '100'] },
  fuzz: { script: 'fuzz/run.ts', args: ['--inputs', '100000'] },
  sabotage: { script: 'sabotage/run.ts', args: ['--seeds', '500'] },
}

const chosen = process.argv.slice(2)
const unknown = chosen.find((name) => PARTS[name] === undefined)
if (unknown === undefined) process.exitCode = await prove()
else {
  print(`there is no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`)
  process.exitCode = 2
}

async function prove(): Promise<number> {
  const ends: { name: string; exit: number; seconds: number }[] = []
  for (const [name, part] of Object.entries(PARTS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    print(`\n== ${name}`)
    const startMs = performance.now()
    const exit = await runPart(part)
    ends.push({ name, exit, seconds: (performance.now() - startMs) / 1000 })
  }
  print('')
  for (const { name, exit, seconds } of ends) {
    print(`${name.padEnd(9)} ${exit === 0 ? 'proven' : 'FAILED'}  ${seconds.toFixed(0)} s`)
  }
  return ends.every(({ exit }) => exit === 0) ? 0 : 1
}

/** Ends with its exit code; 1 when it was killed. */
function runPart({ script, args }: Part): Promise<number> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
