#!/usr/bin/env node
/**
 * The command `hedgebot`: runs the compiled program and hands on its exit code.
 * @module
 */
import { existsSync } from 'node:fs'

const program = new URL('../dist/cli.js', import.meta.url)

if (existsSync(program)) {
  const { processIo, runCli } = await import(program.href)
  process.exitCode = await runCli(process.argv.slice(2), processIo())
} else {
  process.stderr.write(
    'error: hedgebot is not built yet\nhint: run "npm run prepare:all" in its folder\n',
  )
  process.exitCode = 2
}
