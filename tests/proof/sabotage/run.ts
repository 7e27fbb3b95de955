/**
 * Every deliberate bug has to be caught by the episodes.
 *
 *     npx tsx tests/proof/sabotage/run.ts [--seeds 500] [--processes 2] [--only "wrong leg"]
 * @module
 */
import { parseArgs } from 'node:util'
import { print } from '../print.ts'
import { sabotage } from './sabotage.ts'
import { SABOTEURS } from './saboteurs.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    processes: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})

let missed = 0
for (const saboteur of SABOTEURS.filter(({ name }) => name.includes(values.only))) {
  const { seed, played, finding } = await sabotage(saboteur, {
    seeds: Number(values.seeds),
    ...(values.processes === undefined ? {} : { processes: Number(values.processes) }),
  })
  if (seed === undefined) missed += 1
  const end =
    seed === undefined ? `NOT CAUGHT in ${played} seeds` : `caught by seed ${seed}: ${finding}`
  print(`${saboteur.name}: ${end}`)
}
print(`${SABOTEURS.length} deliberate bugs, ${missed} not caught`)
process.exitCode = missed === 0 ? 0 : 1
