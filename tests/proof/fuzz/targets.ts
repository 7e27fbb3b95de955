import { brokenTargets } from './broken-targets.ts'
import { candleFiles } from './candle-files.ts'
import { cliArguments } from './cli-arguments.ts'
import { configYaml } from './config-yaml.ts'
import { controlRequests } from './control-requests.ts'
import { endlessStreams } from './endless-streams.ts'
import { faultTexts } from './fault-texts.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { gatewayRequests } from './gateway-requests.ts'
import { journalMemories } from './journal-memories.ts'
import { proxyHandshakes } from './proxy-handshakes.ts'
import { restAnswers } from './rest-answers.ts'
import { sendAnswers } from './send-answers.ts'
import { socketFrames } from './socket-frames.ts'
import { wholeEngine } from './whole-engine.ts'
import { wireBytes } from './wire-bytes.ts'

/** Every border, the cheap ones first. */
export const TARGETS: readonly FuzzTarget[] = [
  faultTexts,
  candleFiles,
  journalMemories,
  proxyHandshakes,
  sendAnswers,
  cliArguments,
  restAnswers,
  socketFrames,
  configYaml,
  controlRequests,
  gatewayRequests,
  wireBytes,
  endlessStreams,
  wholeEngine,
]

/** One by its name; those that are broken on purpose too. */
export function targetOf(name: string): FuzzTarget | undefined {
  return [...TARGETS, ...brokenTargets].find((target) => target.name === name)
}

/** How many inputs of each target a run has: by weight, at least one, and the sum is exact where that is possible. */
export function spread(
  inputs: number,
  targets: readonly FuzzTarget[],
): ReadonlyMap<string, number> {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0)
  const counts = new Map(
    targets.map(({ name, weight }) => [name, Math.max(1, Math.floor((inputs * weight) / total))]),
  )
  const [heaviest] = [...targets].sort((a, b) => b.weight - a.weight)
  if (heaviest === undefined) return counts
  const given = [...counts.values()].reduce((sum, count) => sum + count, 0)
  counts.set(heaviest.name, Math.max(1, (counts.get(heaviest.name) ?? 0) + inputs - given))
  return counts
}
