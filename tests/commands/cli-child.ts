/** The command line in a process of its own, for what only the environment of a process can decide. */
import { processIo, runCli } from '../../src/cli.ts'

process.exitCode = await runCli(process.argv.slice(2), processIo())
