/** What happened in a world, for people: the processes, the exchange's trades, and the journal's own story. */
import { runLine } from '../../commands/sim-cli.ts'
import type { ProcessWorld } from './process-world.ts'
import type { ProgramEnd } from './program.ts'

const POINTS_SHOWN = 6
const HEDGES_MAX = 8

/** Tells everything. Call when no process runs any more. */
export async function tellKill(world: ProcessWorld): Promise<string> {
  const names = new Map(world.stage.accounts.map((account) => [account.accountIndex, account.name]))
  const trades = world.audit.trades().map(({ accountIndex, ticks, priceTicks, atMs, tradeId }) => {
    const time = new Date(atMs).toISOString().slice(11, 23)
    return `  ${time}  ${names.get(accountIndex)}  ${ticks} ticks at ${priceTicks}  (${tradeId})`
  })
  const parts = [
    'processes:',
    ...world.ends.flatMap(tellProcess),
    'trades at the exchange:',
    ...trades,
    ...(await explainAll(world)),
  ]
  return parts.join('\n')
}

function tellProcess({ line, exit, signal, points, wallMs, stderr, json }: ProgramEnd): string[] {
  const ended = signal ?? `exit ${exit}`
  return [
    `  hedgebot ${line}: ${ended} after ${Math.round(wallMs)} ms, ${points.length} points, last ` +
      points.slice(-POINTS_SHOWN).join(' '),
    ...stderr
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => `    ${text}`),
    ...(json.error === undefined ? [] : [`    ${json.error.code}: ${json.error.message}`]),
  ]
}

async function explainAll(world: ProcessWorld): Promise<readonly string[]> {
  const told: string[] = []
  for (let number = 1; number <= HEDGES_MAX; number += 1) {
    const { exit, stdout } = await runLine(['--config', world.configFile], `explain h${number}`)
    if (exit !== 0) break
    told.push(`explain h${number}:`, stdout)
  }
  return told
}
