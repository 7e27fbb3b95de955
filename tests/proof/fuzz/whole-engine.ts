/**
 * The whole program over a garbled wire: hedges are opened and closed while answers and frames become garbage. The
 * exchange's own books say whether anything wrong was done: exposure added while closing, a leg above its target, a hedge
 * that is called closed and is not. When the wire is good again, everything comes to its end.
 * @module
 */
import { createAuditor, type Auditor } from '../../episodes/auditor.ts'
import type { Bot, World } from '../../episodes/world.ts'
import { closeAll, createWorld, openAll } from '../../episodes/world.ts'
import { type Draw, partOf } from './draw.ts'
import { claim, type FuzzTarget } from './fuzz-target.ts'
import { createFormatChange } from './format-change.ts'
import { createGarbledWire } from './garbled-wire.ts'
import { judgeError } from './judge-error.ts'

/** One round of a hedge or two. */
export const wholeEngine: FuzzTarget = {
  name: 'whole-engine',
  weight: 300,
  limitMs: 120_000,
  cpuLimitMs: 60_000,
  async run(draw) {
    const accounts = draw.pick([2, 2, 2, 4])
    const world = createWorld({ seed: draw.seed, accounts, proxies: draw.pick([0, 0, 2]) })
    const auditor = audit(world)
    const garbled: string[] = []
    try {
      await play({ draw, world, auditor, garbled })
      return garbled.length > 0 ? 'named error' : 'accepted'
    } finally {
      auditor.stop()
      world.close()
    }
  },
}

const BTC = 1
const LEG_TICKS = 1000n
/** From then on the wire is good. */
const CALM_AFTER_MS = 45_000
const LONGEST_RUN_MS = 300_000

interface Scene {
  readonly draw: Draw
  readonly world: World
  readonly auditor: Auditor
  readonly garbled: string[]
}

function audit({ accounts, clock, stage }: World): Auditor {
  const indexes = accounts.map(({ accountIndex }) => accountIndex)
  const pairs = indexes.flatMap((index, at) =>
    at % 2 === 0 ? [[index, indexes[at + 1] ?? index]] : [],
  )
  return createAuditor({
    clock,
    core: stage.core,
    marketIndex: BTC,
    hedges: pairs,
    legTicksMax: LEG_TICKS,
  })
}

async function play(scene: Scene): Promise<void> {
  const { draw, world, auditor } = scene
  await runBot(scene, 'open', (bot) => openAll(world, bot))
  if (draw.chance(0.5)) await runBot(scene, 'open', (bot) => openAll(world, bot))
  auditor.expectOnlyReductions()
  await runBot(scene, 'close', closeAll)
  await world.clock.advance(Math.max(0, CALM_AFTER_MS - world.clock.monotonicMs()))
  const last = await runBot(scene, 'close', closeAll)
  await world.clock.advance(5_000)
  const rest = {
    isFlat: auditor.isFlat(),
    live: last.liveHedges,
    unsettled: last.unsettled,
    findings: auditor.findings,
  }
  claim(auditor.findings.length === 0, auditor.findings.join('; '), shownGarbage(scene))
  claim(rest.isFlat, 'after everything was closed there are positions', shownGarbage(scene))
  claim(
    rest.live === 0 && rest.unsettled === 0,
    `left over: ${JSON.stringify(rest)}`,
    shownGarbage(scene),
  )
}

/** The last of what was garbled: a finding is looked at with a debugger and its seed. */
function shownGarbage({ garbled }: Scene): string {
  const formats = garbled.filter((what) => what.startsWith(FORMAT))
  return [...formats, `${garbled.length} garbled, the last:`, ...garbled.slice(-8)].join('\n')
}

interface BotEnd {
  readonly liveHedges: number
  readonly unsettled: number
}

/** One process from its start to its end. */
async function runBot(
  scene: Scene,
  command: string,
  work: (bot: Bot) => Promise<unknown>,
): Promise<BotEnd> {
  const { draw, world, garbled } = scene
  const { clock } = world
  // A format that changes while a hedge is open, more often than while one is being opened.
  const format = draw.chance(command === 'close' ? 0.4 : 0.1) ? createFormatChange(draw) : undefined
  if (format !== undefined) garbled.push(`${FORMAT} of ${command}: ${format.name}`)
  const wire = createGarbledWire({
    clock,
    change: format?.change,
    draw: partOf(draw, garbled.length + 1),
    answers: draw.pick([0, 0.02, 0.1, 0.3]),
    frames: draw.pick([0.01, 0.05, 0.2]),
    untilMs: CALM_AFTER_MS,
    onGarbled: (what) => garbled.push(what),
  })
  const bot = world.startBot({ command, suspension: wire })
  let error: unknown
  let isDone = false
  const done = work(bot)
    .catch((thrown: unknown) => {
      error = thrown
    })
    .finally(() => {
      isDone = true
    })
  await clock.runUntil(done, LONGEST_RUN_MS)
  claim(isDone, `${command} does not end`, shownGarbage(scene))
  judgeEnd(scene, { bot, command, error })
  const end = {
    liveHedges: bot.journal.liveHedges().length,
    unsettled: bot.journal.unsettledOrders().length,
  }
  bot.close()
  return end
}

/** How a change of format is told from other garbage. */
const FORMAT = 'format'

const SLIPS =
  /TypeError|RangeError|SyntaxError|Cannot read|is not a function|is not iterable|unexpectedly|assertion failed/

function judgeEnd(
  scene: Scene,
  { bot, command, error }: { readonly bot: Bot; readonly command: string; readonly error: unknown },
): void {
  const input = shownGarbage(scene)
  // What an opening cannot be checked for is an error of the scene's own, in words.
  const isWords = error instanceof Error && error.constructor === Error
  if (error !== undefined && !isWords) judgeError(error, { input, longestMessage: 4_000 })
  const slip = bot.complaints.find((text) => SLIPS.test(text))
  claim(slip === undefined, `${command} complains: ${slip?.slice(0, 500)}`, input)
  claim(bot.requests.length <= 4_000, `${bot.requests.length} requests`, input)
  for (const { hedgeId, state, legs } of bot.journal.recentHedges(50)) {
    if (state !== 'closed' && state !== 'aborted') continue
    for (const { accountIndex } of legs) {
      const ticks = scene.auditor.positionTicks(accountIndex)
      const isOthers = bot.journal
        .liveHedges()
        .some((live) => live.legs.some((leg) => leg.accountIndex === accountIndex))
      claim(
        ticks === 0n || isOthers,
        `${hedgeId} is ${state} and account ${accountIndex} has ${ticks}`,
        input,
      )
    }
  }
}
