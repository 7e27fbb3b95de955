/**
 * One turn is one commit: everything that it records becomes durable together, and only then the first byte leaves
 * (DESIGN.md section 3: record, then send). What only people read comes last.
 * @module
 */
import type { Engine } from './engine-context.ts'

/** What waits for a commit. */
export interface AfterCommit {
  /** In the order in which they were recorded. */
  readonly sends: (() => void)[]
  /** Log lines and what is shown. */
  readonly words: (() => void)[]
}

/**
 * Runs `work` in one transaction, then starts the sends that it recorded, then says what it had to say. When `work`
 * throws, nothing was recorded, nothing is sent and nothing is said. Inside another one it joins that one.
 * @param durability `full` before exposure is added, `normal` is enough for what only reduces
 */
export function commitThenSend(
  engine: Engine,
  durability: 'full' | 'normal',
  work: () => void,
): void {
  const { memory, journal } = engine
  if (memory.afterCommit !== undefined) {
    joinTurn(memory.afterCommit, () => journal.transaction(durability, work))
    return
  }
  const waiting: AfterCommit = { sends: [], words: [] }
  memory.afterCommit = waiting
  try {
    journal.transaction(durability, work)
  } finally {
    memory.afterCommit = undefined
  }
  for (const send of waiting.sends) send()
  for (const say of waiting.words) say()
}

/** What a part recorded is undone when it throws, and so is what it wanted to send. */
function joinTurn(waiting: AfterCommit, work: () => void): void {
  const before = { sends: waiting.sends.length, words: waiting.words.length }
  try {
    work()
  } catch (error) {
    waiting.sends.length = before.sends
    waiting.words.length = before.words
    throw error
  }
}

/** Sends once the running turn is committed; at once outside of a turn. */
export function sendAfterCommit({ memory }: Engine, send: () => void): void {
  if (memory.afterCommit === undefined) send()
  else memory.afterCommit.sends.push(send)
}
