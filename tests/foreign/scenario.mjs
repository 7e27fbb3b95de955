/**
 * What a scenario file needs in its own process: the world it trades on (from the command line), packages from the
 * folder they were installed into, and steps whose outcome goes to the parent over IPC. A step is a sentence and a
 * function that throws when the sentence is not true.
 * @module
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const FOLLOW_MS = 15_000
const LOOK_AGAIN_MS = 50

/**
 * `{url, wsUrl, chainId, packages, accounts: [{accountIndex, apiKeyIndex, privateKey, l1Address}],
 * owners: [{l1Address, ethereumKey, accountIndexes}]}`.
 */
export const world = JSON.parse(process.argv[2] ?? '{}')

const fromPackages = createRequire(join(world.packages ?? '/', 'package.json'))

// Nobody is left to report to.
process.once('disconnect', () => process.exit(1))

/** A CommonJS package of the temporary folder. */
export const requirePackage = (name) => fromPackages(name)

/** A module of the temporary folder by its path below `node_modules`. */
export const importPackage = (path) =>
  import(pathToFileURL(join(world.packages, 'node_modules', path)).href)

/** Runs one step and reports it; answers what the step returned, or undefined when it failed. */
export async function step(name, run) {
  const from = performance.now()
  try {
    const { detail = '', value } = (await run()) ?? {}
    report({ step: name, ok: true, detail, ms: Math.round(performance.now() - from) })
    return value
  } catch (error) {
    report({
      step: name,
      ok: false,
      detail: textOf(error),
      ms: Math.round(performance.now() - from),
    })
    return undefined
  }
}

/** The scenario is over; what still holds the process (sockets, a Go runtime) is let go. */
export function finish() {
  process.send({ done: true }, () => process.exit(0))
}

function report(line) {
  process.send(line)
}

function textOf(error) {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Throws unless `fact` holds. */
export function claim(fact, sentence) {
  if (!fact) throw new Error(sentence)
}

/** Throws unless both are the same JSON. */
export function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${what} is ${a}, expected ${b}`)
}

/** Waits until `look` answers something true, and answers that. */
export async function until(look, what, timeoutMs = FOLLOW_MS) {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`)
    await sleep(LOOK_AGAIN_MS)
  }
}

export const sleep = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** The error that `run` must end with. */
export async function refusal(run) {
  try {
    await run()
  } catch (error) {
    return error
  }
  throw new Error('was accepted')
}
