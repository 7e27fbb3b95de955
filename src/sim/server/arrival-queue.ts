/** Work in the order of its arrival. */
export interface ArrivalQueue {
  add(work: () => void): void
}

/**
 * Does one piece of work for each turn of the event loop. Verifying a signature takes long enough to hold up reading; with
 * a turn between two of them, what arrives meanwhile is stamped when it arrives and not when its turn comes.
 */
export function createArrivalQueue(): ArrivalQueue {
  const waiting: (() => void)[] = []
  const next = () => {
    const work = waiting.shift()
    if (waiting.length > 0) setImmediate(next)
    work?.()
  }
  return {
    add(work) {
      waiting.push(work)
      if (waiting.length === 1) setImmediate(next)
    },
  }
}
