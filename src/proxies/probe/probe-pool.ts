import { setMaxListeners } from 'node:events'
import { type Judgement, judgeProbe } from './judge-probe.ts'
import type { ProbeReport, ProbeStep } from './probe-model.ts'
import { type ProbeOptions, type ProbedWay, probeWay } from './probe-way.ts'

/** One way, measured and judged. */
export interface JudgedWay extends ProbeReport, Judgement {
  /** The first way in the list that leaves from the same address. */
  readonly duplicateOf: string | undefined
}

/** Needs of a test of several ways. */
export interface ProbePoolOptions extends ProbeOptions {
  /** A way is through; its verdict waits for the others. */
  readonly onDone?: (report: ProbeReport) => void
}

/** Tries every way at once: a silent one costs the others nothing. Rejects only when `signal` is aborted. */
export async function probePool(
  ways: readonly ProbedWay[],
  options: ProbePoolOptions,
): Promise<readonly JudgedWay[]> {
  // Every wait of every way listens: a signal of our own may have that many listeners without a warning.
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  const onAbort = (): void => stop.abort(options.signal.reason)
  options.signal.addEventListener('abort', onAbort)
  if (options.signal.aborted) onAbort()
  const settled = await Promise.allSettled(
    ways.map(async (way) => {
      const report = await probeWay(way, { ...options, signal: stop.signal })
      options.onDone?.(report)
      return report
    }),
  )
  options.signal.removeEventListener('abort', onAbort)
  // All are waited for even when one failed, so that no socket outlives this call.
  const reports = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  return judgePool(reports)
}

/** Judges each way in the light of the others. Pure. */
export function judgePool(reports: readonly ProbeReport[]): readonly JudgedWay[] {
  const passed = new Set<ProbeStep>(
    reports.flatMap(({ steps }) =>
      steps.filter(({ outcome }) => outcome === 'ok').map(({ step }) => step),
    ),
  )
  const firstAt = new Map<string, string>()
  return reports.map((report) => {
    const { name, exitAddress } = report
    const duplicateOf = exitAddress === undefined ? undefined : firstAt.get(exitAddress)
    if (exitAddress !== undefined && duplicateOf === undefined) firstAt.set(exitAddress, name)
    return { ...report, ...judgeProbe(report.steps, passed), duplicateOf }
  })
}
