/**
 * Requests to the simulator's control surface: each is done whole or refused by name with nothing changed, and the
 * simulator goes on.
 * @module
 */
import { createControlDesk, CONTROL_OPERATIONS } from '../../../src/sim/control/control-desk.ts'
import { toWireJson } from '../../../src/sim/gateway/wire-json.ts'
import { createFixture } from '../../sim/gateway/stage-fixture.ts'
import type { Draw } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { refusable } from './judge-error.ts'
import { junkText } from './junk.ts'
import { mutateJson } from './mutate-json.ts'
import { parsed } from './plain-look.ts'

/** A dozen requests to a fresh simulator. */
export const controlRequests: FuzzTarget = {
  name: 'control-requests',
  weight: 500,
  limitMs: 20_000,
  cpuLimitMs: 8_000,
  async run(draw) {
    const { clock, stage } = createFixture({ noDelay: true })
    const desk = createControlDesk(stage)
    const said: string[] = []
    let accepted = 0
    for (let count = 12; count > 0; count -= 1) {
      const [name, text] = makeRequest(draw)
      const body = parsed(text)
      said.push(`POST /${name.slice(0, 100)} ${text.slice(0, 300)}`)
      const before = toWireJson(desk.state())
      const end = await refusable(() => desk.run(name, body), { input: said })
      if ('error' in end) {
        const isRefusal = end.error.kind === 'usage' || end.error.kind === 'refused'
        claim(isRefusal, `kind ${end.error.kind}`, said)
        claim(toWireJson(desk.state()) === before, 'a refused request changed something', said)
      } else {
        accepted += 1
        toWireJson(end.value)
      }
      if (draw.chance(0.3)) await clock.advance(draw.pick([0, 50, 1_000]))
    }
    const state = toWireJson(desk.state())
    claim(state.length < 200_000, `a state of ${state.length} characters`, said)
    stage.close()
    return accepted > 0 ? 'accepted' : 'named error'
  },
}

function makeRequest(draw: Draw): readonly [string, string] {
  const [name, { examples, keys }] = draw.pick(Object.entries(CONTROL_OPERATIONS))
  if (draw.chance(0.05))
    return [
      draw.chance(0.5) ? junkText(draw) : draw.pick(['__proto__', 'constructor', 'state']),
      '{}',
    ]
  if (draw.chance(0.3))
    return [name, JSON.stringify(Object.fromEntries(keys.map((key) => [key, junkMember(draw)])))]
  const good = draw.pick(examples)
  return [name, draw.chance(0.25) ? good : mutateJson(draw, good).text]
}

function junkMember(draw: Draw): unknown {
  return draw.pick<unknown>([
    'account_1',
    'BTC',
    1,
    0,
    -1,
    1.5,
    2 ** 60,
    '1e9',
    '-5%',
    '+10000%',
    '99999%',
    '0%',
    '30s',
    '999999999m',
    '0.000001',
    '999999999999999',
    '0',
    true,
    null,
    [],
    {},
    junkText(draw),
  ])
}
