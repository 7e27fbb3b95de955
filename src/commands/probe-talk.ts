import type { ProbePoolOptions } from '../proxies/probe/probe-pool.ts'
import type { CommandIo } from '../ui/command-io.ts'

/** What is said while ways are tested. */
export interface ProbeTalk extends Required<Pick<ProbePoolOptions, 'onStep' | 'onDone'>> {
  end(): void
}

/** So many names are said of those that are waited for. */
const NAMES_MAX = 3

/** On a terminal one line that lives: who is waited for and where. Elsewhere a line for each way that is through. */
export function createProbeTalk(io: CommandIo, names: readonly string[]): ProbeTalk {
  const total = names.length
  const waiting = new Map<string, string>(names.map((name) => [name, 'tcp']))
  const progress = io.progress(`testing ${total === 1 ? (names[0] ?? '') : `${total} ways`}`)
  const draw = (): void => {
    if (!io.isTerminal || waiting.size === 0) return
    const shown = [...waiting].slice(0, NAMES_MAX).map(([name, step]) => `${name} (${step})`)
    const more = waiting.size > NAMES_MAX ? ` and ${waiting.size - NAMES_MAX} more` : ''
    const text = `${total - waiting.size} of ${total} tested; waiting for ${shown.join(', ')}${more}`
    // A spinner that wraps would be drawn again and again.
    progress.update(text.slice(0, Math.max(20, io.columns - 4)))
  }
  return {
    onStep(name, step) {
      waiting.set(name, step)
      draw()
    },
    onDone({ name, steps }) {
      waiting.delete(name)
      if (io.isTerminal) {
        draw()
        return
      }
      const sick = steps.find(({ outcome }) => outcome === 'failed')?.step
      const how = sick === undefined ? 'passed every step' : `failed at ${sick}`
      progress.update(`${total - waiting.size} of ${total} tested: ${name} ${how}`)
    },
    end: () => progress.stop(),
  }
}
