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
 * Runs `work` in one transaction, then starts the sends that it recorded, then says what it had to say and what the
 * sends had to say. When `work` throws, nothing was recorded, nothing is sent and nothing is said. Inside another one it
 * joins that one.
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
    // Nothing is said between two sends: what they have to say joins the rest.
    for (const send of waiting.sends) send()
  } finally {
    memory.afterCommit = undefined
  }
  for (const word of waiting.words) say(engine, word)
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

/** Says something once the running turn is committed and has sent everything; at once outside of a turn. */
export function say({ memory }: Engine, word: () => void): void {
  const words = memory.afterCommit?.words ?? memory.heldWords
  if (words === undefined) word()
  else words.push(word)
}

/**
 * Runs work that is made of several commits, and says what all of them have to say at its end: no log line stands
 * between the orders of two hedges that are closed in the same moment.
 */
export function saidLast<T>(engine: Engine, work: () => T): T {
  const { memory } = engine
  if (memory.heldWords !== undefined) return work()
  const held: (() => void)[] = []
  memory.heldWords = held
  try {
    return work()
  } finally {
    memory.heldWords = undefined
    for (const word of held) say(engine, word)
  }
}
