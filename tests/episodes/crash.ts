import type { Journal } from '../../src/ports.ts'

/** A journal that dies with its process right after its n-th committed transaction. */
export function createMortalJournal(
  journal: Journal,
  onDeath: () => void,
): {
  readonly journal: Journal
  dieAfter(commits: number): void
  /** Dies now, between two turns of its event loop. */
  kill(): void
  isDead(): boolean
} {
  let commitsLeft = Number.POSITIVE_INFINITY
  let isDead = false
  let depth = 0
  const mortal = new Proxy(journal, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (isDead) throw new Error('the process is dead')
        depth += 1
        let result: unknown
        try {
          result = Reflect.apply(member, target, args) as unknown
        } finally {
          depth -= 1
        }
        // Only the outermost call commits; reads do not count as a point where the world has changed.
        if (depth === 0 && COMMITTING.has(String(name))) {
          commitsLeft -= 1
          if (commitsLeft <= 0) {
            isDead = true
            onDeath()
            throw new Error('killed')
          }
        }
        return result
      }
    },
  })
  return {
    journal: mortal,
    dieAfter(commits) {
      commitsLeft = commits
    },
    kill() {
      if (isDead) return
      isDead = true
      onDeath()
    },
    isDead: () => isDead,
  }
}

const COMMITTING = new Set([
  'transaction',
  'createHedges',
  'updateHedge',
  'requestFlat',
  'claimHedge',
  'setNextNonce',
  'updateOrder',
  'recordFills',
  'releaseHedges',
  'saveStopMemory',
])
