/**
 * Plays an episode: the script until everything has gone wrong that was to go wrong, then calm, one watch that puts all in
 * order, the last act, and the comparison of the books.
 * @module
 */
import { startWatch } from '../../../src/engine/watch/watch.ts'
import { createAuditor } from '../../episodes/auditor.ts'
import { plan } from '../../episodes/proxy-troubles.ts'
import type { Bot, World } from '../../episodes/world.ts'
import { closeAll, createWorld, openAll } from '../../episodes/world.ts'
import type { Scene } from '../../engine/scenario.ts'
import { BTC } from '../../engine/scenario.ts'
import { createSuspension } from '../../engine/watch/support/suspension.ts'
import { moveUsd, watchOptions } from '../../engine/watch/support/watch-scene.ts'
import type { Mailbox } from '../../notify/support/mailbox.ts'
import { createMailbox } from '../../notify/support/mailbox.ts'
import { createTeller } from '../../notify/support/teller.ts'
import { strikeBlow } from './blows.ts'
import { compareBooks } from './book-rules.ts'
import type { CalmRules } from './calm-rules.ts'
import { LOOK_MS, createCalmRules } from './calm-rules.ts'
import type { Cast, Member } from './cast.ts'
import { createCast } from './cast.ts'
import { createDoneRules } from './done-rules.ts'
import type { DoneRules } from './done-rules.ts'
import type { LedgerFile } from './ledger-file.ts'
import { openLedgerFile } from './ledger-file.ts'
import type { ProofActor, ProofEpisode } from './proof-episode.ts'
import { STOP_USD } from './proof-episode.ts'
import { createSendRules } from './send-rules.ts'
import { CALM_AFTER_MS } from './weather.ts'

export interface ProofEnd {
  readonly findings: readonly string[]
  /** Longest naked time in calm, and at all. */
  readonly calmNakedMs: number
  readonly nakedMs: number
  readonly hedges: number
  readonly opened: number
  readonly trades: number
  readonly messages: number
}

/** Somebody who wants to see the world before it is gone. */
export interface Onlooker {
  readonly onBegin?: (play: Play) => void
  readonly onEnd?: (play: Play, last: Bot) => void
}

/** An episode on stage. */
export interface Play {
  readonly episode: ProofEpisode
  readonly world: World
  readonly at: Scene
  readonly cast: Cast
  readonly ledger: LedgerFile
  readonly findings: string[]
  readonly mailbox: Mailbox
  readonly done: DoneRules
  readonly calm: CalmRules
  readonly onSend: (bot: number, txInfo: string) => void
  /** How many foreign ticks each account holds in the other market. */
  readonly foreign: Map<number, bigint>
}

/** Plays it to its end. */
export async function runProofEpisode(
  episode: ProofEpisode,
  onlooker: Onlooker = {},
): Promise<ProofEnd> {
  const play = createPlay(episode)
  const { world, at, cast, findings } = play
  const { clock } = world
  const stopLooking = lookOften(play)
  try {
    onlooker.onBegin?.(play)
    plan(world, episode.troubles)
    for (const actor of episode.actors) clock.setTimer(actor.atMs, () => enter(play, actor))
    for (const blow of episode.blows) clock.setTimer(blow.atMs, () => strikeBlow(play, blow))
    planMail(play)
    await clock.advance(CALM_AFTER_MS)
    for (const { bot } of cast.living()) bot.kill()
    await clock.advance(3_000)
    const last = await putInOrder(play)
    await lastAct(play, last)
    conclude(play)
    onlooker.onEnd?.(play, last.bot)
    return {
      findings: [...at.auditor.findings, ...findings],
      calmNakedMs: play.calm.longestNakedMs(),
      nakedMs: at.auditor.longestNakedMs(),
      hedges: play.ledger.hedges().length,
      opened: play.done.counts.get('hedge_open') ?? 0,
      trades: at.indexes.reduce(
        (sum, index) => sum + world.stage.core.accountTrades(index, 100_000).length,
        0,
      ),
      messages: play.mailbox.arrived.length,
    }
  } finally {
    stopLooking()
    play.ledger.close()
    at.auditor.stop()
    world.close()
  }
}

function createPlay(episode: ProofEpisode): Play {
  const { seed, accounts, owners, proxies, hasFailover, sizes, pairing, policy, weather } = episode
  const world = createWorld({
    seed,
    accounts,
    owners,
    proxies,
    hasFailover,
    sizes,
    pairing,
    policy,
    faults: [...weather.faults],
    stage: { noiseBps: 2 },
  })
  const { clock, stage } = world
  const indexes = world.accounts.map(({ accountIndex }) => accountIndex)
  const hedges = episode.hedges.map((places) => places.map((place) => indexes[place] ?? 0))
  const auditor = createAuditor({
    clock,
    core: stage.core,
    marketIndex: BTC,
    hedges,
    legTicksMax: BigInt(Math.round(Math.max(...sizes.map(Number)) * 100_000)),
  })
  const at: Scene = { world, auditor, indexes, close: () => world.close() }
  const cast = createCast(clock)
  const ledger = openLedgerFile(world.journalFile)
  const findings: string[] = []
  const find = (text: string): void => {
    findings.push(`${Math.round(clock.monotonicMs())} ms: ${text}`)
  }
  const about = { core: stage.core, marketIndex: BTC, ledger, find }
  const calm = createCalmRules({
    ...about,
    hedges,
    maxNakedMs: world.policy.maxNakedMs,
    stopLossUsd: Number(STOP_USD),
    calmForMs: () => calmForMs(play),
  })
  const play: Play = {
    episode,
    world,
    at,
    cast,
    ledger,
    findings,
    calm,
    mailbox: createMailbox(clock),
    done: createDoneRules(about),
    onSend: createSendRules({ ...about, clock }),
    foreign: new Map(),
  }
  return play
}

/** After a storm connections, leases and pauses need this long to be as before. */
const AFTER_STORM_MS = 8_000
/** A watch that has just begun or woken first reads everything; an owner that sleeps keeps its lease. */
const AFTER_START_MS = 12_000

/** For how long nothing but mild weather has been about while somebody watched. */
function calmForMs({ episode, world, cast }: Play): number {
  const nowMs = world.clock.monotonicMs()
  const storms = [
    ...episode.weather.storms,
    ...episode.troubles.map(({ fromMs, forMs }) => ({ fromMs, untilMs: fromMs + forMs })),
    ...episode.blows
      .filter(({ kind }) => kind === 'jump' || kind === 'drain')
      .map(({ atMs }) => ({ fromMs: atMs, untilMs: atMs + 1_000 })),
  ]
  const begun = storms.filter(({ fromMs }) => fromMs <= nowMs)
  const stormOverMs = Math.max(-Infinity, ...begun.map(({ untilMs }) => untilMs + AFTER_STORM_MS))
  const sleeperSinceMs = Math.max(
    -Infinity,
    ...cast.living().map(({ suspendedAtMs = -Infinity }) => suspendedAtMs + AFTER_START_MS),
  )
  return Math.max(
    0,
    Math.min(
      nowMs - stormOverMs,
      nowMs - sleeperSinceMs,
      cast.guardedForMs() - AFTER_START_MS,
      nowMs - lastEndMs(cast) - AFTER_START_MS,
    ),
  )
}

/** Whatever a process leaves half done has to be taken over first. */
function lastEndMs({ members }: Cast): number {
  return Math.max(-Infinity, ...members.map(({ endedAtMs = -Infinity }) => endedAtMs))
}

function lookOften(play: Play): () => void {
  const { clock } = play.world
  let cancel: () => void
  const look = (): void => {
    play.calm.look()
    cancel = clock.setTimer(LOOK_MS, look)
  }
  cancel = clock.setTimer(LOOK_MS, look)
  return () => cancel()
}

/** A process begins; commands may fail under faults, and what they leave is what counts. */
function enter(play: Play, actor: ProofActor): Member {
  const { world, cast } = play
  const { clock } = world
  const { role, dieAfter, dieAtMs, abortAtMs, sleep } = actor
  const suspension = createSuspension(clock)
  const number = cast.members.length + 1
  const bot = world.startBot({
    command: role,
    suspension,
    hears: {
      onSend: (txInfo) => play.onSend(number, txInfo),
      onEvent: (event) => play.done.onEvent(event),
    },
  })
  const member = cast.add({ number, role, bot })
  if (dieAfter !== undefined) bot.dieAfter(dieAfter)
  if (dieAtMs !== undefined) clock.setTimer(dieAtMs, () => bot.kill())
  if (abortAtMs !== undefined) clock.setTimer(abortAtMs, () => bot.abort.abort())
  if (sleep !== undefined) {
    clock.setTimer(sleep.atMs, () => {
      suspension.suspend()
      member.suspendedAtMs = clock.monotonicMs()
    })
    clock.setTimer(sleep.atMs + sleep.forMs, () => {
      suspension.resume()
      member.suspendedAtMs = undefined
      member.wokenAtMs = clock.monotonicMs()
    })
  }
  void perform(play, member, suspension.clock).catch((error: unknown) => {
    bot.complaints.push(String(error))
  })
  return member
}

async function perform(
  { world, mailbox }: Play,
  member: Member,
  clock: World['clock'] | Parameters<typeof createTeller>[0],
): Promise<void> {
  const { bot, role } = member
  if (role === 'watch') {
    const { dispatcher } = createTeller(clock, bot, { mailbox })
    dispatcher.run()
    const watch = await startWatch(bot.engine, watchOptions({ stops: { stopLossUsd: STOP_USD } }))
    await watch.ended
    await dispatcher.flush(10_000)
    dispatcher.stop()
  } else {
    const { dispatcher } = createTeller(clock, bot, { mailbox, isWatching: false })
    if (role === 'open') await openAll(world, bot)
    else await closeAll(bot, { giveUpAfterMs: 20_000 })
    await dispatcher.flush(10_000)
  }
  // A command that is done is a process that is gone.
  member.endedAtMs ??= world.clock.monotonicMs()
  if (!bot.isDead()) bot.close()
}

function planMail({ episode, world, mailbox }: Play): void {
  if (episode.mailDown === undefined) return
  const { fromMs, untilMs } = episode.mailDown
  world.clock.setTimer(fromMs, () => mailbox.setMood('down'))
  world.clock.setTimer(untilMs, () => mailbox.setMood('works'))
}

/** The faults are over: one watch has to have everything hedged and settled. */
async function putInOrder(play: Play): Promise<Member> {
  const { world, at, episode, findings } = play
  const { clock } = world
  at.auditor.expectOnlyReductions()
  const last = enter(play, { role: 'watch', atMs: 0 })
  await clock.advance(episode.accounts > 10 ? 120_000 : 45_000)
  if (!at.auditor.isHedged()) findings.push('the legs do not match once all is calm')
  await settle(play, last.bot)
  return last
}

/** A stop may be replaced at just this moment: what is on its way settles soon. */
async function settle({ world, findings }: Play, { journal }: Bot): Promise<void> {
  for (let waited = 0; waited < 8_000 && journal.unsettledOrders().length > 0; waited += 100) {
    await world.clock.advance(100)
  }
  const left = journal.unsettledOrders().map(({ purpose, state }) => `${purpose} ${state}`)
  if (left.length > 0) findings.push(`not settled once all is calm: ${left.join(', ')}`)
}

/** Beyond the stops of the watch, and beyond those of the exchange (120 % of them). */
const BEYOND_USD = 2_500

async function lastAct(play: Play, last: Member): Promise<void> {
  const { world, at, episode } = play
  const { clock } = world
  const isProtected = last.bot.journal
    .liveHedges()
    .every(({ legs }) => legs.every(({ stopState }) => stopState === 'RESTING'))
  if (episode.lastAct === 'exchange_stop' && isProtected) {
    last.bot.kill()
    await clock.advance(2_000)
    moveUsd(at, -BEYOND_USD)
    await clock.advance(5_000)
    if (!at.auditor.isFlat()) play.findings.push('not flat by the stops on the exchange alone')
    enter(play, { role: 'watch', atMs: 0 })
  } else if (episode.lastAct === 'close') {
    enter(play, { role: 'close', atMs: 0 })
  } else moveUsd(at, -BEYOND_USD)
  await clock.advance(30_000)
  // Small remainders lose less than their limit in the crash and rightly stay.
  if (last.bot.isDead() || last.bot.journal.liveHedges().length > 0) {
    enter(play, { role: 'close', atMs: 0 })
    await clock.advance(25_000)
  }
  await clock.advance(30_000)
}

function conclude(play: Play): void {
  const { world, at, ledger, findings, foreign } = play
  const { core, gateway } = world.stage
  if (!at.auditor.isFlat()) findings.push('not flat at the end')
  findings.push(...compareBooks({ core, marketIndex: BTC, accounts: at.indexes, ledger }))
  for (const [account, ticks] of foreign) {
    const now = core.account(account)?.positions.get(0)?.sizeTicks ?? 0n
    if (now !== ticks) findings.push(`a foreign position of ${account} was touched`)
  }
  for (const { l1Address } of world.stage.owners) {
    const { refused } = gateway.units.byOwner(l1Address)
    if (refused > 0) findings.push(`${refused} requests of ${l1Address} were over the limit`)
  }
  findings.push(...missingTales(play))
}

/** Every round that was open and is over was told, once. */
function missingTales({ ledger, mailbox, done }: Play): string[] {
  const told = mailbox.arrived
    .filter(({ message }) => message.kind === 'closed' || message.kind === 'stop')
    .map(({ message }) => JSON.stringify(message))
  const ids = new Set(mailbox.arrived.map(({ id }) => id))
  const twice = mailbox.arrived.length - ids.size
  const ended = ledger.hedges().filter(({ state }) => state === 'closed')
  const missing = ended.filter(({ hedgeId }) => !told.some((text) => text.includes(`"${hedgeId} `)))
  const isTelling = (done.counts.get('hedge_closed') ?? 0) > 0
  return [
    ...(twice > 0 ? [`${twice} messages were told twice`] : []),
    ...(isTelling && missing.length > 0
      ? [`the end of ${missing.map(({ hedgeId }) => hedgeId).join(', ')} was told to nobody`]
      : []),
  ]
}
