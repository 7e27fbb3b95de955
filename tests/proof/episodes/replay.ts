/**
 * One seed as a readable story: who comes and goes, what goes wrong, what each process noted, what the exchange executed,
 * and what the auditor found, in order of time.
 * @module
 */
import type { Fault } from '../../../src/sim/faults/fault-plan.ts'
import { print } from '../print.ts'
import { BTC } from '../../engine/scenario.ts'
import type { ProofEpisode } from './proof-episode.ts'
import { drawProofEpisode } from './proof-episode.ts'
import type { Play } from './run-proof-episode.ts'
import { runProofEpisode } from './run-proof-episode.ts'
import { watchRejections } from './watch-rejections.ts'

interface Line {
  readonly atMs: number
  readonly text: string
}

/** Prints the story; returns the exit code. */
export async function replay(seed: number): Promise<number> {
  const rejections = watchRejections()
  const episode = drawProofEpisode(seed)
  const lines: Line[] = planned(episode)
  const end = await runProofEpisode(episode, {
    onBegin: (play) => follow(play, lines),
    onEnd(play) {
      for (const member of play.cast.members) lines.push(...livesOf(member))
    },
  })
  print(describe(episode))
  for (const { atMs, text } of lines.toSorted((a, b) => a.atMs - b.atMs)) {
    print(`${String(Math.round(atMs)).padStart(7)} ms  ${text}`)
  }
  const findings = [...end.findings, ...rejections]
  print(findings.length === 0 ? 'no violation' : 'violations:')
  for (const finding of findings) print(`  ${finding}`)
  return findings.length === 0 ? 0 : 1
}

function describe(episode: ProofEpisode): string {
  const { seed, accounts, owners, pairing, sizes, policy, proxies, hasFailover, lastAct } = episode
  const limits = Object.entries(policy).map(([name, value]) => `${name} ${String(value)}`)
  return [
    `seed ${seed}: ${accounts} accounts of ${owners} owners, ${pairing.kind}, sizes ${[...new Set(sizes)].join(', ')}`,
    `proxies ${proxies}${hasFailover ? '' : ' without failover'}, ${limits.join(', ')}, last act: ${lastAct}`,
  ].join('\n')
}

function planned({ weather, troubles, blows, mailDown }: ProofEpisode): Line[] {
  return [
    ...weather.faults.map((fault) => ({
      atMs: fault.scope.fromMs,
      text: `FAULT ${faultText(fault)}`,
    })),
    ...troubles.map(({ place, mode, fromMs, forMs }) => ({
      atMs: fromMs,
      text: `PROXY ${place}: ${mode} for ${forMs} ms`,
    })),
    ...blows.map(({ atMs, kind, by, place }) => ({
      atMs,
      text: `BLOW ${kind} ${by} (place ${place})`,
    })),
    ...(mailDown === undefined
      ? []
      : [{ atMs: mailDown.fromMs, text: `MAIL down until ${mailDown.untilMs} ms` }]),
  ]
}

function faultText({ effect, scope }: Fault): string {
  const { kind, ...more } = effect
  const until = Number.isFinite(scope.untilMs) ? ` until ${scope.untilMs} ms` : ''
  const where = scope.endpoint === undefined ? '' : ` at ${scope.endpoint}`
  return `${kind} ${JSON.stringify(more)} ratio ${scope.ratio.toFixed(2)}${where}${until}`
}

function follow(play: Play, lines: Line[]): void {
  const { world, done } = play
  const { clock, stage } = world
  const { onEvent } = done
  Object.assign(done, {
    onEvent(event: Parameters<typeof onEvent>[0]) {
      lines.push({
        atMs: clock.monotonicMs(),
        text: `${event.level} ${event.kind}: ${event.message}`,
      })
      onEvent(event)
    },
  })
  const own = new Map(world.accounts.map(({ accountIndex, name }) => [accountIndex, name]))
  stage.core.subscribe((event) => {
    if (event.type !== 'trade' || event.trade.marketIndex !== BTC) return
    const { trade } = event
    for (const side of ['ask', 'bid'] as const) {
      const name = own.get(trade[side].accountIndex)
      if (name === undefined) continue
      const word = side === 'ask' ? 'sells' : 'buys'
      const text = `TRADE ${trade.tradeId}: ${name} ${word} ${trade.sizeTicks} at ${trade.priceTicks} (${trade.type})`
      lines.push({ atMs: clock.monotonicMs(), text })
    }
  })
}

function livesOf(member: Play['cast']['members'][number]): Line[] {
  const { number, role, startedAtMs, endedAtMs, bot } = member
  const who = `bot-${number} ${role}`
  return [
    { atMs: startedAtMs, text: `BEGINS ${who}` },
    ...(endedAtMs === undefined
      ? []
      : [{ atMs: endedAtMs, text: `${bot.isDead() ? 'DIES' : 'ENDS'} ${who}` }]),
  ]
}
