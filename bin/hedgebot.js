#!/usr/bin/env node
/**
 * The command `hedgebot`: runs the compiled program and hands on its exit code.
 * @module
 */
import { existsSync } from 'node:fs'

/** A finished command gets this long to let go of its connections. */
const LET_GO_MS = 1000
const EXIT_USAGE = 2
const EXIT_BUG = 70

const program = new URL('../dist/cli.js', import.meta.url)

process.exitCode = existsSync(program) ? await run() : sayNotBuilt()
endWhenPrinted()

async function run() {
  try {
    const { processIo, runCli } = await import(program.href)
    return await runCli(process.argv.slice(2), processIo())
  } catch (error) {
    // Node's own exit code for this is 1, which would mean "refused, nothing was changed".
    process.stderr.write(`error: a bug in hedgebot: it cannot start\n${error.stack}\n`)
    return EXIT_BUG
  }
}

function sayNotBuilt() {
  process.stderr.write('error: hedgebot is not built yet\n')
  process.stderr.write('hint: run "npm run prepare:all" in its folder\n')
  return EXIT_USAGE
}

/** What was left open must not keep a finished command alive: cron would start the next one beside it. */
function endWhenPrinted() {
  const timer = setTimeout(() => {
    if (process.stdout.writableLength + process.stderr.writableLength > 0) endWhenPrinted()
    else process.exit()
  }, LET_GO_MS)
  timer.unref()
}
