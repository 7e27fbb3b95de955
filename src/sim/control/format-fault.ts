import type { Fault, FaultEffect, FaultScope } from '../faults/fault-plan.ts'

/** Writes a fault in the grammar of `parseFault`; times count from the start of the simulator. */
export function formatFault({ effect, scope }: Fault): string {
  const parameter = parameterOf(effect)
  const head = [effect.kind, ...(parameter === undefined ? [] : [parameter])]
  const ratio = scope.ratio === 1 ? [] : [String(scope.ratio)]
  const pairs = Object.entries(pairsOf(scope, effect)).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  )
  const tail = pairs.length === 0 ? '' : `@${pairs.join(',')}`
  return `${[...head, ...ratio].join(':')}${tail}`
}

function parameterOf(effect: FaultEffect): string | undefined {
  if ('minMs' in effect) return `${effect.minMs}-${effect.maxMs}`
  if ('answer' in effect) return effect.answer
  if ('code' in effect) return String(effect.code)
  if ('skewMs' in effect) return String(effect.skewMs)
  if ('factor' in effect) return String(effect.factor)
  return 'usd' in effect ? effect.usd : undefined
}

function pairsOf(
  scope: FaultScope,
  { kind }: FaultEffect,
): Readonly<Record<string, string | number | undefined>> {
  const { fromMs, untilMs, maxTimes } = scope
  const usualTimes = kind === 'drain' ? 1 : Number.POSITIVE_INFINITY
  return {
    account: scope.accountIndex,
    ip: scope.ip,
    endpoint: scope.endpoint,
    channel: scope.channel,
    from: fromMs === 0 ? undefined : fromMs,
    until: untilMs === Number.POSITIVE_INFINITY ? undefined : untilMs,
    times: maxTimes === usualTimes ? undefined : maxTimes,
  }
}
