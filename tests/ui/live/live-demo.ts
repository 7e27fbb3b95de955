/**
 * An animated live screen of sample accounts, for looking at it and for the tests on a real terminal:
 *   npx tsx tests/ui/live/live-demo.ts [accounts] [refresh ms] [what goes wrong]
 * @module
 */
import { writeFileSync } from 'node:fs'
import { openLiveScreen } from '../../../src/ui/live/live-screen.ts'
import { createProcessTerminal } from '../../../src/ui/live/process-terminal.ts'
import { startDrawing } from '../../../src/ui/live/start-drawing.ts'
import { createSystemClock } from '../../../src/system/system-clock.ts'
import { manyAccounts } from './sample-live.ts'

const [accounts = '20', refreshMs = '1000', fault = 'none', pidFile] = process.argv.slice(2)
const clock = createSystemClock()
const startMs = clock.monotonicMs()
const seconds = () => (clock.monotonicMs() - startMs) / 1000
const mark = () => 97_512.1 + 40 * Math.sin(seconds() * 2)

const screen = openLiveScreen({
  source: manyAccounts(Number(accounts), mark, () => clock.now()),
  terminal: createProcessTerminal(process),
  clock,
  refreshMs: Number(refreshMs),
  draw: (onLost) => startDrawing({ hasColor: true, onLost }),
  onQuit: () => void finish('quit', 0),
  onClose: (hedgeId) => say(`close ${hedgeId}`),
  onLost: (reason) => {
    say(`lost: ${reason}`)
    // The signal may come after the loss that it tells of.
    setTimeout(() => clearInterval(alive), 2000)
  },
})
const alive = setInterval(() => {}, 1000)
const ended: string[] = []

function say(text: string): void {
  ended.push(text)
  if (pidFile !== undefined) writeFileSync(`${pidFile}.said`, ended.join('\n'))
}

async function finish(why: string, exit: number): Promise<void> {
  await screen.end()
  clearInterval(alive)
  process.stdout.write(`ended by ${why} ${ended.join(' ')}\n`)
  process.exitCode = exit
}

process.on('SIGTERM', () => void finish('SIGTERM', 143))
process.on('SIGINT', () => void finish('SIGINT', 130))
process.on('SIGHUP', () => say('hangup'))
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid))
if (fault !== 'none') {
  setTimeout(() => {
    if (fault === 'throw') throw new Error('a bug on purpose')
    if (fault === 'exit') process.exit(9)
    if (fault === 'block') {
      const untilMs = clock.monotonicMs() + 60_000
      while (clock.monotonicMs() < untilMs);
    }
  }, 1500)
}
