/** One command killed at one point, and what comes of it. */
import { createSeededRng } from '../../../src/sim/market/seeded-rng.ts'
import { auditFills, auditJournal } from './journal-audit.ts'
import type { PointName } from './point-name.ts'
import { formatPoint } from './point-name.ts'
import type { ProcessWorld } from './process-world.ts'
import { startProcessWorld } from './process-world.ts'
import type { Program } from './program.ts'
import type { Scenario } from './scenarios.ts'
import { SCENARIOS } from './scenarios.ts'
import { tellKill } from './tell-kill.ts'

/** `risk.max_naked_ms` by default. */
const MAX_NAKED_MS = 3000
/** Starting, connecting and reading, and the venue's own time; twice that on a loaded machine. */
const SETTLE_MS = 3000

/** What differs from seed to seed beside the draws. */
export interface Variant {
  readonly accounts: number
  readonly proxies: number
  readonly hasDelay: boolean
  /** How long nobody is there after the death. */
  readonly absenceMs: number
  /** The price goes through the exchange's own stops meanwhile. */
  readonly isMovedMeanwhile: boolean
}

export interface KillOutcome {
  readonly name: string
  readonly seed: number
  /** False when the run passed no such point. */
  readonly isHit: boolean
  /** Empty when everything was as it must be. */
  readonly findings: readonly string[]
  /** Naked time while a process of ours ran, and altogether. */
  readonly attendedNakedMs: number
  readonly nakedMs: number
  /** From the death to the end of everything. */
  readonly recoveryMs: number
  /** Kills of the processes that were to mend the first. */
  readonly furtherKills: number
  /** Fills that a closing had no time to read were read by a watch later on. */
  readonly isCompletedLater: boolean
  /** What happened, for people; only after a failure. */
  readonly story: string
}

/** Odd seeds: four accounts at an exchange that takes its time; even ones: two accounts, nothing in the way. */
function variantOf(seed: number): Variant {
  const isLarge = seed % 2 === 1
  const pair = Math.floor(seed / 2)
  const isMovedMeanwhile = pair % 5 === 4
  return {
    accounts: isLarge ? 4 : 2,
    proxies: pair % 3,
    hasDelay: isLarge,
    absenceMs: isMovedMeanwhile ? 1200 : (pair % 5) * 300,
    isMovedMeanwhile,
  }
}

/** Runs the command of a scenario to its end and returns the points that it passes. */
export async function recordPoints(scenario: string, seed: number): Promise<readonly string[]> {
  const { world, plan } = await startScenario(scenario, seed)
  try {
    const program = world.start(plan.line)
    await plan.accompany(world, program)
    return (await program.ended).points
  } finally {
    await world.close()
  }
}

/** Kills a command at a point, recovers, and audits. */
export async function runKill(name: PointName, seed: number): Promise<KillOutcome> {
  const { world, plan } = await startScenario(name.scenario, seed)
  try {
    const program = world.start(plan.line, { deed: { at: name.point, what: 'kill' } })
    await plan.accompany(world, program)
    const { signal } = await program.ended
    const isHit = signal === 'SIGKILL'
    const diedAtMs = world.clock.monotonicMs()
    const variant = variantOf(seed)
    if (isHit) await beAbsent(world, variant)
    const rng = createSeededRng(seed * 31 + 7)
    const restarts = createRestarts(world, seed)
    const findings = isHit
      ? [...(await plan.recover(world, { ...variant, rng, start: restarts.start }))]
      : []
    if (isHit) findings.push(...auditEnd(world))
    const recoveryMs = Math.round(world.clock.monotonicMs() - diedAtMs)
    const isCompletedLater = isHit && (await completeFills(world, findings))
    return {
      name: formatPoint(name),
      seed,
      isHit,
      findings,
      attendedNakedMs: Math.round(world.audit.longestAttendedNakedMs()),
      nakedMs: Math.round(world.audit.longestNakedMs()),
      recoveryMs,
      furtherKills: restarts.kills(),
      isCompletedLater,
      story: findings.length === 0 ? '' : await tellKill(world),
    }
  } finally {
    await world.close()
  }
}

/** 0.65 %: the exchange's own stops close both legs at one print of the mark. */
const EXCHANGE_STOP_MOVE_BPS = -65

async function beAbsent(
  world: ProcessWorld,
  { absenceMs, isMovedMeanwhile }: Variant,
): Promise<void> {
  await world.clock.sleep(absenceMs / 2)
  if (isMovedMeanwhile) world.move(EXCHANGE_STOP_MOVE_BPS)
  await world.clock.sleep(absenceMs / 2)
}

async function startScenario(
  scenario: string,
  seed: number,
): Promise<{ readonly world: ProcessWorld; readonly plan: Scenario }> {
  const plan = SCENARIOS[scenario]
  if (plan === undefined) {
    throw new RangeError(`no scenario "${scenario}": ${Object.keys(SCENARIOS).join(', ')}`)
  }
  const { accounts, proxies, hasDelay } = variantOf(seed)
  const world = await startProcessWorld({
    seed,
    accounts,
    proxies,
    hasDelay,
    faults: plan.faults,
  })
  try {
    await plan.prepare(world)
  } catch (error) {
    await world.close()
    throw error
  }
  return { world, plan }
}

/** With every fourth pair of seeds the first process after the death is killed as well, before it could finish. */
const FURTHER_KILLS = [
  'commit-after:orders#1',
  'send-after:order#1',
  'commit-before:orders#1',
  'commit-after:hedges#2',
  'send-before:order#2',
  'commit-after:outcomes#1',
  'commit-after:spend#9',
]

function createRestarts(world: ProcessWorld, seed: number) {
  const pair = Math.floor(seed / 2)
  let further =
    pair % 4 === 3 ? FURTHER_KILLS[Math.floor(pair / 4) % FURTHER_KILLS.length] : undefined
  let kills = 0
  return {
    start(line: string): Program {
      if (further === undefined) return world.start(line)
      const deed = { at: further, what: 'kill' as const }
      further = undefined
      const first = world.start(line, { deed })
      // Whoever waits for it waits for the one that cron starts in its place.
      let current = first
      const ended = first.ended.then((end) => {
        if (end.signal !== 'SIGKILL') return end
        kills += 1
        current = world.start(line)
        return current.ended
      })
      return {
        ended,
        isOver: () => current.isOver(),
        lines: () => current.lines(),
        points: () => current.points(),
        pid: () => current.pid(),
        send: (signal) => current.send(signal),
      }
    },
    kills: () => kills,
  }
}

function auditEnd(world: ProcessWorld): readonly string[] {
  const { audit } = world
  const attendedMs = audit.longestAttendedNakedMs()
  return [
    ...audit.findings,
    ...(audit.isFlat() ? [] : ['not flat at the end']),
    ...(audit.restingOrders() === 0 ? [] : [`${audit.restingOrders()} orders of ours still rest`]),
    ...(attendedMs <= MAX_NAKED_MS + SETTLE_MS
      ? []
      : [`naked for ${Math.round(attendedMs)} ms while a process ran`]),
    ...auditJournal(world),
  ]
}

/** A watch looks at what has ended after 10 s, and then every 30 s. */
const COMPLETE_MS = 50_000
const LOOK_MS = 500

/**
 * The result of a hedge may lack fills when the process that closed it was killed before it could read them; the next
 * watch reads them. True when one was needed; what it could not find either is a finding.
 */
async function completeFills(world: ProcessWorld, findings: string[]): Promise<boolean> {
  if (auditFills(world).length === 0) return false
  const { clock } = world
  const watch = world.start('watch')
  const endMs = clock.monotonicMs() + COMPLETE_MS
  while (auditFills(world).length > 0 && clock.monotonicMs() < endMs) await clock.sleep(LOOK_MS)
  watch.send('SIGTERM')
  await watch.ended
  findings.push(...auditFills(world))
  return true
}
